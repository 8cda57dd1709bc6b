"""Departments' files: what came, what was taken of each, and what to send again."""

import io
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.perms import is_officer, may_deliver
from jieti.kit.errors import Refusal
from jieti.kit.tables import XLSX, xlsx_response
from jieti.registry.actions import receive_delivery
from jieti.registry.models import Delivery
from jieti.registry.returns import refused_rows_xlsx
from jieti.rulebooks.catalogue import current_rulebook
from jieti.web.access import MemberRequest, only, posted
from jieti.web.officer.forms import DeliveryForm
from jieti.web.paging import pages_around

FINDINGS_A_PAGE = 50
DELIVERIES_A_PAGE = 30


@only(is_officer)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every delivery, the newest first."""
    page = Paginator(Delivery.objects.latest_first(), DELIVERIES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "deliveries": [(delivery, _title(delivery)) for delivery in page],
        "pages": pages_around(request, page),
        "may_deliver": may_deliver(request.user),
    }
    return render(request, "officer/deliveries.html", context)


@only(is_officer)
@require_safe
def index_xlsx(_request: HttpRequest) -> FileResponse:
    """The same as a table."""
    rows = [
        [_title(d), d.file_name, d.as_of, d.received_at, d.get_status_display(), d.get_mode_display(), d.rows, d.taken,
         d.refused, d.skipped, d.warned, d.message]
        for d in Delivery.objects.latest_first()
    ]  # fmt: skip
    headers = [
        "数据来源",
        "文件名",
        "数据截止日期",
        "接收时间",
        "状态",
        "方式",
        "行数",
        "读入",
        "退回",
        "略过",
        "提示",
        "说明",
    ]
    return xlsx_response("数据接收记录.xlsx", headers, rows)


@only(may_deliver)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    """Upload: a delivery that can be read leads to its report; one that cannot says why, here or there."""
    initial = {"source": request.GET.get("source", "")}
    form = DeliveryForm(current_rulebook(), posted(request), request.FILES or None, initial=initial)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            delivery = _receive(request, form.cleaned_data)
            if delivery.already_received:
                messages.info(request, "这个文件以前已经接收过，没有重复读入。以下是当时的结果。")
            return redirect("officer:delivery", delivery.pk)
        except Refusal as refused:
            refusal = refused
    status = 422 if form.errors or refusal else 200
    return render(request, "officer/delivery_new.html", {"form": form, "refusal": refusal}, status=status)


@only(is_officer)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One delivery with the finding of every row that was refused, warned of or left out."""
    delivery = get_object_or_404(Delivery, pk=pk)
    page = Paginator(delivery.findings.in_file_order(), FINDINGS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "delivery": delivery,
        "title": _title(delivery),
        "findings": page,
        "pages": pages_around(request, page),
        "may_deliver": may_deliver(request.user),
    }
    return render(request, "officer/delivery.html", context)


@only(is_officer)
@require_safe
def refused_xlsx(_request: HttpRequest, pk: int) -> FileResponse:
    """The refused rows as they came, with the reason: to be mended and sent again as a supplement."""
    delivery = get_object_or_404(Delivery, pk=pk)
    file = io.BytesIO(refused_rows_xlsx(delivery))
    return FileResponse(file, as_attachment=True, filename=f"退回行-{delivery.pk}.xlsx", content_type=XLSX)


def _receive(request: MemberRequest, data: dict[str, Any]) -> Delivery:
    return receive_delivery(
        by=request.user,
        source_key=data["source"],
        file=data["file"],
        file_name=data["file"].name,
        as_of=data["as_of"],
        mode=Delivery.Mode(data["mode"]),
    )


def _title(delivery: Delivery) -> str:
    source = current_rulebook().sources.get(delivery.source_key)
    return source.title if source else delivery.source_key
