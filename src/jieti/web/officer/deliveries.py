"""Departments' files: hand one in, watch it being read, see what is to mend, confirm a colleague's or send it back."""

import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from jieti.accounts.disclosure import reader_of
from jieti.accounts.perms import may_confirm_delivery_of, may_deliver, may_deliver_for, may_see_deliveries
from jieti.directory import registering
from jieti.kit.errors import Refusal
from jieti.kit.tables import XLSX, xlsx_response
from jieti.registry.actions import decline_delivery, order_confirmation, receive_delivery
from jieti.registry.feeds import supplier_of, suppliers_of
from jieti.registry.models import Delivery, RefusedRow
from jieti.registry.reading import differences_of
from jieti.registry.refusals import shown_findings
from jieti.registry.returns import refused_rows_xlsx
from jieti.rulebooks.catalogue import current_rulebook
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.officer.forms import CORRECTION, DeliveryForm
from jieti.web.paging import pages_around
from rulecore.model import Source

FINDINGS_A_PAGE = 50
DELIVERIES_A_PAGE = 30
HEADERS = (
    "数据来源",
    "文件名",
    "数据截止日期",
    "接收时间",
    "送交人",
    "状态",
    "方式",
    "途径",
    "行数",
    "读入",
    "退回",
    "略过",
    "提示",
    "复核人",
    "生效时间",
    "说明",
)


@only(may_see_deliveries)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Every delivery that the reader may look at, the newest first."""
    newest = _open(request).order_by("-received_at", "-pk")
    page = Paginator(newest, DELIVERIES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "deliveries": [(delivery, _title(delivery)) for delivery in page],
        "pages": pages_around(request, page),
        "may_deliver": may_deliver(request.user, request.jurisdiction),
    }
    return render(request, "officer/deliveries.html", context)


@only(may_see_deliveries)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    people = _open(request).select_related("received_by", "confirmed_by", "jurisdiction")
    rows = [
        [_title(d), d.file_name, d.as_of, d.received_at, d.received_by, d.get_status_display(), _way(d),
         d.get_channel_display(), d.rows, d.taken, d.refused, d.skipped, d.warned, d.confirmed_by, d.known_at,
         d.message]
        for d in people.order_by("-received_at", "-pk")
    ]  # fmt: skip
    return xlsx_response("数据接收记录.xlsx", HEADERS, rows)


@only(may_deliver)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """Upload of a table that the officer may deliver; leads to the delivery, which is read in the background."""
    initial = {"source": request.GET.get("source", "")}
    form = DeliveryForm(_own_sources(request), posted(request), request.FILES or None, initial=initial)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            delivery = _receive(request, form.cleaned_data)
            if delivery.already_received:
                messages.info(request, "这个文件以前已经收到过，没有重复接收。以下是当时的情况。")
            return redirect("officer:delivery", delivery.pk)
        except Refusal as refused:
            refusal = refused
    status = 422 if form.errors or refusal else 200
    return render(request, "officer/delivery_new.html", {"form": form, "refusal": refusal}, status=status)


@only(may_see_deliveries)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """A delivery: its progress while it is read, then what became of its rows and what is to be decided."""
    return _page(request, _one(request, pk))


@only(may_see_deliveries)
@require_safe
def progress(request: OfficerRequest, pk: int) -> HttpResponse:
    """The progress bar alone, asked for again and again by the page; the whole page anew once all is read."""
    delivery = _one(request, pk)
    if not delivery.is_going and not delivery.is_confirming:
        return HttpResponseClientRefresh()
    return render(request, "officer/_delivery_progress.html", {"delivery": delivery, "expected": _expected(delivery)})


@only(may_see_deliveries)
@require_POST
def confirm(request: OfficerRequest, pk: int) -> HttpResponse:
    """A second officer makes the delivery count, a large one in the background."""
    return _decide(request, pk, partial(order_confirmation, follow_up=registering.TASK))


@only(may_see_deliveries)
@require_POST
def decline(request: OfficerRequest, pk: int) -> HttpResponse:
    """A second officer sends the delivery back."""
    return _decide(request, pk, decline_delivery)


@only(may_see_deliveries)
@require_safe
def refused_xlsx(request: OfficerRequest, pk: int) -> FileResponse:
    """The refused rows as they came, with the reason: to be mended and sent again as a supplement."""
    delivery = _one(request, pk)
    file = io.BytesIO(refused_rows_xlsx(delivery, reader=reader_of(request.user, request.jurisdiction)))
    return FileResponse(file, as_attachment=True, filename=f"退回行-{delivery.pk}.xlsx", content_type=XLSX)


@only(may_see_deliveries)
@require_safe
def comparison_xlsx(request: OfficerRequest, pk: int) -> FileResponse:
    """The delivery's figures beside those of the one that counted before, as a table."""
    delivery = _one(request, pk)
    lines = differences_of(delivery) if delivery.profile else []
    rows = ([one.label, one.now, one.now_share, one.before, one.before_share, one.complaint] for one in lines)
    headers = ["项目", "这次", "这次占比（%）", "以前", "以前占比（%）", "相差较大的原因"]
    return xlsx_response(f"与以前的数据对比-{pk}.xlsx", headers, rows)


def _open(request: OfficerRequest) -> QuerySet[Delivery]:
    return Delivery.objects.of(request.jurisdiction).open_to(request.user).select_related("jurisdiction")


def _one(request: OfficerRequest, pk: int) -> Delivery:
    return get_object_or_404(_open(request).select_related("received_by", "confirmed_by", "base"), pk=pk)


def _own_sources(request: OfficerRequest) -> Mapping[str, Source]:
    """The sources that the officer may deliver."""
    sources = current_rulebook(request.jurisdiction).sources
    suppliers = suppliers_of(request.jurisdiction, sources)
    mine = {one: may_deliver_for(request.user, one, request.jurisdiction) for one in set(suppliers.values())}
    return {key: source for key, source in sources.items() if key in suppliers and mine[suppliers[key]]}


def _receive(request: OfficerRequest, data: dict[str, Any]) -> Delivery:
    is_correction = data["mode"] == CORRECTION
    return receive_delivery(
        by=request.user,
        source_key=data["source"],
        file=data["file"],
        file_name=data["file"].name,
        as_of=data["as_of"],
        mode=Delivery.Mode.SUPPLEMENT if is_correction else Delivery.Mode(data["mode"]),
        jurisdiction=request.jurisdiction,
        is_correction=is_correction,
    )


def _decide(request: OfficerRequest, pk: int, decision: Callable[..., Delivery]) -> HttpResponse:
    delivery = _one(request, pk)
    if not _may_confirm(request, delivery):
        raise PermissionDenied
    try:
        decided = decision(by=request.user, delivery=delivery, reason=request.POST.get("reason", "")[:1_000])
    except Refusal as refused:
        return _page(request, _one(request, pk), refused)
    registering.queue_following(delivery=decided)
    return redirect("officer:delivery", pk)


def _page(request: OfficerRequest, delivery: Delivery, refusal: Refusal | None = None) -> HttpResponse:
    page = Paginator(delivery.findings.in_file_order(), FINDINGS_A_PAGE).get_page(request.GET.get("page"))
    supplier = supplier_of(request.jurisdiction, delivery.source_key)
    context: dict[str, Any] = {
        "delivery": delivery,
        "title": _title(delivery),
        "supplier": supplier,
        "way": _way(delivery),
        "findings": page,
        "shown_findings": _shown(request, delivery, list(page)),
        "pages": pages_around(request, page),
        "refusal": refusal,
        "may_deliver": may_deliver_for(request.user, supplier, request.jurisdiction),
        "is_mine": delivery.received_by_id == request.user.pk,
        "may_confirm": delivery.is_waiting and _may_confirm(request, delivery),
    }
    if delivery.is_going:
        context["expected"] = _expected(delivery)
    if delivery.profile:
        context["differences"] = differences_of(delivery)
    return render(request, "officer/delivery.html", context, status=409 if refusal else 200)


def _shown(request: OfficerRequest, delivery: Delivery, findings: Sequence[RefusedRow]) -> Sequence[RefusedRow]:
    """The findings as far as the officer may see what the file held."""
    if not findings:
        return findings
    return shown_findings(findings, delivery=delivery, reader=reader_of(request.user, request.jurisdiction))


def _may_confirm(request: OfficerRequest, delivery: Delivery) -> bool:
    supplier = supplier_of(request.jurisdiction, delivery.source_key)
    return may_confirm_delivery_of(request.user, supplier, request.jurisdiction)


def _expected(delivery: Delivery) -> int:
    """How many rows the file probably has, going by the last one of its source; 0 where nobody can tell."""
    before = Delivery.objects.of(delivery.jurisdiction).accepted().filter(mode=delivery.mode)
    latest = before.latest_for(delivery.source_key)
    return max(latest.rows, delivery.read) if latest else 0


def _way(delivery: Delivery) -> str:
    return "更正" if delivery.is_correction else delivery.get_mode_display()


def _title(delivery: Delivery) -> str:
    source = current_rulebook(delivery.jurisdiction).sources.get(delivery.source_key)
    return source.title if source else delivery.source_key
