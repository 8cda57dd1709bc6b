"""名特优新 in force: lists, one title with its course, what was found against it, yearly reports, the map's export."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.accounts.disclosure import Shown, disclosed, reader_of
from jieti.accounts.models import Organisation
from jieti.accounts.perms import (
    is_city_officer,
    is_officer,
    is_town_officer,
    may_review_applications,
    may_see_recognitions,
)
from jieti.kit import clock, evidence
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.recognitions import ending, showcasing
from jieti.recognitions.desk import ENDINGS
from jieti.recognitions.end_letters import ban_until
from jieti.recognitions.findings import settle_finding
from jieti.recognitions.models import CATEGORIES, Application, Ending, Recognition, WatchFinding
from jieti.recognitions.models.recognitions import RecognitionQuerySet
from jieti.recognitions.reporting import dues, late_list
from jieti.recognitions.tile_map import town_of
from jieti.recognitions.watching import labels_of
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.titling import course_of, dates_of, report_rows, standing_of

REASON = "名特优新认定的动态管理"
END_REASON, CHANGED = "recognitions.Recognition.end_reason", "recognitions.ProprietorChange.after"
CHECKED = "recognitions.ProprietorChange.rechecked"
SOON = datetime.timedelta(days=365)
HEADERS = [
    "个体工商户",
    "统一社会信用代码",
    "所属镇街",
    "类别",
    "途径",
    "认定编号",
    "认定日期",
    "有效期末日",
    "延期次数",
    "状态",
    "终止日期",
    "终止文号",
]
Narrowing = Callable[[RecognitionQuerySet], RecognitionQuerySet]
TABS: dict[str, tuple[str, Narrowing]] = {
    "live": ("有效", lambda found: found.live(clock.today())),
    "soon": ("一年内到期", lambda found: found.live(clock.today()).filter(last_day__lte=clock.today() + SOON)),
    "found": (
        "有监测发现",
        lambda found: found.unended().filter(watch_findings__settled_at=None, watch_findings__isnull=False).distinct(),
    ),
    "ended": ("已终止", lambda found: found.filter(ended_on__isnull=False)),
}
FIRST = "live"


class SettleForm(forms.Form):
    """What was found out about a finding that does not call for an end."""

    settlement = forms.CharField(
        label="核查情况",
        help_text="写明核查了什么、为什么认定不受影响。",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明核查情况。"},
    )


class OpenEndingForm(forms.Form):
    """Which end is inquired into, and why."""

    kind = forms.ChoiceField(
        label="核查什么",
        choices=Ending.Kind.choices,
        widget=forms.RadioSelect,
        help_text="撤销只用于自主申报中弄虚作假、行贿、隐瞒的，5年内不得再次申报；其他不再符合标准的办理取消，不影响再次申报。",
        error_messages={"required": "请选择。"},
    )
    reason = forms.CharField(
        label="发现的情况和来源",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "请写明发现的情况和来源。"},
    )


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding in words; `form` where the reader may settle it."""

    finding: WatchFinding
    label: str
    case: Ending | None


@only(may_see_recognitions)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The titles that the reader may see, by how they stand."""
    chosen = request.GET.get("show", FIRST)
    chosen = chosen if chosen in TABS else FIRST
    category = request.GET.get("category", "")
    found = _narrowed(request, category)
    context = {
        "tabs": [(key, label, narrow(found).count()) for key, (label, narrow) in TABS.items()],
        "chosen": chosen,
        "category": category,
        "categories": _categories(),
        "rows": [(one, standing_of(one)) for one in TABS[chosen][1](found).order_by("last_day", "number")],
        "is_officer": is_officer(request.user, request.jurisdiction),
    }
    return render(request, "officer/titles.html", context)


@only(may_see_recognitions)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table, all of them."""
    rows = [_cells(one) for one in _narrowed(request, request.GET.get("category", "")).order_by("number")]
    return xlsx_response("名特优新认定.xlsx", HEADERS, rows)


@only(may_see_recognitions)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One title with its course."""
    return page(request, own(request, pk))


@only(may_see_recognitions)
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: OfficerRequest, pk: int) -> HttpResponse:
    """Opens an inquiry into an end of the title."""
    one = own(request, pk)
    form, refusal = OpenEndingForm(posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            given = form.cleaned_data
            case = ending.open_case(by=request.user, recognition=one, kind=given["kind"], reason=given["reason"])
            return redirect("officer:ending", case.pk)
        except Refusal as refused:
            refusal = refused
    context = {"title": one, "form": form, "refusal": refusal}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "officer/title_end.html", context, status=status)


@only(may_see_recognitions)
@require_POST
def settle(request: OfficerRequest, pk: int, finding: int) -> HttpResponse:
    """Settles a finding that calls for no end."""
    one = own(request, pk)
    form = SettleForm(request.POST)
    found = get_object_or_404(one.watch_findings, pk=finding)
    if not form.is_valid():
        return page(
            request, one, refusal=Refusal("没有写明核查情况。", what_to_do="请写明核查了什么、为什么认定不受影响。")
        )
    try:
        settle_finding(by=request.user, finding=found, settlement=form.cleaned_data["settlement"])
    except Refusal as refused:
        return page(request, one, refusal=refused)
    messages.success(request, "已记录核查情况。")
    return redirect("officer:title", one.pk)


@only(may_see_recognitions)
@require_safe
def letter(request: OfficerRequest, pk: int) -> HttpResponseBase:
    """The document by which the title ended."""
    one = own(request, pk)
    shown = _shown(request, one, {END_REASON: one.end_reason})
    if not one.end_path or shown[END_REASON].is_withheld:
        raise Http404
    return evidence.response_of(one.end_path, name=f"终止认定文书{one.pk}.pdf", kind=evidence.PDF)


@only(is_officer)
@require_safe
def reports(request: OfficerRequest) -> HttpResponse:
    """The information reports of a year: which came, which are late."""
    year = _year(request)
    listed, today = dues(request.jurisdiction, year), clock.today()
    rows = [(due, due.is_late(today)) for due in listed]
    context = {"year": year, "rows": rows, "late": len(late_list(request.jurisdiction, year)), "years": _years()}
    return render(request, "officer/title_reports.html", context)


@only(is_officer)
@require_safe
def reports_xlsx(request: OfficerRequest) -> FileResponse:
    """The late ones as a table; with `all=1` every one."""
    year, today = _year(request), clock.today()
    listed = dues(request.jurisdiction, year) if request.GET.get("all") else late_list(request.jurisdiction, year)
    headers = ["个体工商户", "统一社会信用代码", "所属镇街", "类别", "认定编号", "报送期限", "报送日期", "逾期"]
    rows = [
        [
            due.recognition.business.name,
            due.recognition.business_id,
            due.recognition.business.town,
            due.recognition.get_category_display(),
            due.recognition.number,
            due.due_on,
            due.report.reported_on if due.report else None,
            due.is_late(today),
        ]
        for due in listed
    ]
    return xlsx_response(f"{year}年信息报告.xlsx", headers, rows)


@only(is_officer)
@require_safe
def map_xlsx(request: OfficerRequest) -> FileResponse:
    """What 怀柔全域旅游数字地图 takes, as a table: the consented only."""
    headers = [
        "统一社会信用代码",
        "名称",
        "类别",
        "所属镇街",
        "经营故事",
        "传承代数",
        "有照片",
        "认定编号",
        "有效期末日",
        "同意展示日期",
    ]
    keys = ("uscc", "name", "category", "town", "story", "lineage", "photo", "number", "last_day", "consented_on")
    rows = [[_flat(point[key]) for key in keys] for point in showcasing.points(request.jurisdiction)]
    return xlsx_response("全域旅游数字地图点位.xlsx", headers, rows)


@only(is_officer)
@require_safe
def map_json(request: OfficerRequest) -> JsonResponse:
    """The same as JSON."""
    body = {"jurisdiction": request.jurisdiction.code, "points": showcasing.points(request.jurisdiction)}
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False, "indent": 2})


def visible(request: OfficerRequest) -> RecognitionQuerySet:
    """Members of the regulator and city officers see all of the jurisdiction; towns and departments their own."""
    found = Recognition.objects.of(request.jurisdiction).select_related("business", "jurisdiction")
    user, home = request.user, request.jurisdiction
    if is_officer(user, home) or is_city_officer(user, home):
        return found
    bodies = Organisation.objects.worked_for_by(user)
    mine = Q(application__nomination__nominator__in=bodies)
    if is_town_officer(user, home):
        names = {town_of(one.name) for one in bodies.filter(jurisdiction=home)}
        mine |= Q(business__town__in=names)
    return found.filter(mine)


def own(request: OfficerRequest, pk: int) -> Recognition:
    """A title that the reader may see; any other is not found."""
    return get_object_or_404(visible(request).select_related("application__nomination__nominator"), pk=pk)


def page(request: OfficerRequest, one: Recognition, *, refusal: Refusal | None = None) -> HttpResponse:
    """The page of one title, with why something was refused."""
    changes = list(one.proprietor_changes.all())
    protected: dict[str, object] = {END_REASON: one.end_reason}
    if changes:
        protected |= {CHANGED: changes[0].after, CHECKED: changes[0].rechecked}
    shown = _shown(request, one, protected)
    sees_changes = bool(changes) and not shown[CHECKED].is_withheld
    context = {
        "title": one,
        "standing": standing_of(one),
        "dates": dates_of(one),
        "end_reason": shown[END_REASON],
        "ban_until": ban_until(one),
        "findings": _finding_rows(one),
        "reports": report_rows(one),
        "confirmations": one.confirmations.select_related("by"),
        "changes": changes if sees_changes else [],
        "endings": [(case, ENDINGS.workflow(case).states[case.state].label) for case in one.endings.all()],
        "evaluations": one.evaluations.all(),
        "course": course_of(one),
        "is_shown": showcasing.shown(request.jurisdiction).filter(recognition=one).exists(),
        "may_review": may_review_applications(request.user, request.jurisdiction),
        "may_revoke": one.path == Application.Path.SELF,
        "is_live": one.is_live(clock.today()),
        "is_recorded": any(item.is_recorded for item in shown.values()),
        "settle_form": SettleForm(),
        "refusal": refusal,
    }
    return render(request, "officer/title.html", context, status=409 if refusal else 200)


def _shown(request: OfficerRequest, one: Recognition, values: dict[str, object]) -> dict[str, Shown]:
    reader = reader_of(request.user, request.jurisdiction)
    return disclosed(reader, values, business=one.business_id, reason=REASON)


def _finding_rows(one: Recognition) -> list[FindingRow]:
    labels = labels_of(one.jurisdiction)
    return [
        FindingRow(finding, labels.get(finding.rule, finding.rule), finding.endings.first())
        for finding in one.watch_findings.select_related("delivery", "settled_by")
    ]


def _narrowed(request: OfficerRequest, category: str) -> RecognitionQuerySet:
    found = visible(request)
    return found.filter(category=category) if category else found


def _categories() -> list[tuple[str, str, str]]:
    """Each category with its label and where its titles are listed."""
    here = reverse("officer:titles")
    return [(key, label, f"{here}?category={key}") for key, label in CATEGORIES]


def _cells(one: Recognition) -> list[object]:
    return [
        one.business.name,
        one.business_id,
        one.business.town,
        one.get_category_display(),
        one.get_path_display(),
        one.number,
        one.recognised_on,
        one.last_day,
        one.extensions,
        standing_of(one).label,
        one.ended_on,
        one.end_number,
    ]


def _flat(value: object) -> object:
    return len(value) if isinstance(value, list) else value


def _years() -> list[int]:
    return [clock.today().year - back for back in range(4)]


def _year(request: OfficerRequest) -> int:
    asked = request.GET.get("year", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else clock.today().year
