"""活动日历: what is held for businesses when and where, for everybody, also as a feed that calendars subscribe to."""

import datetime
from itertools import groupby

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from jieti.accounts.models import Jurisdiction
from jieti.engagement.calendars import CONTENT_TYPE, calendar_of
from jieti.engagement.models import Gathering, GatheringQuerySet
from jieti.kit import clock
from jieti.kit.tables import xlsx_response
from jieti.web.site import SERVICE

DAYS_BACK = 366
"""How far back the feed and the table of past events reach, in days."""
HEADERS = ["种类", "名称", "主办单位", "开始", "结束", "地点", "内容", "咨询电话", "是否取消", "成效"]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What is coming, by month; then what was held within a year, with what came of it."""
    coming = list(_announced().filter(ends_at__gte=clock.now()))
    months = [(first, list(rows)) for first, rows in groupby(coming, key=_month)]
    held = _recent().filter(ends_at__lt=clock.now(), cancelled_at=None).order_by("-starts_at")[:20]
    return render(request, "public/calendar.html", {"months": months, "held": held})


@require_safe
def index_xlsx(_request: HttpRequest) -> FileResponse:
    """The same as a table."""
    rows = [
        [
            one.get_kind_display(),
            one.title,
            one.organiser.name,
            one.starts_at,
            one.ends_at,
            one.place,
            one.gist,
            one.contact,
            one.cancelled_at is not None,
            one.result,
        ]
        for one in _recent()
    ]
    return xlsx_response("活动日历.xlsx", HEADERS, rows)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One event."""
    return render(request, "public/calendar_event.html", {"gathering": get_object_or_404(_announced(), pk=pk)})


@require_safe
def index_ics(request: HttpRequest) -> HttpResponse:
    """The feed: everything announced within a year and to come."""
    return _ics(request, _recent())


@require_safe
def detail_ics(request: HttpRequest, pk: int) -> HttpResponse:
    """One event for a calendar."""
    found = _announced().filter(pk=pk)
    get_object_or_404(found)
    return _ics(request, found)


def _announced() -> GatheringQuerySet:
    return Gathering.objects.of(Jurisdiction.objects.site()).announced().select_related("organiser")


def _recent() -> GatheringQuerySet:
    return _announced().filter(ends_at__gte=clock.now() - datetime.timedelta(days=DAYS_BACK))


def _ics(request: HttpRequest, found: GatheringQuerySet) -> HttpResponse:
    text = calendar_of(found, name=SERVICE, host=request.get_host().partition(":")[0])
    disposition = 'attachment; filename="calendar.ics"'
    return HttpResponse(text, content_type=CONTENT_TYPE, headers={"Content-Disposition": disposition})


def _month(one: Gathering) -> datetime.date:
    return clock.day_of(one.starts_at).replace(day=1)
