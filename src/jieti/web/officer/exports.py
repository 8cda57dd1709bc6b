"""Packages for the national directory 全国个体工商户名录: made, looked at, handed in, and the receipt written down."""

from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.accounts.perms import may_publish, may_read_results
from jieti.determinations.exports import is_intact, is_outdated, make_export, mark_sent
from jieti.determinations.models import NationalExport, Run
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, only

HEADERS = ["年度", "户数", "散列值（SHA-256）", "生成时间", "生成人", "报送时间", "报送人", "回执"]


@only(may_read_results)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Every package, the newest first, and the published runs that have none yet."""
    runs = Run.objects.of(request.jurisdiction).published().filter(exports=None)
    context = {
        "exports": _own(request),
        "runs": runs,
        "may_export": may_publish(request.user, request.jurisdiction),
    }
    return render(request, "officer/exports.html", context)


@only(may_read_results)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    rows = (
        [one.run.year, one.rows, one.sha256, one.created_at, one.made_by, one.sent_at, one.sent_by, one.receipt]
        for one in _own(request)
    )
    return xlsx_response("全国名录数据包.xlsx", HEADERS, rows)


@only(may_publish)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest, run: int) -> HttpResponse:
    """Asks once more with the figures, then makes the package."""
    found = get_object_or_404(Run.objects.of(request.jurisdiction).select_related("norm"), pk=run)
    refusal = None
    if request.method == "POST":
        try:
            return redirect("officer:export", make_export(by=request.user, run=found).pk)
        except Refusal as refused:
            refusal = refused
    return render(
        request,
        "officer/export_new.html",
        {"run": found, "count": found.results.current().count(), "refusal": refusal},
        status=409 if refusal else 200,
    )


@only(may_read_results)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One package: what is in it, whether it is whole and current, and whether it was handed in."""
    return _page(request, _one(request, pk))


@only(may_publish)
@require_POST
def send(request: OfficerRequest, pk: int) -> HttpResponse:
    """Writes down that it was handed in: first the receipt is shown to be checked, then it is kept."""
    export, receipt = _one(request, pk), request.POST.get("receipt", "").strip()[:200]
    if request.POST.get("step") != "confirm":
        return _page(request, export, receipt=receipt)
    try:
        mark_sent(by=request.user, export=export, receipt=receipt)
    except Refusal as refused:
        return _page(request, export, refusal=refused)
    return redirect("officer:export", pk)


@only(may_read_results)
@require_safe
def download(request: OfficerRequest, pk: int) -> FileResponse:
    """The package's file."""
    export = _one(request, pk)
    if not export.file.is_file():
        raise Http404
    name = f"全国名录-{export.run.year}-{export.sha256[:8]}.zip"
    return FileResponse(export.file.open("rb"), as_attachment=True, filename=name, content_type="application/zip")


def _page(
    request: OfficerRequest, export: NationalExport, *, receipt: str = "", refusal: Refusal | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        "export": export,
        "is_intact": is_intact(export),
        "is_outdated": is_outdated(export),
        "receipt": receipt,
        "refusal": refusal,
        "may_export": may_publish(request.user, request.jurisdiction),
    }
    return render(request, "officer/export.html", context, status=409 if refusal else 200)


def _own(request: OfficerRequest) -> Any:
    return NationalExport.objects.of(request.jurisdiction).select_related("run", "made_by", "sent_by")


def _one(request: OfficerRequest, pk: int) -> NationalExport:
    found: NationalExport = get_object_or_404(_own(request), pk=pk)
    return found
