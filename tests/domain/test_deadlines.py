from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jieti.domain import periods
from jieti.domain.deadlines import Deadline, Length, Unit, limits_of
from rulecore.source import load_rulebook
from tests.rulebooks.files import HUAIROU

PROCEDURE = load_rulebook(HUAIROU).procedure
lengths = st.builds(Length, st.integers(0, 999), st.sampled_from(Unit))


@given(lengths)
def test_a_length_is_read_back_as_written(length: Length) -> None:
    assert Length.parse(str(length)) == length


@pytest.mark.parametrize("text", ["", "5", "wd", "5x", "-5d", "5wdd", "5 w d"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Length.parse(text)


def test_a_length_is_said_in_chinese() -> None:
    assert [Length(5, unit).label for unit in Unit] == ["5个工作日", "5日", "5个月", "5年"]


def test_a_definite_deadline_is_over_on_the_day_after() -> None:
    due = Deadline(date(2026, 7, 1), Length(5, Unit.WORKING_DAYS), date(2026, 7, 8), date(2026, 7, 8))
    assert due.text == "2026-07-08"
    assert [due.passed(date(2026, 7, day)) for day in (8, 9)] == [False, True]


def test_huairous_limits_say_whose_they_are() -> None:
    limits = limits_of(PROCEDURE)
    assert limits["objection_decide"].length == Length(20, Unit.WORKING_DAYS)
    assert limits["objection_decide"].source == "附件一(二)3（参照个体工商户年度报告暂行办法第十九条）"
    assert limits["operator_change"].length == Length(30, Unit.DAYS)
    assert limits["city_report"].source == "附件三(二)2（本区内部时限）"
    assert limits["public_notice"].source == "正文三(二)"


def test_the_same_limit_twice_is_an_error() -> None:
    entry = {"label": "甲", "clause": "附件一", "days": 3}
    with pytest.raises(ValueError, match="named twice"):
        limits_of({"limits": {"a": entry}, "internal_limits": {"a": entry}})


def test_no_limits_is_no_limits() -> None:
    assert limits_of({}) == {}


@pytest.mark.parametrize(
    ("start", "period", "last"),
    [
        (date(2024, 11, 25), "statutory", date(2027, 11, 25)),
        (date(2024, 11, 25), "certificate", date(2027, 11, 24)),
        (date(2028, 2, 29), "statutory", date(2031, 2, 28)),
        (date(2028, 2, 29), "certificate", date(2031, 2, 27)),
    ],
)
def test_two_ways_to_count_a_validity(start: date, period: str, last: date) -> None:
    assert periods.last_day_of_validity(start, years=3, period=period) == last


def test_an_extension_is_counted_from_the_beginning() -> None:
    assert periods.prolonged(date(2028, 2, 29), years=3, by=3) == date(2034, 2, 28)
    assert periods.prolonged(date(2028, 2, 29), years=3, by=9) == date(2040, 2, 29)


def test_an_unknown_way_to_count_is_refused() -> None:
    with pytest.raises(ValueError, match="no such way"):
        periods.last_day_of_validity(date(2024, 1, 1), years=3, period="guess")


def test_days_months_and_windows() -> None:
    assert periods.last_day_of_days(date(2024, 2, 28), 30) == date(2024, 3, 29)
    assert periods.last_day_of_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert periods.window_before(date(2024, 9, 1), years=2) == (date(2022, 9, 1), date(2024, 9, 1))
    assert periods.window_before(date(2024, 2, 29), years=2)[0] == date(2022, 2, 28)
    assert [periods.days_left(date(2026, 7, 8), on=date(2026, 7, day)) for day in (1, 8, 9)] == [7, 0, -1]
