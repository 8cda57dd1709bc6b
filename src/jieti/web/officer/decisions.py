"""认定决定: from the end of the review to the title; each step a page, with the papers that come of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.accounts.perms import may_decide_recognitions
from jieti.directory.titles import follow_titles
from jieti.domain.terms import Category
from jieti.domain.workflows.table import Step
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.recognitions import certificates, city, comparing, deciding, noticing, places
from jieti.recognitions.models import Application, Recognition
from jieti.recognitions.screening import screen_application
from jieti.web.access import OfficerRequest, Posted, only, posted
from jieti.web.officer.selecting import (
    ROLES,
    STATES,
    campaign_of,
    case_of,
    cases_of,
    offers,
    shown,
    state_of,
    step_of,
    tag_of,
    works_on_cases,
    years_of,
)
from jieti.web.papers import certificate_of, decision_of

SELECTION_STATES = (
    "reviewed",
    "comparing",
    "proposed",
    "noticed",
    "objected",
    "deciding",
    "recognised",
    "reported",
    "spot_checking",
    "supplementing",
    "in_force",
    "not_chosen",
    "refused",
)
HEADERS = ["个体工商户", "统一社会信用代码", "所在镇乡街道", "途径", "状态", "类别", "认定编号", "认定日期", "期限"]
AREA = forms.Textarea(attrs={"rows": 4})
CHOOSING = frozenset({"choose", "propose"})
APPLICATION = "recognitions.Application."


class StepForm(forms.Form):
    """The version that the page shows, and what the step asks."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, case: Application, step: Step, data: Posted) -> None:
        initial = {"version": case.version, "category": case.decided_category or case.preferred_category}
        super().__init__(data, initial=initial)
        if step.key in CHOOSING:
            met = screen_application(case).met
            self.fields["category"] = forms.ChoiceField(
                label="认定为哪一类",
                help_text=f"只能从符合条件的类别中确定。意向：{case.get_preferred_category_display() or '没有填写'}。",
                choices=[(key, Category(key).label) for key in met],
                widget=forms.RadioSelect,
                error_messages={"required": "请选择类别。", "invalid_choice": "请从符合条件的类别中选择。"},
            )
            self.fields["category_reason"] = _words("为什么是这一类", "请写明为什么认定为这一类。")
        if step.needs_reason:
            self.fields["reason"] = _words("理由", "请填写理由。")


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step that was taken, in words."""

    label: str
    state: str
    role: str
    one: Any


@only(works_on_cases)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The cases of a year from the review's end on, by state, with the places there still are."""
    campaign = campaign_of(request)
    found = _listed(request) if campaign else Application.objects.none()
    chosen = request.GET.get("state", "")
    rows = found.filter(state=chosen) if chosen in SELECTION_STATES else found
    counts = {state: found.filter(state=state).count() for state in SELECTION_STATES}
    titles = Recognition.objects.filter(jurisdiction=request.jurisdiction).select_related("business")
    context = {
        "campaign": campaign,
        "years": years_of(request),
        "rows": [(one, state_of(one), tag_of(one), offers(one, request)) for one in rows],
        "tabs": [(state, STATES[state], counts[state]) for state in SELECTION_STATES if counts[state]],
        "chosen": chosen,
        "held": places.held(campaign).count() if campaign else 0,
        "left": places.left(campaign) if campaign else 0,
        "unpublished": titles.filter(published_at=None)
        if may_decide_recognitions(request.user, request.jurisdiction)
        else (),
    }
    return render(request, "officer/decisions.html", context)


@only(works_on_cases)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    rows = [_cells(one) for one in _listed(request)] if campaign_of(request) else []
    return xlsx_response("认定决定.xlsx", HEADERS, rows)


@only(works_on_cases)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One case: where it stands, why, what can be done, and its papers."""
    return _page(request, case_of(request, pk))


@only(works_on_cases)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: OfficerRequest, pk: int, key: str) -> HttpResponse:
    """Takes one step: the page of a step that cannot be taken now says so."""
    case = case_of(request, pk)
    if key not in DEEDS:
        raise Http404
    row = step_of(case, key)
    form, refusal = StepForm(case, row, posted(request)), None
    if form.is_valid():
        try:
            DEEDS[key](request, case, form.cleaned_data)
            return redirect("officer:decision", case.pk)
        except Refusal as refused:
            refusal = refused
    if request.method != "POST" and row not in offers(case, request):
        said = f"现在不能办理“{row.label}”。"
        return _page(request, case, refusal=Refusal(said, what_to_do=f"这一步由{ROLES[row.role]}在规定的时候办理。"))
    context = {"case": case, "step": row, "form": form, "refusal": refusal, "card": comparing.card_of(case)}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "officer/decision_step.html", context, status=status)


@only(may_decide_recognitions)
@require_POST
def publish(request: OfficerRequest) -> HttpResponse:
    """Marks titles as published under the businesses' names."""
    wanted = [int(pk) for pk in request.POST.getlist("recognition") if pk.isdecimal()]
    found = list(Recognition.objects.of(request.jurisdiction).filter(pk__in=wanted))
    if found:
        deciding.publish_titles(by=request.user, recognitions=found)
        follow_titles(by=request.user)
    return redirect("officer:decisions")


@only(works_on_cases)
@require_safe
def document(request: OfficerRequest, pk: int, form: str) -> HttpResponseBase:
    """The decision as PDF or DOCX."""
    return decision_of(_title(case_of(request, pk)), form)


@only(works_on_cases)
@require_safe
def certificate(request: OfficerRequest, pk: int) -> HttpResponse:
    """The certificate as it would be printed now."""
    case = case_of(request, pk)
    try:
        return certificate_of(_title(case))
    except Refusal as refused:
        return _page(request, case, refusal=refused)


def _page(request: OfficerRequest, case: Application, *, refusal: Refusal | None = None) -> HttpResponse:
    title = Recognition.objects.filter(application=case).select_related("business", "jurisdiction").first()
    values = {f"{APPLICATION}category_reason": case.category_reason, f"{APPLICATION}introduction": case.introduction}
    seen = shown(request, case.business_id, values)
    context = {
        "case": case,
        "state": state_of(case),
        "tag": tag_of(case),
        "shown": seen,
        "steps": [] if seen["introduction"].is_withheld else [_row(one) for one in case.steps.select_related("by")],
        "offered": [one for one in offers(case, request) if one.key in DEEDS],
        "card": comparing.card_of(case),
        "visits": case.visits.filter(sent_at__isnull=False).select_related("visitor"),
        "notices": case.notices.all(),
        "title": title,
        "standing": certificates.standing_of(title) if title else None,
        "missed": case.state == "spot_checking" and city.missed(case),
        "refusal": refusal,
    }
    return render(request, "officer/decision.html", context, status=409 if refusal else 200)


def _listed(request: OfficerRequest) -> QuerySet[Application]:
    campaign = campaign_of(request)
    found = cases_of(request).filter(campaign=campaign, state__in=SELECTION_STATES).select_related("recognition")
    return found.order_by("due_earliest", "pk")


def _title(case: Application) -> Recognition:
    found = Recognition.objects.filter(application=case).select_related("business", "jurisdiction").first()
    if found is None:
        raise Http404
    return found


def _row(one: Any) -> StepRow:
    table = step_of(one.case, one.step) if one.step else None
    label, role = (table.label, ROLES[table.role]) if table else (one.step, "")
    return StepRow(label, STATES.get(one.target, one.target), role, one)


def _cells(one: Application) -> list[object]:
    title: Recognition | None = getattr(one, "recognition", None)
    return [
        one.business.name,
        one.business_id,
        one.business.town,
        one.get_path_display(),
        state_of(one),
        one.get_decided_category_display(),
        title.number if title else "",
        title.recognised_on if title else None,
        one.due_text,
    ]


def _words(label: str, missing: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=2_000, widget=AREA, error_messages={"required": missing})


Deed = Callable[[OfficerRequest, Application, Mapping[str, Any]], object]


def _deed(verb: Callable[..., object], *names: str) -> Deed:
    """A verb that takes these of the form's values beside the version."""
    return lambda request, case, values: verb(
        by=request.user, application=case, version=values["version"], **{name: values[name] for name in names}
    )


DEEDS: dict[str, Deed] = {
    "compare": _deed(comparing.compare),
    "propose": _deed(comparing.propose, "category", "category_reason", "reason"),
    "choose": _deed(comparing.choose, "category", "category_reason", "reason"),
    "not_choose": _deed(comparing.not_choose, "reason"),
    "dismiss_objections": _deed(noticing.dismiss_objections, "reason"),
    "uphold_objection": _deed(noticing.uphold_objection, "reason"),
    "recognise": _deed(deciding.recognise, "reason"),
    "decline": _deed(deciding.decline, "reason"),
    "take_effect": _deed(deciding.take_effect),
    "take_effect_unreported": _deed(deciding.take_effect),
    "find_in_order": _deed(city.find_in_order),
    "ask_supplement": _deed(city.ask_supplement, "reason"),
    "supplement": _deed(city.supplement),
    "miss_supplement": _deed(city.miss_supplement),
    "refuse_after_check": _deed(city.refuse, "reason"),
}
"""What each step's page does; notices and reports take theirs for many at once."""
