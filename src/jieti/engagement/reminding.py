"""Deadlines that come near or are over: told to those who must act; what is over is escalated. 正文二(三)7."""

from jieti.accounts.models import DISTRICT_REGULATOR, Jurisdiction, Organisation, Role
from jieti.engagement import telling
from jieti.engagement.desks import DUTIES, GRIEVANCES
from jieti.engagement.models import Duty, Grievance, Need
from jieti.kit import clock

DUE_SOON_DAYS = 2
"""Calendar days before the earliest day that the deadline may have."""


def remind() -> int:
    """Tells of every deadline that is near or certainly over, each once, and escalates; how many notices that were."""
    told = 0
    for grievance in Grievance.objects.open().select_related("jurisdiction", "handler"):
        told += _grievance(grievance)
    for need in Need.objects.open().select_related("jurisdiction", "handler"):
        told += _told(need, need.handler)
    for duty in Duty.objects.open().select_related("jurisdiction", "responsible"):
        told += _duty(duty)
    return told


def _grievance(one: Grievance) -> int:
    """One told in confidence is nobody's business but its handler's."""
    told = _told(one, one.handler)
    if one.is_late(clock.today()) and one.state in {"filed", "handling"}:
        urged = GRIEVANCES.advance(one, "urge", by=None, version=one.version)
        told += telling.tell_body(telling.TASK, urged, one.handler)
        if not one.is_confidential and one.accused_id != _supervisor(one.jurisdiction).pk:
            told += _tell_supervisors(urged)
    return told


def _duty(one: Duty) -> int:
    awaited = _supervisor(one.jurisdiction) if one.state == "reported" else one.responsible
    told = _told(one, awaited)
    if one.is_late(clock.today()) and one.state == "assigned":
        escalated = DUTIES.advance(one, "escalate", by=None, version=one.version)
        told += telling.tell_body(telling.TASK, escalated, one.responsible)
        told += _tell_supervisors(escalated)
    return told


def _told(case: Grievance | Need | Duty, body: Organisation) -> int:
    late = case.is_late(clock.today())
    if late is True:
        return int(telling.tell_body(telling.OVERDUE, case, body, once=str(case.due_latest)))
    days = (case.due_earliest - clock.today()).days if case.due_earliest else DUE_SOON_DAYS + 1
    if late is False and days <= DUE_SOON_DAYS:
        return int(telling.tell_body(telling.DUE_SOON, case, body, once=str(case.due_latest)))
    return 0


def _tell_supervisors(case: Grievance | Duty) -> int:
    regulator, approvers = _supervisor(case.jurisdiction), Role.APPROVER.value
    return int(telling.tell_body(telling.OVERDUE, case, regulator, role=approvers, once=f"up:{case.version}"))


def _supervisor(jurisdiction: Jurisdiction) -> Organisation:
    return Organisation.objects.get(jurisdiction=jurisdiction, key=DISTRICT_REGULATOR)
