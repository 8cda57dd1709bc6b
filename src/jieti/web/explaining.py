"""A result in the order in which it was decided: step by step, each requirement with its facts and its clause."""

from dataclasses import dataclass
from enum import StrEnum

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
    """A finding's three values, in the word that is shown."""

    YES = "是"
    NO = "否"
    UNKNOWN = "待数据"

    @classmethod
    def of(cls, finding: Finding | None) -> "Verdict":
        """The word for what was found; nothing found is not known."""
        return {True: cls.YES, False: cls.NO, None: cls.UNKNOWN}[finding.outcome if finding else None]

    @property
    def mark(self) -> str:
        """The word by which the style sheet knows it."""
        return {"是": "yes", "否": "no", "待数据": "unknown"}[self]

    @property
    def tag(self) -> str:
        return {"是": "good", "否": "", "待数据": "warn"}[self]


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
    """What a page shows of a result: its label and steps, what is missing and ahead, or why it cannot be explained.

    `most_ways` limits the ways to a better result.
    """
    shown: dict[str, object] = {
        "label": LABELS[result.tier or PENDING],
        "possible": [LABELS[key] for key in result.possible],
    }
    try:
        explanation = explain_result(result)
    except Refusal as refusal:
        return shown | {"refusal": refusal}
    plan = plan_of(result.run)
    return shown | {
        "steps": steps(plan.rulebook, explanation),
        "missing": missing(explanation),
        "outlook": {"ways": ways(explanation.changes, most=most_ways), "turnings": turnings(plan, explanation)},
        "sample_sources": sample_sources(plan) if result.run.norm.is_sample else frozenset(),
    }


def steps(rulebook: Rulebook, explanation: Explanation) -> list[Step]:
    """The steps up to the first outcome that certainly holds; what comes after it was not asked (附件一(一))."""
    findings = {finding.key: finding for finding in explanation.findings}
    taken: list[Step] = []
    for outcome in rulebook.outcomes:
        if outcome.when is None:
            break
        taken.append(_step(rulebook, outcome, findings))
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


def _step(rulebook: Rulebook, outcome: Outcome, findings: dict[str, Finding]) -> Step:
    negated = isinstance(outcome.when, Not)
    item = outcome.when.item if isinstance(outcome.when, Not) else outcome.when
    if not isinstance(item, CriterionRef):
        raise TypeError(f"outcome {outcome.key} names no criterion")
    criterion, finding = rulebook.criteria[item.name], findings.get(item.name)
    line = _line(condition(rulebook, item), findings)
    holds = finding is not None and finding.outcome is (not negated)
    return Step(criterion.label, criterion.clause, Verdict.of(finding), line, holds)


def _line(node: Node, findings: dict[str, Finding]) -> Line:
    if node.items:
        return Line(node.heading, tuple(_line(item, findings) for item in node.items))
    finding = findings.get(node.key)
    return Line(finding=finding, verdict=Verdict.of(finding))
