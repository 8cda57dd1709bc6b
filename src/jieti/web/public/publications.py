"""The publications of the directory with their Merkle roots, and the open data in each."""

import json
from collections.abc import Callable, Iterator

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from jieti.accounts.models import Jurisdiction
from jieti.directory import open_data
from jieti.directory.models import Publication
from jieti.kit.tables import XLSX, xlsx_response
from jieti.web.paging import pages_around

PUBLICATIONS_A_PAGE = 30
NOT_MODIFIED = 304
FOR_EVER = "public, max-age=31536000, immutable"
HEADERS = ["辖区", "序号", "公布时间", "判定年度", "户数", "原因", "默克尔根（SHA-256）"]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every publication, the newest first."""
    page = Paginator(_all(), PUBLICATIONS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "public/publications.html", {"page": page, "pages": pages_around(request, page)})


@require_safe
def index_xlsx(_request: HttpRequest) -> FileResponse:
    """The same as a table."""
    rows = (
        [one.jurisdiction.name, one.number, one.published_at, one.year, one.entries, one.why, one.merkle_root]
        for one in _all().iterator()
    )
    return xlsx_response("名录发布记录.xlsx", HEADERS, rows)


@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """The open data as they now are, with what each column means."""
    homes = Jurisdiction.objects.filter(publications__isnull=False).distinct().order_by("pk")
    newest = [Publication.objects.of(home).select_related("jurisdiction").newest() for home in homes]
    return render(request, "public/open_data.html", {"newest": newest, "columns": open_data.COLUMNS})


@require_safe
def dictionary_xlsx(_request: HttpRequest) -> FileResponse:
    """What each column of the open data means, as a table."""
    headers = ["JSON 中的名称", "表格中的列名", "类型", "含义"]
    return xlsx_response("名录公开数据字典.xlsx", headers, open_data.COLUMNS)


@require_safe
def download(request: HttpRequest, code: str, number: int, form: str) -> HttpResponseBase:
    """One publication: its root as JSON, or its lines as CSV, JSON lines or XLSX. It never changes."""
    publication = get_object_or_404(Publication, jurisdiction=code, number=number)
    if form not in FORMS:
        raise Http404
    etag, moment = f'"{code}-{number}-{form}"', int(publication.published_at.timestamp())
    response: HttpResponseBase | None = get_conditional_response(request, etag, moment)
    if response is None or response.status_code != NOT_MODIFIED:
        response = FORMS[form](publication)
        response.headers["Content-Disposition"] = f'attachment; filename="{code}-{number}.{form}"'
    response.headers["ETag"], response.headers["Last-Modified"] = etag, http_date(moment)
    response.headers["Cache-Control"] = FOR_EVER
    return response


def _all() -> QuerySet[Publication]:
    return Publication.objects.select_related("jurisdiction").order_by("-pk")


def _root(publication: Publication) -> HttpResponse:
    known = {
        "jurisdiction": publication.jurisdiction_id,
        "publication": publication.number,
        "year": publication.year,
        "published_at": publication.published_at.isoformat("T", "seconds"),
        "rows": publication.entries,
        "root": publication.merkle_root,
    }
    return HttpResponse(json.dumps(known, indent=2) + "\n", content_type="application/json")


def _stream(pieces: Callable[[Publication], Iterator[str]], kind: str) -> Callable[[Publication], HttpResponseBase]:
    return lambda publication: StreamingHttpResponse(pieces(publication), content_type=kind)


def _workbook(publication: Publication) -> HttpResponseBase:
    return FileResponse(open_data.xlsx_of(publication).open("rb"), content_type=XLSX)


FORMS: dict[str, Callable[[Publication], HttpResponseBase]] = {
    "json": _root,
    "csv": _stream(open_data.csv_of, "text/csv; charset=utf-8"),
    "jsonl": _stream(open_data.json_lines_of, "application/jsonl; charset=utf-8"),
    "xlsx": _workbook,
}
