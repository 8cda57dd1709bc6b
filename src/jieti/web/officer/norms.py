"""The annual norm: proposed by one officer, approved or refused by another."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.perms import is_officer, may_approve_norm, may_propose_norm
from jieti.determinations.models import NormStudy
from jieti.determinations.studies import keep_report
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.rulebooks.actions import approve_norm, propose_norm, refuse_norm
from jieti.rulebooks.catalogue import current_rulebook
from jieti.rulebooks.models import AnnualNorm
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.officer.forms import NormForm


@only(is_officer)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Every norm that was ever proposed, the newest first."""
    context = {
        "norms": AnnualNorm.objects.of(request.jurisdiction).select_related("proposed_by"),
        "may_propose": may_propose_norm(request.user, request.jurisdiction),
    }
    return render(request, "officer/norms.html", context)


@only(is_officer)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table, an amount a row."""
    rows = [
        [norm.year, norm.document_number, norm.is_sample, norm.status.label, label, value]
        for norm in AnnualNorm.objects.of(request.jurisdiction).select_related("proposed_by")
        for label, value in _amounts(request, norm)
    ]
    return xlsx_response("当年认定标准.xlsx", ["年度", "文号", "样例", "状态", "项目", "数额"], rows)


@only(may_propose_norm)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """Fill in, check the answers, propose."""
    study = _study(request)
    form = NormForm(current_rulebook(request.jurisdiction), posted(request), initial=_initial(request, study))
    step, refusal = request.POST.get("step", ""), None
    context = {"form": form, "study": study.pk if study else None}
    if request.method == "POST" and form.is_valid():
        if step == "check":
            return render(request, "officer/norm_check.html", context)
        if step == "propose":
            try:
                return redirect("officer:norm", _propose(request, form, study).pk)
            except Refusal as refused:
                refusal = refused
    status = 422 if form.errors or refusal else 200
    return render(request, "officer/norm_new.html", {**context, "refusal": refusal}, status=status)


@only(is_officer)
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One norm; somebody other than its proposer approves or refuses it here."""
    norm = get_object_or_404(AnnualNorm.objects.of(request.jurisdiction), pk=pk)
    own, waiting = norm.proposed_by_id == request.user.pk, norm.status == AnnualNorm.Status.WAITING
    refusal = None
    if request.method == "POST":
        if not own and not may_approve_norm(request.user, request.jurisdiction):
            raise PermissionDenied
        try:
            _decide(request, norm)
            return redirect("officer:norm", norm.pk)
        except Refusal as refused:
            refusal = refused
    context = {
        "norm": norm,
        "amounts": _amounts(request, norm),
        "study": NormStudy.objects.filter(norm=norm).first(),
        "refusal": refusal,
        "may_approve": waiting and not own and may_approve_norm(request.user, request.jurisdiction),
        "may_withdraw": waiting and own,
    }
    return render(request, "officer/norm.html", context, status=409 if refusal else 200)


def _study(request: OfficerRequest) -> NormStudy | None:
    """The study from which the norm is proposed, if there is one."""
    asked = request.POST.get("study") or request.GET.get("study") or ""
    if not asked.isascii() or not asked.isdigit():
        return None
    done = NormStudy.objects.of(request.jurisdiction).filter(status=NormStudy.Status.DONE)
    return done.filter(pk=int(asked)).first()


def _initial(request: OfficerRequest, study: NormStudy | None) -> dict[str, Any]:
    """The year, and the amounts of the scenario that was chosen."""
    if study is None:
        return {"year": clock.today().year}
    number = request.GET.get("scenario", "")
    chosen = [one["values"] for one in study.report["scenarios"] if str(one["number"]) == number]
    return {"year": study.year, **(chosen[0] if chosen else study.values)}


@transaction.atomic
def _propose(request: OfficerRequest, form: NormForm, study: NormStudy | None) -> AnnualNorm:
    norm = propose_norm(
        by=request.user,
        year=form.cleaned_data["year"],
        values=form.values,
        document_number=form.cleaned_data["document_number"],
        is_sample=form.cleaned_data["is_sample"],
        jurisdiction=request.jurisdiction,
    )
    if study is not None:
        keep_report(by=request.user, study=study, norm=norm)
    return norm


def _decide(request: OfficerRequest, norm: AnnualNorm) -> None:
    """Approval and refusal are the approver's; the proposer may only withdraw, which is refusing too."""
    if request.POST.get("decision") == "approve":
        approve_norm(norm=norm, by=request.user)
    else:
        refuse_norm(norm=norm, by=request.user, reason=request.POST.get("reason", "").strip())


def _amounts(request: OfficerRequest, norm: AnnualNorm) -> list[tuple[str, Any]]:
    values = norm.decimals
    parameters = (item for item in current_rulebook(request.jurisdiction).parameters.values() if item.annual_norm)
    return [(f"{item.label}（{item.unit}）", values.get(item.key)) for item in parameters]
