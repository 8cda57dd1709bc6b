"""名特优新申报: may I, before I write a word; then a short form that asks only what no feed supplies."""

from collections.abc import Mapping, Sequence

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.domain.terms import Category
from jieti.kit import clock, evidence
from jieti.kit.errors import Refusal
from jieti.kit.evidence import keeping
from jieti.recognitions import filing
from jieti.recognitions.campaigns import APPLICATION, campaign_for, current_campaign, stage_of
from jieti.recognitions.desk import APPLICATIONS, course_of
from jieti.recognitions.models import Application, Nomination
from jieti.recognitions.screening import PATH, Screening, fact_of, refusal_of, screen
from jieti.registry.ask_once import Datum, Own
from jieti.registry.history import tables_known_at
from jieti.registry.models import Business
from jieti.registry.supplied import supplies_of
from jieti.web.access import MemberRequest, posted
from jieti.web.attaching import files_field
from jieti.web.proprietor.own import handled, reader
from jieti.web.proprietor.views import SourcedValue, SuppliedTable
from jieti.web.recognising import CategoryCard, CriterionRow, card_of, cards_of, verdict_of

REGISTER = "registration"
PAPERS = "papers-"


class CategoryForm(forms.Form):
    """Which of the four."""

    asks: Mapping[str, Own | Datum] = {"preferred_category": Own("申报哪一类是申报人自己的意愿")}

    preferred_category = forms.ChoiceField(
        label="想申报哪一类",
        help_text="选最能代表您的一类；审核时如果别的类别更合适，会写明理由。",
        choices=[(one.value, one.label) for one in Category],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择一类。", "invalid_choice": "请从四类中选择。"},
    )


class WordsForm(forms.Form):
    """What is special about it, and the evidence of the criteria that only people can judge."""

    asks: Mapping[str, Own | Datum] = {"introduction": Own("有什么特色只有本人能说明")}

    introduction = forms.CharField(
        label="有什么特色",
        help_text="几句话就可以：经营什么、做了多少年、顾客为什么来。不要填写身份证号码、银行卡号。",
        max_length=filing.LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "请用几句话写明有什么特色。"},
    )

    def __init__(self, asked: Sequence[CriterionRow], open_facts: Sequence[tuple[str, str]], *args: object) -> None:
        data, files, initial = args
        super().__init__(data, files, initial=initial)  # type: ignore[arg-type]
        self.asked = asked
        for row in asked:
            field = files_field(f"{row.finding.label}：能证明的材料（选填）")
            field.help_text = (
                f"例如：{'、'.join(row.criterion.evidence)}。{evidence.LIMITS}。照片中的位置等信息会自动去掉。"
            )
            self.fields[f"{PAPERS}{row.key}"] = field
        if open_facts:
            self.fields["claims"] = forms.MultipleChoiceField(
                label="下面哪些您有（选填）",
                help_text="这些由部门提供，但数据还没有送到。勾选后由审核人员核实。",
                choices=open_facts,
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )


@login_required
@require_safe
def index(request: MemberRequest, uscc: str) -> HttpResponse:
    """May it apply, which criteria are met already, and what became of earlier applications."""
    return _index(request, handled(request, uscc))


@login_required
@require_POST
def start(request: MemberRequest, uscc: str) -> HttpResponse:
    """Begins a draft."""
    business = handled(request, uscc)
    try:
        draft = filing.start(by=request.user, business=business)
    except Refusal as refusal:
        return _index(request, business, refusal=refusal)
    return redirect("proprietor:application-category", business.pk, draft.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def category(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """First: which category, each with what is met already."""
    one = _draft(request, uscc, pk)
    form, refusal = CategoryForm(posted(request), initial={"preferred_category": one.preferred_category}), None
    if request.method == "POST" and form.is_valid():
        try:
            filing.save_draft(by=request.user, application=one, **form.cleaned_data)
            return redirect("proprietor:application-words", uscc, pk)
        except Refusal as refused:
            refusal = refused
    cards = list(zip(form["preferred_category"], cards_of(screen(one.business, path=one.path)), strict=True))
    context = _shared(one) | {"form": form, "cards": cards, "refusal": refusal}
    return render(request, "proprietor/application_category.html", context, status=_status(form, refusal))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def words(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Then: what is special, and the evidence; what was written is kept even where a file is refused."""
    one = _draft(request, uscc, pk)
    if not one.preferred_category:
        return redirect("proprietor:application-category", uscc, pk)
    found = screen(one.business, path=one.path)
    card = card_of(found, one.preferred_category)
    initial = {"introduction": one.introduction, "claims": [key for key, value in one.answers.items() if value]}
    form = WordsForm(asked_of(card), open_facts(found, card), posted(request), request.FILES or None, initial)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            _keep(request, one, form)
            return redirect("proprietor:application-check", uscc, pk)
        except Refusal as refused:
            refusal = refused
    context = _shared(one) | {
        "form": form,
        "card": card,
        "refusal": refusal,
        "tables": _register(request, one.business),
    }
    return render(request, "proprietor/application_words.html", context, status=_status(form, refusal))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Last: check the answers, and submit."""
    one = _draft(request, uscc, pk)
    refusal = None
    if request.method == "POST":
        try:
            filing.submit(by=request.user, application=one, version=_version(request))
            return redirect("proprietor:application", uscc, pk)
        except Refusal as refused:
            refusal = refused
    claims = [fact_of(one.business, key).label for key in one.answers]
    context = _shared(one) | {"claims": claims, "tables": _register(request, one.business), "refusal": refusal}
    return render(request, "proprietor/application_check.html", context, status=409 if refusal else 200)


@login_required
@require_safe
def detail(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """One application: where it stands, every step, what is asked."""
    one = _own(request, uscc, pk)
    if one.state == "draft":
        return redirect("proprietor:application-category", uscc, pk)
    return _detail(request, one)


@login_required
@require_POST
def supply(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Answers a request for evidence."""
    one = _own(request, uscc, pk)
    form = SupplyForm(request.POST, request.FILES or None)
    if not form.is_valid():
        return _detail(request, one, form=form)
    statement, version = form.cleaned_data["statement"], _version(request)
    try:
        with keeping(form.cleaned_data["papers"], folder=filing.FOLDER) as kept:
            filing.supply_evidence(
                by=request.user, application=one, version=version, statement=statement, evidence=kept
            )
    except Refusal as refusal:
        return _detail(request, _own(request, uscc, pk), form=form, refusal=refusal)
    return redirect("proprietor:application", uscc, pk)


@login_required
@require_POST
def take_back(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Withdraws."""
    one = _own(request, uscc, pk)
    try:
        filing.withdraw(by=request.user, application=one, version=_version(request))
    except Refusal as refusal:
        return _detail(request, _own(request, uscc, pk), refusal=refusal)
    return redirect("proprietor:applications", uscc)


@login_required
@require_safe
def file(request: MemberRequest, uscc: str, pk: int, number: int) -> HttpResponseBase:
    """One piece of the evidence, as it was kept."""
    one = get_object_or_404(_own(request, uscc, pk).attachments, pk=number)
    return evidence.response_of(one.stored_as, name=one.name, kind=one.kind)


@login_required
@require_POST
def forget_file(request: MemberRequest, uscc: str, pk: int, number: int) -> HttpResponse:
    """Takes a file out of the draft."""
    one = _draft(request, uscc, pk)
    filing.detach(by=request.user, application=one, attachment=get_object_or_404(one.attachments, pk=number))
    return redirect("proprietor:application-words", uscc, pk)


def asked_of(card: CategoryCard) -> list[CriterionRow]:
    """The criteria of a category for which evidence is asked: what data exclude or already show is not asked."""
    return [row for row in card.rows if row.asks]


def open_facts(found: Screening, card: CategoryCard) -> list[tuple[str, str]]:
    """What the category's criteria would take from feeds that have brought nothing."""
    lines = {line.fact for row in card.rows for line in row.finding.fact_lines if line.value is None}
    facts = [fact_of(found.business, key) for key in sorted(lines)]
    return [(one.key, one.label) for one in facts if one.derivation.how != "given" and one.type == "bool"]


class SupplyForm(forms.Form):
    """The answer to a request for evidence."""

    asks: Mapping[str, Own | Datum] = {
        "statement": Own("对补充的材料的说明"),
        "papers": Own("所要求的证明材料在本人手里"),
    }

    statement = forms.CharField(
        label="情况说明（选填）", required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    papers = files_field("补充的材料（选填）")


def _index(request: MemberRequest, business: Business, *, refusal: Refusal | None = None) -> HttpResponse:
    found = screen(business, path=Application.Path.SELF)
    applications = list(Application.objects.filter(business=business).select_related("campaign", "nomination"))
    nominations = Nomination.objects.filter(business=business).select_related("nominator")
    context = {
        "business": business,
        "verdict": verdict_of(found),
        "why_not": refusal_of(found) if found.excluded else None,
        "cards": cards_of(found),
        "rows": [(one, state_text(one)) for one in applications],
        "nominations": [one for one in nominations if one.state != "drafted"],
        "may_start": not found.excluded and not any(one.is_open for one in applications),
        "refusal": refusal,
    }
    return render(request, "proprietor/applications.html", context | _window(business), status=409 if refusal else 200)


def _window(business: Business) -> dict[str, object]:
    """Whether applications are taken today, until when, or which day would help."""
    try:
        campaign = campaign_for(business.jurisdiction, APPLICATION)
    except Refusal as closed:
        return {"closed": closed, "campaign": current_campaign(business.jurisdiction)}
    return {"closed": None, "campaign": campaign, "stage": stage_of(campaign, APPLICATION)}


def _detail(
    request: MemberRequest, one: Application, *, form: SupplyForm | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    offered = {step.key for step in APPLICATIONS.offers(one, by=request.user)}
    context = _shared(one) | {
        "steps": steps_of(one),
        "form": form or SupplyForm(),
        "may_supply": "supply_evidence" in offered,
        "may_withdraw": "withdraw" in offered,
        "asked": one.steps.filter(step="ask_evidence").last(),
        "refusal": refusal,
    }
    status = 409 if refusal else 422 if form and form.errors else 200
    return render(request, "proprietor/application.html", context, status=status)


def state_text(one: Application) -> str:
    """The state as people read it."""
    return course_of(one).states[one.state].label


def steps_of(one: Application) -> list[dict[str, object]]:
    """Every step that was taken, the first first."""
    course = course_of(one)
    found = []
    for step in one.steps.select_related("by"):
        row = course.step(step.step)
        found.append(
            {
                "step": step,
                "label": row.label,
                "state": course.states[step.target].label,
                "role": course.role_labels[row.role],
            }
        )
    return found


def _shared(one: Application) -> dict[str, object]:
    return {
        "business": one.business,
        "application": one,
        "state": state_text(one),
        "files": list(one.attachments.all()),
        "stage": stage_of(one.campaign, APPLICATION),
        PATH: one.path,
    }


def _keep(request: MemberRequest, one: Application, form: WordsForm) -> None:
    """The words first, so that a refused file costs nobody what they wrote."""
    claims = form.cleaned_data.get("claims")
    answers = None if claims is None else dict.fromkeys(claims, "true")
    introduction = form.cleaned_data["introduction"]
    filing.save_draft(by=request.user, application=one, introduction=introduction, answers=answers)
    for row in form.asked:
        criterion = f"{one.preferred_category}.{row.key}"
        with keeping(form.cleaned_data[f"{PAPERS}{row.key}"], folder=filing.FOLDER) as kept:
            filing.attach(by=request.user, application=one, evidence=kept, criterion=criterion)


def _register(request: MemberRequest, business: Business) -> list[SuppliedTable]:
    """What the register says, locked, with its source and date."""
    deliveries = tables_known_at(clock.now(), business.jurisdiction)
    own = {REGISTER: deliveries[REGISTER]} if REGISTER in deliveries else {}
    return [
        SuppliedTable(supply, tuple(tuple(SourcedValue(v, None) for v in row if v.is_known) for row in supply.rows))
        for supply in supplies_of(business, reader=reader(request, business), deliveries=own)
    ]


def _own(request: MemberRequest, uscc: str, pk: int) -> Application:
    found = Application.objects.filter(business=handled(request, uscc))
    wanted = found.select_related("business__jurisdiction", "campaign__jurisdiction", "applicant", "nomination")
    return get_object_or_404(wanted, pk=pk)


def _draft(request: MemberRequest, uscc: str, pk: int) -> Application:
    return get_object_or_404(
        Application.objects.filter(business=handled(request, uscc), state="draft").select_related(
            "business__jurisdiction", "campaign__jurisdiction"
        ),
        pk=pk,
    )


def _status(form: forms.Form, refusal: Refusal | None) -> int:
    return 409 if refusal else 422 if form.errors else 200


def _version(request: MemberRequest) -> int:
    """The version that the page showed; none that any application has where it was not sent."""
    sent = request.POST.get("version", "")
    return int(sent) if sent.isascii() and sent.isdigit() else -1
