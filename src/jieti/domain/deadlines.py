"""Lengths of time that the law and the rulebook set, and the days on which they end.

A deadline counted in working days needs the State Council's notice of every year that it touches. Where one is not out
yet the deadline is *provisional*: a range that holds the true day, to be announced anew when the notice is loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol, Self


class Unit(StrEnum):
    """What a length counts. The value is its short form in tables and columns: `5wd`, `30d`, `3m`, `2y`."""

    WORKING_DAYS = "wd"
    DAYS = "d"
    MONTHS = "m"
    YEARS = "y"

    @property
    def label(self) -> str:
        """As people write it behind the number."""
        return {"wd": "个工作日", "d": "日", "m": "个月", "y": "年"}[self.value]


@dataclass(frozen=True, slots=True)
class Length:
    """``number`` of ``unit``, zero or more: `Length(5, Unit.WORKING_DAYS)`."""

    number: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError(f"a length is not negative: {self.number}")

    def __str__(self) -> str:
        return f"{self.number}{self.unit.value}"

    @property
    def label(self) -> str:
        """In Chinese: 5个工作日."""
        return f"{self.number}{self.unit.label}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The length that `str()` wrote. Raises ``ValueError`` for anything else."""
        number = text.rstrip("dmwy")
        return cls(int(number), Unit(text[len(number) :]))


class Calendar(Protocol):
    """What a deadline asks of `WorkingDays`."""

    def deadline(self, start: date, length: Length, /) -> "Deadline": ...


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of ``length`` from ``start``, which itself is not counted (民法典 201).

    ``earliest`` equals ``latest`` unless the notices of ``missing_years`` are awaited; the true day lies between
    the two, both included. ``notices`` are the numbers of the notices that were used.
    """

    start: date
    length: Length
    earliest: date
    latest: date
    missing_years: tuple[int, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def provisional(self) -> bool:
        """Whether a notice that may move it is not out yet, even if the range is a single day."""
        return bool(self.missing_years)

    @property
    def text(self) -> str:
        """For the screen: the day, or the range and the notices that it waits for."""
        if not self.provisional:
            return self.latest.isoformat()
        years = "、".join(str(year) for year in self.missing_years)
        days = f"{self.earliest} 至 {self.latest} 之间" if self.earliest != self.latest else f"{self.latest}"
        return f"{days}（暂定，待{years}年放假通知）"

    def passed(self, today: date) -> bool | None:
        """Whether the deadline is over on ``today``; None while that depends on a notice not out yet."""
        if today <= self.earliest:
            return False
        return True if today > self.latest else None

    def recomputed(self, working_days: Calendar) -> "Deadline":
        """The same period by the notices known now: definite once the missing ones are loaded."""
        return working_days.deadline(self.start, self.length)


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit of the rulebook's `procedure.yaml`.

    ``clause`` is what sets it, ``by_analogy`` the rule that lends the number where the document says only 及时, and
    ``internal`` marks those that the district set itself so that no case lies without a date.
    """

    key: str
    label: str
    clause: str
    length: Length
    by_analogy: str = ""
    internal: bool = False

    @property
    def source(self) -> str:
        """Clause and nature of the limit, for the screen and the record."""
        if self.by_analogy:
            return f"{self.clause}（参照{self.by_analogy}）"
        return f"{self.clause}（本区内部时限）" if self.internal else self.clause


def limits_of(procedure: Mapping[str, Any]) -> dict[str, Limit]:
    """Every limit of a rulebook's procedure by its key: `limits` and `internal_limits`."""
    found = {key: _limit(key, entry, internal=False) for key, entry in procedure.get("limits", {}).items()}
    own = {key: _limit(key, entry, internal=True) for key, entry in procedure.get("internal_limits", {}).items()}
    if doubled := found.keys() & own.keys():
        raise ValueError(f"limits named twice: {sorted(doubled)}")
    return found | own


def _limit(key: str, entry: Mapping[str, Any], *, internal: bool) -> Limit:
    in_working_days = "working_days" in entry
    unit = Unit.WORKING_DAYS if in_working_days else Unit.DAYS
    length = Length(entry["working_days" if in_working_days else "days"], unit)
    return Limit(key, entry["label"], entry["clause"], length, entry.get("by_analogy", ""), internal)
