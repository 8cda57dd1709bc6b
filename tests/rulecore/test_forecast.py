"""The days on which a result changes by itself: against asking on every single day."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulecore.explain import Event, Turn, forecast, physical_facts
from rulecore.model import Rulebook
from rulecore.plan import Plan, bind, physical
from tests.rulecore import small_law
from tests.rulecore.law import NOTHING_KNOWN, PUBLISHED, Row, ordinary, plan_of
from tests.rulecore.population import population

HORIZON = 760
"""Past the second anniversary of a business founded on the basis date."""

PRIOR_YEAR = ("annual_report_filed", "turnover", "tax_paid", "insured_headcount", "report", "heads")
REPORTS = ("annual_report_filed", "report")


def facts_on(facts: Mapping[str, Any], events: Sequence[Event], as_of: date, day: date) -> dict[str, Any]:
    """The facts of a day, told once more by hand."""
    told = dict(facts)
    if day.year > as_of.year:
        for key in PRIOR_YEAR:
            if key in told:
                late = key in REPORTS and (day.month, day.day) > (6, 30)
                told[key] = False if late else None
    for event in sorted(events, key=lambda event: event.on):
        lapsed = event.fact in PRIOR_YEAR and event.on.year != day.year
        if as_of < event.on <= day and event.fact in told and not lapsed:
            told[event.fact] = event.value
    return told


def day_by_day(
    plan: Plan,
    on: Callable[[date], small_law.Asked],
    facts: Mapping[str, Any],
    events: Sequence[Event],
    horizon: int,
) -> list[tuple[date, tuple[str, ...], tuple[str, ...]]]:
    found = []
    before = on(plan.as_of)(facts)
    for day in small_law.days(plan, horizon):
        after = on(day)(facts_on(facts, events, plan.as_of, day))
        if after != before:
            found.append((day, before, after))
        before = after
    return found


def told(turns: Sequence[Turn]) -> list[tuple[date, tuple[str, ...], tuple[str, ...]]]:
    return [(turn.on, turn.before, turn.after) for turn in turns]


def of(row: Row, **more: Any) -> tuple[Turn, ...]:
    return forecast(plan_of(), physical_facts(plan_of(), row), **more)


def events_of(plan: Plan, horizon: int) -> st.SearchStrategy[list[Event]]:
    """Changes that are known beforehand, some of them on or before the basis date, where they say nothing."""

    def event(fact: str) -> st.SearchStrategy[Event]:
        kind = plan.rulebook.facts[fact].type
        values = {
            "bool": st.booleans(),
            "int": st.integers(0, 4),
            "money": st.integers(0, 4).map(lambda cents: Decimal(cents).scaleb(-2)),
            "code": st.sampled_from(["a", "b", "c"]),
            "date": st.integers(0, 40).map(lambda back: plan.as_of - timedelta(days=back)),
        }[kind]
        day = st.integers(-1, horizon + 1).map(lambda step: plan.as_of + timedelta(days=step))
        return st.builds(Event, st.just(fact), st.one_of(values, st.none()), day, st.just("已知"))

    each = st.sampled_from(list(plan.facts)).flatmap(event)
    return st.lists(each, max_size=3, unique_by=lambda event: (event.fact, event.on))


@given(small_law.rulebooks(), small_law.norms, small_law.starts, st.data())
@settings(max_examples=80, deadline=None)
def test_the_days_are_those_that_asking_every_day_finds(
    book: Rulebook, norms: Mapping[str, Decimal], as_of: date, data: st.DataObject
) -> None:
    plan = bind(book, as_of=as_of, norms=norms)
    given_facts = data.draw(small_law.businesses(as_of))
    facts = {key: given_facts[key] for key in plan.facts}
    horizon = 2 * small_law.HORIZON
    events = data.draw(events_of(plan, horizon))
    as_physical = [
        Event(e.fact, None if e.value is None else physical(e.value, book.facts[e.fact].type), e.on, e.reason)
        for e in events
    ]
    expected = day_by_day(plan, small_law.asked_on(plan), facts, as_physical, horizon)
    assert told(forecast(plan, facts, events=events, horizon_days=horizon)) == expected


@cache
def asked(published: tuple[str, ...]) -> Callable[[date], small_law.Asked]:
    return small_law.asked_on(plan_of(published))


@pytest.mark.clause("附件一(三)2(2)")
@pytest.mark.parametrize(
    ("published", "horizon"), [pytest.param("all", HORIZON, marks=pytest.mark.sweep), ("growth_turnover", 200)]
)
def test_huairou_day_by_day(published: str, horizon: int) -> None:
    plan = plan_of(PUBLISHED[published])
    young = [ordinary(established_on=plan.as_of - timedelta(days=back), patents=1) for back in (0, 1, 364, 365, 729)]
    end = Event("suspended", False, date(2027, 2, 10), "歇业截止")
    rows = [(row, ()) for row in (*population(8, 25), *young, NOTHING_KNOWN)]
    for row, events in [*rows, (ordinary(suspended=True, established_on=date(2025, 8, 9), patents=1), (end,))]:
        facts = physical_facts(plan, row)
        turns = forecast(plan, facts, events=events, horizon_days=horizon)
        assert told(turns) == day_by_day(plan, asked(PUBLISHED[published]), facts, events, horizon)
        assert all(turn.reasons for turn in turns)


@pytest.mark.clause("附件一(三)1.b")
def test_on_new_year_the_report_of_another_year_is_owed_and_after_june_it_is_missing() -> None:
    first, second = of(ordinary(patents=1))[:2]
    assert (first.on, first.before, first.after) == (
        date(2027, 1, 1),
        ("development",),
        ("ineligible", "development"),
    )
    assert first.tier is None
    assert first.reasons == ("“上一年度”改为2026年，尚无该年度的数据：上一年度年度报告已报送",)
    assert (second.on, second.tier) == (date(2027, 7, 1), "ineligible")
    assert second.reasons == ("截至2027年6月30日没有数据的，按“否”计：上一年度年度报告已报送",)


def test_a_report_filed_in_time_keeps_the_result_for_that_year_only() -> None:
    filed = Event("annual_report_filed", True, date(2027, 1, 1), "已报送")
    turns = of(ordinary(patents=1), events=[filed])
    assert [(turn.on, turn.tier) for turn in turns[:2]] == [(date(2028, 1, 1), None), (date(2028, 7, 1), "ineligible")]


@pytest.mark.clause("附件一(三)2(2)")
def test_the_second_anniversary_is_seen_coming() -> None:
    filed = [Event("annual_report_filed", True, date(year, 1, 1), "已报送") for year in (2027, 2028, 2029)]
    [turn] = of(ordinary(established_on=date(2026, 2, 28), patents=1), events=filed)
    assert (turn.on, turn.before, turn.after) == (date(2028, 2, 28), ("survival",), ("development",))
    assert turn.reasons == ("成立2年（含）以上（满足）（附件一(三)2(2)）",)


@pytest.mark.clause("附件一(三)1.b")
def test_the_waiver_of_the_founding_year_ends_on_new_year() -> None:
    first, second = of(ordinary(established_on=date(2026, 3, 3), annual_report_filed=None))[:2]
    assert (first.on, first.before, first.after) == (date(2027, 1, 1), ("survival",), ("ineligible", "survival"))
    assert "当年新成立（否）（附件一(三)1）" in first.reasons
    assert (second.on, second.tier) == (date(2027, 7, 1), "ineligible")


@pytest.mark.clause("附件一(三)1(4)")
def test_the_end_of_a_suspension_is_an_event() -> None:
    end = Event("suspended", False, date(2026, 12, 1), "歇业截止日期届满")
    turn = of(ordinary(suspended=True), events=[end])[0]
    assert (turn.on, turn.before, turn.tier) == (date(2026, 12, 1), ("ineligible",), "survival")
    assert turn.reasons == ("歇业截止日期届满：法定歇业期内为“否”",)


def test_nothing_changes_within_a_short_horizon() -> None:
    assert of(ordinary(), horizon_days=183) == ()
    assert [turn.on for turn in of(ordinary(), horizon_days=184)] == [date(2027, 1, 1)]


def test_a_deregistered_business_stays_what_it_is() -> None:
    assert of(ordinary(registration_status="deregistered")) == ()
