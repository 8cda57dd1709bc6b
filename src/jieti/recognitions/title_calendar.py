"""What the calendar does to titles by itself, every day and any number of times: nothing happens twice."""

from collections.abc import Iterator

from django.db import transaction

from jieti.accounts.models import Jurisdiction, Organisation, Role
from jieti.accounts.scope import regulator_of
from jieti.kit import clock
from jieti.kit.cases import Case, Urgency
from jieti.notices.actions import Message, notify_all
from jieti.recognitions import filing, nominating, title_telling
from jieti.recognitions.extending import is_due, open_evaluation
from jieti.recognitions.models import (
    Application,
    Campaign,
    Confirmation,
    Ending,
    Extension,
    Nomination,
    Recognition,
)
from jieti.recognitions.noticing import settle_provisional
from jieti.recognitions.reporting import remind
from jieti.recognitions.titles import unended
from jieti.recognitions.watching import end_by_itself

WAITING_FOR_OWNER = frozenset({"waiting_for_evidence", "hearing"})
DECIDERS = frozenset({"heard", "drop_proposed", "concluded"})
"""States in which the approver must act."""


def turn(jurisdiction: Jurisdiction) -> int:
    """Everything the day asks for; how many things happened."""
    ended = expire(jurisdiction) + lapse(jurisdiction)
    settled = settle_provisional(Campaign.objects.of(jurisdiction))
    return ended + settled + open_evaluations(jurisdiction) + remind(jurisdiction) + alarm(jurisdiction)


def expire(jurisdiction: Jurisdiction) -> int:
    """Ends the titles whose last day is over and that nobody lengthened."""
    over = list(unended(jurisdiction).filter(last_day__lt=clock.today()))
    for one in over:
        end_by_itself(one, kind=Recognition.End.EXPIRED, reason=f"有效期到{one.last_day}届满，没有决定延期")
    return len(over)


def lapse(jurisdiction: Jurisdiction) -> int:
    """Ends drafts and nominations that were not handed in while the phase was open; how many."""
    today = clock.today()
    drafts = Application.objects.of(jurisdiction).overdue(today).filter(state="draft")
    unsent = Nomination.objects.of(jurisdiction).overdue(today).filter(state__in=("drafted", "consented"))
    applications, nominations = list(drafts.order_by("pk")), list(unsent.order_by("pk"))
    for one in applications:
        filing.lapse(application=one)
    for nomination in nominations:
        nominating.lapse(nomination=nomination)
    return len(applications) + len(nominations)


def open_evaluations(jurisdiction: Jurisdiction) -> int:
    """Opens the evaluation of every title whose last year has begun."""
    due = [one for one in unended(jurisdiction).filter(last_day__gte=clock.today()) if is_due(one)]
    for one in due:
        open_evaluation(by=None, recognition=one)
    return len(due)


def alarm(jurisdiction: Jurisdiction) -> int:
    """Tells of cases whose deadline is near or over, and of mendings whose day is over; how many notices are new."""
    told = 0
    for ending in Ending.objects.of(jurisdiction).open().select_related("recognition__business"):
        told += _alarm(ending, ending.recognition, ending.get_kind_display(), "endings")
    for extension in Extension.objects.of(jurisdiction).open().select_related("recognition__business"):
        told += _alarm(extension, extension.recognition, "到期评估", "evaluations")
    late = notify_all(jurisdiction=jurisdiction, kind=title_telling.OVERDUE, messages=_late_cases(jurisdiction))
    return told + _mendings(jurisdiction) + len(late)


@transaction.atomic
def _alarm(case: Case, recognition: Recognition, title: str, page: str) -> int:
    """To those who must act; what is over goes to the approver as well."""
    urgency = case.urgency(clock.today())
    late = urgency is Urgency.OVERDUE
    if urgency is None or (not late and case.state in WAITING_FOR_OWNER):
        return 0
    kind = title_telling.OVERDUE if late else title_telling.DUE_SOON
    roles = {Role.APPROVER} if case.state in DECIDERS else {Role.REVIEWER}
    roles |= {Role.APPROVER} if late else set()
    return sum(
        title_telling.tell_officers(
            kind,
            recognition,
            role=role,
            values={"task": title, "due": case.due_text},
            once=f"{page}:{case.pk}:{case.due_latest}",
            link=f"/officer/{page}/{case.pk}/",
        )
        for role in sorted(roles)
    )


def _late_cases(jurisdiction: Jurisdiction) -> Iterator[Message]:
    """Applications and nominations whose deadline is certainly over: to those who act and those who decide."""
    today, body = clock.today(), regulator_of(jurisdiction)
    applications = Application.objects.of(jurisdiction).overdue(today).exclude(state="draft")
    for one in applications.select_related("business", "campaign__jurisdiction"):
        for role in (Role.REVIEWER, Role.APPROVER):
            yield _late(one, one.business.name, f"/officer/recognitions/{one.pk}/", body, role)
    for nomination in Nomination.objects.of(jurisdiction).overdue(today).select_related("business", "nominator"):
        link, role = f"/officer/nominations/{nomination.pk}/", Role.DEPARTMENT_OFFICER
        yield _late(nomination, nomination.business.name, link, nomination.nominator, role)


def _late(case: Application | Nomination, business: str, link: str, body: Organisation, role: Role) -> Message:
    name = str(case._meta.model_name)
    return Message(
        subject=f"{name}:{case.pk}",
        organisation=body,
        role=role.value,
        values={"business": business, "number": case.pk, "task": case._meta.verbose_name, "due": case.due_text},
        link=link,
        once=f"{title_telling.OVERDUE}:{name}:{case.pk}:{case.due_latest}:{role.value}",
    )


def _mendings(jurisdiction: Jurisdiction) -> int:
    over = Confirmation.objects.filter(
        recognition__jurisdiction=jurisdiction,
        recognition__ended_on=None,
        outcome=Confirmation.Outcome.CONDITIONAL,
        mend_by__lt=clock.today(),
    )
    return sum(
        title_telling.tell_officers(
            title_telling.OVERDUE,
            one.recognition,
            values={"task": "审核确认的整改结果", "due": one.mend_by},
            once=f"confirmation:{one.pk}",
            link=f"/officer/confirmations/{one.recognition_id}/",
        )
        for one in over.select_related("recognition__business")
    )
