"""Annual norms: proposed by one, approved by another, never silently wrong."""

import threading
from collections.abc import Mapping
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from jieti.accounts.models import User
from jieti.audit.models import Event
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.rulebooks.actions import InvalidNormError, approve_norm, propose_norm, refuse_norm
from jieti.rulebooks.models import AnnualNorm
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db
VALUES = {
    "growth_turnover": "300000",
    "growth_tax_paid": "10000.50",
    "development_turnover": "3000000",
    "development_tax_paid": "100000",
}


def propose(
    by: User, *, year: int = 2026, values: Mapping[str, str | Decimal | None] = VALUES, **more: object
) -> AnnualNorm:
    return propose_norm(by=by, year=year, values=values, **({"is_sample": True} | more))  # type: ignore[arg-type]


def test_one_proposes_and_another_approves(reviewer: User, approver: User) -> None:
    norm = propose(reviewer)
    assert norm.status is AnnualNorm.Status.WAITING
    assert AnnualNorm.objects.in_force(2026) is None
    approved = approve_norm(by=approver, norm=norm)
    assert approved.status is AnnualNorm.Status.APPROVED
    assert AnnualNorm.objects.in_force(2026) == norm
    assert AnnualNorm.objects.in_force(2027) is None
    assert approved.decimals["growth_tax_paid"] == Decimal("10000.50")
    verbs = Event.objects.filter(subject=f"annual_norm:{norm.pk}").values_list("verb", "actor_id")
    assert list(verbs) == [("rulebooks.propose_norm", reviewer.pk), ("rulebooks.approve_norm", approver.pk)]


def test_the_proposer_cannot_approve(reviewer: User) -> None:
    norm = propose(reviewer)
    with pytest.raises(Refusal, match="另一名审批人员"):
        approve_norm(by=reviewer, norm=norm)
    assert AnnualNorm.objects.in_force(2026) is None


def test_the_database_itself_refuses_one_person_in_both_roles(reviewer: User) -> None:
    norm = propose(reviewer)
    with pytest.raises(IntegrityError, match="two_people"), transaction.atomic():
        AnnualNorm.objects.filter(pk=norm.pk).update(approved_by=reviewer, approved_at=clock.now())


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"approved_at": "now"}, "approved_together"),
        ({"refused_at": "now", "refusal_reason": "x"}, "refused_together"),
        ({"year": 1999}, "annualnorm_year"),
        ({"is_sample": False}, "official_has_number"),
    ],
)
def test_the_database_refuses_halves(reviewer: User, change: dict[str, object], name: str) -> None:
    norm = propose(reviewer)
    values = {key: clock.now() if value == "now" else value for key, value in change.items()}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        AnnualNorm.objects.filter(pk=norm.pk).update(**values)


@pytest.mark.parametrize("text", ["", "  ", None])
def test_an_empty_amount_is_not_published(reviewer: User, text: str | None) -> None:
    norm = propose(reviewer, values=VALUES | {"growth_tax_paid": text})
    assert "growth_tax_paid" not in norm.values
    assert "growth_tax_paid" not in norm.decimals


@pytest.mark.parametrize("text", ["-1", "0.001", "abc", "NaN", "Infinity", "1e40", "10000000000000000", "１2,3"])
def test_an_amount_that_cannot_be_is_refused_by_name(reviewer: User, text: str) -> None:
    with pytest.raises(InvalidNormError) as caught:
        propose(reviewer, values=VALUES | {"growth_tax_paid": text})
    assert list(caught.value.errors) == ["growth_tax_paid"]
    assert "成长型实际缴纳税款标准" in caught.value.message
    assert not AnnualNorm.objects.exists()


def test_zero_and_cents_are_amounts(reviewer: User) -> None:
    norm = propose(reviewer, values={"growth_tax_paid": "0", "growth_turnover": Decimal("0.01")})
    assert norm.values == {"growth_tax_paid": "0.00", "growth_turnover": "0.01"}


@pytest.mark.parametrize("growth", ["3000000", "3000000.01"])
def test_growth_turnover_stays_below_development_turnover(reviewer: User, growth: str) -> None:
    with pytest.raises(InvalidNormError, match="应低于"):
        propose(reviewer, values=VALUES | {"growth_turnover": growth})
    assert propose(reviewer, values=VALUES | {"growth_turnover": "2999999.99"}).pk


def test_an_amount_that_the_rulebook_does_not_ask_for_is_refused(reviewer: User) -> None:
    with pytest.raises(InvalidNormError) as caught:
        propose(reviewer, values={"growth_headcount_to": "5", "weather": "1"})
    assert set(caught.value.errors) == {"growth_headcount_to", "weather"}


def test_an_official_norm_names_its_document(reviewer: User) -> None:
    with pytest.raises(Refusal, match="文号"):
        propose(reviewer, is_sample=False, document_number=" ")
    assert propose(reviewer, is_sample=False, document_number="怀市监发〔2026〕1号").document_number


def test_a_year_has_one_norm_waiting_and_one_in_force(reviewer: User, approver: User) -> None:
    norm = propose(reviewer)
    with pytest.raises(Refusal, match="待审批"):
        propose(reviewer)
    approve_norm(by=approver, norm=norm)
    with pytest.raises(Refusal, match="已经审批"):
        propose(reviewer)
    with pytest.raises(Refusal, match="已审批"):
        approve_norm(by=make_user("third"), norm=norm)
    assert propose(reviewer, year=2027).pk


def test_a_refused_norm_makes_room_for_the_next(reviewer: User, approver: User) -> None:
    norm = propose(reviewer)
    with pytest.raises(Refusal, match="理由"):
        refuse_norm(by=approver, norm=norm, reason=" ")
    refused = refuse_norm(by=approver, norm=norm, reason="数额有误")
    assert (refused.status, refused.refusal_reason) == (AnnualNorm.Status.REFUSED, "数额有误")
    with pytest.raises(Refusal, match="已退回"):
        approve_norm(by=approver, norm=norm)
    assert approve_norm(by=approver, norm=propose(reviewer)).pk != norm.pk


def test_a_proposer_may_withdraw(reviewer: User) -> None:
    assert refuse_norm(by=reviewer, norm=propose(reviewer), reason="填错了").refused_by == reviewer


@pytest.mark.django_db(transaction=True)
def test_two_proposals_at_once_leave_one(reviewer: User) -> None:
    start = threading.Barrier(2)
    answers: list[object] = []

    def attempt() -> None:
        try:
            start.wait(timeout=30)
            answers.append(propose(reviewer))
        except Refusal as refusal:
            answers.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(type(answer).__name__ for answer in answers) == ["AnnualNorm", "Refusal"]
    assert AnnualNorm.objects.count() == 1
