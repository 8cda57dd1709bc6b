"""名录纠错: what readers of the directory say is wrong, and the answers."""

from django import forms
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.disclosure import disclosed, reader_of
from jieti.accounts.perms import may_answer_reports
from jieti.directory.models import ErrorReport
from jieti.directory.reporting import answer_report, is_overdue, with_deadlines
from jieti.domain.deadlines import Deadline
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, only, posted

RIGHT, WRONG = "right", "wrong"
HEADERS = ["编号", "个体工商户", "统一社会信用代码", "反映的问题", "提出时间", "答复期限", "状态", "核实情况"]
ITEMS = {"reporter": "directory.ErrorReport.reporter", "contact": "directory.ErrorReport.contact"}


class AnswerForm(forms.Form):
    """What was found."""

    decision = forms.ChoiceField(
        label="核实结果",
        choices=[(RIGHT, "属实，已转请提供数据的单位更正"), (WRONG, "核实无误，不需要更正")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择核实结果。"},
    )
    answer = forms.CharField(
        label="核实情况",
        help_text="写明核实的情况、依据，以及怎样告知了反映人。",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "请填写核实情况。"},
    )


@only(may_answer_reports)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Those that wait first, then the answered ones."""
    rows = _own(request)
    waiting = [_line(one, due) for one, due in rows if one.status == ErrorReport.Status.OPEN]
    done = [_line(one, due) for one, due in rows if one.status != ErrorReport.Status.OPEN]
    return render(request, "officer/reports.html", {"waiting": waiting, "done": done})


@only(may_answer_reports)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table, without who reported."""
    rows = (
        [one.pk, one.name, one.uscc, one.claim, one.created_at, due.text, one.get_status_display(), one.answer]
        for one, due in _own(request)
    )
    return xlsx_response("名录纠错.xlsx", HEADERS, rows)


@only(may_answer_reports)
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One report with who made it, which is recorded as read; and its answer."""
    report = get_object_or_404(ErrorReport.objects.of(request.jurisdiction), pk=pk)
    form, refusal = AnswerForm(posted(request)), None
    if form.is_valid():
        try:
            answered = form.cleaned_data
            answer_report(
                by=request.user, report=report, is_right=answered["decision"] == RIGHT, answer=answered["answer"]
            )
            return redirect("officer:report", report.pk)
        except Refusal as refused:
            refusal = refused
    ((_, due),) = with_deadlines([report])
    values = {ITEMS["reporter"]: report.reporter, ITEMS["contact"]: report.contact}
    shown = disclosed(
        reader_of(request.user, request.jurisdiction), values, business=report.uscc, reason="办理名录纠错"
    )
    context = {
        "report": report,
        "reporter": shown[ITEMS["reporter"]],
        "contact": shown[ITEMS["contact"]],
        "due": due,
        "overdue": is_overdue(report, due),
        "form": form,
        "refusal": refusal,
        "may_answer": report.status == ErrorReport.Status.OPEN,
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "officer/reports_one.html", context, status=status)


def _own(request: OfficerRequest) -> list[tuple[ErrorReport, Deadline]]:
    return with_deadlines(list(ErrorReport.objects.of(request.jurisdiction)))


def _line(report: ErrorReport, due: Deadline) -> dict[str, object]:
    return {"report": report, "due": due, "overdue": is_overdue(report, due)}
