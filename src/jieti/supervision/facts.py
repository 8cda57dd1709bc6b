"""What the system itself has seen done: milestones that need no declaration."""

import datetime
from collections.abc import Callable, Mapping

from django.db.models import Min

from jieti.accounts.models import Jurisdiction
from jieti.determinations.models import NationalExport, Run
from jieti.domain.milestones import Milestone
from jieti.kit import clock
from jieti.registry.models import Delivery
from jieti.rulebooks.catalogue import current_rulebook
from jieti.rulebooks.models import AnnualNorm

ANNUAL_REPORTS = "annual_reports"
PUBLISHED_MAIN_RUN = "published_main_run"


def seen_done(jurisdiction: Jurisdiction, one: Milestone) -> datetime.date | None:
    """The day on which the system saw it done; None while it is not, or where only people can tell."""
    known = SEEN.get(one.key)
    return known(jurisdiction, one) if known else None


def is_ready(jurisdiction: Jurisdiction, one: Milestone) -> bool:
    """Whether what the milestone `requires` is there."""
    return one.requires != PUBLISHED_MAIN_RUN or _published(jurisdiction, one) is not None


def _norm(jurisdiction: Jurisdiction, one: Milestone) -> datetime.date | None:
    norm = AnnualNorm.objects.in_force(one.year, jurisdiction.rulebook)
    return _day(norm.approved_at) if norm else None


def _published(jurisdiction: Jurisdiction, one: Milestone) -> datetime.date | None:
    run = Run.objects.main_of(jurisdiction.rulebook, one.year)
    return _day(run.published_at) if run else None


def _sent(jurisdiction: Jurisdiction, one: Milestone) -> datetime.date | None:
    sent = NationalExport.objects.of(jurisdiction).filter(run__year=one.year, sent_at__isnull=False)
    first = sent.order_by("sent_at").first()
    return _day(first.sent_at) if first else None


def _delivered(jurisdiction: Jurisdiction, one: Milestone) -> datetime.date | None:
    """The day on which the last of the tables that the tier standard needs came; those of before do not count."""
    since = one.opens or datetime.date(one.year, 1, 1)
    wanted = current_rulebook(jurisdiction).sources_of()
    found = Delivery.objects.of(jurisdiction).accepted().filter(source_key__in=wanted)
    firsts = found.filter(as_of__gte=since, as_of__year=one.year).order_by().values("source_key")
    days = list(firsts.annotate(first=Min("known_at")).values_list("first", flat=True))
    return _day(max(days)) if days and len(days) == len(wanted) else None


def _reported(jurisdiction: Jurisdiction, one: Milestone) -> datetime.date | None:
    """The time for reports is over when the table of reports as of its last day has come."""
    last = one.last_day
    found = Delivery.objects.of(jurisdiction).accepted().of_source(ANNUAL_REPORTS)
    covers = found.filter(as_of__gte=last, as_of__year=one.year).order_by("known_at").first()
    return last if covers else None


def _day(moment: datetime.datetime | None) -> datetime.date | None:
    return clock.day_of(moment) if moment else None


SEEN: Mapping[str, Callable[[Jurisdiction, Milestone], datetime.date | None]] = {
    ANNUAL_REPORTS: _reported,
    "annual_norm": _norm,
    "department_data": _delivered,
    "determination": _published,
    "national_upload": _sent,
}
BY_TABLE_ALONE = frozenset({ANNUAL_REPORTS})
"""Of SEEN those that only a table as of their last day shows: where none comes, people say that they are done."""


def is_declarable(key: str) -> bool:
    """Whether somebody may declare it done."""
    return key not in SEEN or key in BY_TABLE_ALONE
