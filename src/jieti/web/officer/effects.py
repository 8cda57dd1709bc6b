"""更正的影响: what corrected facts have changed or would change in published results, and deciding it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.perms import may_publish, may_read_results
from jieti.determinations.models import Run
from jieti.directory.actions import republish_all
from jieti.domain.terms import Tier
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.measures.models import Measure
from jieti.registry.models import Business
from jieti.supervision.consequences import carry_out, cause_in_words, keep, waiting_for_decision
from jieti.supervision.models import Effect, Trace
from jieti.web.access import OfficerRequest, only

HEADERS = ["年度", "原因", "统一社会信用代码", "名称", "事项", "原来", "更正后", "状态", "处理人", "处理时间", "说明"]
MOST = 200
"""So many businesses of a cause are shown; the table holds all."""
WORDS = {"base": "基数", "ceiling": "上限", "pending": "待数据", **{tier.value: tier.label for tier in Tier}}


@dataclass(frozen=True, slots=True)
class Row:
    """One business and all that a cause changes of it."""

    uscc: str
    name: str
    effects: list[tuple[Effect, str, str]]
    is_waiting: bool


@only(may_read_results)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """What waits for a decision, cause by cause, and what was followed."""
    waiting = {one.pk: (count, due) for one, count, due in waiting_for_decision(request.jurisdiction)}
    traces = Trace.objects.of(request.jurisdiction).select_related("run").order_by("-traced_at")
    lines = [(one, cause_in_words(one.cause), *waiting.get(one.pk, (0, None))) for one in traces]
    return render(request, "officer/effects.html", {"lines": lines})


@only(may_read_results)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """Every effect as a table."""
    effects = Effect.objects.of(request.jurisdiction).select_related("run", "done_by").order_by("-pk")
    names = _names(effects)
    measures = _measures()
    zone = timezone.get_current_timezone()
    rows = (
        [
            one.run.year,
            cause_in_words(one.cause),
            one.uscc,
            names.get(one.uscc, ""),
            one.get_kind_display(),
            in_words(one.before, measures),
            in_words(one.after, measures),
            one.get_status_display(),
            str(one.done_by or ""),
            one.done_at.astimezone(zone) if one.done_at else None,
            one.note,
        ]
        for one in effects
    )
    return xlsx_response("更正的影响.xlsx", HEADERS, rows)


@only(may_read_results)
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """Everything that one cause changes; the approver corrects the chosen results or lets them stand."""
    trace = _trace(request, pk)
    if request.method == "POST":
        if not may_publish(request.user, request.jurisdiction):
            raise PermissionDenied
        try:
            _decide(request, trace.run, trace.cause)
            return redirect("officer:effect", trace.pk)
        except Refusal as refused:
            return _page(request, trace, refused)
    return _page(request, trace, None)


def in_words(said: dict[str, object], measures: dict[str, str]) -> str:
    """What an effect holds, as people read it."""
    if "measures" in said:
        keys = said["measures"]
        titles = [measures.get(str(key), str(key)) for key in keys] if isinstance(keys, list) else []
        return "、".join(titles) or "无"
    if "tier" in said:
        return WORDS[str(said["tier"] or "pending")]
    numbers = "，".join(f"{WORDS[key]}{value}" for key, value in said.items() if key in WORDS)
    return f"{said['town']}：{numbers}" if said.get("town") else numbers


def _trace(request: OfficerRequest, pk: int) -> Trace:
    return get_object_or_404(Trace.objects.of(request.jurisdiction).select_related("run__norm"), pk=pk)


def _decide(request: OfficerRequest, run: Run, cause: str) -> None:
    usccs, reason = request.POST.getlist("uscc"), request.POST.get("reason", "")
    if request.POST.get("decision") == "correct":
        carry_out(by=request.user, run=run, cause=cause, usccs=usccs, reason=reason, republish=republish_all)
    else:
        keep(by=request.user, run=run, cause=cause, usccs=usccs, reason=reason)


def _page(request: OfficerRequest, trace: Trace, refusal: Refusal | None) -> HttpResponse:
    effects = Effect.objects.of(request.jurisdiction).filter(run=trace.run, cause=trace.cause)
    rows = _rows(effects.order_by("uscc", "pk"))
    context = {
        "trace": trace,
        "cause": cause_in_words(trace.cause),
        "rows": rows[:MOST],
        "more": len(rows) > MOST,
        "refusal": refusal,
        "may_decide": any(row.is_waiting for row in rows) and may_publish(request.user, request.jurisdiction),
    }
    return render(request, "officer/effect.html", context, status=409 if refusal else 200)


def _rows(effects: Iterable[Effect]) -> list[Row]:
    found: dict[str, list[Effect]] = {}
    for one in effects:
        found.setdefault(one.uscc, []).append(one)
    names = dict(Business.objects.filter(pk__in=found).values_list("pk", "name"))
    measures = _measures()
    rows = [
        Row(
            uscc,
            names.get(uscc, ""),
            [(one, in_words(one.before, measures), in_words(one.after, measures)) for one in these],
            any(one.kind == Effect.Kind.RESULT and one.status == Effect.Status.OPEN for one in these),
        )
        for uscc, these in found.items()
    ]
    return sorted(rows, key=lambda row: not row.is_waiting)


def _names(effects: Iterable[Effect]) -> dict[str, str]:
    return dict(Business.objects.filter(pk__in={one.uscc for one in effects}).values_list("pk", "name"))


def _measures() -> dict[str, str]:
    return dict(Measure.objects.values_list("key", "title"))
