"""The State Council's yearly notices of days off, as cited data, and what can be said of a year before its notice.

`data/holidays/notices.csv` lists the notices (number and date as printed), one file of days each. A notice may name
days of the December before its year. A later notice for the same year changes the days that it names.
`data/holidays/festivals.csv` holds, for each festival of 全国年节及纪念日放假办法 (2024) 第二条, the longest break
and the most make-up working days that its notices may ask for, and between which days of the year both can lie.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice: the year it arranges, its number, the day of issue, where it is printed, and the days it names.

    `days` maps a day to True (a make-up working day) or False (a day off); days it does not name are as every week.
    """

    year: int
    number: str
    issued_on: date
    title: str
    source: str
    days: Mapping[date, bool]


@dataclass(frozen=True, slots=True)
class Window:
    """Days of one year among which a festival moves at most ``most`` days."""

    first: date
    last: date
    most: int

    def holds(self, day: date) -> bool:
        """Whether the day lies in the window, both ends included."""
        return self.first <= day <= self.last


def read_notices(folder: Traversable | None = None) -> tuple[Notice, ...]:
    """The notices that a folder lists in its `notices.csv`, oldest first; without a folder the ones that come with us.

    Raises ``ValueError`` where a line is not a date or a kind is neither off nor work, ``OSError`` for missing files.
    """
    place = folder or _ours()
    found = [_notice(place, row) for row in _rows(place, "notices.csv")]
    return tuple(sorted(found, key=lambda notice: (notice.issued_on, notice.number)))


def off_windows(year: int) -> tuple[Window, ...]:
    """For each festival: where its days off that fall on weekdays can lie, and how many there can be."""
    return _windows(year, "off_from", "off_to", "most_weekdays_off")


def make_up_windows(year: int) -> tuple[Window, ...]:
    """For each festival: where its make-up working days on weekends can lie, and how many there can be."""
    return _windows(year, "make_up_from", "make_up_to", "most_make_up_days")


def statutory_days() -> Mapping[str, int]:
    """Days off of each festival by 全国年节及纪念日放假办法 (2024) 第二条."""
    return MappingProxyType({row["festival"]: int(row["statutory_days"]) for row in _festivals()})


@cache
def _windows(year: int, first: str, last: str, most: str) -> tuple[Window, ...]:
    return tuple(Window(_day_of(year, row[first]), _day_of(year, row[last]), int(row[most])) for row in _festivals())


def _day_of(year: int, text: str) -> date:
    """`02-28` is a day of the year, `-12-30` one of the December before it."""
    return date.fromisoformat(f"{year - 1}{text}" if text.startswith("-") else f"{year}-{text}")


@cache
def _festivals() -> tuple[Mapping[str, str], ...]:
    return tuple(_rows(_ours(), "festivals.csv"))


def _ours() -> Traversable:
    return files("jieti.domain").joinpath("data/holidays")


def _rows(folder: Traversable, name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(folder.joinpath(name).read_text(encoding="utf-8").splitlines())


def _notice(folder: Traversable, row: Mapping[str, str]) -> Notice:
    days: dict[date, bool] = {}
    for line in _rows(folder, row["days"]):
        days |= _span(line)
    return Notice(
        year=int(row["year"]),
        number=row["number"],
        issued_on=date.fromisoformat(row["issued_on"]),
        title=row["title"],
        source=row["source"],
        days=MappingProxyType(days),
    )


def _span(line: Mapping[str, str]) -> dict[date, bool]:
    first, last = date.fromisoformat(line["first"]), date.fromisoformat(line["last"])
    if line["kind"] not in {"off", "work"} or last < first:
        raise ValueError(f"neither days off nor make-up days: {dict(line)}")
    works = line["kind"] == "work"
    return {first + timedelta(days=number): works for number in range((last - first).days + 1)}
