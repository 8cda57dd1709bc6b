"""早期预警: businesses whose result will change by itself in the next months, by town."""

from collections.abc import Mapping

from django import forms
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jieti.accounts.perms import may_read_results, may_search_register
from jieti.domain.periods import add_months
from jieti.kit import clock
from jieti.kit.tables import xlsx_response
from jieti.supervision.forecasting import Cause, EarlyWarning, early_warnings
from jieti.web.access import OfficerRequest, only
from jieti.web.choosing import offer
from jieti.web.paging import pages_around

A_PAGE = 50
MONTHS = {"1": "1个月内", "3": "3个月内", "6": "6个月内", "12": "12个月内"}
USUAL_MONTHS = "6"
NO_TOWN = "（未知）"
HEADERS = ["镇乡街道", "名称", "统一社会信用代码", "日期", "原因"]
RESULTS = ["此前的结果（未报年报的，按报送后）", "到时的结果"]


class FilterForm(forms.Form):
    """Which of them; everything may stay empty."""

    months = forms.ChoiceField(label="多久以内", required=False, choices=list(MONTHS.items()))
    town = forms.ChoiceField(label="镇乡街道", required=False)
    cause = forms.ChoiceField(
        label="原因", required=False, choices=[("", "全部"), *((one.value, one.label) for one in Cause)]
    )

    def __init__(self, data: Mapping[str, str], towns: list[str]) -> None:
        super().__init__({"months": USUAL_MONTHS, **data})
        offer(self, "town", [("", "全部"), *((town, town) for town in towns)])


@only(may_search_register)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The list, page by page; what the results would be is shown to those who may read results."""
    form, found = _found(request)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    counts = {town: sum((one.town or NO_TOWN) == town for one in found) for town in _towns(found)}
    context = {
        "form": form,
        "rows": page,
        "found": len(found),
        "counts": counts,
        "pages": pages_around(request, page),
        "query": request.GET.urlencode(),
        "shows_results": may_read_results(request.user, request.jurisdiction),
    }
    return render(request, "officer/warnings.html", context)


@only(may_search_register)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    _, found = _found(request)
    shows_results = may_read_results(request.user, request.jurisdiction)
    rows = (
        [one.town, one.name, one.uscc, one.on, one.cause.label, *([one.before, one.after] if shows_results else [])]
        for one in found
    )
    return xlsx_response("早期预警.xlsx", HEADERS + (RESULTS if shows_results else []), rows)


def _found(request: OfficerRequest) -> tuple[FilterForm, list[EarlyWarning]]:
    months = request.GET.get("months", USUAL_MONTHS)
    until = add_months(clock.today(), int(months if months in MONTHS else USUAL_MONTHS))
    found = early_warnings(request.jurisdiction, until=until)
    form = FilterForm(request.GET.dict(), _towns(found))
    asked = form.cleaned_data if form.is_valid() else {}
    if asked.get("town"):
        found = [one for one in found if (one.town or NO_TOWN) == asked["town"]]
    if asked.get("cause"):
        found = [one for one in found if one.cause.value == asked["cause"]]
    return form, found


def _towns(found: list[EarlyWarning]) -> list[str]:
    return sorted({one.town or NO_TOWN for one in found})
