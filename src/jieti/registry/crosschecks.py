"""Conditions on a whole row: no end before its start, no year that has not come. The rulebook lists them."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from jieti.kit import clock
from jieti.registry.cells import Cell
from rulecore.model import Check, Source

AS_OF = "as_of"
"""The day to which the supplier says the table speaks."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is known of a delivery besides its rows. `as_of` None: the day it is read."""

    as_of: datetime.date | None = None

    def day(self) -> datetime.date:
        return self.as_of or clock.today()


def failures(source: Source, values: Mapping[str, pa.Array], deed: Deed) -> Mapping[int, Sequence[tuple[str, Cell]]]:
    """Positions of rows that break a condition, with the column to mend and why. Unknown breaks nothing."""
    found: dict[int, list[tuple[str, Cell]]] = {}
    for check in source.checks:
        if check.column not in values:
            continue
        limit, name = _limit(source, check, values, deed)
        if limit is None:
            continue
        broken = pc.indices_nonzero(pc.fill_null(pc.greater(values[check.column], limit), False))
        for position in broken.to_pylist():
            found.setdefault(position, []).append((check.column, _fault(source, check, name)))
    return found


def _limit(
    source: Source, check: Check, values: Mapping[str, pa.Array], deed: Deed
) -> tuple[pa.Array | pa.Scalar | None, str]:
    """What the column may not exceed (None: it was not delivered) and how that is called."""
    if check.not_after != AS_OF:
        return values.get(check.not_after), f"“{source.columns[check.not_after].header}”"
    day = deed.day()
    if source.columns[check.column].type == "year":
        return pa.scalar(day.year, pa.int32()), f"数据日期{day.isoformat()}所在的年份"
    return pa.scalar(day, pa.date32()), f"数据日期{day.isoformat()}"


def _fault(source: Source, check: Check, name: str) -> Cell:
    is_money = source.columns[check.column].type in ("money", "int")
    text = f"{'大' if is_money else '晚'}于{name}；请查对后改正"
    return Cell(warning=text) if check.warns else Cell(refusal=text)
