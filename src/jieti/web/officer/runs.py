"""The year's determination: start it, watch it, look it over, publish it."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from jieti.accounts.perms import is_officer, may_publish, may_read_results, may_run_determination
from jieti.determinations.actions import cancel_run, retry_run, start_run
from jieti.determinations.city import has_published
from jieti.determinations.models import Run
from jieti.determinations.preconditions import (
    Precondition,
    Standing,
    is_run_on_behalf,
    may_start_main_run,
    may_start_run,
    preconditions,
    responsible_for,
)
from jieti.determinations.studies import agreement
from jieti.directory import overview
from jieti.directory.actions import publish_run
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.officer.charts import stacked_bars
from jieti.web.officer.forms import RunForm
from jieti.web.officer.waiting import waiting
from jieti.web.paging import pages_around

RESULTS_A_PAGE = 50
MARKS = [(mark, overview.LABELS[mark]) for mark in overview.MARKS]


@only(is_officer)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Every run, the newest first."""
    return render(
        request,
        "officer/runs.html",
        {
            "runs": Run.objects.of(request.jurisdiction),
            "may_run": may_start_run(request.user, request.jurisdiction),
        },
    )


@only(is_officer)
@require_safe
def conditions(request: OfficerRequest) -> HttpResponse:
    """Everything that the year's determination needs, one by one, and who makes it."""
    year = clock.today().year
    context = {
        "year": year,
        "conditions": preconditions(year, request.jurisdiction),
        "responsible": responsible_for(request.jurisdiction),
        "is_on_behalf": is_run_on_behalf(request.jurisdiction),
        "may_run": may_start_run(request.user, request.jurisdiction),
    }
    return render(request, "officer/run_conditions.html", context)


@only(is_officer)
@require_safe
def conditions_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    year = clock.today().year
    rows = [[one.title, one.standing.label, one.text] for one in preconditions(year, request.jurisdiction)]
    return xlsx_response(f"{year}年度判定的前提条件.xlsx", ["条件", "状态", "说明"], rows)


@only(may_start_run)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """What the run would still need or leave unknown, and the form that starts it."""
    form, refusal = _form(request), None
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(
                "officer:run", start_run(by=request.user, jurisdiction=request.jurisdiction, **form.cleaned_data).pk
            )
        except Refusal as refused:
            refusal = refused
    year = clock.today().year
    found = preconditions(year, request.jurisdiction)
    context = {
        "form": form,
        "refusal": refusal,
        "year": year,
        "conditions": found,
        "missing": [one.text for one in found if one.stops(Run.Kind.MAIN)],
        "caveats": _caveats(found),
        "responsible": responsible_for(request.jurisdiction),
        "is_on_behalf": is_run_on_behalf(request.jurisdiction),
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "officer/run_new.html", context, status=status)


@only(may_run_determination)
@require_POST
def retry(request: OfficerRequest, pk: int) -> HttpResponse:
    """Queues a failed run again."""
    run = get_object_or_404(Run.objects.of(request.jurisdiction), pk=pk)
    try:
        retry_run(by=request.user, run=run)
    except Refusal as refused:
        messages.warning(request, str(refused))
    return redirect("officer:run", run.pk)


@only(may_start_run)
@require_POST
def cancel(request: OfficerRequest, pk: int) -> HttpResponse:
    """Gives a run up that waits or goes; a main run only by who may start one."""
    run = get_object_or_404(Run.objects.of(request.jurisdiction), pk=pk)
    if not _may_cancel(request, run):
        raise PermissionDenied
    try:
        cancel_run(by=request.user, run=run)
    except Refusal as refused:
        messages.warning(request, str(refused))
    return redirect("officer:run", run.pk)


@only(is_officer)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """Every run as a table."""
    rows = [
        [run.year, run.get_kind_display(), run.basis_date, run.get_status_display(), run.published_at]
        for run in Run.objects.of(request.jurisdiction)
    ]
    return xlsx_response("分型判定.xlsx", ["年度", "种类", "判定基准日", "状态", "公布时间"], rows)


@only(may_read_results)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """A run: its progress while it goes, its figures when it is done."""
    run = get_object_or_404(Run.objects.of(request.jurisdiction), pk=pk)
    context: dict[str, Any] = {
        "run": run,
        "may_publish": run.kind == Run.Kind.MAIN and may_publish(request.user, request.jurisdiction),
        "may_run": may_run_determination(request.user, request.jurisdiction),
        "may_cancel": run.is_going and _may_cancel(request, run),
    }
    if run.has_results:
        tallies = overview.by_town(run)
        context |= {
            "tallies": tallies,
            "total": overview.altogether(tallies),
            "marks": MARKS,
            "chart": _chart(tallies),
            "waiting": waiting(run),
            "agreement": agreement(run),
            "city_has_come": has_published(request.jurisdiction, run.year),
        }
    return render(request, "officer/run.html", context)


@only(may_read_results)
@require_safe
def progress(request: OfficerRequest, pk: int) -> HttpResponse:
    """The progress bar alone, asked for again and again by the page; the whole page anew once the run has ended."""
    run = get_object_or_404(Run.objects.of(request.jurisdiction), pk=pk)
    if not run.is_going:
        return HttpResponseClientRefresh()
    return render(request, "officer/_progress.html", {"run": run})


@only(may_read_results)
@require_safe
def counts_xlsx(request: OfficerRequest, pk: int) -> FileResponse:
    """The counts by tier and town as a table."""
    run = _finished(request, pk)
    tallies = overview.by_town(run)
    rows = [[tally.town, *tally.cells, tally.total] for tally in (*tallies, overview.altogether(tallies))]
    headers = ["镇乡街道", *(label for _, label in MARKS), "合计"]
    return xlsx_response(f"{run.year}年度分型结果统计.xlsx", headers, rows)


@only(may_publish)
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: OfficerRequest, pk: int) -> HttpResponse:
    """Asks once more with the figures, then publishes."""
    run, refusal = _finished(request, pk), None
    if request.method == "POST":
        try:
            publish_run(run=run, by=request.user)
            return redirect("officer:run", run.pk)
        except Refusal as refused:
            refusal = refused
    total = overview.altogether(overview.by_town(run))
    figures = [(label, total.counts[mark]) for mark, label in MARKS]
    context = {"run": run, "figures": figures, "total": total.total, "refusal": refusal}
    return render(request, "officer/publish.html", context, status=409 if refusal else 200)


@only(may_read_results)
@require_safe
def results(request: OfficerRequest, pk: int) -> HttpResponse:
    """The run's results, narrowed by tier, town and name."""
    run = _finished(request, pk)
    asked = _asked(request)
    page = Paginator(overview.results(run, **asked), RESULTS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "run": run,
        "asked": asked,
        "rows": [(result, overview.LABELS[result.tier or overview.PENDING]) for result in page],
        "found": page.paginator.count,
        "marks": MARKS,
        "towns": [tally.town for tally in overview.by_town(run) if tally.town != overview.NO_TOWN],
        "query": request.GET.urlencode(),
        "pages": pages_around(request, page),
    }
    return render(request, "officer/results.html", context)


@only(may_read_results)
@require_safe
def results_xlsx(request: OfficerRequest, pk: int) -> FileResponse:
    """The narrowed results as a table."""
    run = _finished(request, pk)
    rows = (
        [r.uscc, *overview.name_and_town(r), overview.LABELS[r.tier or overview.PENDING], _possible(r.possible)]
        for r in overview.results(run, **_asked(request)).iterator()
    )
    headers = ["统一社会信用代码", "名称", "镇乡街道", "分型结果", "尚不能排除的结果"]
    return xlsx_response(f"{run.year}年度分型结果.xlsx", headers, rows)


def _form(request: OfficerRequest) -> RunForm:
    """The form, with trials alone for those who may not start the year's determination."""
    today = clock.today()
    form = RunForm(posted(request), initial={"year": today.year, "basis_date": date(today.year, 7, 1)})
    if not may_start_main_run(request.user, request.jurisdiction):
        form.only_trials()
    return form


def _may_cancel(request: OfficerRequest, run: Run) -> bool:
    question = may_start_main_run if run.kind == Run.Kind.MAIN else may_start_run
    return question(request.user, request.jurisdiction)


def _caveats(found: tuple[Precondition, ...]) -> list[str]:
    return [one.text for one in found if one.source and one.standing is Standing.WARNING]


def _finished(request: OfficerRequest, pk: int) -> Run:
    run = get_object_or_404(Run.objects.of(request.jurisdiction), pk=pk)
    if not run.has_results:
        raise Http404
    return run


def _asked(request: OfficerRequest) -> dict[str, str]:
    return {
        "mark": request.GET.get("mark", ""),
        "town": request.GET.get("town", ""),
        "q": request.GET.get("q", "")[:100],
    }


def _possible(keys: list[str]) -> str:
    return "、".join(overview.LABELS[key] for key in keys) if len(keys) > 1 else ""


def _chart(tallies: list[overview.Tally]) -> Any:
    return stacked_bars([(t.town, [(mark, label, t.counts[mark]) for mark, label in MARKS]) for t in tallies])
