"""The bench: the result with one fact corrected, beside the result as it stands; nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jieti.accounts.disclosure import disclosed
from jieti.accounts.perms import may_see_objections
from jieti.appeals.filing import contestable
from jieti.appeals.models import Objection
from jieti.determinations.amending import Reworked, rework
from jieti.determinations.fact_texts import values_of
from jieti.determinations.running import explain_result, plan_of
from jieti.directory.overview import LABELS, PENDING
from jieti.kit.errors import Refusal
from jieti.web.access import OfficerRequest, Posted, only
from jieti.web.explaining import Verdict
from jieti.web.objecting import stated, value_field
from jieti.web.officer.objections import REASON, own, seen_by, works_on
from rulecore.explain import Explanation, Finding

NOT_ASKED = "不再判断"
"""Of a requirement after the outcome that stands."""


@dataclass(frozen=True, slots=True)
class Side:
    """One requirement on one side: its verdict and its facts in words."""

    verdict: Verdict | None
    facts: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.verdict.value if self.verdict else NOT_ASKED

    @property
    def tag(self) -> str:
        return self.verdict.tag if self.verdict else ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A requirement before and after the correction."""

    label: str
    clause: str
    before: Side
    after: Side

    @property
    def is_on_both(self) -> bool:
        """Whether it is judged before and after: what an outcome leaves out has not changed."""
        return self.before.verdict is not None and self.after.verdict is not None

    @property
    def differs(self) -> bool:
        return self.is_on_both and self.before != self.after

    @property
    def turns(self) -> bool:
        """Whether the verdict itself is another."""
        return self.is_on_both and self.before.verdict is not self.after.verdict


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both results and every requirement of either, in the order of the standard."""

    before: str
    after: str
    possible: tuple[str, ...]
    pairs: tuple[Pair, ...]

    @property
    def turns(self) -> bool:
        return self.before != self.after


class BenchForm(forms.Form):
    """Which facts are tried, each left empty where it stays as it was used."""

    def __init__(self, objection: Objection, data: Posted) -> None:
        super().__init__(data)
        disputed = {one.fact: one for one in objection.disputed.all()}
        listed = contestable(objection.result, objection.business)
        for one in sorted(listed, key=lambda one: one.fact.key not in disputed):
            field = value_field(one.fact, label=one.fact.label, required=False)
            field.help_text = f"判定所用：{one.used_text}"
            if one.fact.key in disputed:
                field.initial = disputed[one.fact.key].verified or disputed[one.fact.key].claimed
            self.fields[f"fact-{one.fact.key}"] = field
        self.disputed = [self[f"fact-{key}"] for key in disputed if f"fact-{key}" in self.fields]
        self.others = [self[name] for name in self.fields if name.removeprefix("fact-") not in disputed]

    @property
    def texts(self) -> dict[str, str]:
        """The values tried, as they are kept."""
        sent = {name.removeprefix("fact-"): value for name, value in self.cleaned_data.items()}
        return {key: stated(value) for key, value in sent.items() if value not in {None, ""}}


@only(may_see_objections)
@require_safe
def bench(request: OfficerRequest, pk: int) -> HttpResponse:
    """The result worked out again with other values, by the same rulebook, norm and data as then."""
    objection = own(request, pk)
    seen = seen_by(request, objection)
    if not works_on(request, objection):
        raise PermissionDenied
    form, comparison, refusal = BenchForm(objection, request.GET or None), None, None
    explanation = explain_result(objection.result)
    lines = {line.fact: line.value_text for one in explanation.findings for line in one.fact_lines}
    shown = disclosed(seen.reader, lines, business=objection.business_id, reason=REASON)
    if any(one.is_withheld for one in shown.values()):
        raise PermissionDenied
    if form.is_bound and form.is_valid():
        try:
            facts = values_of(plan_of(objection.result.run).facts, form.texts)
            comparison = compared(explanation, rework(objection.result, facts=facts), LABELS)
        except Refusal as refused:
            refusal = refused
    context = {
        "objection": objection,
        "form": form,
        "comparison": comparison,
        "refusal": refusal,
        "label": LABELS[objection.result.tier or PENDING],
        "run": objection.result.run,
    }
    return render(request, "officer/objection_bench.html", context, status=422 if form.errors or refusal else 200)


def compared(before: Explanation, after: Reworked, labels: Mapping[str, str]) -> Comparison:
    """Both explanations side by side."""
    old = {one.key: one for one in before.findings}
    new = {one.key: one for one in after.explanation.findings}
    every = {**old, **new}
    return Comparison(
        before=labels[before.tier or PENDING],
        after=labels[after.tier or PENDING],
        possible=tuple(labels[key] for key in after.possible),
        pairs=tuple(
            Pair(one.label, one.clause, _side(old.get(key)), _side(new.get(key))) for key, one in every.items()
        ),
    )


def _side(finding: Finding | None) -> Side:
    if finding is None:
        return Side(None, ())
    texts = (f"{line.label}：{line.value_text}" for line in finding.fact_lines)
    return Side(Verdict.of(finding), tuple(dict.fromkeys(texts)))
