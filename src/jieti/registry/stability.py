"""Whether a delivery looks like the last one of its source: how many rows, and the share of every coded value.

A table that suddenly halves, or in which a code that was rare becomes common, is more often a wrong export than news.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from jieti.registry.blocks import BATCH_ROWS
from rulecore.model import Column, Source

UNKNOWN = ""
"""Stands for the unknown among a column's values."""
UNKNOWN_LABEL = "（未知）"
FEWEST = 20
"""A difference of fewer rows than this is nothing to hold a delivery for, whatever its share of a small table."""
Profile = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of the comparison with the delivery before: the figures and whether they differ too much.

    `now` and `before` count rows; `before` is None where there is nothing to compare with. Shares are percentages.
    """

    label: str
    now: int
    before: int | None
    now_share: Decimal | None = None
    before_share: Decimal | None = None
    complaint: str = ""


def profile_of(source: Source, table: Path) -> dict[str, Any]:
    """How many rows a clean table has, and in its coded columns how many of each value: `rows` and `values`."""
    columns = [column.key for column in _coded(source)]
    counts: dict[str, dict[str, int]] = {key: {} for key in columns}
    with pq.ParquetFile(table) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=columns):
            for key in columns:
                counted = pc.value_counts(batch.column(key))
                for found, times in zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True):
                    value = found or UNKNOWN
                    counts[key][value] = counts[key].get(value, 0) + (times or 0)
        rows = file.metadata.num_rows
    return {"rows": rows, "values": counts}


def compare(source: Source, now: Profile, before: Profile | None, limits: Mapping[str, int]) -> list[Difference]:
    """The figures of two profiles side by side; `limits` as Feed.stability has them, in percent."""
    rows_before = before["rows"] if before else None
    differences = [_rows(now["rows"], rows_before, limits.get("rows"))]
    for column in _coded(source):
        values = now["values"].get(column.key, {})
        earlier = before["values"].get(column.key, {}) if before else {}
        for value in sorted({*values, *earlier}, key=lambda one: (-values.get(one, 0), one)):
            label = f"{column.header}：{label_of(column, value)}"
            counted = _Counted(values.get(value, 0), now["rows"], earlier.get(value, 0), rows_before)
            differences.append(_share(label, counted, limits.get("shares")))
    return differences


def complaints(differences: Sequence[Difference]) -> list[str]:
    """What differs too much, in Chinese, each with both numbers."""
    return [one.complaint for one in differences if one.complaint]


def label_of(column: Column, value: str) -> str:
    """A coded value as the department writes it."""
    names = column.codes.get(value, ())
    return names[0] if names else value or UNKNOWN_LABEL


@dataclass(frozen=True, slots=True)
class _Counted:
    """A value's rows and all rows, now and before."""

    now: int
    rows: int
    before: int
    rows_before: int | None


def _coded(source: Source) -> list[Column]:
    return [column for column in source.columns.values() if column.type == "code"]


def _rows(now: int, before: int | None, limit: int | None) -> Difference:
    if before is None:
        return Difference("行数", now, None)
    change = _percent(abs(now - before), before) if before else Decimal(100)
    complaint = ""
    if limit is not None and abs(now - before) >= FEWEST and change > limit:
        verb = "多" if now > before else "少"
        complaint = f"行数{now:,}，上次{before:,}，{verb}了{change}%，超过{limit}%"
    return Difference("行数", now, before, complaint=complaint)


def _share(label: str, counted: _Counted, limit: int | None) -> Difference:
    share = _percent(counted.now, counted.rows)
    if counted.rows_before is None:
        return Difference(label, counted.now, None, share)
    before = _percent(counted.before, counted.rows_before)
    complaint = ""
    # A table that only grows changes no share; one of few rows changes every share without meaning anything.
    if limit is not None and abs(share - before) > limit and abs(counted.now - counted.before) >= FEWEST:
        complaint = f"“{label}”占{share}%，上次占{before}%，相差{abs(share - before)}个百分点，超过{limit}个百分点"
    return Difference(label, counted.now, counted.before, share, before, complaint)


def _percent(part: int, whole: int) -> Decimal:
    """The part of the whole in percent, to a tenth."""
    return (Decimal(part) * 100 / Decimal(whole or 1)).quantize(Decimal("0.1"))
