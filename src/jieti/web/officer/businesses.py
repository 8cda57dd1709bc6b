"""Any business of the register: why its result is what it is, and its course in time."""

import datetime
from collections.abc import Iterator

from django import forms
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from jieti.accounts.disclosure import may_see, reader_of
from jieti.accounts.perms import may_read_results, may_search_register
from jieti.determinations.models import Result
from jieti.directory.names import as_code
from jieti.directory.overview import businesses
from jieti.kit.tables import xlsx_response
from jieti.registry.models import Business
from jieti.registry.persons import other_businesses
from jieti.registry.timeline import Detail, Entry, timeline_of
from jieti.web import explaining
from jieti.web.access import OfficerRequest, only

LISTED = 50
HEADERS = ["自", "至", "事项", "内容", "来源", "供数单位", "数据截至", "知悉时间", "不再见于", "送数编号"]


class MomentForm(forms.Form):
    """Of which day the knowledge is asked; what came on that day counts."""

    known_on = forms.DateField(
        label="按哪一天知道的情况",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "请填写有效的日期，例如2026年7月1日。"},
    )

    @property
    def moment(self) -> datetime.datetime | None:
        """The end of that day; None for now."""
        day = self.cleaned_data.get("known_on") if self.is_valid() else None
        if day is None:
            return None
        midnight = datetime.time(0, tzinfo=timezone.get_current_timezone())
        return datetime.datetime.combine(day + datetime.timedelta(days=1), midnight) - datetime.timedelta(
            microseconds=1
        )


@only(may_search_register)
@require_safe
def search(request: OfficerRequest) -> HttpResponse:
    """Up to fifty businesses by part of the name or the whole code; a code that exists opens at once.

    Who may read results goes on to the result with its reasons, anybody else to the business's course in time.
    """
    page = "officer:business" if may_read_results(request.user, request.jurisdiction) else "officer:business-timeline"
    q = request.GET.get("q", "").strip()[:100]
    own = Business.objects.filter(jurisdiction=request.jurisdiction)
    code = as_code(q)
    if code and own.filter(pk=code).exists():
        return redirect(page, code)
    named = businesses(q).filter(jurisdiction=request.jurisdiction).order_by("name")
    found = list(named[:LISTED]) if len(q) > 1 else []
    context = {
        "q": q,
        "found": found,
        "full": len(found) == LISTED,
        "short": len(q) == 1,
        "page": page,
    }
    return render(request, "officer/businesses.html", context)


@only(may_read_results)
@require_safe
def detail(request: OfficerRequest, uscc: str) -> HttpResponse:
    """One business: the latest result, clause by clause, with the facts that the reader's duty lets them see."""
    business = _own(request, uscc)
    result = Result.objects.latest_for(business.pk)
    context: dict[str, object] = {"business": business, "result": result}
    if result is not None:
        context |= explaining.explained_to(reader_of(request.user, business.jurisdiction), result)
    return render(request, "officer/business.html", context)


@only(may_search_register)
@require_safe
def timeline(request: OfficerRequest, uscc: str) -> HttpResponse:
    """One business in time, as far as the reader may see it, as it is known now or was known on a day."""
    business = _own(request, uscc)
    reader = reader_of(request.user, business.jurisdiction)
    form = MomentForm(request.GET or None)
    entries = timeline_of(business.pk, reader=reader, known_at=form.moment)
    context = {
        "business": business,
        "form": form,
        "entries": entries,
        "others": other_businesses(business) if may_see(reader, "registry.Business.person") else [],
        "may_read_results": may_read_results(request.user, request.jurisdiction),
        "query": request.GET.urlencode(),
    }
    return render(request, "officer/business_timeline.html", context)


@only(may_search_register)
@require_safe
def timeline_xlsx(request: OfficerRequest, uscc: str) -> FileResponse:
    """The same as a table, an entry a row."""
    business = _own(request, uscc)
    reader = reader_of(request.user, business.jurisdiction)
    entries = timeline_of(business.pk, reader=reader, known_at=MomentForm(request.GET or None).moment)
    return xlsx_response(f"{business.pk}沿革.xlsx", HEADERS, _rows(entries))


def _own(request: OfficerRequest, uscc: str) -> Business:
    own = Business.objects.filter(jurisdiction=request.jurisdiction).select_related("jurisdiction")
    return get_object_or_404(own, pk=uscc)


def _rows(entries: list[Entry]) -> Iterator[list[object]]:
    zone = timezone.get_current_timezone()
    for one in entries:
        yield [
            one.day,
            one.until,
            one.title,
            "；".join(_text(detail) for detail in one.details),
            one.source.title,
            one.supplier,
            one.delivery.as_of,
            one.known_at.astimezone(zone),
            one.gone_at.astimezone(zone) if one.gone_at else None,
            one.delivery.pk,
        ]


def _text(detail: Detail) -> str:
    before = f"（原为{detail.before or '空'}）" if detail.before else ""
    return f"{detail.label}：{detail.shown or '空'}{before}"
