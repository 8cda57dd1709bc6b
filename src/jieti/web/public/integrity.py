"""The digests of the audit record, for anybody to keep: with them, nobody can bend the record unseen."""

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jieti.audit.digests import closed_days, written
from jieti.kit.tables import xlsx_response
from jieti.web.paging import pages_around

DAYS_A_PAGE = 31


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Closed days with their digests, the newest first."""
    page = Paginator(closed_days(), DAYS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "public/integrity.html", {"days": page, "pages": pages_around(request, page)})


@require_safe
def index_xlsx(_request: HttpRequest) -> FileResponse:
    """The same as a table."""
    rows = [[one.day, one.records, one.first_hash, one.digest] for one in closed_days()]
    return xlsx_response("审计记录每日摘要.xlsx", ["日期", "记录数", "首条散列值", "当日摘要（末条散列值）"], rows)


@require_safe
def index_json(_request: HttpRequest) -> HttpResponse:
    """The same as `jieti audit verify --digests` reads it."""
    headers = {"Content-Disposition": 'attachment; filename="audit-digests.json"'}
    return HttpResponse(written(closed_days()), content_type="application/json", headers=headers)
