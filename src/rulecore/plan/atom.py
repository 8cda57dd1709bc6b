"""The smallest questions a plan asks, about physical values.

Money is whole cents (int), a date is a date, a code or text is a string, a year is an int.
"""

import datetime
from dataclasses import dataclass

Physical = bool | int | str | datetime.date


@dataclass(frozen=True)
class Atom:
    """One comparison of one fact: `op` is eq ne ge gt le lt or in; `unset` names a parameter nobody has published."""

    fact: str
    op: str
    operand: Physical | tuple[Physical, ...] | None
    unset: str | None = None
