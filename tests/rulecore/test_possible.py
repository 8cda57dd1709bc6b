"""`possible` is what trying every completion finds: no more, no less."""

from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulecore.engines import Engine
from rulecore.engines.reference import physical_facts
from rulecore.plan import function_of
from tests.rulecore import standard
from tests.rulecore.law import AS_OF, NORMS, NOTHING_KNOWN, PUBLISHED, Row, judged, ordinary, plan_of
from tests.rulecore.population import POOLS, population, with_gaps

MOST_GAPS = 4
businesses = st.fixed_dictionaries({fact: st.sampled_from(pool) for fact, pool in POOLS.items()})
gaps = st.lists(st.sampled_from(list(POOLS)), max_size=MOST_GAPS, unique=True)
norm_sets = st.lists(st.sampled_from(list(NORMS)), unique=True).map(lambda keys: tuple(sorted(keys)))


def possible(row: Row, published: tuple[str, ...]) -> set[str]:
    plan = plan_of(published)
    return set(plan.possible_set(function_of(plan)(physical_facts(plan, row))[2]))


def by_trying(row: Row, published: tuple[str, ...]) -> set[str]:
    return standard.possible(row, {key: NORMS[key] for key in published}, AS_OF)


@given(businesses, gaps, norm_sets)
@settings(max_examples=400, deadline=None)
def test_possible_is_what_trying_finds(business: Row, missing: list[str], published: tuple[str, ...]) -> None:
    row = with_gaps(business, missing)
    assert possible(row, published) == by_trying(row, published)


@given(businesses)
@settings(max_examples=300, deadline=None)
def test_of_a_business_fully_known_one_tier_is_possible(business: Row) -> None:
    assert possible(business, tuple(NORMS)) == {standard.tier(business, NORMS, AS_OF)}


@given(businesses, gaps, norm_sets, st.data())
@settings(max_examples=300, deadline=None)
def test_learning_a_fact_never_widens(
    business: Row, missing: list[str], published: tuple[str, ...], data: st.DataObject
) -> None:
    before = possible(with_gaps(business, missing), published)
    kept = data.draw(st.sets(st.sampled_from(missing)) if missing else st.just(set()))
    after = possible(with_gaps(business, sorted(kept)), published)
    assert after
    assert after <= before


@given(businesses, gaps, norm_sets, norm_sets)
@settings(max_examples=300, deadline=None)
def test_publishing_a_norm_never_widens(
    business: Row, missing: list[str], some: tuple[str, ...], more: tuple[str, ...]
) -> None:
    row = with_gaps(business, missing)
    assert possible(row, tuple(sorted({*some, *more}))) <= possible(row, some)


@pytest.mark.parametrize("published", PUBLISHED)
def test_every_engine_finds_what_trying_finds(engine: Engine, published: str, tmp_path: Path) -> None:
    random = Random(11)
    complete = [{fact: random.choice(pool) for fact, pool in POOLS.items()} for _ in range(400)]
    rows = [with_gaps(row, random.sample(list(POOLS), number % (MOST_GAPS + 1))) for number, row in enumerate(complete)]
    results = judged(engine, plan_of(PUBLISHED[published]), rows, tmp_path)
    for row, result in zip(rows, results, strict=True):
        assert set(result["possible"]) == by_trying(row, PUBLISHED[published]), row


def test_tier_is_the_only_possible_one(engine: Engine, tmp_path: Path) -> None:
    for result in judged(engine, plan_of(PUBLISHED["mixed"]), population(5, 300), tmp_path):
        members = result["possible"]
        assert members == [key for key in ("ineligible", "survival", "growth", "development") if key in members]
        assert result["tier"] == (members[0] if len(members) == 1 else None)


@pytest.mark.parametrize("published", PUBLISHED)
def test_of_a_business_unknown_altogether_all_is_possible(engine: Engine, published: str, tmp_path: Path) -> None:
    [result] = judged(engine, plan_of(PUBLISHED[published]), [NOTHING_KNOWN], tmp_path)
    assert result["possible"] == ["ineligible", "survival", "growth", "development"]
    assert result["tier"] is None
    assert result["true_bits"] == 0


@pytest.mark.clause("附件一(三)2(3)A")
@pytest.mark.parametrize(
    ("turnover", "wanted"),
    [
        ("299999.99", ["survival"]),
        ("300000.00", ["growth"]),
        ("300000.01", ["growth", "development"]),
    ],
)
def test_an_unset_development_threshold_lies_above_the_growth_one(
    engine: Engine, turnover: str, wanted: list[str], tmp_path: Path
) -> None:
    row = ordinary(turnover=Decimal(turnover))
    plan = plan_of(("growth_turnover", "growth_tax_paid", "development_tax_paid"))
    [result] = judged(engine, plan, [row], tmp_path)
    assert result["possible"] == wanted


@pytest.mark.clause("附件一(三)2(2)A")
def test_an_unset_growth_threshold_lies_below_the_development_one(engine: Engine, tmp_path: Path) -> None:
    amounts = [NORMS["development_turnover"] + step * standard.CENT for step in (-2, -1, 0)]
    plan = plan_of(("growth_tax_paid", "development_turnover", "development_tax_paid"))
    results = judged(engine, plan, [ordinary(turnover=amount) for amount in amounts], tmp_path)
    assert [result["possible"] for result in results] == [["survival", "growth"], ["growth"], ["development"]]


def test_two_gaps_of_one_fact_do_not_contradict_each_other(engine: Engine, tmp_path: Path) -> None:
    """No founding date is both of this year and two years old; no headcount is both 3 and 4."""
    rows = [
        ordinary(established_on=None, annual_report_filed=False, patents=1),
        ordinary(insured_headcount=None, turnover=NORMS["growth_turnover"]),
    ]
    results = judged(engine, plan_of(), rows, tmp_path)
    assert [result["possible"] for result in results] == [["ineligible", "survival"], ["growth", "development"]]


@pytest.mark.clause("附件一(三)2(3)A")
def test_no_turnover_at_all_reaches_no_development_threshold(engine: Engine, tmp_path: Path) -> None:
    """Growth is 0 or more and development above it, so development is a cent at least, published or not."""
    [result] = judged(engine, plan_of(()), [ordinary(turnover=Decimal("0.00"))], tmp_path)
    assert result["possible"] == ["survival", "growth"]
