"""Deadlines that come near or are over: told to those who must act; what is over is escalated. 正文二(三)7."""

import datetime

from jieti.accounts.models import Organisation, Role
from jieti.accounts.scope import regulator_of
from jieti.engagement import grievances, telling
from jieti.engagement.desks import DUTIES, GRIEVANCES
from jieti.engagement.models import Duty, Grievance, GrievanceFile, Need
from jieti.kit import clock, evidence
from jieti.kit.cases import Urgency

STRAYS_KEPT = datetime.timedelta(days=1)
"""How long a file may be on the disk before the database knows it."""


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


def sweep() -> int:
    """Takes away files of grievances that were never taken in; how many there were."""
    known = set(GrievanceFile.objects.values_list("stored_as", flat=True))
    return evidence.sweep(grievances.FOLDER, known=known, before=clock.now() - STRAYS_KEPT)


def _grievance(one: Grievance) -> int:
    """One told in confidence is nobody's business but its handler's."""
    told = _told(one, one.handler)
    if one.is_late(clock.today()) and one.state in {"filed", "handling"}:
        urged = GRIEVANCES.advance(one, "urge", by=None, version=one.version)
        told += telling.tell_body(telling.TASK, urged, one.handler)
        if not one.is_confidential and one.accused_id != regulator_of(one.jurisdiction).pk:
            told += _tell_supervisors(urged)
    return told


def _duty(one: Duty) -> int:
    awaited = regulator_of(one.jurisdiction) if one.state == "reported" else one.responsible
    told = _told(one, awaited)
    if one.is_late(clock.today()) and one.state == "assigned":
        escalated = DUTIES.advance(one, "escalate", by=None, version=one.version)
        told += telling.tell_body(telling.TASK, escalated, one.responsible)
        told += _tell_supervisors(escalated)
    return told


def _told(case: Grievance | Need | Duty, body: Organisation) -> int:
    urgency = case.urgency(clock.today())
    if urgency is None:
        return 0
    kind = {Urgency.OVERDUE: telling.OVERDUE, Urgency.DUE_SOON: telling.DUE_SOON}[urgency]
    return int(telling.tell_body(kind, case, body, once=str(case.due_latest)))


def _tell_supervisors(case: Grievance | Duty) -> int:
    regulator, approvers = regulator_of(case.jurisdiction), Role.APPROVER.value
    return int(telling.tell_body(telling.OVERDUE, case, regulator, role=approvers, once=f"up:{case.version}"))
