"""年度审核确认: which titles wait for it, what the data say of each, and what the reviewer finds."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.disclosure import disclosed, reader_of
from jieti.accounts.perms import is_officer, may_review_applications
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.recognitions import confirming
from jieti.recognitions.models import Confirmation, InformationReport, Recognition
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.officer.titles import own

REASON = "年度审核确认"
CHECKED, CONTENT = "recognitions.Confirmation.checked", "recognitions.InformationReport.content"
HEADERS = [
    "个体工商户",
    "统一社会信用代码",
    "所属镇街",
    "类别",
    "认定编号",
    "年度",
    "信息报告",
    "确认结果",
    "整改期限",
    "确认日期",
]


class ConfirmForm(forms.Form):
    """What the reviewer finds; the data only suggest."""

    outcome = forms.ChoiceField(
        label="确认结果",
        choices=Confirmation.Outcome.choices,
        widget=forms.RadioSelect,
        help_text="“不再符合”的，随即启动是否取消认定的核查。",
        error_messages={"required": "请选择确认结果。"},
    )
    note = forms.CharField(
        label="说明（限期整改、不再符合的必填）",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="经营者会看到。",
    )
    mend_by = forms.DateField(
        label="整改期限（限期整改的必填）",
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
        error_messages={"invalid": "请填写有效的日期。"},
    )


@only(is_officer)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """What waits this year, and what was confirmed."""
    year = clock.today().year
    waiting = [
        (one, _report(one, year), confirming.may_begin(one)) for one in confirming.waiting(request.jurisdiction, year)
    ]
    context = {"year": year, "waiting": waiting, "done": _done(request, year)}
    return render(request, "officer/confirmations.html", context)


@only(is_officer)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """Both as a table."""
    year = clock.today().year
    rows = [_cells(one, year, None) for one in confirming.waiting(request.jurisdiction, year)]
    rows += [_cells(one.recognition, year, one) for one in _done(request, year)]
    return xlsx_response(f"{year}年审核确认.xlsx", HEADERS, rows)


@only(is_officer)
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: OfficerRequest, pk: int) -> HttpResponse:
    """One title: what the data say, and the finding; of one that is mending, what became of it."""
    title = own(request, pk)
    year = clock.today().year
    mending = title.confirmations.filter(outcome=Confirmation.Outcome.CONDITIONAL).first()
    made = title.confirmations.filter(year=year).first()
    checked = confirming.precheck(title)
    form = ConfirmForm(posted(request), initial={"outcome": checked["suggests"]})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            _deed(request, title, mending, form)
            messages.success(request, "已记录确认结果，并通知经营者。")
            return redirect("officer:confirmations")
        except Refusal as refused:
            refusal = refused
    report = _report(title, year)
    reader = reader_of(request.user, request.jurisdiction)
    values: dict[str, object] = {CHECKED: checked, CONTENT: report.content if report else None}
    shown = disclosed(reader, values, business=title.business_id, reason=REASON)
    if shown[CHECKED].is_withheld:
        raise PermissionDenied
    context = {
        "title": title,
        "year": year,
        "checked": checked,
        "report": report,
        "made": made,
        "mending": mending,
        "form": form,
        "refusal": refusal,
        "may_confirm": may_review_applications(request.user, request.jurisdiction) and (mending or not made),
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "officer/confirmation.html", context, status=status)


def _deed(request: OfficerRequest, title: Recognition, mending: Confirmation | None, form: ConfirmForm) -> None:
    given = form.cleaned_data
    if mending is not None:
        confirming.settle(by=request.user, confirmation=mending, outcome=given["outcome"], note=given["note"])
        return
    confirming.confirm(
        by=request.user, recognition=title, outcome=given["outcome"], note=given["note"], mend_by=given["mend_by"]
    )


def _done(request: OfficerRequest, year: int) -> list[Confirmation]:
    found = Confirmation.objects.filter(recognition__jurisdiction=request.jurisdiction, year=year)
    return list(found.select_related("recognition__business", "by").order_by("-at"))


def _report(title: Recognition, year: int) -> InformationReport | None:
    return title.reports.filter(year=year).first()


def _cells(title: Recognition, year: int, made: Confirmation | None) -> list[object]:
    report = _report(title, year)
    return [
        title.business.name,
        title.business_id,
        title.business.town,
        title.get_category_display(),
        title.number,
        year,
        report.reported_on if report else None,
        made.get_outcome_display() if made else "待确认",
        made.mend_by if made else None,
        made.at.date() if made else None,
    ]
