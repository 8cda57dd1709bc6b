"""Every minimal set of changes, and only those: against trying every value of every fact on every day."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rulecore.explain import Change, Counterfactual, Counterfactuals, Event, counterfactuals, physical_facts
from rulecore.explain.timeline import View
from rulecore.model import Rulebook
from rulecore.plan import Plan, bind
from tests.rulecore import small_law, standard
from tests.rulecore.law import AS_OF, NORMS, NOTHING_KNOWN, PUBLISHED, Row, ordinary, plan_of
from tests.rulecore.population import POOLS, population

Point = tuple[int, tuple[Any, ...]]
"""Days waited, and for each fact the value it would have; PRESENT for the one it has."""

PRESENT = object()


def found(plan: Plan, row: Row, **more: Any) -> Counterfactuals:
    result = counterfactuals(plan, physical_facts(plan, row), **more)
    assert result is not None
    return result


def named(item: Counterfactual) -> set[tuple[str, str]]:
    return {(change.fact, change.kind) for change in item.changes}


def the_set(result: Counterfactuals, *facts: str) -> Counterfactual:
    [item] = [item for item in result.sets if [change.fact for change in item.changes] == list(facts)]
    return item


class Brute:
    """The yardstick: the lattice of all wishes, climbed from below."""

    def __init__(self, plan: Plan, facts: Mapping[str, Any], target: str) -> None:
        self.facts = facts
        self._plan = plan
        self._below = set(plan.outcomes[: plan.outcomes.index(target)])
        self._days = list(small_law.days(plan))
        self._on = small_law.asked_on(plan)
        self._movable = [key for key in small_law.DOMAIN if key in plan.facts and self._may_move(key)]
        self._lower: dict[Point, bool] = {}

    def _may_move(self, key: str) -> bool:
        return self.facts[key] is None or self._plan.rulebook.facts[key].change in ("owner", "department")

    def minimal(self) -> set[tuple[int, frozenset[tuple[str, Any]]]]:
        options = [[PRESENT, *self._others(key)] for key in self._movable]
        points = [(wait, chosen) for wait in range(len(self._days)) for chosen in product(*options)]
        minimal = {point for point in points if self._sufficient(point) and not self._has_lower(point)}
        return {
            (wait, frozenset((k, v) for k, v in zip(self._movable, chosen, strict=True) if v is not PRESENT))
            for wait, chosen in minimal
            if wait or any(value is not PRESENT for value in chosen)
        }

    def _others(self, key: str) -> list[Any]:
        return [value for value in small_law.DOMAIN[key] if value != self.facts[key]]

    def _sufficient(self, point: Point) -> bool:
        wait, chosen = point
        moved = {k: v for k, v in zip(self._movable, chosen, strict=True) if v is not PRESENT}
        return not self._below & set(self._on(self._days[wait])({**self.facts, **moved}))

    def _has_lower(self, point: Point) -> bool:
        if point not in self._lower:
            self._lower[point] = any(self._sufficient(p) or self._has_lower(p) for p in self._steps_back(point))
        return self._lower[point]

    def _steps_back(self, point: Point) -> Iterator[Point]:
        wait, chosen = point
        if wait:
            yield wait - 1, chosen
        for index, key in enumerate(self._movable):
            if chosen[index] is not PRESENT:
                yield wait, (*chosen[:index], self._nearer(key, chosen[index]), *chosen[index + 1 :])

    def _nearer(self, key: str, value: Any) -> Any:
        present = self.facts[key]
        if present is None or key not in small_law.ORDERED:
            return PRESENT
        nearer = value - 1 if value > present else value + 1
        return PRESENT if nearer == present else nearer


def as_points(plan: Plan, result: Counterfactuals | None) -> list[tuple[int, frozenset[tuple[str, Any]]]]:
    """The sets as the yardstick writes them, an alternative of an unknown fact being a set of its own."""
    points = []
    for item in result.sets if result else ():
        moves = [change for change in item.changes if change.kind != "time"]
        options = [[(m.fact, value) for value in (m.options if m.learned else (m.needed,))] for m in moves]
        waited = (item.on - plan.as_of).days if item.on else 0
        points += [(waited, frozenset(chosen)) for chosen in product(*options)]
    return points


def canonical(plan: Plan, facts: Mapping[str, Any], points: Any) -> set[tuple[int, frozenset[tuple[str, Any]]]]:
    """Values that no comparison tells apart, of unknown facts and codes, as the first of them."""

    def first(view: View, key: str, value: Any) -> Any:
        if facts[key] is not None and key in small_law.ORDERED:
            return value
        return next(v for v in small_law.DOMAIN[key] if view.state(key, v) == view.state(key, value))

    view = View(plan)
    return {(wait, frozenset((key, first(view, key, value)) for key, value in moves)) for wait, moves in points}


@given(small_law.rulebooks(), small_law.norms, small_law.starts, st.data())
@settings(max_examples=100, deadline=None)
def test_the_sets_are_those_that_trying_everything_finds(
    book: Rulebook, norms: Mapping[str, Decimal], as_of: date, data: st.DataObject
) -> None:
    plan = bind(book, as_of=as_of, norms=norms)
    given_facts = data.draw(small_law.businesses(as_of))
    assume(given_facts["founded"] is not None or "founded" not in plan.facts)
    facts = {key: given_facts[key] for key in plan.facts}
    target = data.draw(st.sampled_from(plan.outcomes))
    result = counterfactuals(plan, facts, target=target, horizon_days=small_law.HORIZON)
    points = as_points(plan, result)
    assert len(points) == len(set(points))
    assert canonical(plan, facts, points) == canonical(plan, facts, Brute(plan, facts, target).minimal())


def tier_on(row: Row, item: Counterfactual, changes: Sequence[Change]) -> str:
    """The tier of a business after some of the changes, by the yardstick that owes nothing to rulecore."""
    day = AS_OF
    changed = dict(row)
    for change in changes:
        if change.kind == "time":
            assert change.on is not None
            assert change.on == item.on
            day = change.on
        else:
            assert row[change.fact] is not None
            money = change.type == "money" and isinstance(change.needed, int)
            changed[change.fact] = Decimal(str(change.needed)).scaleb(-2) if money else change.needed
    return standard.tier(changed, NORMS, day)


@pytest.mark.clause("附件一(三)2(2)")
@given(st.fixed_dictionaries({fact: st.sampled_from(pool) for fact, pool in POOLS.items()}))
@settings(max_examples=150, deadline=None)
def test_each_set_suffices_and_none_of_its_changes_can_be_dropped(business: Row) -> None:
    ladder = plan_of().outcomes
    result = counterfactuals(plan_of(), physical_facts(plan_of(), business))
    if result is None:
        assert standard.tier(business, NORMS, AS_OF) == ladder[-1]
        return
    enough = set(ladder[ladder.index(result.target) :])
    for item in result.sets:
        assert tier_on(business, item, item.changes) in enough
        assert {tier_on(business, item, item.changes)} == set(item.leads_to)
        for change in item.changes:
            assert tier_on(business, item, [c for c in item.changes if c != change]) not in enough


def test_nothing_the_rulebook_forbids_is_suggested() -> None:
    for row in population(3, 400):
        result = counterfactuals(plan_of(), physical_facts(plan_of(), row))
        for change in (change for item in (result.sets if result else ()) for change in item.changes):
            if not change.learned:
                assert change.fact != "registration_status"
                assert (change.fact == "established_on") == (change.kind == "time")
                assert change.how


def test_the_next_tier_of_an_ordinary_business() -> None:
    result = found(plan_of(), ordinary())
    assert result.target == "growth"
    assert {frozenset(named(item)) for item in result.sets} == {
        frozenset({(fact, "owner")})
        for fact in ("turnover", "tax_paid", "insured_headcount", "trademarks_in_use", "patents")
    }
    turnover = the_set(result, "turnover").changes[0]
    assert turnover.needed == 30_000_000
    assert turnover.needed_text == "不低于 300,000.00 元（成长型销售额或营业收入标准）"
    assert turnover.source == "当年认定标准（附件一(三)2(2)A）"
    assert the_set(result, "insured_headcount").changes[0].needed == 1


def test_four_persons_lead_to_the_highest_tier() -> None:
    result = found(plan_of(), ordinary(insured_headcount=2))
    assert result.target == "development"
    assert the_set(result, "insured_headcount").changes[0].needed == 4
    assert the_set(result, "general_vat_taxpayer", "tax_paid").leads_to == ("development",)


def test_nothing_is_above_the_highest_tier() -> None:
    assert counterfactuals(plan_of(), physical_facts(plan_of(), ordinary(patents=1))) is None


def test_a_deregistered_business_gets_no_suggestion() -> None:
    assert found(plan_of(), ordinary(registration_status="deregistered", patents=1)).sets == ()


@pytest.mark.clause("附件一(三)2(2)")
def test_a_young_business_waits_for_its_second_anniversary() -> None:
    result = found(plan_of(), ordinary(established_on=date(2025, 3, 3), patents=1))
    [item] = result.sets
    [wait] = item.changes
    assert (wait.kind, wait.on, item.on, item.leads_to) == (
        "time",
        date(2027, 3, 3),
        date(2027, 3, 3),
        ("development",),
    )
    assert "2027年3月3日" in wait.needed_text
    assert "成立2年" in wait.needed_text
    assert "上一年度年度报告已报送" in item.assumes


@pytest.mark.clause("附件一(三)2(2)")
def test_founded_on_a_leap_day_two_years_later_is_the_day_after_february(  # 民法典 202
) -> None:
    plan = plan_of(as_of=date(2024, 7, 1))
    [item] = found(plan, ordinary(established_on=date(2024, 2, 29), patents=1)).sets
    assert item.on == date(2026, 3, 1)


def test_a_wait_beyond_the_horizon_is_not_suggested() -> None:
    row = ordinary(established_on=date(2026, 6, 30), patents=1)
    assert found(plan_of(), row, horizon_days=729).sets == ()
    assert [item.on for item in found(plan_of(), row, horizon_days=730).sets] == [date(2028, 6, 30)]


def test_the_end_of_a_suspension_comes_with_time() -> None:
    end = Event("suspended", False, date(2026, 12, 1), "歇业截止日期届满")
    result = found(plan_of(), ordinary(suspended=True), events=[end])
    kinds = {frozenset(named(item)): item.on for item in result.sets}
    assert kinds == {
        frozenset({("suspended", "owner")}): None,
        frozenset({("is_seasonal", "department")}): None,
        frozenset({("suspended", "time")}): date(2026, 12, 1),
    }


def test_an_unknown_fact_may_turn_out_well() -> None:
    result = found(plan_of(), ordinary(turnover=None))
    assert result.target == "growth"
    change = the_set(result, "turnover").changes[0]
    assert change.learned
    assert change.kind == "department"
    assert change.brief == "数据到位后上一年度年报填报的销售额或营业收入若不低于 300,000.00 元"
    assert the_set(result, "turnover").leads_to == ("growth", "development")


def test_of_a_business_unknown_altogether_the_next_is_above_the_lowest() -> None:
    result = found(plan_of(), NOTHING_KNOWN)
    assert result.target == "survival"
    assert all(change.learned for item in result.sets for change in item.changes)
    assert {"registration_status", "abnormal_mark"} <= {change.fact for change in result.sets[0].changes}


@pytest.mark.parametrize("published", ["none", "development_turnover"])
def test_an_unpublished_norm_gives_no_suggestion_and_says_so(published: str) -> None:
    result = found(plan_of(PUBLISHED[published]), ordinary())
    assert [text.split("：")[0] for text in result.unpublished] == [
        "成长型销售额或营业收入标准",
        "成长型实际缴纳税款标准",
    ]
    suggested = {change.fact: change.needed for item in result.sets for change in item.changes}
    assert "tax_paid" not in suggested
    assert suggested.get("turnover") == (300_000_000 if published == "development_turnover" else None)


def test_a_target_that_is_no_outcome_is_refused() -> None:
    with pytest.raises(ValueError, match="excellent is none of"):
        found(plan_of(), ordinary(), target="excellent")


def test_a_wait_ends_on_the_first_day_that_serves() -> None:
    row = ordinary(established_on=date(2025, 3, 3), insured_headcount=2)
    [item] = [item for item in found(plan_of(), row).sets if len(item.changes) == 1]
    assert item.on is not None
    eve = item.on - timedelta(days=1)
    assert standard.tier(row, NORMS, eve) == "survival"
    assert standard.tier(row, NORMS, item.on) == "growth"
