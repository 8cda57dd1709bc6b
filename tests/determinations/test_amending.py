"""Results with other facts: what they would be, and the versions that corrections leave."""

from decimal import Decimal

import pytest

from jieti.accounts.models import User
from jieti.audit.models import Event
from jieti.determinations.actions import start_run
from jieti.determinations.amending import amend_result, rework
from jieti.determinations.models import Result, Run
from jieti.determinations.running import execute, explain_result
from jieti.kit.errors import Refusal
from jieti.rulebooks.models import AnnualNorm
from rulecore.model import Scalar
from tests.factories.tables import code

CLAUSE = "附件一(二)3.c"


@pytest.fixture
def run(reviewer: User, norm: AnnualNorm, delivered: None) -> Run:
    return execute(start_run(by=reviewer, year=2026))


def result(run: Run, number: int) -> Result:
    return Result.objects.current().get(run=run, uscc=code(number))


def amend(by: User | None, one: Result, **facts: Scalar | None) -> Result:
    return amend_result(by=by, result=one, facts=facts, cause="objection:1", clause=CLAUSE)


@pytest.mark.clause("附件一(二)3.c")
def test_a_corrected_fact_brings_version_two_and_leaves_the_first(run: Run, approver: User) -> None:
    first = result(run, 1)
    assert first.tier == "survival"
    second = amend(approver, first, tax_paid=Decimal(10_000))
    first.refresh_from_db()
    assert (second.version, second.tier, second.is_current) == (2, "growth", True)
    assert (second.cause, second.facts, second.decided_by) == ("objection:1", {"tax_paid": "10000.00"}, approver)
    assert (first.version, first.tier, first.is_current, first.facts) == (1, "survival", False, {})
    event = Event.objects.get(verb="determinations.amend_result")
    assert event.before == {"version": 1, "tier": "survival", "possible": ["survival"]}
    assert event.after == {"version": 2, "tier": "growth", "possible": ["growth"]}
    assert "10000" not in str(event.detail)


def test_the_new_version_explains_itself_with_the_corrected_fact(run: Run, approver: User) -> None:
    first = result(run, 1)
    second = amend(approver, first, tax_paid=Decimal(10_000))
    lines = {line.fact: line for finding in explain_result(second).findings for line in finding.fact_lines}
    assert lines["tax_paid"].value == 1_000_000
    assert explain_result(second).tier == "growth"
    assert explain_result(first).tier == "survival"


def test_corrections_add_up(run: Run, approver: User) -> None:
    second = amend(approver, result(run, 1), tax_paid=Decimal(10_000))
    third = amend(approver, second, insured_headcount=4)
    assert (third.version, third.tier) == (3, "development")
    assert third.facts == {"insured_headcount": "4", "tax_paid": "10000.00"}


def test_a_fact_that_moves_no_tier_is_a_version_all_the_same(run: Run, approver: User) -> None:
    second = amend(approver, result(run, 1), tax_paid=Decimal("0.01"))
    assert (second.tier, second.version) == ("survival", 2)


def test_what_the_run_found_is_what_rework_finds_without_a_change(run: Run) -> None:
    for one in Result.objects.current().filter(run=run):
        again = rework(one, facts={})
        assert (again.tier, list(again.possible), again.true_bits, again.unknown_bits, again.changed) == (
            one.tier,
            one.possible,
            one.true_bits,
            one.unknown_bits,
            (),
        )


def test_a_fact_can_become_unknown(run: Run) -> None:
    again = rework(result(run, 2), facts={"tax_paid": None})
    assert again.tier is None
    assert set(again.possible) == {"survival", "growth"}
    assert "tax_paid" in again.changed


def test_rework_writes_nothing(run: Run) -> None:
    events = Event.objects.count()
    rework(result(run, 1), facts={"tax_paid": Decimal(10_000)})
    assert Result.objects.filter(run=run, uscc=code(1)).count() == 1
    assert Event.objects.count() == events


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "没有变化"),
        ({"tax_paid": Decimal(0)}, "没有变化"),
        ({"shoe_size": 43}, "shoe_size"),
        ({"tax_paid": Decimal("0.001")}, "金额"),
        ({"tax_registered": "maybe"}, "是"),
    ],
)
def test_what_changes_nothing_or_cannot_be_is_refused(
    run: Run, approver: User, facts: dict[str, Scalar | None], words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        amend_result(by=approver, result=result(run, 1), facts=facts, cause="objection:1", clause=CLAUSE)
    assert Result.objects.filter(run=run, uscc=code(1)).count() == 1


def test_an_earlier_version_is_not_amended(run: Run, approver: User) -> None:
    first = result(run, 1)
    amend(approver, first, tax_paid=Decimal(10_000))
    with pytest.raises(Refusal, match="更新的版本"):
        amend(approver, first, tax_paid=Decimal(20_000))


def test_a_result_of_a_run_without_results_is_not_amended(run: Run, approver: User) -> None:
    Run.objects.filter(pk=run.pk).update(status=Run.Status.FAILED, message="磁盘已满")
    with pytest.raises(Refusal, match="失败"):
        amend(approver, result(run, 1), tax_paid=Decimal(10_000))
