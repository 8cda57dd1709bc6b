"""The steps of an objection, one page each: what has to be filled in, and the deed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from jieti.accounts.perms import may_see_objections
from jieti.appeals import handling
from jieti.appeals.desk import DESK, wrong_facts
from jieti.appeals.letters import remedies
from jieti.appeals.models import DisputedFact, Objection
from jieti.determinations.amending import rework
from jieti.determinations.fact_texts import values_of
from jieti.determinations.running import plan_of
from jieti.directory.corrections import correct_result
from jieti.directory.overview import LABELS, PENDING
from jieti.domain.workflows.objection import OBJECTION
from jieti.domain.workflows.table import Step
from jieti.kit.errors import Refusal
from jieti.web.access import OfficerRequest, Posted, only, posted
from jieti.web.objecting import fact_rows, stated, value_field
from jieti.web.officer.objections import answerable, own, page

CANNOT_TELL = "cannot_tell"
REASONS = {
    "not_accept": "不予受理的理由",
    "ask_evidence": "需要补充什么、用来证明什么",
    "consult": "请数据提供单位核实什么",
    "recall": "为什么不再等待",
    "conclude": "处理意见和理由",
    "send_back": "需要重新核实什么",
    "uphold": "决定的理由",
    "refuse": "决定的理由",
    "reply": "答复书中写给申诉人的话",
    "answer": "核实的依据和情况",
}
SHOWN_TO_APPELLANT = "申诉人会看到。"


class StepForm(forms.Form):
    """The version that the page shows, and what the step asks."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, objection: Objection, step: Step, data: Posted) -> None:
        super().__init__(data, initial={"version": objection.version})
        self.objection, self.step = objection, step
        rows = fact_rows(objection)
        if step.key == "consult":
            self.fields["facts"] = forms.MultipleChoiceField(
                label="转哪几项事实",
                choices=[(row.one.fact, f"{row.label}（{row.one.supplier}）") for row in rows],
                widget=forms.CheckboxSelectMultiple,
                error_messages={"required": "请勾选要核实的事实。"},
            )
        if step.key == "conclude":
            self._ask_values([row.one for row in rows])
        if step.needs_reason:
            self.fields["reason"] = _reason(step.key)

    def _ask_values(self, disputed: Sequence[DisputedFact]) -> None:
        facts = plan_of(self.objection.result.run).facts
        for row, one in zip(fact_rows(self.objection), disputed, strict=True):
            field = value_field(facts[one.fact], label=f"{row.label}，核实的值", required=one.used != "")
            field.help_text = f"判定所用：{row.used}；申诉人主张：{row.claimed}"
            field.initial = one.used if one.verified is None else one.verified
            self.fields[f"fact-{one.fact}"] = field

    @property
    def values(self) -> dict[str, str]:
        """What each fact was found to be, as it is kept; nothing of one that nobody could tell."""
        sent = {name: value for name, value in self.cleaned_data.items() if name.startswith("fact-")}
        return {
            name.removeprefix("fact-"): "" if value in {None, ""} else stated(value) for name, value in sent.items()
        }

    @property
    def reason(self) -> str:
        return str(self.cleaned_data.get("reason", ""))


class AnswerForm(forms.Form):
    """A supplier's answer about one fact."""

    found = forms.ChoiceField(
        label="核实结果",
        choices=[("value", "核实后的值如下"), (CANNOT_TELL, "无法核实")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择核实结果。"},
    )

    def __init__(self, objection: Objection, one: DisputedFact, data: Posted) -> None:
        super().__init__(data)
        fact = handling.fact_of(objection, one.fact)
        self.fields["value"] = value_field(fact, label="核实后的值", required=False)
        self.fields["value"].help_text = "无法核实的，不用填写。"
        self.fields["reason"] = _reason("answer")

    def clean(self) -> None:
        value = self.cleaned_data.get("value")
        if self.cleaned_data.get("found") == "value" and "value" not in self.errors and value in {None, ""}:
            self.add_error("value", "请填写核实后的值。")

    @property
    def value(self) -> str | None:
        """As values of facts are kept; None where it cannot be told."""
        return None if self.cleaned_data["found"] == CANNOT_TELL else stated(self.cleaned_data["value"])


@dataclass(frozen=True, slots=True)
class Preview:
    """What correcting would change."""

    before: str
    after: str
    facts: tuple[str, ...]


@only(may_see_objections)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: OfficerRequest, pk: int, key: str) -> HttpResponse:
    """Takes one step: the page of a step that cannot be taken now says so."""
    objection = own(request, pk)
    row = next((one for one in OBJECTION.steps if one.key == key and key in DEEDS), None)
    if row is None:
        raise Http404
    form, refusal = StepForm(objection, row, posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            DEEDS[key](request, objection, form)
            return redirect("officer:objection", objection.pk)
        except Refusal as refused:
            refusal = refused
    if request.method != "POST" and row not in DESK.offers(objection, by=request.user):
        return page(request, objection, refusal=_not_now(row))
    context = {
        "objection": objection,
        "step": row,
        "form": form,
        "refusal": refusal,
        "facts": fact_rows(objection),
        "preview": _preview(objection) if key in {"correct", "uphold"} else None,
        "remedies": remedies(objection) if key == "reply" else "",
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "officer/objection_step.html", context, status=status)


@only(may_see_objections)
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: OfficerRequest, pk: int, fact: str) -> HttpResponse:
    """An officer of the supplying body answers about one fact."""
    objection = own(request, pk)
    one = next((one for one in answerable(request, objection) if one.fact == fact), None)
    if one is None:
        refused = Refusal("这一项事实现在没有等待您的单位答复。", what_to_do="请在下面看清现在的情况。")
        return page(request, objection, refusal=refused)
    form, refusal = AnswerForm(objection, one, posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            handling.answer(by=request.user, objection=objection, fact=fact, value=form.value, reason=reason)
            return redirect("officer:objection", objection.pk)
        except Refusal as refused_now:
            refusal = refused_now
    asked = objection.steps.filter(step="consult").last()
    row = next(row for row in fact_rows(objection) if row.one.pk == one.pk)
    context = {"objection": objection, "row": row, "asked": asked, "form": form, "refusal": refusal}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "officer/objection_answer.html", context, status=status)


Deed = Callable[[OfficerRequest, Objection, StepForm], object]


def _plain(verb: Callable[..., Objection]) -> Deed:
    return lambda request, one, form: verb(by=request.user, objection=one, version=form.cleaned_data["version"])


def _with_reason(verb: Callable[..., Objection]) -> Deed:
    return lambda request, one, form: verb(
        by=request.user, objection=one, version=form.cleaned_data["version"], reason=form.reason
    )


def _consult(request: OfficerRequest, one: Objection, form: StepForm) -> Objection:
    facts, version = form.cleaned_data["facts"], form.cleaned_data["version"]
    return handling.consult(by=request.user, objection=one, version=version, facts=facts, question=form.reason)


def _conclude(request: OfficerRequest, one: Objection, form: StepForm) -> Objection:
    version = form.cleaned_data["version"]
    return handling.conclude(by=request.user, objection=one, version=version, values=form.values, reason=form.reason)


def _reply(request: OfficerRequest, one: Objection, form: StepForm) -> Objection:
    return handling.reply(by=request.user, objection=one, version=form.cleaned_data["version"], message=form.reason)


DEEDS: dict[str, Deed] = {
    "accept": _plain(handling.accept),
    "not_accept": _with_reason(handling.not_accept),
    "verify": _plain(handling.verify),
    "ask_evidence": _with_reason(handling.ask_evidence),
    "end_waiting": _plain(handling.end_waiting),
    "consult": _consult,
    "recall": _with_reason(handling.recall),
    "conclude": _conclude,
    "send_back": _with_reason(handling.send_back),
    "uphold": _with_reason(handling.uphold),
    "refuse": _with_reason(handling.refuse),
    "correct": _plain(correct_result),
    "reply": _reply,
}
"""What each step's page does; the appellant's own steps have none here."""


def _reason(key: str) -> forms.CharField:
    label = REASONS[key]
    hint = SHOWN_TO_APPELLANT if key != "recall" else ""
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": f"请填写“{label}”。"},
    )


def _not_now(row: Step) -> Refusal:
    role = OBJECTION.role_labels[row.role]
    return Refusal(f"现在不能办理“{row.label}”。", what_to_do=f"请在下面看清现在的状态；这一步由{role}办理。")


def _preview(objection: Objection) -> Preview | None:
    """What the facts found true make of the result; None where they are as they were used."""
    found = wrong_facts(objection)
    if not found:
        return None
    facts = values_of(plan_of(objection.result.run).facts, {one.fact: one.verified or "" for one in found})
    after = rework(objection.result, facts=facts)
    texts = {row.one.fact: f"{row.label}：{row.used} → {row.verified}" for row in fact_rows(objection)}
    before = LABELS[objection.result.tier or PENDING]
    return Preview(before, LABELS[after.tier or PENDING], tuple(texts[one.fact] for one in found))
