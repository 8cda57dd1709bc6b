"""Reminders to proprietors: the annual report from January to June, and changes that come by themselves."""

import datetime
from collections.abc import Iterable

from django.urls import reverse

from jieti.accounts.models import Jurisdiction
from jieti.kit import clock
from jieti.notices.actions import Message, notify_all
from jieti.registry.models import Proprietorship
from jieti.rulebooks.catalogue import procedure_of
from jieti.supervision.facts import ANNUAL_REPORTS
from jieti.supervision.forecasting import Cause, EarlyWarning, early_warnings
from jieti.supervision.reporting import Season, owing, season

AHEAD = datetime.timedelta(days=30)
"""How long before a change its proprietor hears of it."""


def remind(jurisdiction: Jurisdiction) -> int:
    """Tells each proprietor what is due to be told; how many notices are new. Any number of times a day."""
    told = notify_all(jurisdiction=jurisdiction, kind="annual_report_reminder", messages=_reports(jurisdiction))
    told += notify_all(jurisdiction=jurisdiction, kind="result_forecast", messages=_forecasts(jurisdiction))
    return len(told)


def reminder_day(jurisdiction: Jurisdiction, today: datetime.date) -> str | None:
    """The last of the days on which the rulebook has people reminded of the report; None before the first."""
    phase = procedure_of(jurisdiction).get("phases", {}).get(ANNUAL_REPORTS, {})
    days = sorted(day for day in phase.get("reminders", ()) if day <= f"{today:%m-%d}")
    return days[-1] if days else None


def _reports(jurisdiction: Jurisdiction) -> Iterable[Message]:
    """One for each proprietor, business and day of the rulebook; nothing while nobody can tell who has filed."""
    day, now = reminder_day(jurisdiction, clock.today()), season(jurisdiction)
    if day is None or now is None:
        return
    filed = now.filed()
    for link in _links(jurisdiction, now):
        if link.business_id not in filed:
            yield Message(
                subject=f"business:{link.business_id}",
                recipient=link.user,
                values={
                    "known": now.delivery.as_of,
                    "business": link.business.name,
                    "year": now.year,
                    "due": f"{now.due.month}月{now.due.day}日",
                },
                link=reverse("proprietor:business", args=[link.business_id]),
                once=f"annual_report:{now.year}:{day}:{link.business_id}:{link.user_id}",
            )


def _links(jurisdiction: Jurisdiction, now: Season) -> Iterable[Proprietorship]:
    links = Proprietorship.objects.filter(business__in=owing(jurisdiction, now.year))
    return links.select_related("user", "business").order_by("pk").iterator()


def _forecasts(jurisdiction: Jurisdiction) -> Iterable[Message]:
    """What changes within AHEAD and is not the report, of which there are reminders of its own."""
    coming = {
        one.uscc: one
        for one in early_warnings(jurisdiction, until=clock.today() + AHEAD)
        if one.cause != Cause.REPORT_MISSING
    }
    links = Proprietorship.objects.filter(business__in=coming.keys()).select_related("user", "business")
    for link in links.order_by("pk"):
        one = coming[link.business_id]
        yield Message(
            subject=f"business:{one.uscc}",
            recipient=link.user,
            values={"business": link.business.name, "reason": one.reason, "advice": _advice(one)},
            link=reverse("proprietor:business", args=[one.uscc]),
            once=f"result_forecast:{one.uscc}:{one.cause.value}:{one.on}:{link.user_id}",
        )


def _advice(one: EarlyWarning) -> str:
    return f"如果到那时重新判定，结果由“{one.before}”变为“{one.after}”。正式结果以当年7月的集中判定为准。"
