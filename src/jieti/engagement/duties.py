"""督办: assigned, reported on, sent back or closed with a reply; meetings whose follow-ups are duties. 正文二(三)7."""

import datetime
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from jieti.accounts.models import Jurisdiction, Organisation, User
from jieti.accounts.perms import may_supervise
from jieti.accounts.scope import regulator_of
from jieti.audit.actions import record
from jieti.engagement import telling
from jieti.engagement.desks import DUTIES
from jieti.engagement.models import Duty, Grievance, Meeting
from jieti.kit import clock
from jieti.kit.errors import Refusal


@dataclass(frozen=True, slots=True)
class Task:
    """What a body has to do by when, and where that comes from: a clause, a measure's key, a meeting, a grievance."""

    title: str
    task: str
    due_on: datetime.date
    clause: str = ""
    measure: str = ""
    measure_version: int | None = None
    meeting: Meeting | None = None
    grievance: Grievance | None = None


@transaction.atomic
def assign(*, by: User, jurisdiction: Jurisdiction, responsible: Organisation, task: Task) -> Duty:
    """Gives a body something to do. Raises Refusal for a day that is over, without an origin, and for a body that a
    grievance complains of: it would read of it.
    """
    if task.due_on < clock.today():
        raise Refusal("期限早于今天。", what_to_do="请填写今天或者以后的日期。")
    if not (task.clause or task.measure or task.meeting or task.grievance):
        raise Refusal("没有写明依据。", what_to_do="请写明条款、措施、会议或者诉求。")
    if task.grievance is not None and (task.grievance.is_confidential or task.grievance.accused_id == responsible.pk):
        raise Refusal("这件投诉不能转成督办事项。", what_to_do="请由承办单位直接办理和答复。")
    duty = DUTIES.open(_unsaved(jurisdiction, responsible, task), "assign", by=by, due_on=task.due_on)
    telling.tell_body(telling.TASK, duty, responsible)
    return duty


def arise(*, by: None, jurisdiction: Jurisdiction, responsible: Organisation, task: Task) -> Duty | None:
    """The duty of a measure's version, which the system makes once; None where it is there already."""
    try:
        with transaction.atomic():
            duty = DUTIES.open(_unsaved(jurisdiction, responsible, task), "arise", by=by, due_on=task.due_on)
            telling.tell_body(telling.TASK, duty, responsible)
    except IntegrityError as error:
        if "engagement_duty_once_a_measure_version" not in str(error):
            raise
        return None
    return duty


def lapse(*, by: None, duty: Duty, reason: str) -> Duty:
    """The measure that it came from is over, and with it what was still to be done."""
    return DUTIES.advance(duty, "lapse", by=by, version=duty.version, reason=reason)


@transaction.atomic
def report(*, by: User, duty: Duty, version: int, words: str) -> Duty:
    """The responsible body says what it did; somebody else decides whether that is enough."""
    done = DUTIES.advance(duty, "report", by=by, version=version, reason=words.strip(), report=words.strip())
    supervisor = regulator_of(done.jurisdiction)
    telling.tell_body(telling.TASK, done, supervisor)
    return done


@transaction.atomic
def send_back(*, by: User, duty: Duty, version: int, reason: str) -> Duty:
    """What was done is not enough."""
    done = DUTIES.advance(duty, "send_back", by=by, version=version, reason=reason)
    telling.tell_body(telling.TASK, done, done.responsible)
    return done


def close(*, by: User, duty: Duty, version: int, reply: str) -> Duty:
    """Closes it with the reply to whoever asked for it. Raises Refusal without one, and for a grievance unanswered."""
    return DUTIES.advance(duty, "close", by=by, version=version, reason=reply.strip(), reply=reply.strip())


def drop(*, by: User, duty: Duty, version: int, reason: str) -> Duty:
    """It need not be done any more."""
    return DUTIES.advance(duty, "drop", by=by, version=version, reason=reason)


@transaction.atomic
def record_meeting(
    *, by: User, host: Organisation, title: str, held_on: datetime.date, attendees: str, minutes: str
) -> Meeting:
    """Writes a meeting down with its minutes. Raises Refusal for a day to come and for who does not supervise."""
    if held_on > clock.today():
        raise Refusal("召开日期在今天以后。", what_to_do="请在会议召开以后登记纪要。")
    if not may_supervise(by, host.jurisdiction):
        raise Refusal("您不能登记会议。", what_to_do="请由区市场监管局的审核或者审批人员登记。")
    meeting = Meeting.objects.create(
        host=host,
        title=title.strip(),
        held_on=held_on,
        attendees=attendees.strip(),
        minutes=minutes.strip(),
        added_by=by,
    )
    record(
        by=by,
        verb="engagement.record_meeting",
        subject=f"meeting:{meeting.pk}",
        clause="正文二(三)7",
        jurisdiction=host.jurisdiction_id,
    )
    return meeting


def _unsaved(jurisdiction: Jurisdiction, responsible: Organisation, task: Task) -> Duty:
    return Duty(
        jurisdiction=jurisdiction,
        responsible=responsible,
        owner=responsible.key,
        year=clock.today().year,
        title=task.title.strip(),
        task=task.task.strip(),
        clause=task.clause.strip(),
        measure=task.measure,
        measure_version=task.measure_version,
        meeting=task.meeting,
        grievance=task.grievance,
    )
