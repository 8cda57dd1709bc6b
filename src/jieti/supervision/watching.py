"""What the register waits for: late feeds, deliveries to confirm; answers that proprietors wait for, and late ones."""

import datetime
from collections.abc import Iterable

from django.urls import reverse

from jieti.accounts.models import DISTRICT_REGULATOR, Jurisdiction, Organisation, Role
from jieti.accounts.scope import regulator_of
from jieti.domain.deadlines import Deadline
from jieti.kit import clock
from jieti.notices.actions import Message, notify_all
from jieti.registry.corrections import LIMIT, is_overdue, with_deadlines
from jieti.registry.feeds import Freshness, Standing, last_due, standings, supplier_of
from jieti.registry.models import CorrectionRequest, Delivery, Feed
from jieti.registry.sources import all_sources
from jieti.rulebooks.catalogue import limit_of
from jieti.supervision.consequences import cause_in_words, waiting_for_decision

ANSWERED_SINCE = datetime.timedelta(days=30)


def watch(jurisdiction: Jurisdiction) -> int:
    """Tells what is new of each; how many notices. Any number of times a day."""
    told = notify_all(jurisdiction=jurisdiction, kind="feed_late", messages=_late_feeds(jurisdiction))
    told += notify_all(
        jurisdiction=jurisdiction, kind="delivery_held", messages=_waiting(jurisdiction, Delivery.Status.HELD)
    )
    told += notify_all(
        jurisdiction=jurisdiction, kind="delivery_to_confirm", messages=_waiting(jurisdiction, Delivery.Status.CHECKED)
    )
    told += notify_all(jurisdiction=jurisdiction, kind="correction_answered", messages=_answers(jurisdiction))
    told += notify_all(jurisdiction=jurisdiction, kind="answer_overdue", messages=_late_answers(jurisdiction))
    told += notify_all(jurisdiction=jurisdiction, kind="answer_overdue", messages=_late_decisions(jurisdiction))
    return len(told)


def _late_feeds(jurisdiction: Jurisdiction) -> Iterable[Message]:
    """To the supplier and to the district regulator's reviewers, once a week and feed."""
    today = clock.today()
    feeds = list(Feed.objects.filter(jurisdiction=jurisdiction).active().select_related("supplier"))
    for one in standings(jurisdiction, feeds):
        if not _is_late(one, today):
            continue
        for body, role in _those_of(jurisdiction, one.feed.supplier):
            yield Message(
                subject=f"feed:{jurisdiction.pk}:{one.source.key}",
                organisation=body,
                role=role,
                values={"title": one.source.title, "supplier": one.feed.supplier.name, "why": one.why},
                link=reverse("officer:feed", args=[one.source.key]),
                once=f"feed_late:{jurisdiction.pk}:{one.source.key}:{today:%G-%V}:{body.pk}:{role}",
            )


def _is_late(one: Standing, today: datetime.date) -> bool:
    """What was never delivered is late once a day by which it was due lies in this year."""
    due = last_due(one.feed, today - datetime.timedelta(days=1))
    is_missed = one.state == Freshness.NEVER and due is not None and due.year == today.year
    return one.state == Freshness.LATE or is_missed


def _waiting(jurisdiction: Jurisdiction, status: str) -> Iterable[Message]:
    sources = all_sources(jurisdiction)
    for delivery in Delivery.objects.of(jurisdiction).filter(status=status).order_by("pk"):
        for body, role in _those_of(jurisdiction, supplier_of(jurisdiction, delivery.source_key)):
            yield Message(
                subject=f"delivery:{delivery.pk}",
                organisation=body,
                role=role,
                values={"title": sources[delivery.source_key].title, "file": delivery.file_name},
                link=reverse("officer:delivery", args=[delivery.pk]),
                once=f"delivery:{delivery.pk}:{status}:{body.pk}:{role}",
            )


def _answers(jurisdiction: Jurisdiction) -> Iterable[Message]:
    """To whoever raised the request; answers of long ago are not told by a site that has just learnt to tell."""
    found = CorrectionRequest.objects.filter(
        business__jurisdiction=jurisdiction, answered_at__gte=clock.now() - ANSWERED_SINCE
    )
    for one in found.select_related("business", "raised_by", "addressed_to"):
        yield Message(
            subject=f"correctionrequest:{one.pk}",
            recipient=one.raised_by,
            values={"business": one.business.name, "organisation": one.addressed_to.name, "answer": one.answer},
            link=reverse("proprietor:corrections", args=[one.business_id]),
            once=f"correction_answered:{one.pk}",
        )


def _late_answers(jurisdiction: Jurisdiction) -> Iterable[Message]:
    """To the supplier that owes its answer and to the district regulator's reviewers, once a week and request."""
    waiting = CorrectionRequest.objects.filter(
        business__jurisdiction=jurisdiction, status=CorrectionRequest.Status.OPEN
    ).select_related("business", "addressed_to")
    if not waiting:
        return
    for one, due in with_deadlines(list(waiting), limit_of(jurisdiction, LIMIT)):
        if is_overdue(one, due):
            what, link = f"答复{one.business}的更正请求", reverse("officer:correction", args=[one.pk])
            for body, role in _those_of(jurisdiction, one.addressed_to):
                yield _overdue(f"correctionrequest:{one.pk}", what, due, link, (body, role))


def _late_decisions(jurisdiction: Jurisdiction) -> Iterable[Message]:
    """To the district regulator's approvers, once a week and cause."""
    for trace, count, due in waiting_for_decision(jurisdiction):
        if due.passed(clock.today()):
            what = f"决定{cause_in_words(trace.cause)}对{count}户已公布结果的影响"
            link = reverse("officer:effect", args=[trace.pk])
            to = (regulator_of(jurisdiction), Role.APPROVER.value)
            yield _overdue(f"trace:{trace.pk}", what, due, link, to)


def _overdue(subject: str, what: str, due: Deadline, link: str, to: tuple[Organisation, str]) -> Message:
    return Message(
        subject=subject,
        organisation=to[0],
        role=to[1],
        values={"what": what, "due": due.text},
        link=link,
        once=f"overdue:{subject}:{clock.today():%G-%V}:{to[0].pk}:{to[1]}",
    )


def _those_of(jurisdiction: Jurisdiction, supplier: Organisation) -> list[tuple[Organisation, str]]:
    """The supplier's officers, and the reviewers of the district regulator."""
    regulator = Organisation.objects.filter(jurisdiction=jurisdiction, key=DISTRICT_REGULATOR).first()
    found = [(regulator, Role.REVIEWER.value)] if regulator else []
    return found if supplier == regulator else [(supplier, Role.DEPARTMENT_OFFICER.value), *found]
