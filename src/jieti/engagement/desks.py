"""Where grievances, needs and duties are handled: who may take which step, by the rulebook's procedure."""

from collections.abc import Mapping

from django.contrib.auth.base_user import AbstractBaseUser

from jieti.accounts.models import Membership
from jieti.accounts.perms import may_supervise, may_work_for
from jieti.audit.actions import record
from jieti.domain.workflows.duty import DUTY
from jieti.domain.workflows.grievance import GRIEVANCE
from jieti.domain.workflows.need import NEED
from jieti.engagement.models import Duty, DutyStep, Grievance, GrievanceStep, Need, NeedStep
from jieti.kit import clock
from jieti.kit.advance import Desk
from jieti.kit.errors import Refusal
from jieti.registry.models import Business
from jieti.rulebooks.catalogue import procedure_of


def is_of_the_accused(user: AbstractBaseUser, grievance: Grievance) -> bool:
    """Whether the user works, in whatever role, for the body complained of."""
    if grievance.accused_id is None:
        return False
    return Membership.objects.filter(user_id=user.pk, organisation=grievance.accused_id).exists()


def may_ask(user: AbstractBaseUser, grievance: Grievance) -> bool:
    """Whoever raised it, and whoever may act for its business today."""
    if grievance.raised_by_id == user.pk:
        return True
    return grievance.business_id is not None and _handles(user, grievance.business_id)


def may_handle(user: AbstractBaseUser, grievance: Grievance) -> bool:
    """Who works for the body that handles it, and not for the one complained of."""
    return may_work_for(user, grievance.handler) and not is_of_the_accused(user, grievance)


def demand_reply(duty: Duty, _: Mapping[str, object]) -> None:
    """A duty that comes from a grievance closes when its asker has been answered."""
    if duty.grievance is not None and duty.grievance.state not in {"answered", "withdrawn"}:
        raise Refusal(
            f"诉求（编号{duty.grievance_id}）还没有答复提出人，不能办结。", what_to_do="请承办单位先答复提出人。"
        )


def _handles(user: AbstractBaseUser, uscc: str) -> bool:
    return Business.objects.handled_by(user, on=clock.today()).filter(pk=uscc).exists()


GRIEVANCES: Desk[Grievance] = Desk(
    model=Grievance,
    steps=GrievanceStep,
    workflow=lambda _: GRIEVANCE,
    procedure=lambda one: procedure_of(one.jurisdiction),
    may={"asker": may_ask, "handler": may_handle},
    record=record,
)
NEEDS: Desk[Need] = Desk(
    model=Need,
    steps=NeedStep,
    workflow=lambda _: NEED,
    procedure=lambda one: procedure_of(one.jurisdiction),
    may={
        "asker": lambda user, one: _handles(user, one.business_id),
        "handler": lambda user, one: may_work_for(user, one.handler),
    },
    record=record,
    audited=frozenset({"outcome"}),
)
DUTIES: Desk[Duty] = Desk(
    model=Duty,
    steps=DutyStep,
    workflow=lambda _: DUTY,
    procedure=lambda one: procedure_of(one.jurisdiction),
    may={
        "supervisor": lambda user, one: may_supervise(user, one.jurisdiction),
        "owner": lambda user, one: may_work_for(user, one.responsible),
    },
    record=record,
    guards={"close": demand_reply},
)
