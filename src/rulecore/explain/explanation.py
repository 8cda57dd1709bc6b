"""explain: one business under one plan → steps through the outcomes, each with its findings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rulecore.check import walk
from rulecore.explain.wording import UNKNOWN, date_text, membership_text, threshold_text, value_text
from rulecore.model import Compare, Criterion, CriterionRef, Expression, Member, Outcome
from rulecore.plan import Physical, Plan, function_of, physical
from rulecore.result import RowResult, row_result

_MARKS: Mapping[bool | None, str] = {True: "✓", False: "✗", None: "？"}
_WORDS: Mapping[bool | None, str] = {True: "满足", False: "不满足", None: UNKNOWN}
_CIRCUMSTANCE_MARK = "·"
_CIRCUMSTANCE_WORDS: Mapping[bool | None, str] = {True: "是", False: "否", None: UNKNOWN}


@dataclass(frozen=True)
class FactLine:
    """One fact beside what it is compared with; `supplier` is the body that delivers it."""

    fact: str
    label: str
    value_text: str
    threshold_text: str
    supplier: str


@dataclass(frozen=True)
class Finding:
    """One criterion: true, false or unknown (None), why, and what is missing from whom; `depth` is its level."""

    key: str
    label: str
    clause: str
    letter: str
    sentence: str
    outcome: bool | None
    fact_lines: tuple[FactLine, ...]
    missing: tuple[str, ...]
    depth: int
    circumstance: bool = False

    @property
    def outcome_text(self) -> str:
        """满足, 不满足 or 待数据; of a circumstance 是, 否 or 待数据."""
        return (_CIRCUMSTANCE_WORDS if self.circumstance else _WORDS)[self.outcome]

    @property
    def mark(self) -> str:
        """✓, ✗ or ？; of a circumstance a plain point."""
        return _CIRCUMSTANCE_MARK if self.circumstance else _MARKS[self.outcome]


@dataclass(frozen=True)
class Step:
    """One outcome in the order in which the standard asks for them, and whether it is the result."""

    outcome: str
    label: str
    clause: str
    possible: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Explanation:
    """The result of one business with all its reasons."""

    tier: str | None
    possible: tuple[str, ...]
    possible_labels: tuple[str, ...]
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    basis: str

    @property
    def missing(self) -> tuple[str, ...]:
        """What is unknown and could still change the result, each once; nothing once the result stands."""
        if self.tier is not None:
            return ()
        return tuple(dict.fromkeys(text for finding in self.findings for text in finding.missing))

    @property
    def result_text(self) -> str:
        """成长型, or 待数据（可能为 …）."""
        labels = "、".join(self.possible_labels)
        return labels if self.tier else f"{UNKNOWN}（可能为：{labels}）"

    def text(self) -> str:
        """The whole explanation, one line a reason."""
        lines = [f"分型结果：{self.result_text}", f"依据：{self.basis}"]
        for finding in self.findings:
            lines += _finding_lines(finding)
        if self.missing:
            lines += ["还缺少：", *(f"  · {text}" for text in self.missing)]
        return "\n".join(lines)


def _finding_lines(finding: Finding) -> Iterator[str]:
    pad = "  " * finding.depth
    yield f"{pad}{finding.mark} {finding.label}：{finding.outcome_text}（{finding.clause}）{finding.sentence}"
    for line in finding.fact_lines:
        yield f"{pad}    {line.label}：{line.value_text}；标准：{line.threshold_text}；来源：{line.supplier}"


def explain(plan: Plan, facts: Mapping[str, object]) -> Explanation:
    """Why `plan` gives a business with these facts (values of the fact contract; None: unknown) its result."""
    known = {key: _physical(plan, key, facts.get(key)) for key in plan.rulebook.facts}
    true_bits, unknown_bits, mask = function_of(plan)(known)
    result = row_result(plan, mask, true_bits, unknown_bits)
    writer = _Writer(plan, known, result)
    steps = tuple(writer.steps())
    return Explanation(
        tier=result.tier,
        possible=result.possible,
        possible_labels=tuple(plan.rulebook.outcome_label(key) for key in result.possible),
        steps=steps,
        findings=tuple(finding for step in steps for finding in step.findings),
        basis=_basis(plan),
    )


def _physical(plan: Plan, key: str, value: object) -> Physical | None:
    return None if value is None else physical(value, plan.rulebook.facts[key].type)  # type: ignore[arg-type]  # of the fact contract


def _basis(plan: Plan) -> str:
    book = plan.rulebook
    return f"{book.document['number']}《{book.title}》，判定基准日 {date_text(plan.as_of)}"


class _Writer:
    """Walks through the outcomes in the order of the standard and stops where the result stands."""

    def __init__(self, plan: Plan, facts: Mapping[str, Physical | None], result: RowResult) -> None:
        self._plan = plan
        self._book = plan.rulebook
        self._facts = facts
        self._result = result
        self._bits = {c.criterion.key: c.bit for c in plan.criteria}
        self._told: set[str] = set()

    def steps(self) -> Iterator[Step]:
        for outcome in self._book.outcomes:
            findings = tuple(self._findings(outcome.when, 0)) if outcome.when else ()
            yield Step(outcome.key, outcome.label, outcome.clause, outcome.key in self._result.possible, findings)
            if self._stands(outcome):
                return

    def _stands(self, outcome: Outcome) -> bool:
        """The result is this outcome and this condition brought it about."""
        if self._result.tier != outcome.key:
            return False
        named = [node.name for node in walk(outcome.when) if isinstance(node, CriterionRef)] if outcome.when else []
        return (
            bool(named)
            and all(self._result.outcome(self._bits[name]) is not None for name in named)
            and self._holds(outcome)
        )

    def _holds(self, outcome: Outcome) -> bool:
        match outcome.when:
            case CriterionRef(name):
                return self._result.outcome(self._bits[name]) is True
            case _:
                return True

    def _findings(self, item: Expression, depth: int) -> Iterator[Finding]:
        for node in walk(item):
            if isinstance(node, CriterionRef) and node.name not in self._told:
                self._told.add(node.name)
                criterion = self._book.criteria[node.name]
                yield self._finding(criterion, depth)
                yield from self._findings(criterion.when, depth + 1)

    def _finding(self, criterion: Criterion, depth: int) -> Finding:
        lines = tuple(self._fact_lines(criterion.when))
        outcome = self._result.outcome(self._bits[criterion.key])
        return Finding(
            key=criterion.key,
            label=criterion.label,
            clause=criterion.clause,
            letter=criterion.letter,
            sentence=criterion.sentence,
            outcome=outcome,
            fact_lines=lines,
            missing=tuple(self._missing(criterion.when)) if outcome is None else (),
            depth=depth,
            circumstance=criterion.circumstance,
        )

    def _fact_lines(self, item: Expression) -> Iterator[FactLine]:
        for node in walk(item):
            if isinstance(node, Compare | Member):
                fact = self._book.facts[node.left.name]
                compared = (
                    threshold_text(self._plan, fact, node.op, node.right)
                    if isinstance(node, Compare)
                    else membership_text(fact, tuple(physical(option, fact.type) for option in node.options))
                )
                value = value_text(fact, self._facts[fact.key])
                yield FactLine(fact.key, fact.label, value, compared, self._supplier(fact.source))

    def _supplier(self, source: str) -> str:
        return self._book.organisation(self._book.sources[source].supplier)

    def _missing(self, item: Expression) -> Iterator[str]:
        for node in walk(item):
            if isinstance(node, Compare | Member) and self._facts[node.left.name] is None:
                fact = self._book.facts[node.left.name]
                source = self._book.sources[fact.source]
                yield f"{fact.label}：由{self._supplier(fact.source)}提供（{source.title}）"
            elif isinstance(node, Compare) and not hasattr(node.right, "value"):
                parameter = self._book.parameters[node.right.name]
                if self._plan.values[parameter.key] is None:
                    yield f"{parameter.label}：当年认定标准尚未公布（{parameter.clause}）"
