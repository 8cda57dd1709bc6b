"""到期评估: which titles are in their last year, three years' figures, criteria A–D, the decision."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.disclosure import Shown, disclosed, reader_of
from jieti.accounts.models import Organisation
from jieti.accounts.perms import is_city_officer, is_officer, may_see_recognitions
from jieti.domain.workflows.table import SYSTEM, Step
from jieti.kit import evidence
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.recognitions import extending
from jieti.recognitions.desk import EXTENSIONS
from jieti.recognitions.models import Extension, ExtensionStep
from jieti.recognitions.models.aftercare import ExtensionQuerySet
from jieti.recognitions.title_evidence import evidence_of
from jieti.web.access import OfficerRequest, Posted, only, posted
from jieti.web.series import charts_of, rows_of
from jieti.web.titling import Standing, case_standing, step_rows

REASON = "办理到期评估"
SERIES, SCREENING = "recognitions.Extension.series", "recognitions.Extension.screening"
OPINION, FILE = "recognitions.Extension.opinion", "recognitions.Attachment.name"
HEADERS = ["编号", "个体工商户", "统一社会信用代码", "认定编号", "途径", "状态", "原末日", "新末日"]
OWNERS = frozenset({"supply_evidence"})
REASONS = {
    "give_opinion": "推荐部门意见",
    "stop_asking": "为什么不再等待",
    "ask_evidence": "需要补充什么材料、用来证明什么",
    "end_waiting": "为什么不再等待",
    "conclude": "评估意见",
    "send_back": "需要重新评估什么",
    "extend": "延期的理由",
    "decline": "不予延期的理由",
}
YES_NO = (("true", "同意延期"), ("false", "不同意延期"))


class StepForm(forms.Form):
    """The version that the page shows, and what the step asks."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, case: Extension, step: Step, data: Posted) -> None:
        super().__init__(data, initial={"version": case.version})
        if step.key == "conclude":
            self.fields["grown"] = forms.IntegerField(
                label="三项指标中3年内有明显增长的项数",
                required=False,
                min_value=0,
                max_value=3,
                help_text="销售额或者营业收入、缴税、吸纳就业，0至3。文件没有写明增长多少算明显，由您对照上面的指标判断；判断不了的留空。",
                widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "short"}),
            )
            self.fields["note"] = _text("这样判断的理由")
        if step.key == "give_opinion":
            self.fields["agrees"] = forms.ChoiceField(
                label="是否同意延期",
                choices=YES_NO,
                widget=forms.RadioSelect,
                error_messages={"required": "请选择是否同意。"},
            )
        if step.needs_reason:
            self.fields["reason"] = _text(REASONS.get(step.key, "理由"))


@only(may_see_recognitions)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The evaluations that the reader may see."""
    show = "closed" if request.GET.get("show") == "closed" else "open"
    found = visible(request)
    closed = found.filter(closed_on__isnull=False)
    tabs = [("open", "在办", found.open().count()), ("closed", "已办结", closed.count())]
    listed = found.open().order_by("due_earliest", "pk") if show == "open" else closed
    rows = [(one, _standing(one), [row.label for row in EXTENSIONS.offers(one, by=request.user)]) for one in listed]
    here = is_officer(request.user, request.jurisdiction)
    context = {"tabs": tabs, "chosen": show, "rows": rows, "is_officer": here}
    return render(request, "officer/evaluations.html", context)


@only(may_see_recognitions)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table, all of them."""
    rows = [
        [
            one.pk,
            one.recognition.business.name,
            one.recognition.business_id,
            one.recognition.number,
            one.recognition.get_path_display(),
            _standing(one).label,
            one.old_last_day,
            one.new_last_day,
        ]
        for one in visible(request).order_by("pk")
    ]
    return xlsx_response("到期评估.xlsx", HEADERS, rows)


@only(may_see_recognitions)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One evaluation."""
    return _page(request, own(request, pk))


@only(may_see_recognitions)
@require_safe
def series_xlsx(request: OfficerRequest, pk: int) -> FileResponse:
    """The figures as a table; that they were read is recorded."""
    case = own(request, pk)
    shown = _shown(request, case)
    if shown[SERIES].is_withheld:
        raise PermissionDenied
    headers = ["年度", "销售额或者营业收入（元）", "缴税（元）", "参保人数", "分型"]
    rows = [[row.year, *row.numbers, row.tier] for row in rows_of(case.series)]
    return xlsx_response(f"三年指标{case.pk}.xlsx", headers, rows)


@only(may_see_recognitions)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: OfficerRequest, pk: int, key: str) -> HttpResponse:
    """Takes one step: a step that cannot be taken now says so."""
    case = own(request, pk)
    row = next((one for one in EXTENSIONS.workflow(case).steps if one.key == key and not one.opens), None)
    if row is None or row.role == SYSTEM or key in OWNERS:
        raise Http404
    form, refusal = StepForm(case, row, posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            _deed(request, case, key, form.cleaned_data)
            return redirect("officer:evaluation", case.pk)
        except Refusal as refused:
            refusal = refused
    if request.method != "POST" and row not in EXTENSIONS.offers(case, by=request.user):
        role = EXTENSIONS.workflow(case).role_labels[row.role]
        not_now = Refusal(f"现在不能办理“{row.label}”。", what_to_do=f"请看清现在的状态；这一步由{role}办理。")
        return _page(request, case, refusal=not_now)
    sees = not _shown(request, case)[SERIES].is_withheld
    context = {
        "case": case,
        "step": row,
        "form": form,
        "refusal": refusal,
        "series": rows_of(case.series) if sees else [],
        "charts": charts_of(case.series) if sees else [],
        "new_last_day": extending.new_last_day(case.recognition) if key == "extend" else None,
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "officer/evaluation_step.html", context, status=status)


@only(may_see_recognitions)
@require_safe
def file(request: OfficerRequest, pk: int, number: int) -> HttpResponseBase:
    """One piece of what the proprietor handed in; that it was read is recorded."""
    case = own(request, pk)
    one = get_object_or_404(evidence_of(case), pk=number)
    reader = reader_of(request.user, request.jurisdiction)
    shown = disclosed(reader, {FILE: one.name}, business=case.recognition.business_id, reason=REASON)
    if shown[FILE].is_withheld:
        raise PermissionDenied
    return evidence.response_of(one.stored_as, name=one.name, kind=one.kind)


def visible(request: OfficerRequest) -> ExtensionQuerySet:
    """The regulator's members and city officers see all; a department those of titles that it recommended."""
    found = Extension.objects.of(request.jurisdiction).select_related(
        "recognition__business", "recognition__jurisdiction", "recognition__application__nomination__nominator"
    )
    if is_officer(request.user, request.jurisdiction) or is_city_officer(request.user, request.jurisdiction):
        return found
    bodies = Organisation.objects.worked_for_by(request.user)
    return found.filter(recognition__application__nomination__nominator__in=bodies)


def own(request: OfficerRequest, pk: int) -> Extension:
    """An evaluation that the reader may see; any other is not found."""
    return get_object_or_404(visible(request), pk=pk)


def _is_fitting(case: Extension, row: Step) -> bool:
    """A title that nobody recommended has nobody to be asked."""
    return row.key not in OWNERS and (row.key != "ask_recommender" or extending.has_recommender(case.recognition))


def _deed(request: OfficerRequest, case: Extension, key: str, given: dict[str, object]) -> None:
    version, reason = int(str(given["version"])), str(given.get("reason", ""))
    if key == extending.CONCLUDED:
        grown = given.get("grown")
        judgment = extending.Judgment(None if grown is None else int(str(grown)), str(given["note"]))
        extending.conclude(by=request.user, case=case, version=version, judgment=judgment, reason=reason)
    elif key == "extend":
        extending.extend(by=request.user, case=case, version=version, reason=reason)
    else:
        agrees = {"true": True, "false": False}.get(str(given.get("agrees", "")))
        extending.take(by=request.user, case=case, step=key, version=version, reason=reason, agrees=agrees)


def _page(request: OfficerRequest, case: Extension, *, refusal: Refusal | None = None) -> HttpResponse:
    shown = _shown(request, case)
    sees = not shown[SERIES].is_withheld
    table = EXTENSIONS.workflow(case)
    context = {
        "case": case,
        "standing": _standing(case),
        "withheld": shown[SERIES] if not sees else None,
        "series": rows_of(case.series) if sees else [],
        "charts": charts_of(case.series) if sees else [],
        "screening": (case.screening or extending.screened(case, None)) if sees else {},
        "judged": case.judged if sees else {},
        "opinion": shown[OPINION],
        "evidence": evidence_of(case) if sees else (),
        "steps": step_rows(ExtensionStep.objects.filter(case=case).select_related("by"), table) if sees else (),
        "offered": [row for row in EXTENSIONS.offers(case, by=request.user) if _is_fitting(case, row)],
        "is_recorded": any(one.is_recorded for one in shown.values()),
        "refusal": refusal,
    }
    return render(request, "officer/evaluation.html", context, status=409 if refusal else 200)


def _shown(request: OfficerRequest, case: Extension) -> dict[str, Shown]:
    reader = reader_of(request.user, request.jurisdiction)
    values: dict[str, object] = {SERIES: case.series, SCREENING: case.screening, OPINION: case.opinion}
    return disclosed(reader, values, business=case.recognition.business_id, reason=REASON)


def _standing(case: Extension) -> Standing:
    return case_standing(case, EXTENSIONS.workflow(case))


def _text(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": f"请填写“{label}”。"},
    )
