"""“对结果有异议”: says which fact is wrong, what is right and why, with evidence; follows what becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypedDict

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.appeals.desk import DESK, handler_of
from jieti.appeals.filing import (
    CLAUSE,
    FOLDER,
    Contestable,
    contestable,
    file_objection,
    supply_evidence,
    window_of,
    withdraw,
)
from jieti.appeals.letters import remedies
from jieti.appeals.models import Objection
from jieti.determinations.fact_texts import shown
from jieti.determinations.models import Result
from jieti.directory.overview import LABELS, PENDING
from jieti.kit import evidence
from jieti.kit.errors import Refusal
from jieti.kit.evidence import Kept, forget, keeping
from jieti.registry.ask_once import Datum, Own
from jieti.registry.models import Business
from jieti.web.access import Files, MemberRequest, Posted, posted
from jieti.web.attaching import files_field
from jieti.web.objecting import (
    fact_rows,
    standing_of,
    stated,
    step_rows,
    value_field,
)
from jieti.web.proprietor.own import handled


class Draft(TypedDict, total=False):
    """What was filled in and not filed: `evidence` are `Kept` as mappings, whose files are kept already."""

    result: int
    facts: list[str]
    claims: dict[str, str]
    statement: str
    evidence: list[dict[str, Any]]


DRAFT = "objection:{}"
"""Where the session keeps what was filled in and not filed."""
MOST_FACTS = 2
"""With two facts a person fills in five fields: which, two values, why, and the files."""


class FactsForm(forms.Form):
    """Which facts are wrong, of those that the result rests on."""

    asks: Mapping[str, Own | Datum] = {"facts": Own("哪一项与实际不符，只有本人能指出")}

    facts = forms.MultipleChoiceField(
        label="哪一项与实际不符",
        help_text=f"最多选{MOST_FACTS}项。每一项后面是判定所用的值。",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少勾选一项。", "invalid_choice": "请从列出的事实中选择。"},
    )

    def __init__(self, listed: Sequence[Contestable], data: Posted, **options: Any) -> None:
        super().__init__(data, **options)
        field = self.fields["facts"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = [(one.fact.key, f"{one.fact.label}：{one.used_text}（{one.supplier}）") for one in listed]

    def clean_facts(self) -> list[str]:
        facts: list[str] = self.cleaned_data["facts"]
        if len(facts) > MOST_FACTS:
            raise forms.ValidationError(f"一次最多选{MOST_FACTS}项，请选最要紧的。", code="most")
        return facts


class ClaimForm(forms.Form):
    """What is right instead, why, and the evidence."""

    asks: Mapping[str, Own | Datum] = {
        "statement": Own("为什么认为结果有误，只有本人能说明"),
        "papers": Own("用来反驳部门数据的证明材料在本人手里"),
    }

    statement = forms.CharField(
        label="为什么，依据是什么",
        help_text="写明事情的经过和证明材料的名称。不要填写身份证号码、银行卡号。",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "请写明理由。"},
    )
    papers = files_field()

    def __init__(self, disputed: Sequence[Contestable], data: Posted, files: Files = None, **options: Any) -> None:
        super().__init__(data, files, **options)
        self.disputed = disputed
        values = {
            f"fact-{one.fact.key}": value_field(one.fact, label=f"{one.fact.label}，您认为正确的值") for one in disputed
        }
        for name, field in values.items():
            field.help_text = next(f"判定所用的值：{one.used_text}" for one in disputed if name.endswith(one.fact.key))
        self.fields = {**values, **self.fields}

    @property
    def claims(self) -> dict[str, str]:
        """The values by fact, as they are kept."""
        return {one.fact.key: stated(self.cleaned_data[f"fact-{one.fact.key}"]) for one in self.disputed}


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


@login_required
@require_safe
def index(request: MemberRequest, uscc: str) -> HttpResponse:
    """The objections of a business with how they stand, and until when a new one can be filed."""
    business = handled(request, uscc)
    found = Objection.objects.raised_for(business).select_related("result", "handler")
    context = {"business": business, "rows": [(one, standing_of(one)) for one in found], "clause": CLAUSE}
    return render(request, "proprietor/objections.html", context | _newest(business))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest, uscc: str) -> HttpResponse:
    """First: which fact."""
    business = handled(request, uscc)
    result, listed = _contestable(business)
    draft = _draft(request, business, result)
    form = FactsForm(listed, posted(request), initial={"facts": draft.get("facts", [])})
    if request.method == "POST" and form.is_valid():
        _keep_draft(request, business, {**draft, "facts": form.cleaned_data["facts"], "result": result.pk})
        return redirect("proprietor:objection-claim", business.pk)
    context = _shared(business, result) | {"form": form}
    return render(request, "proprietor/objection_new.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: MemberRequest, uscc: str) -> HttpResponse:
    """Then: what is right, why, and the files, which are checked and kept at once."""
    business = handled(request, uscc)
    result, listed = _contestable(business)
    draft = _draft(request, business, result)
    disputed = [one for one in listed if one.fact.key in draft.get("facts", [])]
    if not disputed:
        return redirect("proprietor:objection-new", business.pk)
    form = ClaimForm(disputed, posted(request), request.FILES or None, initial=_initial(draft))
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            _keep_draft(request, business, _answers(form, draft))
            return redirect("proprietor:objection-check", business.pk)
        except Refusal as refused:
            refusal = refused
    context = _shared(business, result) | {"form": form, "refusal": refusal, "kept": draft.get("evidence", [])}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "proprietor/objection_claim.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: MemberRequest, uscc: str) -> HttpResponse:
    """Last: check the answers, and file."""
    business = handled(request, uscc)
    result, listed = _contestable(business)
    draft, refusal = _draft(request, business, result), None
    if not draft.get("claims"):
        return redirect(
            "proprietor:objections" if request.method == "POST" else "proprietor:objection-new", business.pk
        )
    if request.method == "POST":
        try:
            return _file(request, business, result, draft)
        except Refusal as refused:
            refusal = refused
    rows = [(one, shown(one.fact, draft["claims"][one.fact.key])) for one in listed if one.fact.key in draft["claims"]]
    context = _shared(business, result) | {"draft": draft, "rows": rows, "refusal": refusal}
    return render(request, "proprietor/objection_check.html", context, status=409 if refusal else 200)


@login_required
@require_POST
def forget_file(request: MemberRequest, uscc: str, sha256: str) -> HttpResponse:
    """Takes a file out of the draft."""
    business = handled(request, uscc)
    draft: Draft = request.session.get(DRAFT.format(business.pk), {})
    held = draft.get("evidence", [])
    for one in (one for one in held if one["sha256"] == sha256):
        forget(one["stored_as"])
    _keep_draft(request, business, {**draft, "evidence": [one for one in held if one["sha256"] != sha256]})
    return redirect("proprietor:objection-claim", business.pk)


@login_required
@require_safe
def detail(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """One objection: every step, the deadline, what is asked, the answer."""
    return _detail(request, _own(request, uscc, pk))


@login_required
@require_POST
def supply(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Answers a request for evidence."""
    objection = _own(request, uscc, pk)
    form = SupplyForm(request.POST, request.FILES or None)
    if not form.is_valid():
        return _detail(request, objection, form=form)
    statement, version = form.cleaned_data["statement"], _version(request)
    try:
        with keeping(form.cleaned_data["papers"], folder=FOLDER) as kept:
            supply_evidence(by=request.user, objection=objection, version=version, statement=statement, evidence=kept)
    except Refusal as refusal:
        return _detail(request, _own(request, uscc, pk), form=form, refusal=refusal)
    return redirect("proprietor:objection", uscc, pk)


@login_required
@require_POST
def take_back(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Withdraws."""
    objection = _own(request, uscc, pk)
    try:
        withdraw(by=request.user, objection=objection, version=_version(request))
    except Refusal as refusal:
        return _detail(request, _own(request, uscc, pk), refusal=refusal)
    return redirect("proprietor:objection", uscc, pk)


@login_required
@require_safe
def file(request: MemberRequest, uscc: str, pk: int, number: int) -> HttpResponseBase:
    """One piece of the evidence, as it was kept."""
    one = get_object_or_404(_own(request, uscc, pk).evidence, pk=number)
    return evidence.response_of(one.stored_as, name=one.name, kind=one.kind)


@login_required
@require_safe
def letter(request: MemberRequest, uscc: str, pk: int) -> HttpResponseBase:
    """The reply letter."""
    objection = _own(request, uscc, pk)
    if not objection.reply_path:
        raise Http404
    return evidence.response_of(objection.reply_path, name=f"异议答复书{objection.pk}.pdf", kind=evidence.PDF)


def _own(request: MemberRequest, uscc: str, pk: int) -> Objection:
    found = Objection.objects.raised_for(handled(request, uscc))
    wanted = found.select_related("result__run__norm", "result__run__rulebook", "handler__jurisdiction", "corrected")
    return get_object_or_404(wanted.select_related("business", "jurisdiction", "raised_by"), pk=pk)


def _detail(
    request: MemberRequest, objection: Objection, *, form: SupplyForm | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    offered = {step.key for step in DESK.offers(objection, by=request.user)}
    context = {
        "business": objection.business,
        "objection": objection,
        "standing": standing_of(objection),
        "label": LABELS[objection.result.tier or PENDING],
        "new_label": LABELS[objection.corrected.tier or PENDING] if objection.corrected else "",
        "facts": fact_rows(objection),
        "steps": step_rows(objection),
        "evidence": objection.evidence.all(),
        "remedies": remedies(objection),
        "form": form or SupplyForm(),
        "may_supply": "supply_evidence" in offered,
        "may_withdraw": "withdraw" in offered,
        "refusal": refusal,
        "clause": CLAUSE,
    }
    status = 409 if refusal else 422 if form and form.errors else 200
    return render(request, "proprietor/objection.html", context, status=status)


def _newest(business: Business) -> dict[str, object]:
    """The result that can be objected to, until when, or why not."""
    result = Result.objects.published().latest_for(business.pk)
    if result is None:
        return {"window": None}
    window = window_of(result, business)
    return {"result": result, "window": window, "label": LABELS[result.tier or PENDING]}


def _contestable(business: Business) -> tuple[Result, list[Contestable]]:
    result = Result.objects.published().latest_for(business.pk)
    if result is None:
        raise Http404
    return result, contestable(result, business)


def _shared(business: Business, result: Result) -> dict[str, object]:
    return {
        "business": business,
        "result": result,
        "label": LABELS[result.tier or PENDING],
        "window": window_of(result, business),
        "handler": handler_of(business.jurisdiction),
        "clause": CLAUSE,
    }


def _draft(request: MemberRequest, business: Business, result: Result) -> Draft:
    """What was filled in for this result; of another result nothing counts."""
    draft: Draft = request.session.get(DRAFT.format(business.pk), {})
    return draft if draft.get("result") == result.pk else {}


def _keep_draft(request: MemberRequest, business: Business, draft: Draft) -> None:
    request.session[DRAFT.format(business.pk)] = draft


def _initial(draft: Draft) -> dict[str, object]:
    claims = {f"fact-{key}": value for key, value in draft.get("claims", {}).items()}
    return {**claims, "statement": draft.get("statement", "")}


def _answers(form: ClaimForm, draft: Draft) -> Draft:
    """The draft with what the form says; files that were kept before stay."""
    with keeping(form.cleaned_data["papers"], folder=FOLDER) as fresh:
        brought = [asdict(one) for one in fresh]
    kept = {one["sha256"]: one for one in [*draft.get("evidence", []), *brought]}
    answers = Draft(claims=form.claims, statement=form.cleaned_data["statement"], evidence=list(kept.values()))
    return {**draft, **answers}


def _file(request: MemberRequest, business: Business, result: Result, draft: Draft) -> HttpResponseRedirect:
    objection = file_objection(
        by=request.user,
        business=business,
        result=result,
        statement=draft["statement"],
        claims=draft["claims"],
        evidence=[Kept(**one) for one in draft["evidence"]],
    )
    del request.session[DRAFT.format(business.pk)]
    return redirect("proprietor:objection", business.pk, objection.pk)


def _version(request: MemberRequest) -> int:
    """The version that the page showed; none that any objection has where it was not sent."""
    sent = request.POST.get("version", "")
    return int(sent) if sent.isascii() and sent.isdigit() else -1
