"""What concerns people at once: a year's results that were published, deadlines that a holiday notice has settled."""

import datetime
from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse

from jieti.accounts.models import Jurisdiction
from jieti.appeals.models import Objection
from jieti.determinations.models import Result, Run
from jieti.domain.working_days import WorkingDays
from jieti.kit import clock
from jieti.kit.cases import reannounce
from jieti.notices.actions import Message, notify_all
from jieti.registry.models import Proprietorship
from jieti.rulebooks.catalogue import limit_of

PUBLISHED_SINCE = datetime.timedelta(days=30)
"""Results of longer ago are no news; who joins later sees them on their page."""
OBJECTION_LIMIT = "objection_file"


def announce(jurisdiction: Jurisdiction) -> int:
    """Tells of both; how many notices are new. Any number of times a day."""
    return announce_results(jurisdiction) + reannounce_deadlines(jurisdiction)


def announce_results(jurisdiction: Jurisdiction) -> int:
    """Tells each proprietor the result that was published, and until when they can object. 附件一(二)2."""
    recent = Run.objects.of(jurisdiction).main().published().filter(published_at__gte=clock.now() - PUBLISHED_SINCE)
    return sum(
        len(notify_all(jurisdiction=jurisdiction, kind="result_published", messages=_results(jurisdiction, run)))
        for run in recent
    )


@transaction.atomic
def reannounce_deadlines(jurisdiction: Jurisdiction) -> int:
    """Settles provisional deadlines by the holiday notices that are there now, and tells both sides of each."""
    changed = reannounce(Objection.objects.of(jurisdiction), WorkingDays.load())
    messages = [message for objection in changed for message in _settled(objection)]
    return len(notify_all(jurisdiction=jurisdiction, kind="deadline_reannounced", messages=messages))


def _results(jurisdiction: Jurisdiction, run: Run) -> Iterable[Message]:
    due = _objections_until(jurisdiction, run)
    links = Proprietorship.objects.filter(business__jurisdiction=jurisdiction).select_related("user", "business")
    owned = links.values_list("business_id", flat=True)
    results = {one.uscc: one for one in Result.objects.current().filter(run=run, uscc__in=owned)}
    for link in links.order_by("pk"):
        result = results.get(link.business_id)
        if result is not None:
            yield Message(
                subject=f"business:{link.business_id}",
                recipient=link.user,
                values={
                    "business": link.business.name,
                    "year": run.year,
                    "result": result.get_tier_display() or "待数据",
                    "due": due,
                },
                link=reverse("proprietor:business", args=[link.business_id]),
                once=f"result_published:{run.pk}:{link.business_id}:{link.user_id}",
            )


def _objections_until(jurisdiction: Jurisdiction, run: Run) -> str:
    published = clock.day_of(run.published_at or clock.now())
    limit = limit_of(jurisdiction, OBJECTION_LIMIT)
    return WorkingDays.load().deadline(published, limit.length).text


def _settled(objection: Objection) -> Iterable[Message]:
    values = {"matter": f"{objection.business.name}的异议（编号{objection.pk}）", "due": objection.due_text}
    once = f"deadline:objection:{objection.pk}:{objection.version}:{objection.due_latest}"
    subject = f"objection:{objection.pk}"
    yield Message(
        subject=subject,
        recipient=objection.raised_by,
        values=values,
        link=f"/my/{objection.business_id}/objections/{objection.pk}/",
        once=f"{once}:appellant",
    )
    yield Message(
        subject=subject,
        organisation=objection.handler,
        values=values,
        link=f"/officer/objections/{objection.pk}/",
        once=f"{once}:handler",
    )
