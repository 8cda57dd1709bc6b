"""Where objections to tiers are handled: by which regulator, who may take which step, by the rulebook's procedure."""

from collections.abc import Mapping

from django.contrib.auth.base_user import AbstractBaseUser

from jieti.accounts.models import Jurisdiction, Membership, Organisation, Role
from jieti.accounts.perms import (
    may_accept_objections_of,
    may_answer_for,
    may_decide_objections_of,
    may_verify_objections_of,
)
from jieti.appeals.models import DisputedFact, Objection, ObjectionStep
from jieti.audit.actions import record
from jieti.domain.workflows.objection import OBJECTION
from jieti.kit.advance import Desk
from jieti.kit.errors import Refusal
from jieti.registry.mandates import acts_for
from jieti.rulebooks.catalogue import procedure_of

NEEDED_STAFF = {Role.REVIEWER, Role.APPROVER}
"""Without both nobody could verify and nobody else decide."""


def handler_of(jurisdiction: Jurisdiction) -> Organisation:
    """Who handles objections to the tiers of a jurisdiction, as its rulebook says (`objections`, AMB-18).

    The document names the city's regulator; where that has nobody here to verify and to decide, the one that the
    rulebook lets act for it. Raises Refusal where the rulebook's bodies are not known here.
    """
    rule = procedure_of(jurisdiction).get("objections", {})
    named = _organisation(jurisdiction, rule.get("handler", ""))
    if named is not None and is_staffed(named):
        return named
    acting = _organisation(jurisdiction, rule.get("acting", "")) or named
    if acting is None:
        raise Refusal(
            "本区规则没有写明异议由谁处理。", what_to_do="请管理员在规则的 procedure.yaml 中补上 objections。"
        )
    return acting


def is_staffed(organisation: Organisation) -> bool:
    """Whether it has members who can verify an objection and others who can decide it."""
    held = Membership.objects.filter(organisation=organisation, user__is_active=True, role__in=NEEDED_STAFF)
    return set(held.values_list("role", flat=True)) >= NEEDED_STAFF


def is_consulted(user: AbstractBaseUser, objection: Objection) -> bool:
    """Officers of an organisation to which a fact of the objection was put."""
    asked = Organisation.objects.filter(
        disputed_facts__objection=objection, disputed_facts__asked_at__isnull=False
    ).distinct()
    return any(may_answer_for(user, supplier) for supplier in asked)


def _organisation(jurisdiction: Jurisdiction, key: str) -> Organisation | None:
    homes = [jurisdiction.pk, jurisdiction.parent_id]
    return Organisation.objects.filter(jurisdiction__in=homes, key=key).first()


def _demand_verified(objection: Objection, _: Mapping[str, object]) -> None:
    if open_ones := objection.disputed.filter(verified__isnull=True).count():
        raise Refusal(f"还有{open_ones}项事实没有写明核实的值。", what_to_do="请逐项填写核实的值后再提出处理意见。")


def _demand_error(objection: Objection, _: Mapping[str, object]) -> None:
    if not wrong_facts(objection):
        raise Refusal(
            "核实的值与判定所用的值完全相同，异议不能成立。",
            what_to_do="请决定异议不成立；认为核实有误的，请退回重新核实。",
        )


def _demand_no_error(objection: Objection, _: Mapping[str, object]) -> None:
    if wrong_facts(objection):
        raise Refusal(
            "核实的值与判定所用的值不同，说明判定所用的数据有误。",
            what_to_do="请决定异议成立；认为核实有误的，请退回重新核实。",
        )


def wrong_facts(objection: Objection) -> list[DisputedFact]:
    """The disputed facts that were found to be other than the result used them."""
    return [one for one in objection.disputed.all() if one.verified is not None and one.verified != one.used]


DESK: Desk[Objection] = Desk(
    model=Objection,
    steps=ObjectionStep,
    workflow=lambda _: OBJECTION,
    procedure=lambda objection: procedure_of(objection.jurisdiction),
    may={
        "appellant": lambda user, objection: acts_for(user, objection.business),
        "acceptor": lambda user, objection: may_accept_objections_of(user, objection.handler),
        "verifier": lambda user, objection: may_verify_objections_of(user, objection.handler),
        "supplier": is_consulted,
        "decider": lambda user, objection: may_decide_objections_of(user, objection.handler),
    },
    record=record,
    guards={"conclude": _demand_verified, "uphold": _demand_error, "refuse": _demand_no_error},
    audited=frozenset({"outcome", "reply_number"}),
)
