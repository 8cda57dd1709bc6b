"""Briefs and yearly reports as files, and the statistical export for research."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jieti.accounts.perms import is_member, may_export_research
from jieti.dashboards.actions import export_for_research
from jieti.dashboards.models import Snapshot
from jieti.dashboards.reports import Period, Report, months_of, report_of, years_of
from jieti.dashboards.reports_files import docx_of, pdf_of
from jieti.dashboards.research import COLUMNS, Export
from jieti.dashboards.suppression import LEAST
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, only

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
Form = tuple[Callable[[Report], bytes], str]
FORMS: Mapping[str, Form] = {"docx": (docx_of, DOCX), "pdf": (pdf_of, "application/pdf")}
DATA: Mapping[str, tuple[Callable[[Export], bytes], str]] = {
    "csv": (lambda export: export.as_csv().encode(), "text/csv; charset=utf-8"),
    "parquet": (Export.as_parquet, "application/vnd.apache.parquet"),
}


@only(is_member)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Every month and year of which there is a picture."""
    context = {"months": months_of(request.jurisdiction), "years": years_of(request.jurisdiction)}
    return render(request, "officer/picture_reports.html", context)


@only(is_member)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    found = [*months_of(request.jurisdiction), *years_of(request.jurisdiction)]
    return xlsx_response("简报和年度报告.xlsx", ["期间", "统计日期"], [[one.title, taken] for one, taken in found])


@only(is_member)
@require_safe
def monthly(request: OfficerRequest, year: int, number: int, form: str) -> HttpResponse:
    """The month's brief, with the numbers of its last picture."""
    if not (datetime.MINYEAR < year < datetime.MAXYEAR and 1 <= number <= 12):
        raise Http404
    return _file(request, Period.month(year, number), form)


@only(is_member)
@require_safe
def yearly(request: OfficerRequest, year: int, form: str) -> HttpResponse:
    """The year's report, with the numbers of its last picture."""
    if not datetime.MINYEAR < year < datetime.MAXYEAR:
        raise Http404
    return _file(request, Period.whole_year(year), form)


@only(may_export_research)
@require_safe
def research(request: OfficerRequest) -> HttpResponse:
    """What the export holds, how nobody can be found in it, and the files."""
    return render(request, "officer/picture_research.html", {"columns": COLUMNS, "least": LEAST})


@only(may_export_research)
@require_safe
def dictionary_xlsx(_request: OfficerRequest) -> FileResponse:
    """What each column means, as a table."""
    return xlsx_response("研究用统计数据字典.xlsx", ["Parquet 中的名称", "列名", "含义"], COLUMNS)


@only(may_export_research)
@require_safe
def research_data(request: OfficerRequest, form: str) -> HttpResponse:
    """The export; who took it is recorded."""
    if form not in DATA:
        raise Http404
    try:
        export = export_for_research(by=request.user, jurisdiction=request.jurisdiction)
    except Refusal as refusal:
        context: dict[str, Any] = {"columns": COLUMNS, "least": LEAST, "refusal": refusal}
        return render(request, "officer/picture_research.html", context, status=409)
    make, kind = DATA[form]
    name = f"research-{request.jurisdiction.pk}-{export.year}.{form}"
    return HttpResponse(make(export), content_type=kind, headers=_named(name))


def _file(request: OfficerRequest, period: Period, form: str) -> HttpResponse:
    snapshot = Snapshot.objects.of(request.jurisdiction).last_of(period.start, period.end)
    if snapshot is None or form not in FORMS:
        raise Http404
    make, kind = FORMS[form]
    name = f"picture-{request.jurisdiction.pk}-{period.key}.{form}"
    return HttpResponse(make(report_of(snapshot, period)), content_type=kind, headers=_named(name))


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
