"""The year's milestones: what is due when, whose it is, what is done, and who hears when it is late."""

from collections.abc import Mapping

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.perms import is_member, may_declare_milestones
from jieti.domain.milestones import MilestoneStatus
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.supervision.actions import declare_done, withdraw_declaration
from jieti.supervision.board import Line, board
from jieti.web.access import OfficerRequest, only, posted

TAGS: Mapping[MilestoneStatus, str] = {
    MilestoneStatus.UPCOMING: "",
    MilestoneStatus.OPEN: "doing",
    MilestoneStatus.DONE: "good",
    MilestoneStatus.OVERDUE: "bad",
}
YEARS_BACK = 3
HEADERS = ["节点", "开始", "截止", "牵头单位", "逾期提醒", "状态", "完成日期", "逾期天数", "依据", "说明"]
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class DoneForm(forms.Form):
    """Since when it is done, and by what it can be seen."""

    done_on = forms.DateField(
        label="完成日期",
        widget=DATE,
        error_messages={"required": "请填写完成日期。", "invalid": "请填写有效的日期，例如2026年7月1日。"},
    )
    note = forms.CharField(
        label="完成情况",
        help_text="写明做了什么，有文件的写明文号。",
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明完成情况。"},
    )


class WithdrawalForm(forms.Form):
    """Why a declaration was wrong."""

    reason = forms.CharField(
        label="撤回理由",
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明撤回的理由。"},
    )


@only(is_member)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The board of a year (`?year=`), by default this one."""
    year = _year(request)
    rows = [(line, TAGS[line.status]) for line in board(request.jurisdiction, year)]
    late = sum(line.status == MilestoneStatus.OVERDUE for line, _ in rows)
    context = {"rows": rows, "year": year, "years": _years(), "late": late}
    return render(request, "officer/milestones.html", context)


@only(is_member)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    year = _year(request)
    rows = (
        [
            line.milestone.title,
            line.milestone.opens,
            line.milestone.due,
            line.owner_label,
            "、".join(body.label for body in line.alarm),
            line.status.label,
            line.done_on,
            line.late,
            line.milestone.clause,
            line.declaration.note if line.declaration else "",
        ]
        for line in board(request.jurisdiction, year)
    )
    return xlsx_response(f"{year}年度工作节点.xlsx", HEADERS, rows)


@only(is_member)
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: OfficerRequest, year: int, key: str) -> HttpResponse:
    """One milestone with the people behind it; declares it done, or takes a declaration back."""
    line = _line(request, year, key)
    may_declare = may_declare_milestones(request.user, request.jurisdiction)
    if request.method == "POST" and not may_declare:
        raise PermissionDenied
    form = WithdrawalForm(posted(request)) if line.declaration else DoneForm(posted(request))
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            _write(request, line, form)
            return redirect("officer:milestone", year, key)
        except Refusal as refused:
            refusal = refused
    context = {
        "line": line,
        "tag": TAGS[line.status],
        "alarm": [(body, body.people()) for body in line.alarm],
        "form": form,
        "refusal": refusal,
        "may_declare": may_declare and not line.is_seen,
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "officer/milestone.html", context, status=status)


def _write(request: OfficerRequest, line: Line, form: forms.Form) -> None:
    if line.declaration:
        withdraw_declaration(by=request.user, done=line.declaration, reason=form.cleaned_data["reason"])
        messages.success(request, "已撤回登记。")
        return
    one = line.milestone
    declare_done(by=request.user, jurisdiction=request.jurisdiction, year=one.year, key=one.key, **form.cleaned_data)
    messages.success(request, "已登记为完成。")


def _line(request: OfficerRequest, year: int, key: str) -> Line:
    if year in _years():
        for line in board(request.jurisdiction, year):
            if line.milestone.key == key:
                return line
    raise Http404


def _years() -> range:
    this = clock.today().year
    return range(this - YEARS_BACK, this + 2)


def _year(request: OfficerRequest) -> int:
    asked = request.GET.get("year", "")
    return int(asked) if asked in {str(year) for year in _years()} else clock.today().year
