"""Rows that say the same thing twice, and rows of one business that contradict each other."""

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jieti.registry.cells import shown
from jieti.registry.findings import Finding, Ledger
from jieti.registry.sheets import BATCH_ROWS
from jieti.registry.sources import BUSINESS
from jieti.registry.staging import RAW, REST, ROW, SHEET, Staged, clean_schema
from rulecore.model import Source

REPEATED, ALREADY_HELD = "重复行", "已收过的行"
Values = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Staged:
    """A staged row that may be repeated."""

    position: int
    row_number: int
    sheet: str
    rest: str
    raw: str
    values: Values


def drop_repetitions(source: Source, staged: Staged, ledger: Ledger) -> set[int]:
    """Positions of staged rows that may not go on: collapsed repetitions, and contradicting rows of the register.

    Equal rows are taken once. Two rows of the register with one code that disagree are both refused: nobody but
    the supplier can tell which is right.
    """
    suspects = _suspects(staged)
    code = [column.type for column in source.columns.values()].index("uscc")
    groups: dict[object, list[_Staged]] = {}
    for row in _rows_at(source, staged.path, suspects):
        key = row.values[code] if source.rows == BUSINESS else (row.values, row.rest)
        groups.setdefault(key, []).append(row)
    dropped: set[int] = set()
    for rows in groups.values():
        if len({row.values for row in rows}) > 1:
            dropped |= _refuse(source, rows, ledger)
        else:
            dropped |= _collapse(rows, ledger)
    return dropped


def drop_already_held(source: Source, staged: Staged, dropped: set[int], base: Path, ledger: Ledger) -> set[int]:
    """Positions of further rows that a supplement repeats from the table it supplements."""
    fresh: dict[Values, list[_Staged]] = {}
    for row in _rows_at(source, staged.path, range(len(staged.keys))):
        if row.position not in dropped:
            fresh.setdefault(row.values, []).append(row)
    held: set[int] = set()
    for values in _clean_rows(source, base):
        for row in fresh.pop(values, ()):
            held.add(row.position)
            reason = "与以前收到的一行完全相同，没有重复计入"
            ledger.skip(ALREADY_HELD, Finding(row.sheet, row.row_number, "", "", reason, "warned"))
    return held


def _suspects(staged: Staged) -> Sequence[int]:
    """Positions whose key occurs more than once, ascending."""
    keys = pa.Array.from_buffers(pa.int64(), len(staged.keys), [None, pa.py_buffer(staged.keys)])
    counts = pc.value_counts(keys)
    repeated = counts.field(0).filter(pc.greater(counts.field(1), pa.scalar(1, pa.int64())))
    positions: list[int] = pc.indices_nonzero(pc.is_in(keys, value_set=repeated)).to_pylist()  # type: ignore[assignment]
    return positions


def _rows_at(source: Source, path: Path, positions: Sequence[int]) -> Iterator[_Staged]:
    """The staged rows at these ascending positions."""
    keys = clean_schema(source).names
    offset = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            here = positions[bisect_left(positions, offset) : bisect_left(positions, offset + batch.num_rows)]
            rows = batch.take(pa.array([position - offset for position in here], pa.int64())).to_pydict()
            values = zip(*(rows[key] for key in keys), strict=True)
            for position, row, sheet, rest, raw, value in zip(
                here, rows[ROW], rows[SHEET], rows[REST], rows[RAW], values, strict=True
            ):
                yield _Staged(position, row, sheet, rest or "", raw or "[]", value)
            offset += batch.num_rows


def _clean_rows(source: Source, base: Path) -> Iterator[Values]:
    keys = clean_schema(source).names
    with pq.ParquetFile(base) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=keys):
            columns: Mapping[str, Sequence[object]] = batch.to_pydict()
            yield from zip(*(columns[key] for key in keys), strict=True)


def _collapse(rows: Sequence[_Staged], ledger: Ledger) -> set[int]:
    kept, *others = rows
    for row in others:
        reason = f"与{_place(kept)}完全相同，只取一次；请核对是否重复填报"
        ledger.skip(REPEATED, Finding(row.sheet, row.row_number, "", "", reason, "warned"))
    return {row.position for row in others}


def _refuse(source: Source, rows: Sequence[_Staged], ledger: Ledger) -> set[int]:
    columns = list(source.columns.values())
    differing = [index for index in range(len(columns)) if len({row.values[index] for row in rows}) > 1]
    names = "、".join(columns[index].header for index in differing)
    for row in rows:
        others = "、".join(_place(other) for other in rows if other is not row)
        reason = f"同一代码还有{others}，{names}不一致，都退回；请核实后只保留一行"
        first = differing[0]
        place = (row.sheet, row.row_number, columns[first].header, shown(row.values[first]))
        ledger.refuse([Finding(*place, reason, "refused", json.loads(row.raw))])
    return {row.position for row in rows}


def _place(row: _Staged) -> str:
    return f"工作表“{row.sheet}”第{row.row_number}行" if row.sheet else f"第{row.row_number}行"
