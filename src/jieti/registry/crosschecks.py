"""Conditions on a whole row: no end before its start, no year that has not come. The rulebook lists them."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from jieti.kit import clock
from jieti.registry.arrays import Column, Single, exceeds, positions
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


def failures(source: Source, values: Mapping[str, Column], deed: Deed) -> Mapping[int, Sequence[tuple[str, Cell]]]:
    """Positions of rows that break a condition, with the column to mend and why. Unknown breaks nothing."""
    found: dict[int, list[tuple[str, Cell]]] = {}
    for check in source.checks:
        limit = _limit(source, check, values, deed) if check.column in values else None
        if limit is None:
            continue
        fault = Cell(warning=check.says) if check.warns else Cell(refusal=check.says)
        for position in positions(exceeds(values[check.column], limit)):
            found.setdefault(position, []).append((check.column, fault))
    return found


def _limit(source: Source, check: Check, values: Mapping[str, Column], deed: Deed) -> Column | Single | None:
    """What the column may not exceed; None: it was not delivered."""
    if check.not_after != AS_OF:
        return values.get(check.not_after)
    day = deed.day()
    if source.columns[check.column].type == "year":
        return pa.scalar(day.year, pa.int32())
    return pa.scalar(day, pa.date32())
