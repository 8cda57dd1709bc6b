"""Working days against two others' reading of the notices, against a naive counter, and against 19 years of history."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType

import chinese_calendar
import holidays
import pytest
from chinese_calendar import constants
from hypothesis import given
from hypothesis import strategies as st

from jieti.domain import holiday_notices
from jieti.domain.deadlines import Length, Unit
from jieti.domain.holiday_notices import Notice, read_notices
from jieti.domain.working_days import WorkingDays

DAY = timedelta(days=1)
YEARS = (2024, 2025, 2026)
OURS = WorkingDays.load()
NONE_KNOWN = WorkingDays(())
SINCE = 2008
"""The first year of the festivals as they are now."""
ONE_OFF = {date(2015, 9, 3), date(2015, 9, 4), date(2015, 9, 6)}
"""Seventy years after the war: a single notice of its own, which no bound foresees."""


def every_day(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += DAY


def history() -> WorkingDays:
    """Notices of 2008 to 2026 as chinesecalendar has them, each under its year, without the one-off days."""
    named: dict[int, dict[date, bool]] = {year: {} for year in range(SINCE, 2027)}
    for days, works in ((constants.holidays, False), (constants.workdays, True)):
        for day in days:
            year = day.year + (day.month == 12 and day.day >= 27)
            if day not in ONE_OFF and year in named:
                named[year][day] = works
    made = (
        Notice(year, f"{year}年通知", date(year - 1, 12, 1), "", "", MappingProxyType(days))
        for year, days in named.items()
    )
    return WorkingDays(tuple(made))


TRUE = history()
days_of_ours = st.dates(date(2024, 1, 1), date(2026, 9, 1))
days_of_history = st.dates(date(SINCE, 1, 1), date(2026, 6, 30))


@pytest.mark.parametrize("year", YEARS)
def test_every_day_is_as_two_maintained_packages_say(year: int) -> None:
    """No disagreement but one, which is ours on purpose: the last days of 2026 wait for the notice of 2027.

    Both packages call those days ordinary although a notice can still move them, as 2019's did with 29 December 2018.
    """
    china = holidays.country_holidays("CN", years=range(2023, 2028))
    differing = [
        day
        for day in every_day(year)
        if not OURS.is_working_day(day) == chinese_calendar.is_workday(day) == china.is_working_day(day)
    ]
    assert differing == ([date(2026, 12, day) for day in range(27, 32)] if year == 2026 else [])
    assert [OURS.is_working_day(day) for day in differing] == [None] * len(differing)


@pytest.mark.parametrize(
    ("year", "number", "issued_on", "off", "made_up"),
    [
        (2024, "国办发明电〔2023〕7号", date(2023, 10, 25), 28, 8),
        (2025, "国办发明电〔2024〕12号", date(2024, 11, 12), 28, 5),
        (2026, "国办发明电〔2025〕7号", date(2025, 11, 4), 33, 6),
    ],
)
def test_the_notices_are_cited_and_whole(year: int, number: str, issued_on: date, off: int, made_up: int) -> None:
    (notice,) = (one for one in read_notices() if one.year == year)
    assert (notice.number, notice.issued_on) == (number, issued_on)
    assert notice.title == f"国务院办公厅关于{year}年部分节假日安排的通知"
    assert notice.source
    works = list(notice.days.values())
    assert (works.count(False), works.count(True)) == (off, made_up)
    assert {day.year for day in notice.days} == {year}


def test_a_make_up_day_is_a_weekend_day() -> None:
    assert all(day.weekday() >= 5 for notice in read_notices() for day, works in notice.days.items() if works)


def test_the_festivals_are_the_thirteen_days_of_the_law() -> None:
    assert sum(holiday_notices.statutory_days().values()) == 13


@pytest.mark.parametrize(
    ("start", "number", "last"),
    [
        (date(2025, 1, 24), 1, date(2025, 1, 26)),  # a Sunday that is worked
        (date(2025, 1, 27), 1, date(2025, 2, 5)),  # the whole Spring Festival lies between
        (date(2025, 9, 27), 5, date(2025, 10, 10)),
        (date(2024, 9, 13), 2, date(2024, 9, 18)),
        (date(2026, 7, 1), 5, date(2026, 7, 8)),
        (date(2026, 7, 1), 0, date(2026, 7, 1)),
    ],
)
def test_deadlines_in_known_years(start: date, number: int, last: date) -> None:
    due = OURS.add(start, number)
    assert (due.earliest, due.latest, due.provisional) == (last, last, False)


def test_a_definite_deadline_cites_its_notices() -> None:
    assert OURS.add(date(2025, 12, 25), 6).notices == ("国办发明电〔2024〕12号", "国办发明电〔2025〕7号")


@given(days_of_ours, st.integers(0, 60))
def test_adding_agrees_with_counting_day_by_day(start: date, number: int) -> None:
    day, left = start, number
    while left:
        day += DAY
        left -= chinese_calendar.is_workday(day)
    due = OURS.add(start, number)
    assert due.earliest == due.latest == day
    counted = OURS.between(start, day)
    assert (counted.least, counted.most) == (number, number)


@given(days_of_ours)
def test_a_last_day_moves_to_the_next_working_day(day: date) -> None:
    moved = OURS.moved_to_working_day(day).latest
    assert chinese_calendar.is_workday(moved)
    assert not any(chinese_calendar.is_workday(day + DAY * number) for number in range((moved - day).days))


@pytest.mark.parametrize(
    ("start", "length", "last"),
    [
        (date(2025, 9, 1), Length(30, Unit.DAYS), date(2025, 10, 9)),  # 1 October begins the holidays
        (date(2025, 1, 31), Length(1, Unit.MONTHS), date(2025, 2, 28)),
        (date(2024, 2, 29), Length(1, Unit.YEARS), date(2025, 2, 28)),
        (date(2024, 12, 26), Length(1, Unit.MONTHS), date(2025, 1, 26)),  # a worked Sunday is no holiday
    ],
)
def test_days_months_and_years_end_on_a_working_day(start: date, length: Length, last: date) -> None:
    assert OURS.deadline(start, length).latest == last


def test_a_year_without_a_notice_is_a_range_and_says_so() -> None:
    due = OURS.add(date(2027, 9, 1), 5)
    assert due.provisional
    assert due.missing_years == (2027,)
    assert due.earliest < due.latest
    assert "暂定，待2027年放假通知" in due.text
    assert due.notices == ()
    assert OURS.is_working_day(date(2027, 3, 3)) is None


def test_far_from_every_festival_the_range_is_one_day_and_still_provisional() -> None:
    due = OURS.add(date(2027, 7, 12), 5)
    assert (due.earliest, due.latest, due.provisional) == (date(2027, 7, 19), date(2027, 7, 19), True)


def test_a_deadline_across_the_last_known_year_uses_what_is_known() -> None:
    due = OURS.add(date(2026, 12, 20), 10)
    assert due.notices == ("国办发明电〔2025〕7号",)
    assert due.missing_years == (2027,)
    assert OURS.add(date(2026, 12, 20), 5).provisional is False


def test_passing_is_unknown_inside_the_range() -> None:
    due = OURS.add(date(2027, 9, 1), 5)
    assert due.passed(due.earliest) is False
    assert due.passed(due.earliest + DAY) is None
    assert due.passed(due.latest) is None
    assert due.passed(due.latest + DAY) is True


def test_what_was_known_on_a_day_counts() -> None:
    start = date(2025, 1, 24)
    before, after = OURS.known_on(date(2024, 11, 11)), OURS.known_on(date(2024, 11, 12))
    assert before.years == (2024,)
    assert before.add(start, 1).provisional
    assert after.add(start, 1).latest == date(2025, 1, 26)
    assert WorkingDays.load(known_on=date(2023, 1, 1)).notices == ()


def test_a_loaded_notice_makes_a_provisional_deadline_definite() -> None:
    announced = OURS.known_on(date(2025, 6, 1)).add(date(2025, 12, 30), 3)
    assert announced.missing_years == (2026,)
    final = announced.recomputed(OURS)
    assert (final.provisional, final.latest) == (False, date(2026, 1, 5))
    assert announced.earliest <= final.latest <= announced.latest


def test_a_later_notice_of_the_year_changes_what_it_names() -> None:
    early = Notice(
        2020, "甲", date(2019, 11, 21), "", "", MappingProxyType({date(2020, 1, 30): False, date(2020, 2, 1): True})
    )
    late = Notice(
        2020, "乙", date(2020, 1, 26), "", "", MappingProxyType({date(2020, 1, 31): False, date(2020, 2, 1): False})
    )
    both = WorkingDays((early, late))
    assert both.is_working_day(date(2020, 2, 1)) is False
    assert both.known_on(date(2020, 1, 25)).is_working_day(date(2020, 2, 1)) is True
    assert both.is_working_day(date(2020, 1, 30)) is False


def test_notices_of_a_folder_are_added(tmp_path: Path) -> None:
    rows = "year,number,issued_on,title,source,days\n2027,示例〔2026〕1号,2026-11-20,示例,示例,2027.csv\n"
    (tmp_path / "notices.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "2027.csv").write_text("festival,kind,first,last\n元旦,off,2027-01-01,2027-01-03\n", encoding="utf-8")
    both = WorkingDays.load(more=[tmp_path])
    assert both.years == (*YEARS, 2027)
    assert both.is_working_day(date(2026, 12, 31)) is True
    assert both.add(date(2026, 12, 31), 1).latest == date(2027, 1, 4)


def test_a_broken_file_of_days_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "notices.csv").write_text("year,number,issued_on,title,source,days\n2027,1,2026-11-20,a,b,d.csv\n")
    (tmp_path / "d.csv").write_text("festival,kind,first,last\n元旦,holiday,2027-01-01,2027-01-03\n")
    with pytest.raises(ValueError, match="neither days off nor make-up days"):
        read_notices(tmp_path)


@given(days_of_history, st.integers(1, 40))
def test_bounds_hold_in_every_year_since_2008(start: date, number: int) -> None:
    guess, true = NONE_KNOWN.add(start, number), TRUE.add(start, number)
    assert not true.provisional
    assert guess.earliest <= true.latest <= guess.latest


@given(days_of_history, st.integers(0, 60))
def test_bounds_of_counts_hold(start: date, span: int) -> None:
    last = start + DAY * span
    guess, true = NONE_KNOWN.between(start, last), TRUE.between(start, last)
    assert guess.least <= true.least == true.most <= guess.most


@given(days_of_history, st.integers(1, 30), st.integers(0, 400))
def test_more_notices_never_widen_a_range(start: date, number: int, ahead: int) -> None:
    some = TRUE.known_on(start + DAY * (ahead - 200))
    less, more = some.add(start, number), TRUE.add(start, number)
    assert less.earliest <= more.earliest <= more.latest <= less.latest


def test_the_bounds_are_tight_enough_to_be_of_use() -> None:
    """Of five working days the widest range is sixteen days (Spring Festival); a third of the year has none."""
    widths = [(due.latest - due.earliest).days for due in (OURS.add(day, 5) for day in every_day(2029))]
    assert max(widths) <= 15
    assert sum(width == 0 for width in widths) > len(widths) / 3
