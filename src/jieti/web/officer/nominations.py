"""部门推荐: a department's nominations with the consent they rest on, from the draft to the submission."""

from collections.abc import Callable, Mapping

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.models import CITY_REGULATOR, Organisation
from jieti.accounts.perms import is_officer, may_nominate, may_nominate_for, may_see_recognitions
from jieti.domain.terms import Category
from jieti.domain.workflows.nomination import NOMINATION
from jieti.domain.workflows.table import Step
from jieti.kit import evidence
from jieti.kit.errors import Refusal
from jieti.kit.evidence import forget, keep
from jieti.kit.tables import xlsx_response
from jieti.recognitions import nominating
from jieti.recognitions.desk import NOMINATIONS
from jieti.recognitions.models import Application, Nomination
from jieti.recognitions.models.nominations import NominationQuerySet
from jieti.registry.models import Business
from jieti.web.access import Files, OfficerRequest, Posted, only, posted
from jieti.web.officer.applications import StepRow
from jieti.web.officer.selecting import shown

OPINION = "recognitions.Nomination.opinion"
SCAN_NAME = "同意书"
HEADERS = ["编号", "个体工商户", "统一社会信用代码", "推荐单位", "年度", "类别", "状态", "同意方式", "同意时间", "期限"]
SHOWN: dict[str, tuple[str, Callable[[NominationQuerySet], NominationQuerySet]]] = {
    "open": ("在办", lambda found: found.open()),
    "submitted": ("已推荐", lambda found: found.filter(state="submitted")),
    "closed": ("其他已办结", lambda found: found.filter(closed_on__isnull=False).exclude(state="submitted")),
}
FIRST = "open"
REASONS = {
    "record_consent": "什么时候、当着谁的面签的",
    "return_draft": "需要修改什么",
    "submit": "推荐单位负责人的意见",
    "withdraw": "为什么撤回",
}


class NewForm(forms.Form):
    """Which business, which category, why."""

    uscc = forms.CharField(
        label="统一社会信用代码",
        min_length=18,
        max_length=18,
        error_messages={"required": "请填写18位代码。", "min_length": "代码应当是18位。"},
    )
    category = forms.ChoiceField(
        label="推荐为哪一类",
        choices=[(one.value, one.label) for one in Category],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择一类。"},
    )
    opinion = forms.CharField(
        label="推荐意见",
        help_text="写明经营特色和推荐的依据。经营者会看到。",
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "请写明推荐意见。"},
    )

    def clean_uscc(self) -> str:
        return str(self.cleaned_data["uscc"]).strip().upper()


class StepForm(forms.Form):
    """The version that the page shows, and what the step asks."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, nomination: Nomination, step: Step, data: Posted, files: Files) -> None:
        super().__init__(data, files, initial={"version": nomination.version})
        if step.key == "record_consent":
            self.fields["scan"] = forms.FileField(
                label="经营者签字的同意书",
                help_text="扫描件或者照片，JPEG、PNG、WebP图片或者PDF，不超过10 MB。",
                widget=forms.ClearableFileInput(attrs={"accept": evidence.ACCEPT}),
                error_messages={"required": "请选择同意书的扫描件。"},
            )
        if step.needs_reason:
            label = REASONS.get(step.key, "理由")
            self.fields["reason"] = forms.CharField(
                label=label,
                max_length=1_000,
                widget=forms.Textarea(attrs={"rows": 4}),
                error_messages={"required": f"请填写“{label}”。"},
            )


@only(may_see_recognitions)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The nominations that the reader may see."""
    chosen = request.GET.get("show", FIRST)
    chosen = chosen if chosen in SHOWN else FIRST
    found = visible(request)
    listed = SHOWN[chosen][1](found)
    context = {
        "rows": [(one, _state(one), [step.label for step in _offered(request, one)]) for one in listed],
        "tabs": [(key, label, narrow(found).count()) for key, (label, narrow) in SHOWN.items()],
        "chosen": chosen,
        "may_nominate": may_nominate(request.user, request.jurisdiction),
    }
    return render(request, "officer/nominations.html", context)


@only(may_see_recognitions)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table, all of them."""
    return xlsx_response("部门推荐.xlsx", HEADERS, (_cells(one) for one in visible(request).order_by("pk")))


@only(may_nominate)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """Begins to nominate a business of the jurisdiction."""
    form, refusal = NewForm(posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("officer:nomination", _draft(request, form).pk)
        except Refusal as refused:
            refusal = refused
    context = {"form": form, "title": "推荐一户", "refusal": refusal}
    return render(request, "officer/nomination_form.html", context, status=_status(form, refusal))


@only(may_see_recognitions)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One nomination."""
    return _page(request, own(request, pk))


@only(may_see_recognitions)
@require_safe
def consent(request: OfficerRequest, pk: int) -> HttpResponseBase:
    """The signed consent as it was kept; that it was read is recorded."""
    one = own(request, pk)
    if not one.consent_path:
        raise Http404
    if any(each.is_withheld for each in shown(request, one.business_id, {OPINION: one.opinion}).values()):
        raise PermissionDenied
    kind = nominating.consent_kind(one)
    name = f"{SCAN_NAME}{one.pk}.{evidence.ENDINGS[kind]}"
    return evidence.response_of(one.consent_path, name=name, kind=kind)


@only(may_see_recognitions)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: OfficerRequest, pk: int, key: str) -> HttpResponse:
    """Takes one step: the page of a step that cannot be taken now says so."""
    one = own(request, pk)
    row = next((row for row in NOMINATION.steps if row.key == key and key in DEEDS), None)
    if row is None:
        raise Http404
    form, refusal = StepForm(one, row, posted(request), request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        try:
            DEEDS[key](request, one, form)
            return redirect("officer:nomination", one.pk)
        except Refusal as refused:
            refusal = refused
    if request.method != "POST" and row not in _offered(request, one):
        role = NOMINATION.role_labels[row.role]
        return _page(request, one, refusal=Refusal(f"现在不能办理“{row.label}”。", what_to_do=f"这一步由{role}办理。"))
    context = {"nomination": one, "form": form, "title": row.label, "refusal": refusal}
    return render(request, "officer/nomination_form.html", context, status=_status(form, refusal))


def visible(request: OfficerRequest) -> NominationQuerySet:
    """Regulators' members see all of the jurisdiction, departments their own."""
    found = Nomination.objects.of(request.jurisdiction).select_related(
        "business", "nominator__jurisdiction", "campaign__jurisdiction"
    )
    mine = list(Organisation.objects.worked_for_by(request.user))
    sees_all = is_officer(request.user, request.jurisdiction) or any(one.key == CITY_REGULATOR for one in mine)
    return found if sees_all else found.filter(nominator__in=mine)


def own(request: OfficerRequest, pk: int) -> Nomination:
    """A nomination that the reader may see; any other is not found."""
    return get_object_or_404(visible(request), pk=pk)


def _draft(request: OfficerRequest, form: NewForm) -> Nomination:
    business = Business.objects.current().filter(pk=form.cleaned_data["uscc"]).select_related("jurisdiction").first()
    if business is None or business.jurisdiction_id != request.jurisdiction.pk:
        raise Refusal("本区的登记名册里没有这个代码。", what_to_do="请核对代码；登记在外区的，由登记地的部门推荐。")
    nominator = next(
        (one for one in Organisation.objects.worked_for_by(request.user) if may_nominate_for(request.user, one)), None
    )
    if nominator is None:
        raise PermissionDenied
    return nominating.draft(
        by=request.user,
        nominator=nominator,
        business=business,
        category=form.cleaned_data["category"],
        opinion=form.cleaned_data["opinion"],
    )


def _page(request: OfficerRequest, one: Nomination, *, refusal: Refusal | None = None) -> HttpResponse:
    words = shown(request, one.business_id, {OPINION: one.opinion})
    is_open = not words["opinion"].is_withheld
    context = {
        "nomination": one,
        "state": _state(one),
        "opinion": words["opinion"],
        "offered": _offered(request, one),
        "application": Application.objects.filter(nomination=one).first(),
        "steps": _steps(one) if is_open else (),
        "refusal": refusal,
    }
    return render(request, "officer/nomination.html", context, status=409 if refusal else 200)


def _steps(one: Nomination) -> list[StepRow]:
    rows = []
    for step in one.steps.select_related("by"):
        row = NOMINATION.step(step.step)
        state, role = NOMINATION.states[step.target].label, NOMINATION.role_labels[row.role]
        rows.append(StepRow(row.label, state, role, step))
    return rows


Deed = Callable[[OfficerRequest, Nomination, StepForm], object]


def _plain(verb: Callable[..., object]) -> Deed:
    return lambda request, one, form: verb(by=request.user, nomination=one, version=form.cleaned_data["version"])


def _with_reason(verb: Callable[..., object]) -> Deed:
    return lambda request, one, form: verb(
        by=request.user,
        nomination=one,
        version=form.cleaned_data["version"],
        reason=form.cleaned_data["reason"],
    )


def _record_consent(request: OfficerRequest, one: Nomination, form: StepForm) -> object:
    file, version, note = (form.cleaned_data[name] for name in ("scan", "version", "reason"))
    kept = keep(file, name=file.name or SCAN_NAME, folder=nominating.CONSENTS)
    try:
        return nominating.record_consent(by=request.user, nomination=one, version=version, scan=kept, note=note)
    except Refusal:
        forget(kept.stored_as)
        raise


DEEDS: Mapping[str, Deed] = {
    "ask_consent": _plain(nominating.ask_consent),
    "record_consent": _record_consent,
    "stop_asking": _plain(nominating.stop_asking),
    "return_draft": _with_reason(nominating.return_draft),
    "submit": _with_reason(nominating.submit),
    "withdraw": _with_reason(nominating.withdraw),
}


def _offered(request: OfficerRequest, one: Nomination) -> list[Step]:
    return [step for step in NOMINATIONS.offers(one, by=request.user) if step.key in DEEDS]


def _state(one: Nomination) -> str:
    return NOMINATION.states[one.state].label


def _cells(one: Nomination) -> list[object]:
    return [
        one.pk,
        one.business.name,
        one.business_id,
        one.nominator.name,
        one.year,
        one.get_category_display(),
        _state(one),
        one.get_consent_display(),
        one.consented_at,
        one.due_text,
    ]


def _status(form: forms.Form, refusal: Refusal | None) -> int:
    return 409 if refusal else 422 if form.errors else 200
