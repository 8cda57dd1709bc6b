"""取消和撤销: which cases wait for whom, one case with its steps, and each step's own page."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.disclosure import disclosed, reader_of
from jieti.accounts.perms import is_officer
from jieti.directory.titles import follow_titles
from jieti.domain.workflows.table import SYSTEM, Step
from jieti.kit import clock, evidence
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.recognitions import ending
from jieti.recognitions.desk import ENDINGS
from jieti.recognitions.end_letters import remedies
from jieti.recognitions.models import Ending, EndingStep
from jieti.recognitions.models.aftercare import EndingQuerySet
from jieti.recognitions.title_evidence import evidence_of
from jieti.web.access import OfficerRequest, Posted, only, posted
from jieti.web.titling import case_standing, step_rows

REASON = "办理终止认定"
FACTS, STATEMENT = "recognitions.Ending.facts", "recognitions.Ending.statement"
FILE = "recognitions.Attachment.name"
HEADERS = ["编号", "个体工商户", "统一社会信用代码", "事由", "认定编号", "状态", "提出日期", "期限", "逾期"]
OWNERS = frozenset({"state", "waive", "supply_evidence"})
REASONS = {
    "ask_evidence": "需要说明什么、补充什么材料",
    "propose": "查明的事实和处理意见",
    "propose_dropping": "查明的事实和不予终止的意见",
    "notify": "告知的拟处理意见、事实和依据",
    "send_back": "需要重新核查什么",
    "decide": "决定的理由（写入决定书）",
    "drop": "不予终止的理由",
}


class StepForm(forms.Form):
    """The version that the page shows, and why."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, case: Ending, step: Step, data: Posted) -> None:
        super().__init__(data, initial={"version": case.version})
        if step.needs_reason:
            label = REASONS.get(step.key, "理由")
            self.fields["reason"] = forms.CharField(
                label=label,
                help_text="经营者会看到。",
                max_length=2_000,
                widget=forms.Textarea(attrs={"rows": 6}),
                error_messages={"required": f"请填写“{label}”。"},
            )


@only(is_officer)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The cases of the jurisdiction, open ones by what is due."""
    show = "closed" if request.GET.get("show") == "closed" else "open"
    found = _cases(request)
    tabs = [("open", "在办", found.open().count()), ("closed", "已办结", found.filter(closed_on__isnull=False).count())]
    listed = found.open().order_by("due_earliest", "pk") if show == "open" else found.filter(closed_on__isnull=False)
    rows = [(one, case_standing(one, ENDINGS.workflow(one)), _offers(request, one)) for one in listed]
    return render(request, "officer/endings.html", {"tabs": tabs, "chosen": show, "rows": rows})


@only(is_officer)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table, all of them."""
    return xlsx_response("取消和撤销认定.xlsx", HEADERS, [_cells(one) for one in _cases(request).order_by("pk")])


@only(is_officer)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One case."""
    return _page(request, _own(request, pk))


@only(is_officer)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: OfficerRequest, pk: int, key: str) -> HttpResponse:
    """Takes one step: a step that cannot be taken now says so."""
    case = _own(request, pk)
    row = _row(case, key)
    form, refusal = StepForm(case, row, posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            given = form.cleaned_data
            ending.take(by=request.user, case=case, step=key, version=given["version"], reason=given.get("reason", ""))
            follow_titles(by=request.user)
            return redirect("officer:ending", case.pk)
        except Refusal as refused:
            refusal = refused
    if request.method != "POST" and row not in ENDINGS.offers(case, by=request.user):
        role = ENDINGS.workflow(case).role_labels[row.role]
        not_now = Refusal(f"现在不能办理“{row.label}”。", what_to_do=f"请看清现在的状态；这一步由{role}办理。")
        return _page(request, case, refusal=not_now)
    context = {
        "case": case,
        "step": row,
        "form": form,
        "refusal": refusal,
        "remedies": remedies(case.recognition) if key == "decide" else "",
    }
    return render(request, "officer/ending_step.html", context, status=409 if refusal else 422 if form.errors else 200)


@only(is_officer)
@require_safe
def file(request: OfficerRequest, pk: int, number: int) -> HttpResponseBase:
    """One piece of what the proprietor handed in; that it was read is recorded."""
    case = _own(request, pk)
    one = get_object_or_404(evidence_of(case), pk=number)
    reader = reader_of(request.user, request.jurisdiction)
    shown = disclosed(reader, {FILE: one.name}, business=case.recognition.business_id, reason=REASON)
    if shown[FILE].is_withheld:
        raise PermissionDenied
    return evidence.response_of(one.stored_as, name=one.name, kind=one.kind)


def _cases(request: OfficerRequest) -> EndingQuerySet:
    return Ending.objects.of(request.jurisdiction).select_related("recognition__business", "recognition__jurisdiction")


def _own(request: OfficerRequest, pk: int) -> Ending:
    return get_object_or_404(_cases(request).select_related("recognition__application", "finding"), pk=pk)


def _row(case: Ending, key: str) -> Step:
    rows = ENDINGS.workflow(case).steps
    row = next((one for one in rows if one.key == key and not one.opens and one.role != SYSTEM), None)
    if row is None or key in OWNERS:
        raise Http404
    return row


def _page(request: OfficerRequest, case: Ending, *, refusal: Refusal | None = None) -> HttpResponse:
    reader = reader_of(request.user, request.jurisdiction)
    values: dict[str, object] = {FACTS: case.facts, STATEMENT: case.statement}
    shown = disclosed(reader, values, business=case.recognition.business_id, reason=REASON)
    is_open_to_reader = not shown[FACTS].is_withheld
    table = ENDINGS.workflow(case)
    steps = EndingStep.objects.filter(case=case).select_related("by")
    context = {
        "case": case,
        "standing": case_standing(case, table),
        "facts": shown[FACTS],
        "statement": shown[STATEMENT],
        "evidence": evidence_of(case) if is_open_to_reader else (),
        "steps": step_rows(steps, table) if is_open_to_reader else (),
        "offered": [row for row in ENDINGS.offers(case, by=request.user) if row.key not in OWNERS],
        "is_recorded": any(one.is_recorded for one in shown.values()),
        "refusal": refusal,
    }
    return render(request, "officer/ending.html", context, status=409 if refusal else 200)


def _offers(request: OfficerRequest, case: Ending) -> tuple[str, ...]:
    return tuple(row.label for row in ENDINGS.offers(case, by=request.user))


def _cells(case: Ending) -> list[object]:
    one = case.recognition
    standing = case_standing(case, ENDINGS.workflow(case))
    late = case.is_late(clock.today()) is True
    return [
        case.pk,
        one.business.name,
        one.business_id,
        case.get_kind_display(),
        one.number,
        standing.label,
        case.opened_on,
        case.due_text,
        late,
    ]
