"""走访: the plan and the route list, the form that a phone fills in with or without a network, the record."""

from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.db.models import Exists, OuterRef, QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.accounts.perms import may_accept_applications, may_visit_applicants
from jieti.kit import clock, evidence
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.recognitions.models import Application, Visit
from jieti.recognitions.visiting import cancel_visit, judged_criteria, plan_visits, record_visit, reorder, route_of
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.officer.selecting import shown, works_on_cases
from jieti.web.officer.visit_forms import PlanForm, VisitForm

HEADERS = [
    "走访日期",
    "顺序",
    "个体工商户",
    "统一社会信用代码",
    "所在镇乡街道",
    "走访人",
    "同行人员",
    "到达时间",
    "提交时间",
]
WORKER = "visit-worker.js"
VISIT = "recognitions.Visit."
ADDRESS, PERSON = "registry.Business.address", "registry.Business.proprietor"
PROTECTED = ("place", "note", "met_with", "companion")
FOUND = {True: ("符合", "good"), False: ("不符合", "bad"), None: ("看不出", "warn")}
SIGNED = {"visitor": "visitor_signature", "proprietor": "proprietor_signature"}


@only(may_visit_applicants)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The route: day by day, town by town; then what was sent."""
    own = _visible(request)
    route = route_of(list(own.filter(sent_at=None)))
    context = {
        "route": [
            (one, index == 0 or route[index - 1].planned_on != one.planned_on) for index, one in enumerate(route)
        ],
        "sent": own.filter(sent_at__isnull=False).order_by("-sent_at")[:100],
        "today": clock.today(),
        "may_plan": may_accept_applications(request.user, request.jurisdiction),
        "waiting": len(_waiting(request)),
    }
    return render(request, "officer/visits.html", context)


@only(may_visit_applicants)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    rows = (
        [
            one.planned_on,
            one.order + 1,
            one.application.business.name,
            one.application.business_id,
            one.application.business.town,
            one.visitor,
            one.companion,
            one.started_at,
            one.sent_at,
        ]
        for one in route_of(list(_visible(request)))
    )
    return xlsx_response("走访安排.xlsx", HEADERS, rows)


@only(may_accept_applications)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """Plans a day: whom to visit, in what order, by whom."""
    form, refusal = PlanForm(request.jurisdiction, _waiting(request), posted(request)), None
    if form.is_valid():
        try:
            plan_visits(
                by=request.user,
                applications=form.chosen,
                visitor=form.visitors[form.cleaned_data["visitor"]],
                on=form.cleaned_data["on"],
                companion=form.cleaned_data["companion"],
            )
            return redirect("officer:visits")
        except Refusal as refused:
            refusal = refused
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "officer/visit_new.html", {"form": form, "refusal": refusal}, status=status)


@only(may_visit_applicants)
@require_POST
def order(request: OfficerRequest) -> HttpResponse:
    """Puts a visitor's day in another order: the numbers of its visits, as they stand."""
    visits = _visible(request).filter(sent_at=None)
    first = get_object_or_404(visits, pk=request.POST.get("first") or 0)
    places = {one.pk: request.POST.get(f"order-{one.pk}", "") for one in visits}
    wanted = sorted((pk for pk, place in places.items() if place.isdecimal()), key=lambda pk: int(places[pk]))
    reorder(by=request.user, visitor=first.visitor, on=first.planned_on, order=wanted)
    return redirect("officer:visits")


@only(may_visit_applicants)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One visit as it was sent; one that was not goes to its form."""
    one = _one(request, pk)
    if one.sent_at is None:
        return redirect("officer:visit-form", pk)
    return _page(request, one)


@only(may_visit_applicants)
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: OfficerRequest, pk: int) -> HttpResponse:
    """The form on the phone. A phone that has kept it sends it by script and is answered in JSON."""
    one = _one(request, pk)
    filled = VisitForm(one, posted(request), request.FILES if request.method == "POST" else None)
    if request.method != "POST" and one.sent_at is not None:
        return redirect("officer:visit", pk)
    refusal = None
    if filled.is_valid():
        try:
            record_visit(by=request.user, visit=one, seen=filled.seen)
            return _answer(request, {"kept": True}) or redirect("officer:visit", pk)
        except Refusal as refused:
            refusal = refused
    if request.method == "POST":
        said = refusal or Refusal("有没有填好的。", what_to_do=_problems(filled))
        if answered := _answer(request, {"kept": False, "message": said.message, "what_to_do": said.what_to_do}, 409):
            return answered
    values = {ADDRESS: one.application.business.address, PERSON: one.application.business.proprietor}
    context = {
        "visit": one,
        "form": filled,
        "refusal": refusal,
        "shown": shown(request, one.application.business_id, values),
        "is_visitor": one.visitor_id == request.user.pk,
    }
    return render(request, "officer/visit_form.html", context, status=409 if refusal else 422 if filled.errors else 200)


@only(may_visit_applicants)
@require_POST
def cancel(request: OfficerRequest, pk: int) -> HttpResponse:
    """Takes a planned visit off the plan."""
    try:
        cancel_visit(by=request.user, visit=_one(request, pk), reason=request.POST.get("reason", "")[:500])
    except Refusal as refused:
        context = {"visit": _one(request, pk), "refusal": refused}
        return render(request, "officer/visit_cancel.html", context, status=409)
    return redirect("officer:visits")


@only(may_visit_applicants)
@require_safe
def photo(request: OfficerRequest, pk: int, number: int) -> HttpResponseBase:
    """One photograph; that it was read is recorded."""
    one = _one(request, pk)
    found = get_object_or_404(one.photos, pk=number)
    _demand_shown(request, one, {"recognitions.VisitPhoto.name": found.name})
    return evidence.response_of(found.stored_as, name=found.name, kind=found.kind)


@only(may_visit_applicants)
@require_safe
def signature(request: OfficerRequest, pk: int, who: str) -> HttpResponseBase:
    """One signature."""
    one = _one(request, pk)
    stored = str(getattr(one, SIGNED[who])) if who in SIGNED else ""
    if not stored:
        raise Http404
    _demand_shown(request, one, {f"{VISIT}note": one.note})
    return evidence.response_of(stored, name=f"{who}.png", kind=evidence.PNG)


@only(may_visit_applicants)
@require_safe
def token(request: OfficerRequest) -> JsonResponse:
    """What a form that waited on the phone needs to be taken now."""
    return JsonResponse({"token": get_token(request)}, headers={"Cache-Control": "no-store"})


@only(may_visit_applicants)
@require_safe
def worker(request: OfficerRequest) -> HttpResponse:  # noqa: ARG001 - every view is given its request
    """The service worker, from where it serves the pages of visits alone."""
    file = finders.find(WORKER)
    if file is None:
        raise Http404
    headers = {"Cache-Control": "no-cache"}
    return HttpResponse(Path(file).read_bytes(), content_type="text/javascript; charset=utf-8", headers=headers)


@only(may_visit_applicants)
@require_safe
def manifest(request: OfficerRequest) -> JsonResponse:  # noqa: ARG001 - every view is given its request
    """What the phone calls the application that it puts on its screen."""
    start = reverse("officer:visits")
    content = {
        "name": "名特优新走访",
        "short_name": "走访",
        "lang": "zh-CN",
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b4f9e",
        "icons": [{"src": static("icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return JsonResponse(content, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


def _page(request: OfficerRequest, one: Visit) -> HttpResponse:
    values = {f"{VISIT}{name}": getattr(one, name) for name in PROTECTED} | {f"{VISIT}findings": one.findings}
    seen = shown(request, one.application.business_id, values)
    labels = {each.key: each for each in judged_criteria(one.application)}
    rows = (
        [] if seen["findings"].is_withheld else [_finding(labels.get(key), key, it) for key, it in one.findings.items()]
    )
    context = {"visit": one, "shown": seen, "rows": rows, "photos": one.photos.all()}
    return render(request, "officer/visit.html", context)


def _finding(criterion: Any, key: str, said: dict[str, Any]) -> dict[str, object]:
    label, tag = FOUND[said.get("met")]
    return {"criterion": criterion, "key": key, "label": label, "tag": tag, "note": said.get("note", "")}


def _visible(request: OfficerRequest) -> QuerySet[Visit]:
    """The regulator's officers see all visits of the jurisdiction, other visitors their own."""
    found = Visit.objects.filter(application__campaign__jurisdiction=request.jurisdiction)
    found = found.select_related("application__business", "application__campaign__jurisdiction", "visitor")
    return found if works_on_cases(request.user, request.jurisdiction) else found.filter(visitor=request.user)


def _one(request: OfficerRequest, pk: int) -> Visit:
    return get_object_or_404(_visible(request), pk=pk)


def _waiting(request: OfficerRequest) -> list[Application]:
    """Applications that wait for a visit nobody has planned, town by town."""
    planned = Visit.objects.filter(application=OuterRef("pk"), sent_at=None)
    found = Application.objects.of(request.jurisdiction).filter(~Exists(planned), state="visiting")
    return list(found.select_related("business").order_by("business__town", "business__name"))


def _answer(request: OfficerRequest, content: dict[str, object], status: int = 200) -> JsonResponse | None:
    """JSON for the script, None for a browser without."""
    if "application/json" not in request.headers.get("Accept", ""):
        return None
    return JsonResponse(content, status=status)


def _problems(filled: VisitForm) -> str:
    return "".join(str(error) for errors in filled.errors.values() for error in errors)


def _demand_shown(request: OfficerRequest, one: Visit, values: dict[str, object]) -> None:
    if any(each.is_withheld for each in shown(request, one.application.business_id, values).values()):
        raise Http404
