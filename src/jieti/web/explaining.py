"""A result in the order in which it was decided: step by step, each requirement with its facts and its clause."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from jieti.accounts.disclosure import Reader, Shown, disclosed
from jieti.determinations.models import Result
from jieti.determinations.running import explain_result, plan_of
from jieti.directory.overview import LABELS, PENDING
from jieti.kit.errors import Refusal
from jieti.web.outlook import turnings, ways
from jieti.web.standards import Node, condition
from rulecore.explain import Explanation, FactLine, Finding
from rulecore.model import CriterionRef, Not, Outcome, Rulebook
from rulecore.plan import Plan


class Verdict(StrEnum):
    """A finding's three values, in the word that is shown, and the word where the reader may not see which it is."""

    YES = "是"
    NO = "否"
    UNKNOWN = "待数据"
    WITHHELD = "不予显示"

    @classmethod
    def of(cls, finding: Finding | None) -> "Verdict":
        """The word for what was found; nothing found is not known."""
        return {True: cls.YES, False: cls.NO, None: cls.UNKNOWN}[finding.outcome if finding else None]

    @property
    def mark(self) -> str:
        """The word by which the style sheet knows it."""
        return {"是": "yes", "否": "no", "待数据": "unknown", "不予显示": "unknown"}[self]

    @property
    def tag(self) -> str:
        return {"是": "good", "否": "", "待数据": "warn", "不予显示": ""}[self]


NOTHING: Mapping[str, Shown] = {}


@dataclass(frozen=True)
class Line:
    """A requirement with what was found, or a heading with lines below it."""

    heading: str = ""
    items: tuple["Line", ...] = ()
    finding: Finding | None = None
    verdict: Verdict = Verdict.UNKNOWN

    @property
    def facts(self) -> tuple[FactLine, ...]:
        return self.finding.fact_lines if self.finding else ()


@dataclass(frozen=True)
class Step:
    """One outcome of the standard that was asked for, in order; the page opens those that decide or leave open."""

    title: str
    clause: str
    verdict: Verdict
    line: Line
    holds: bool = False

    @property
    def decides(self) -> bool:
        """Whether the result hangs on this step."""
        return self.holds or self.verdict is Verdict.UNKNOWN


def explained(result: Result, *, most_ways: int | None = None) -> dict[str, object]:
    """What the business's own people are shown of a result: its label and steps, what is missing and ahead, or why it
    cannot be explained. `most_ways` limits the ways to a better result.
    """
    try:
        explanation = explain_result(result)
    except Refusal as refusal:
        return _labels(result) | {"refusal": refusal}
    return _labels(result) | _page(result, explanation, {}) | _ahead(result, explanation, most_ways)


def explained_to(reader: Reader, result: Result) -> dict[str, object]:
    """What an officer is shown of a result: of protected facts only what their duty lets them see, which is recorded.

    A requirement that rests on a withheld fact does not tell its outcome, since that would tell the fact; the ways to
    a better result are left out for the same reason. `is_recorded` says whether this reading was recorded.
    """
    try:
        explanation = explain_result(result)
    except Refusal as refusal:
        return _labels(result) | {"refusal": refusal}
    lines = (line for finding in explanation.findings for line in finding.fact_lines)
    known = {line.fact: None if line.value is None else line.value_text for line in lines}
    shown = disclosed(reader, known, business=result.uscc)
    page = _labels(result) | _page(result, explanation, shown)
    page["is_recorded"] = any(one.is_recorded for one in shown.values())
    whole = not any(one.is_withheld for one in shown.values())
    return page | (_ahead(result, explanation, None) if whole else {"is_partial": True})


def _labels(result: Result) -> dict[str, object]:
    return {"label": LABELS[result.tier or PENDING], "possible": [LABELS[key] for key in result.possible]}


def _page(result: Result, explanation: Explanation, shown: Mapping[str, Shown]) -> dict[str, object]:
    plan = plan_of(result.run)
    return {
        "steps": steps(plan.rulebook, explanation, shown),
        "missing": missing(explanation),
        "sample_sources": sample_sources(plan) if result.run.norm.is_sample else frozenset(),
    }


def _ahead(result: Result, explanation: Explanation, most_ways: int | None) -> dict[str, object]:
    plan = plan_of(result.run)
    return {"outlook": {"ways": ways(explanation.changes, most=most_ways), "turnings": turnings(plan, explanation)}}


def steps(rulebook: Rulebook, explanation: Explanation, shown: Mapping[str, Shown] = NOTHING) -> list[Step]:
    """The steps up to the first outcome that certainly holds; what comes after it was not asked (附件一(一)).

    `shown` holds what the reader gets of each fact; facts that it lacks are shown as they are.
    """
    findings = {finding.key: finding for finding in explanation.findings}
    taken: list[Step] = []
    for outcome in rulebook.outcomes:
        if outcome.when is None:
            break
        taken.append(_step(rulebook, outcome, findings, shown))
        if taken[-1].holds:
            break
    return taken


def missing(explanation: Explanation) -> list[str]:
    """What is unknown and who supplies it, once each; nothing when the tier is certain."""
    if explanation.tier is not None:
        return []
    return list(dict.fromkeys(text for finding in explanation.findings for text in finding.missing))


def sample_sources(plan: Plan) -> frozenset[str]:
    """The sources of amounts that a sample norm sets, as an explanation names them: the page marks these 样例."""
    norms = (parameter for parameter in plan.rulebook.parameters.values() if parameter.annual_norm)
    return frozenset(f"当年认定标准（{norm.clause}）" for norm in norms if plan.values[norm.key] is not None)


def _step(rulebook: Rulebook, outcome: Outcome, findings: Mapping[str, Finding], shown: Mapping[str, Shown]) -> Step:
    negated = isinstance(outcome.when, Not)
    item = outcome.when.item if isinstance(outcome.when, Not) else outcome.when
    if not isinstance(item, CriterionRef):
        raise TypeError(f"outcome {outcome.key} names no criterion")
    criterion, finding = rulebook.criteria[item.name], findings.get(item.name)
    line = _line(condition(rulebook, item), findings, shown)
    holds = finding is not None and finding.outcome is (not negated)
    return Step(criterion.label, criterion.clause, Verdict.of(finding), line, holds)


def _line(node: Node, findings: Mapping[str, Finding], shown: Mapping[str, Shown]) -> Line:
    if node.items:
        return Line(node.heading, tuple(_line(item, findings, shown) for item in node.items))
    finding = findings.get(node.key)
    if finding is None or not any(_is_withheld(line, shown) for line in finding.fact_lines):
        return Line(finding=finding, verdict=Verdict.of(finding))
    lines = tuple(_as_shown(line, shown) for line in finding.fact_lines)
    return Line(finding=replace(finding, outcome=None, fact_lines=lines, missing=()), verdict=Verdict.WITHHELD)


def _is_withheld(line: FactLine, shown: Mapping[str, Shown]) -> bool:
    return line.fact in shown and shown[line.fact].is_withheld


def _as_shown(line: FactLine, shown: Mapping[str, Shown]) -> FactLine:
    return replace(line, value=None, value_text=shown[line.fact].note) if _is_withheld(line, shown) else line
