from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jieti.domain import periods

days = st.dates(date(1950, 1, 1), date(2150, 12, 31))
spans = st.integers(1, 30)


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        (date(2024, 11, 25), 3, date(2027, 11, 25)),
        (date(2028, 2, 29), 3, date(2031, 2, 28)),
        (date(2028, 2, 29), 4, date(2032, 2, 29)),
        (date(2027, 2, 28), 1, date(2028, 2, 28)),
        (date(2024, 2, 29), -2, date(2022, 2, 28)),
        (date(2096, 2, 29), 4, date(2100, 2, 28)),
        (date(2026, 7, 1), -2, date(2024, 7, 1)),
    ],
)
def test_add_years(day: date, years: int, expected: date) -> None:
    assert periods.add_years(day, years) == expected


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
        (date(2025, 3, 31), -1, date(2025, 2, 28)),
        (date(2025, 1, 15), -1, date(2024, 12, 15)),
        (date(2025, 5, 31), 0, date(2025, 5, 31)),
    ],
)
def test_add_months(day: date, months: int, expected: date) -> None:
    assert periods.add_months(day, months) == expected


@pytest.mark.parametrize(("day", "months"), [(date(1, 1, 1), -1), (date(9999, 12, 31), 1)])
def test_outside_the_calendar_is_an_error(day: date, months: int) -> None:
    with pytest.raises(ValueError, match="outside the calendar"):
        periods.add_months(day, months)


def test_a_recognition_is_in_force_through_its_corresponding_day() -> None:
    start = date(2024, 11, 25)
    assert periods.last_day_of_period(start, years=3) == date(2027, 11, 25)
    assert periods.is_within(start, start=start, years=3)
    assert periods.is_within(date(2027, 11, 25), start=start, years=3)
    assert not periods.is_within(date(2027, 11, 26), start=start, years=3)
    assert not periods.is_within(date(2024, 11, 24), start=start, years=3)


def test_two_years_on_the_basis_date() -> None:
    basis = date(2024, 7, 1)
    assert periods.has_lasted(date(2022, 7, 1), years=2, on=basis)
    assert not periods.has_lasted(date(2022, 7, 2), years=2, on=basis)


def test_founded_on_29_february() -> None:
    founded = date(2024, 2, 29)
    assert not periods.has_lasted(founded, years=2, on=date(2026, 2, 28))
    assert periods.has_lasted(founded, years=2, on=date(2026, 3, 1))


def test_exceeding_leaves_out_the_day_itself() -> None:
    founded = date(2004, 9, 1)
    assert not periods.has_exceeded(founded, years=20, on=date(2024, 9, 1))
    assert periods.has_exceeded(founded, years=20, on=date(2024, 9, 2))


def test_five_years_of_ban() -> None:
    revoked = date(2025, 3, 1)
    assert periods.is_within(date(2030, 3, 1), start=revoked, years=5)
    assert not periods.is_within(date(2030, 3, 2), start=revoked, years=5)


@given(days, spans)
def test_exceeding_begins_the_day_after_the_period_ends(start: date, years: int) -> None:
    last = periods.last_day_of_period(start, years=years)
    assert periods.is_within(last, start=start, years=years)
    assert not periods.has_exceeded(start, years=years, on=last)
    assert periods.has_exceeded(start, years=years, on=last + timedelta(days=1))


@given(days, days, st.integers(-600, 600))
def test_adding_months_keeps_the_order_of_days(first: date, second: date, months: int) -> None:
    earlier, later = sorted((first, second))
    assert periods.add_months(earlier, months) <= periods.add_months(later, months)


@given(days, st.integers(-30, 30))
def test_only_29_february_ever_changes_its_day_of_the_month(day: date, years: int) -> None:
    moved = periods.add_years(day, years)
    assert moved.year == day.year + years
    assert (moved.month, moved.day) == (day.month, day.day) or (day.month, day.day, moved.day) == (2, 29, 28)


@given(days)
def test_ends_of_year_and_month(day: date) -> None:
    assert periods.first_day_of_year(day) <= periods.first_day_of_month(day) <= day <= periods.last_day_of_year(day)
    assert periods.first_day_of_month(day).day == 1
    assert periods.last_day_of_year(day) + timedelta(days=1) == date(day.year + 1, 1, 1)
