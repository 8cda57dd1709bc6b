"""The function made of a plan: every value around every comparison, as the judge says, and a memory that ends."""

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from rulecore.engines.reference import Judge
from rulecore.plan import Plan, function, function_of, function_text
from tests.rulecore.law import NORMS, ORDINARY, huairou, plan_of

DAY = timedelta(days=1)
EDGES: dict[str, tuple[Any, ...]] = {
    "established_on": (
        None, date(1900, 1, 1), date(2024, 7, 1) - DAY, date(2024, 7, 1), date(2024, 7, 1) + DAY,
        date(2026, 1, 1) - DAY, date(2026, 1, 1), date(2026, 1, 1) + DAY, date(2100, 12, 31),
    ),
    "turnover": (None, 0, 29_999_999, 30_000_000, 30_000_001, 299_999_999, 300_000_000, 2**31, 10**18),
    "insured_headcount": (None, 0, 1, 2, 3, 4, 5),
    "registration_status": (None, "active", "deregistered", "licence_revoked", "registration_annulled", "nonsense"),
}  # fmt: skip


def judged(plan: Plan, facts: dict[str, Any]) -> tuple[int, int, int]:
    known = facts | {"registration_status": None} if facts["registration_status"] == "nonsense" else facts
    found = Judge(plan).result(known)
    return found.true_bits, found.unknown_bits, plan.mask_of(set(found.possible))


@pytest.mark.parametrize("published", [tuple(NORMS), (), ("growth_turnover",)], ids=["all", "none", "one"])
@pytest.mark.parametrize("fact", EDGES)
def test_around_every_comparison(fact: str, published: tuple[str, ...]) -> None:
    plan = plan_of(published)
    judge = function_of(plan)
    for value, filed, tax in product(EDGES[fact], (True, None), (0, 5_000_000)):
        facts = {**ORDINARY, "turnover": 5_000_000, fact: value, "annual_report_filed": filed, "tax_paid": tax}
        assert judge(facts) == judged(plan, facts) == judge(facts)


def test_the_memory_starts_anew_when_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function, "MOST_REMEMBERED", 2)
    plan = plan_of()
    space: dict[str, Any] = {"date": date}
    exec(function_text(plan), space)  # noqa: S102 - what function_of runs, with a small memory
    for heads in (0, 1, 4, 0, 1, 4):
        facts = {**ORDINARY, "turnover": 0, "tax_paid": 0, "insured_headcount": heads}
        assert space["judge"](facts) == judged(plan, facts)
        assert len(space["known"]) <= 2


def test_a_fact_that_is_missing_is_an_error() -> None:
    assert huairou().facts["turnover"].type == "money"
    with pytest.raises(KeyError, match="turnover"):
        function_of(plan_of())({key: value for key, value in ORDINARY.items() if key != "turnover"})
