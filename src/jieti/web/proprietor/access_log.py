"""谁看过我的数据: every reading of a business's protected data, for its proprietor.

Source: 《个人信息保护法》第四十四条、第四十五条.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from jieti.accounts.disclosure import SUBJECT, labels_of
from jieti.audit.models import Event, EventQuerySet
from jieti.kit.tables import xlsx_response
from jieti.registry.models import Business
from jieti.web.access import MemberRequest
from jieti.web.paging import pages_around

READINGS_A_PAGE = 50


@dataclass(frozen=True)
class Reading:
    """One reading: when, by which body in which role (never the person), of what, and why."""

    at: datetime.datetime
    who: str
    what: list[str]
    why: str


@login_required
@require_safe
def index(request: MemberRequest, uscc: str) -> HttpResponse:
    """The readings of an own business, the newest first; anybody else's is not found."""
    business = _own(request, uscc)
    page = Paginator(_events(business), READINGS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "business": business,
        "readings": [_reading(event, business) for event in page],
        "found": page.paginator.count,
        "pages": pages_around(request, page),
    }
    return render(request, "proprietor/access_log.html", context)


@login_required
@require_safe
def index_xlsx(request: MemberRequest, uscc: str) -> FileResponse:
    """All of them as a table."""
    business = _own(request, uscc)
    readings = (_reading(event, business) for event in _events(business).iterator())
    return xlsx_response(f"谁看过我的数据-{uscc}.xlsx", ["时间", "单位和岗位", "数据", "原因"], _rows(readings))


def _own(request: MemberRequest, uscc: str) -> Business:
    return get_object_or_404(Business.objects.owned_by(request.user).select_related("jurisdiction"), pk=uscc)


def _events(business: Business) -> EventQuerySet:
    return Event.objects.reads_of(SUBJECT.format(business.pk))


def _reading(event: Event, business: Business) -> Reading:
    labels = labels_of(event.detail.get("fields", ()), business.jurisdiction)
    return Reading(event.at, event.on_behalf_of, labels, event.detail.get("reason", ""))


def _rows(readings: Iterator[Reading]) -> Iterator[list[object]]:
    for reading in readings:
        yield [
            reading.at.astimezone(timezone.get_current_timezone()),
            reading.who,
            "、".join(reading.what),
            reading.why,
        ]
