"""Working days 工作日 by the State Council's notices, deadlines counted in them, and bounds before a notice is out.

What was known on a day counts: `WorkingDays.load(known_on=…)` takes only the notices issued by then. For a day whose
notice is missing nothing is guessed. Such a deadline gets bounds that hold for every notice which grants each festival
of 全国年节及纪念日放假办法 no more than `festivals.csv` says: at the latest every break is as long as it can be and
lies before the deadline, at the earliest there is no break at all and every make-up weekend is worked. Days off beyond
those festivals (3 September 2015 was one) come with a notice of their own, after which deadlines are computed anew.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.resources.abc import Traversable
from typing import Self

from jieti.domain import periods
from jieti.domain.deadlines import Deadline, Length, Unit
from jieti.domain.holiday_notices import Notice, Window, make_up_windows, off_windows, read_notices

DAY = timedelta(days=1)
SATURDAY = 5
FIRST_DAY_OF_NEXT_NOTICE = (12, 27)
"""From here on a day of December may be arranged by the next year's notice: 2018-12-29 was worked for New Year 2019."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of working days: ``least`` equals ``most`` unless the notices of ``missing_years`` are awaited."""

    least: int
    most: int
    missing_years: tuple[int, ...] = ()


@dataclass(slots=True)
class _Tally:
    """Working days met so far on a walk from day to day: how many at least, how many at most."""

    least: int = 0
    most: int = 0
    moved: dict[Window, int] = field(default_factory=dict)

    def take_known(self, *, works: bool) -> None:
        self.least += works
        self.most += works

    def take_unknown(self, day: date) -> None:
        """A weekday may turn out a day off, a weekend day a make-up day, as long as a festival has any left."""
        windows = off_windows if day.weekday() < SATURDAY else make_up_windows
        may_move = self._uses(day, windows)
        if day.weekday() < SATURDAY:
            self.most += 1
            self.least += not may_move
        else:
            self.most += may_move

    def _uses(self, day: date, windows: Callable[[int], Sequence[Window]]) -> bool:
        around = (*windows(day.year), *windows(day.year + 1))
        free = [window for window in around if window.holds(day) and self.moved.get(window, 0) < window.most]
        if not free:
            return False
        soonest = min(free, key=lambda window: window.last)
        self.moved[soonest] = self.moved.get(soonest, 0) + 1
        return True


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The calendar that follows from some notices, oldest first. Pure: it does not know what day it is."""

    notices: tuple[Notice, ...]

    @classmethod
    def load(cls, *, known_on: date | None = None, more: Iterable[Traversable] = ()) -> Self:
        """The notices that come with us and those in further folders of the same form, issued by ``known_on``."""
        found = {notice.number: notice for folder in (None, *more) for notice in read_notices(folder)}
        known = (notice for notice in found.values() if known_on is None or notice.issued_on <= known_on)
        return cls(tuple(sorted(known, key=lambda notice: (notice.issued_on, notice.number))))

    @property
    def years(self) -> tuple[int, ...]:
        """The years that have a notice."""
        return tuple(sorted({notice.year for notice in self.notices}))

    def known_on(self, day: date) -> Self:
        """The calendar as it was known on ``day``."""
        return type(self)(tuple(notice for notice in self.notices if notice.issued_on <= day))

    def is_working_day(self, day: date) -> bool | None:
        """Whether people work on ``day``; None while a notice that decides it is not out.

        A day that a notice names is known. Any other is known once all notices are out that could name it: that of its
        year, and for the last days of December that of the next.
        """
        named = self._naming(day)
        if named is not None:
            return named.days[day]
        return None if self._missing(day) else day.weekday() < SATURDAY

    def add(self, start: date, number: int) -> Deadline:
        """The last day of ``number`` working days after ``start``, which is not counted (民法典 201); 0: ``start``."""
        return self.deadline(start, Length(number, Unit.WORKING_DAYS))

    def between(self, first: date, last: date) -> Count:
        """Working days after ``first`` up to and including ``last``; none if ``last`` is not later."""
        tally, missing = _Tally(), set[int]()
        for day in _days(first, last):
            self._take(tally, day, missing)
        return Count(tally.least, tally.most, tuple(sorted(missing)))

    def moved_to_working_day(self, day: date) -> Deadline:
        """``day`` if people work on it, otherwise the next working day (民法典 203)."""
        return self.deadline(day, Length(0, Unit.DAYS))

    def deadline(self, start: date, length: Length) -> Deadline:
        """The last day of ``length`` from ``start``. In days, months and years it moves off holidays (民法典 203)."""
        if length.unit is Unit.WORKING_DAYS:
            return self._walk(start, length, start, length.number)
        return self._walk(start, length, _last_day(start, length) - DAY, 1)

    def _walk(self, start: date, length: Length, after: date, number: int) -> Deadline:
        tally, missing, used = _Tally(), set[int](), set[str]()
        day = after
        earliest = after if number == 0 else None
        while tally.least < number:
            day += DAY
            notice = self._take(tally, day, missing)
            used |= {notice.number} if notice else set()
            if earliest is None and tally.most >= number:
                earliest = day
        cited = tuple(notice.number for notice in self.notices if notice.number in used)
        return Deadline(start, length, earliest or day, day, tuple(sorted(missing)), cited)

    def _take(self, tally: _Tally, day: date, missing: set[int]) -> Notice | None:
        works = self.is_working_day(day)
        if works is None:
            missing |= self._missing(day)
            tally.take_unknown(day)
            return None
        tally.take_known(works=works)
        return self._naming(day) or self._latest(day.year)

    def _naming(self, day: date) -> Notice | None:
        return next((notice for notice in reversed(self.notices) if day in notice.days), None)

    def _latest(self, year: int) -> Notice | None:
        return next((notice for notice in reversed(self.notices) if notice.year == year), None)

    def _missing(self, day: date) -> set[int]:
        deciding = {day.year}
        if (day.month, day.day) >= FIRST_DAY_OF_NEXT_NOTICE:
            deciding.add(day.year + 1)
        return deciding - set(self.years)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * DAY for number in range(1, (last - first).days + 1))


def _last_day(start: date, length: Length) -> date:
    match length.unit:
        case Unit.YEARS:
            return periods.add_years(start, length.number)
        case Unit.MONTHS:
            return periods.add_months(start, length.number)
        case _:
            return start + length.number * DAY
