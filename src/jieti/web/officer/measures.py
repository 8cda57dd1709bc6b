"""Measures: what each body answers for, the gap nobody answers for, writing, publishing and retiring them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.accounts.models import DISTRICT_REGULATOR, Organisation, Role
from jieti.accounts.perms import may_oversee_measures, may_publish_measures, may_see_reach, may_write_measures
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.measures.authoring import assign, draft, publish, retire, revise, send_back, submit
from jieti.measures.conditions import extended, usable_facts
from jieti.measures.models import Measure, MeasureVersion
from jieti.measures.reach import Line, balance
from jieti.rulebooks.catalogue import current_rulebook
from jieti.supervision import obligations
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.officer.measure_forms import AssignForm, MeasureForm, initial_of

HEADERS = (
    "编号",
    "措施",
    "对象",
    "负责部门",
    "力度",
    "方式",
    "依据",
    "符合",
    "待数据",
    "已告知",
    "未告知",
    "受阻",
    "已确认",
    "已享受",
    "已谢绝",
    "废止日期",
)
OPEN = (MeasureVersion.Status.DRAFT, MeasureVersion.Status.REVIEW)


@only(may_see_reach)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The measures of the reader's body with how far each has come, the gap, and what waits to be published."""
    lines = _lines(request)
    versions = MeasureVersion.objects.of(request.jurisdiction).filter(status__in=OPEN).select_related("organisation")
    if not may_oversee_measures(request.user, request.jurisdiction):
        versions = versions.filter(organisation__in=_bodies(request))
    context = {
        "lines": [line for line in lines if line.measure.retired_on is None],
        "retired": [line for line in lines if line.measure.retired_on is not None],
        "gap": [line.measure for line in lines if not line.measure.lead and line.measure.retired_on is None],
        "versions": versions,
        "oversees": may_oversee_measures(request.user, request.jurisdiction),
        "may_write": may_write_measures(request.user, request.jurisdiction),
    }
    return render(request, "officer/measures.html", context)


@only(may_see_reach)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    return xlsx_response("帮扶培育措施.xlsx", HEADERS, (_row(line) for line in _lines(request)))


@only(may_see_reach)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One measure: what it says, its versions, its account."""
    return _detail(request, open_measure(request, pk), None)


@only(may_publish_measures)
@require_POST
def end(request: OfficerRequest, pk: int) -> HttpResponse:
    """Retires the measure, with the reason."""
    measure = open_measure(request, pk)
    try:
        retire(by=request.user, measure=measure, reason=request.POST.get("reason", ""))
        obligations.follow(request.jurisdiction)
    except Refusal as refused:
        return _detail(request, measure, refused)
    return redirect("officer:measure", measure.pk)


@only(may_oversee_measures)
@require_POST
def name_department(request: OfficerRequest, pk: int) -> HttpResponse:
    """The district says who answers for a measure of the gap; somebody else publishes it."""
    if not may_write_measures(request.user, request.jurisdiction):
        raise PermissionDenied
    measure = open_measure(request, pk)
    form = AssignForm(request.jurisdiction, request.POST)
    if not form.is_valid():
        return _detail(request, measure, None, form)
    try:
        lead = form.cleaned_data["lead"]
        version = assign(by=request.user, organisation=_body(request), measure=measure, lead=lead)
    except Refusal as refused:
        return _detail(request, measure, refused)
    return redirect("officer:measure-version", version.pk)


@only(may_write_measures)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest, pk: int | None = None) -> HttpResponse:
    """A new measure, or with `pk` the next version of one."""
    measure = open_measure(request, pk) if pk else None
    last = measure.versions.published().order_by("-version").first() if measure else None
    form = MeasureForm(request.jurisdiction, posted(request), initial=_initial(last), leads=_leads(request))
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            version = draft(
                by=request.user,
                jurisdiction=request.jurisdiction,
                organisation=_body(request),
                content=form.content,
                measure=measure,
            )
            return redirect("officer:measure-version", version.pk)
        except Refusal as refused:
            refusal = refused
    return _form_page(request, form, refusal, {"measure": measure})


@only(may_write_measures)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: OfficerRequest, pk: int) -> HttpResponse:
    """Changes a draft."""
    version = _own_version(request, pk)
    form = MeasureForm(request.jurisdiction, posted(request), initial=initial_of(version), leads=_leads(request))
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            revise(by=request.user, version=version, content=form.content)
            return redirect("officer:measure-version", version.pk)
        except Refusal as refused:
            refusal = refused
    return _form_page(request, form, refusal, {"version": version, "measure": version.measure})


@only(may_see_reach)
@require_http_methods(["GET", "HEAD", "POST"])
def version(request: OfficerRequest, pk: int) -> HttpResponse:
    """One version; its body sends it to review, somebody else publishes it or sends it back."""
    one, refusal = _version(request, pk), None
    if request.method == "POST":
        try:
            _decide(request, one)
            return redirect("officer:measure-version", one.pk)
        except Refusal as refused:
            refusal = refused
    is_own = one.drafted_by_id == request.user.pk
    in_review = one.status == MeasureVersion.Status.REVIEW
    context = {
        "version": one,
        "refusal": refusal,
        "may_edit": one.status == MeasureVersion.Status.DRAFT and _may_edit(request, one),
        "may_publish": in_review and not is_own and may_publish_measures(request.user, request.jurisdiction),
        "is_own": in_review and is_own,
        "definite": _definite(one),
    }
    return render(request, "officer/measure_version.html", context, status=409 if refusal else 200)


def open_measure(request: OfficerRequest, pk: int) -> Measure:
    """A measure that the reader may see; another is not found."""
    return get_object_or_404(Measure.objects.open_to(request.user, request.jurisdiction), pk=pk)


def _lines(request: OfficerRequest) -> list[Line]:
    visible = set(Measure.objects.open_to(request.user, request.jurisdiction).values_list("pk", flat=True))
    return [line for line in balance(request.jurisdiction) if line.measure.pk in visible]


def _row(line: Line) -> list[object]:
    one, counts = line.measure, line.counts
    return [
        one.key, one.title, one.scope_label, one.department, one.get_strength_display(), one.get_delivery_display(),
        one.clause, counts.matched, counts.unknown, counts.told, counts.waiting, counts.blocked, line.confirmed,
        line.used, line.declined, one.retired_on,
    ]  # fmt: skip


def _detail(
    request: OfficerRequest, measure: Measure, refusal: Refusal | None, form: AssignForm | None = None
) -> HttpResponse:
    found = next(line for line in balance(request.jurisdiction) if line.measure.pk == measure.pk)
    may_write = may_write_measures(request.user, request.jurisdiction)
    oversees = may_oversee_measures(request.user, request.jurisdiction)
    is_gap = not measure.lead and measure.retired_on is None
    context = {
        "measure": measure,
        "line": found,
        "versions": measure.versions.select_related("drafted_by", "published_by"),
        "current": measure.versions.published().order_by("-version").first(),
        "batches": measure.batches.order_by("-pk")[:20],
        "refusal": refusal,
        "form": form or (AssignForm(request.jurisdiction) if is_gap and oversees and may_write else None),
        "may_write": may_write and measure.retired_on is None,
        "may_retire": measure.retired_on is None and may_publish_measures(request.user, request.jurisdiction),
    }
    status = 409 if refusal else 422 if form is not None else 200
    return render(request, "officer/measure.html", context, status=status)


def _form_page(
    request: OfficerRequest, form: MeasureForm, refusal: Refusal | None, context: dict[str, Any]
) -> HttpResponse:
    facts = usable_facts(extended(current_rulebook(request.jurisdiction))).values()
    status = 422 if form.errors or refusal else 200
    page = {**context, "form": form, "refusal": refusal, "facts": facts}
    return render(request, "officer/measure_form.html", page, status=status)


def _initial(last: MeasureVersion | None) -> dict[str, Any]:
    return {**initial_of(last), "starts_on": None} if last else {}


def _bodies(request: OfficerRequest) -> list[Organisation]:
    """Where the reader works here, the regulator first."""
    found = Organisation.objects.worked_for_by(request.user).filter(jurisdiction=request.jurisdiction)
    return sorted(found, key=lambda one: one.key != DISTRICT_REGULATOR)


def _body(request: OfficerRequest) -> Organisation:
    """The body for which the reader writes measures."""
    roles = (Role.DEPARTMENT_OFFICER, Role.REVIEWER)
    found = [one for one in _bodies(request) if one.memberships.filter(user=request.user, role__in=roles).exists()]
    if not found:
        raise PermissionDenied
    return found[0]


def _leads(request: OfficerRequest) -> list[str] | None:
    """A department writes for itself; the district's regulator for anybody."""
    body = _body(request)
    return None if body.key == DISTRICT_REGULATOR else [body.key]


def _version(request: OfficerRequest, pk: int) -> MeasureVersion:
    found = get_object_or_404(
        MeasureVersion.objects.of(request.jurisdiction).select_related("measure", "organisation"), pk=pk
    )
    if may_oversee_measures(request.user, request.jurisdiction) or found.organisation in _bodies(request):
        return found
    return get_object_or_404(
        MeasureVersion.objects.filter(measure__in=Measure.objects.open_to(request.user, request.jurisdiction)), pk=pk
    )


def _own_version(request: OfficerRequest, pk: int) -> MeasureVersion:
    found = _version(request, pk)
    if not _may_edit(request, found):
        raise PermissionDenied
    return found


def _may_edit(request: OfficerRequest, one: MeasureVersion) -> bool:
    return may_write_measures(request.user, request.jurisdiction) and one.organisation in _bodies(request)


def _decide(request: OfficerRequest, one: MeasureVersion) -> None:
    decision = request.POST.get("decision", "")
    if decision == "submit":
        if not _may_edit(request, one):
            raise PermissionDenied
        submit(by=request.user, version=one)
        return
    if not may_publish_measures(request.user, request.jurisdiction):
        raise PermissionDenied
    if decision == "publish":
        publish(by=request.user, version=one)
        obligations.follow(request.jurisdiction)
    else:
        send_back(by=request.user, version=one, reason=request.POST.get("reason", ""))


def _definite(one: MeasureVersion) -> list[tuple[str, bool]]:
    return [
        ("对象", one.beneficiary_definite),
        ("依据", one.basis_definite),
        ("内容", one.content_definite),
        ("期限", one.validity_definite),
    ]
