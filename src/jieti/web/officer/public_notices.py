"""公示: who is proposed, the notices and their days, what the public objects and what is found of it."""

from django import forms
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.accounts.perms import may_accept_applications, may_decide_recognitions
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.recognitions import noticing
from jieti.recognitions.models import NoticeObjection, PublicNotice
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.officer.selecting import cases_of, shown, state_of, tag_of, the_campaign, works_on_cases

HEADERS = ["年度", "批次", "开始", "截止（含）", "个体工商户", "统一社会信用代码", "类别", "状态", "异议（件）"]
OBJECTION = "recognitions.NoticeObjection."


class AnswerForm(forms.Form):
    """What was found of an objection, and why."""

    finding = forms.ChoiceField(
        label="异议是否成立",
        choices=NoticeObjection.Finding.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择异议是否成立。"},
    )
    answer = forms.CharField(
        label="核实的情况和依据",
        help_text="会告知提出异议的人。",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "请写明核实的情况和依据。"},
    )


@only(works_on_cases)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Every notice of the jurisdiction, the newest first, and who waits for one."""
    notices = _notices(request).prefetch_related("applications", "objections")
    context = {
        "notices": [(one, _standing(one)) for one in notices],
        "proposed": cases_of(request).filter(state="proposed").count(),
        "may_publish": may_decide_recognitions(request.user, request.jurisdiction),
    }
    return render(request, "officer/public_notices.html", context)


@only(works_on_cases)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table, a business a row."""
    rows = [
        [
            notice.campaign.year,
            notice.number,
            notice.opens_on,
            notice.closes_on,
            one.business.name,
            one.business_id,
            one.get_decided_category_display(),
            state_of(one),
            one.notice_objections.count(),
        ]
        for notice in _notices(request)
        for one in notice.applications.select_related("business").order_by("pk")
    ]
    return xlsx_response("公示.xlsx", HEADERS, rows)


@only(may_decide_recognitions)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """Chooses who is put before the public, and shows until when."""
    campaign = the_campaign(request)
    proposed = cases_of(request).filter(campaign=campaign, state="proposed").order_by("decided_category", "pk")
    refusal = None
    if request.method == "POST":
        versions = {int(pk): version for pk, _, version in (one.partition(":") for one in request.POST.getlist("case"))}
        chosen = [one for one in proposed if versions.get(one.pk) == str(one.version)]
        try:
            made = noticing.publish_notice(by=request.user, campaign=campaign, applications=chosen)
            return redirect("officer:public-notice", made.pk)
        except Refusal as refused:
            refusal = refused
    context = {
        "campaign": campaign,
        "proposed": proposed,
        "period": noticing.period_of(campaign),
        "today": clock.today(),
        "refusal": refusal,
    }
    return render(request, "officer/public_notice_new.html", context, status=409 if refusal else 200)


@only(works_on_cases)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One notice: who stands in it, and every objection."""
    return _page(request, _one(request, pk))


@only(may_accept_applications)
@require_POST
def close(request: OfficerRequest, pk: int) -> HttpResponse:
    """Ends a notice whose last day is over."""
    notice = _one(request, pk)
    try:
        noticing.close_notice(by=request.user, notice=notice)
    except Refusal as refused:
        return _page(request, notice, refusal=refused)
    return redirect("officer:public-notice", pk)


@only(may_accept_applications)
@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: OfficerRequest, pk: int) -> HttpResponse:
    """One objection: who, what, and what was found of it."""
    found = NoticeObjection.objects.filter(notice__campaign__jurisdiction=request.jurisdiction)
    one = get_object_or_404(found.select_related("notice__campaign", "application__business"), pk=pk)
    form, refusal = AnswerForm(posted(request)), None
    if form.is_valid():
        try:
            noticing.answer_objection(by=request.user, objection=one, **form.cleaned_data)
            return redirect("officer:public-notice", one.notice_id)
        except Refusal as refused:
            refusal = refused
    names = ("name", "contact", "statement", "answer")
    values = {f"{OBJECTION}{name}": getattr(one, name) for name in names}
    context = {
        "one": one,
        "shown": shown(request, one.application.business_id, values),
        "form": form,
        "refusal": refusal,
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "officer/notice_objection.html", context, status=status)


def _page(request: OfficerRequest, notice: PublicNotice, *, refusal: Refusal | None = None) -> HttpResponse:
    cases = notice.applications.select_related("business", "campaign__jurisdiction").order_by("decided_category", "pk")
    context = {
        "notice": notice,
        "standing": _standing(notice),
        "rows": [(one, state_of(one), tag_of(one)) for one in cases],
        "objections": notice.objections.select_related("application__business", "handled_by"),
        "may_close": may_accept_applications(request.user, request.jurisdiction) and _waits_for_close(notice),
        "may_answer": may_accept_applications(request.user, request.jurisdiction),
        "refusal": refusal,
    }
    return render(request, "officer/public_notice.html", context, status=409 if refusal else 200)


def _standing(notice: PublicNotice) -> tuple[str, str]:
    if clock.today() <= notice.closes_on:
        return "公示中", "doing"
    return ("期满，待办理", "warn") if _waits_for_close(notice) else ("已期满", "")


def _waits_for_close(notice: PublicNotice) -> bool:
    return clock.today() > notice.closes_on and any(one.state == "noticed" for one in notice.applications.all())


def _notices(request: OfficerRequest) -> QuerySet[PublicNotice]:
    found = PublicNotice.objects.filter(campaign__jurisdiction=request.jurisdiction)
    return found.select_related("campaign__jurisdiction", "published_by")


def _one(request: OfficerRequest, pk: int) -> PublicNotice:
    return get_object_or_404(_notices(request), pk=pk)
