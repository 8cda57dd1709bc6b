"""名特优新: the applications of the year, by what waits, and one application with all that belongs to it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from jieti.accounts.disclosure import Shown
from jieti.accounts.models import CITY_REGULATOR, TOWN_KINDS, Organisation
from jieti.accounts.perms import (
    is_officer,
    may_decide_recognitions,
    may_review_applications,
    may_see_recognitions,
    may_visit_applicants,
)
from jieti.domain.terms import Category
from jieti.domain.workflows.recognition import RECOGNITION
from jieti.kit import clock, evidence
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.recognitions.campaigns import current_campaign, overdue
from jieti.recognitions.desk import course_of
from jieti.recognitions.interests import has_declared, has_tie
from jieti.recognitions.models import Application
from jieti.recognitions.models.applications import ApplicationQuerySet
from jieti.recognitions.reviewing import DECIDING_CATEGORY
from jieti.web.access import OfficerRequest, only
from jieti.web.officer.selecting import offers, shown, state_of, tag_of, works_on_cases
from jieti.web.paging import pages_around

INTRODUCTION, PREFERRED = "recognitions.Application.introduction", "recognitions.Application.preferred_category"
CATEGORY_REASON, RELAXATION = "recognitions.Application.category_reason", "recognitions.Application.relaxation_reason"
EXCEPTION, REASONS = "recognitions.Application.ban_exception_reason", "recognitions.ApplicationStep.reason"
FILE = "recognitions.Attachment.name"
HEADERS = [
    "编号",
    "个体工商户",
    "统一社会信用代码",
    "所属镇街",
    "年度",
    "途径",
    "推荐单位",
    "意向类别",
    "拟认定类别",
    "状态",
    "提出日期",
    "期限",
    "逾期",
]
INTAKE_STATES = ("submitted", "accepted", "reviewing", "waiting_for_evidence", "failed")
"""States in which an officer of the intake may have something to do."""
IN_REVIEW = ("accepted", "reviewing", "waiting_for_evidence", "failed")
SHOWN: dict[str, tuple[str, Callable[[ApplicationQuerySet], ApplicationQuerySet]]] = {
    "open": ("在办", lambda found: found.open().exclude(state="draft")),
    "new": ("待受理", lambda found: found.filter(state="submitted")),
    "review": (
        "审核中",
        lambda found: found.filter(state__in=("accepted", "reviewing", "waiting_for_evidence", "failed")),
    ),
    "visit": ("待走访", lambda found: found.filter(state="visiting")),
    "reviewed": ("审核完成", lambda found: found.filter(state__in=("reviewed", "comparing"))),
    "overdue": ("逾期", lambda found: found.overdue(clock.today())),
    "drafts": ("起草中", lambda found: found.filter(state="draft")),
    "closed": ("已办结", lambda found: found.filter(closed_on__isnull=False)),
}
FIRST, A_PAGE = "open", 50
CATEGORIES = [(one.value, one.label) for one in Category]


@dataclass(frozen=True, slots=True)
class Row:
    """An application of the list, and the steps that the reader may take."""

    one: Application
    state: str
    tag: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step that was taken, as its table names it."""

    label: str
    state: str
    role: str
    step: object


@only(may_see_recognitions)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The applications that the reader may see, narrowed as asked."""
    chosen = _chosen(request)
    found = _asked(request, visible(request))
    tabs = [(key, label, narrow(found).count()) for key, (label, narrow) in SHOWN.items()]
    listed = Paginator(SHOWN[chosen][1](found).order_by("due_earliest", "pk"), A_PAGE)
    page_of = listed.get_page(request.GET.get("page"))
    campaign = current_campaign(request.jurisdiction)
    context = {
        "rows": [_row(request, one) for one in page_of],
        "pages": pages_around(request, page_of),
        "tabs": tabs,
        "chosen": chosen,
        "campaign": campaign,
        "late": overdue(campaign).count() if campaign else 0,
        "query": _query(request),
        "asked": request.GET,
        "categories": CATEGORIES,
        "paths": Application.Path.choices,
        "towns": sorted(set(visible(request).values_list("business__town", flat=True))),
        "is_officer": is_officer(request.user, request.jurisdiction),
        "selects": works_on_cases(request.user, request.jurisdiction),
        "may_visit": may_visit_applicants(request.user, request.jurisdiction),
    }
    return render(request, "officer/applications.html", context)


@only(may_see_recognitions)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table, narrowed in the same way."""
    found = SHOWN[_chosen(request)][1](_asked(request, visible(request))) if request.GET else visible(request)
    return xlsx_response("名特优新申报.xlsx", HEADERS, (_cells(one) for one in found.order_by("pk")))


@only(may_see_recognitions)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One application."""
    return page(request, own(request, pk))


@only(may_see_recognitions)
@require_safe
def file(request: OfficerRequest, pk: int, number: int) -> HttpResponseBase:
    """One piece of the evidence; that it was read is recorded."""
    application = own(request, pk)
    one = get_object_or_404(application.attachments, pk=number)
    if any(each.is_withheld for each in shown(request, application.business_id, {FILE: one.name}).values()):
        raise PermissionDenied
    return evidence.response_of(one.stored_as, name=one.name, kind=one.kind)


def page(request: OfficerRequest, application: Application, *, refusal: Refusal | None = None) -> HttpResponse:
    """The page of one application, with why a step was refused."""
    from_reader = words_of(request, application)
    is_open = not from_reader["introduction"].is_withheld
    context = {
        "application": application,
        "state": state_of(application),
        "tag": tag_of(application),
        "words": from_reader,
        "files": application.attachments.all() if is_open else (),
        "steps": step_rows(application) if is_open else (),
        "offered": [one for one in offers(application, request) if one.key in OFFICERS_STEPS],
        "has_tie": has_tie(request.user, application),
        "has_declared": has_declared(request.user, application),
        "may_choose": application.state in DECIDING_CATEGORY,
        "may_review": may_review_applications(request.user, request.jurisdiction),
        "works_here": _works_here(request),
        "is_recorded": any(one.is_recorded for one in from_reader.values()),
        "refusal": refusal,
    }
    return render(request, "officer/application.html", context, status=409 if refusal else 200)


OFFICERS_STEPS = frozenset(
    {
        "accept",
        "turn_away",
        "review",
        "ask_evidence",
        "end_waiting",
        "pass_to_visit",
        "pass_review",
        "fail",
        "look_again",
        "refuse",
    }
)
"""The steps of the intake; those of the selection have pages of their own."""


def words_of(request: OfficerRequest, application: Application) -> dict[str, Shown]:
    """What people wrote in the case, as the reader gets it; that it was read is recorded."""
    values = {
        INTRODUCTION: application.introduction,
        PREFERRED: application.get_preferred_category_display(),
        CATEGORY_REASON: application.category_reason,
        RELAXATION: application.relaxation_reason,
        EXCEPTION: application.ban_exception_reason,
    }
    return shown(request, application.business_id, values)


def step_rows(application: Application) -> list[StepRow]:
    """Every step that was taken, the first first."""
    course = course_of(application)
    known = {one.key: one for one in (*course.steps, *RECOGNITION.steps)}
    return [
        StepRow(
            known[one.step].label,
            RECOGNITION.states[one.target].label,
            RECOGNITION.role_labels[known[one.step].role],
            one,
        )
        for one in application.steps.select_related("by")
    ]


def visible(request: OfficerRequest) -> ApplicationQuerySet:
    """Regulators' members see their jurisdiction's; towns those of the town; departments those they nominated."""
    found = Application.objects.of(request.jurisdiction).select_related(
        "business", "campaign__jurisdiction", "nomination__nominator"
    )
    if is_officer(request.user, request.jurisdiction):
        return found
    mine = list(Organisation.objects.worked_for_by(request.user))
    if any(one.key == CITY_REGULATOR for one in mine):
        return found
    towns = [name for one in mine if one.kind in TOWN_KINDS for name in (one.short, one.name) if name]
    return found.filter(Q(nomination__nominator__in=mine) | Q(business__town__in=towns)).exclude(state="draft")


def own(request: OfficerRequest, pk: int) -> Application:
    """An application that the reader may see; any other is not found."""
    return get_object_or_404(visible(request).select_related("applicant", "campaign"), pk=pk)


def _works_here(request: OfficerRequest) -> bool:
    """Whether the reader reviews or decides: those declare their interests."""
    user, home = request.user, request.jurisdiction
    return may_review_applications(user, home) or may_decide_recognitions(user, home)


def _chosen(request: OfficerRequest) -> str:
    asked = request.GET.get("show", FIRST)
    return asked if asked in SHOWN else FIRST


def _asked(request: OfficerRequest, found: ApplicationQuerySet) -> ApplicationQuerySet:
    wanted = {"category": "preferred_category", "path": "path", "town": "business__town"}
    narrow = {column: value for name, column in wanted.items() if (value := request.GET.get(name, ""))}
    words = request.GET.get("q", "").strip()
    by_name = Q(business__name__icontains=words) | Q(business__uscc=words.upper())
    year = request.GET.get("year", "")
    if year.isdecimal():
        narrow["year"] = year
    return found.filter(**narrow).filter(by_name) if words else found.filter(**narrow)


def _query(request: OfficerRequest) -> str:
    """What was asked for, to be kept when another tab is chosen."""
    kept = request.GET.copy()
    for name in ("show", "page"):
        kept.pop(name, None)
    return kept.urlencode()


def _row(request: OfficerRequest, one: Application) -> Row:
    return Row(one, state_of(one), tag_of(one), tuple(step.label for step in offers(one, request)))


def _cells(one: Application) -> list[object]:
    late = one.is_late(clock.today())
    return [
        one.pk,
        one.business.name,
        one.business_id,
        one.business.town,
        one.year,
        one.get_path_display(),
        one.nomination.nominator.name if one.nomination else "",
        one.get_preferred_category_display(),
        one.get_decided_category_display(),
        state_of(one),
        one.opened_on,
        one.due_text,
        {True: "已逾期", None: "可能已逾期", False: ""}[late],
    ]
