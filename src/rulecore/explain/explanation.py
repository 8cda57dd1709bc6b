"""explain: one business under one plan → steps through the outcomes, each with its findings."""

from collections.abc import Iterator, Mapping, Sequence

from rulecore.explain.cache import judge_of
from rulecore.explain.counterfactual import HORIZON_DAYS, counterfactuals
from rulecore.explain.course import Event
from rulecore.explain.forecast import forecast
from rulecore.explain.parts import Explanation, FactLine, Finding, Provenance, Step
from rulecore.explain.reasons import source_text
from rulecore.explain.timeline import atom_of
from rulecore.explain.wording import date_text, membership_text, threshold_text, value_text
from rulecore.model import Compare, Criterion, CriterionRef, Expression, Fact, Member, Outcome, walk
from rulecore.plan import Physical, Plan, physical
from rulecore.result import RowResult, row_result

_NO_PROVENANCE: Mapping[str, Provenance] = {}


def explain(
    plan: Plan,
    facts: Mapping[str, object],
    *,
    provenance: Mapping[str, Provenance] = _NO_PROVENANCE,
    events: Sequence[Event] = (),
    horizon_days: int = HORIZON_DAYS,
) -> Explanation:
    """Why `plan` gives a business with these facts (values of the fact contract; None: unknown) its result.

    `provenance` says, by source, how recent the facts are; `events` what is known of later days; ways up and days of
    change are looked for over `horizon_days`.
    """
    known = physical_facts(plan, facts)
    true_bits, unknown_bits, mask = judge_of(plan)(known)
    result = row_result(plan, mask, true_bits, unknown_bits)
    steps = tuple(_Writer(plan, known, result, provenance).steps())
    return Explanation(
        tier=result.tier,
        possible=result.possible,
        possible_labels=tuple(plan.standard.label(key) for key in result.possible),
        steps=steps,
        findings=tuple(finding for step in steps for finding in step.findings),
        basis=_basis(plan),
        changes=counterfactuals(plan, known, events=events, horizon_days=horizon_days),
        forecast=forecast(plan, known, events=events, horizon_days=horizon_days),
    )


def physical_facts(plan: Plan, facts: Mapping[str, object]) -> dict[str, Physical | None]:
    """The plan's facts as engines compare them; one that is not given is unknown."""
    return {key: _physical(fact, facts.get(key)) for key, fact in plan.facts.items()}


def _physical(fact: Fact, value: object) -> Physical | None:
    return None if value is None else physical(value, fact.type)  # type: ignore[arg-type]  # of the fact contract


def _basis(plan: Plan) -> str:
    book = plan.rulebook
    return f"{book.document['number']}《{book.title}》，判定基准日 {date_text(plan.as_of)}"


class _Writer:
    """Walks through the outcomes in the order of the standard and stops where the result stands."""

    def __init__(
        self,
        plan: Plan,
        facts: Mapping[str, Physical | None],
        result: RowResult,
        provenance: Mapping[str, Provenance],
    ) -> None:
        self._plan = plan
        self._book = plan.rulebook
        self._facts = facts
        self._result = result
        self._provenance = provenance
        self._bits = {c.criterion.key: c.bit for c in plan.criteria}
        self._told: set[str] = set()

    def steps(self) -> Iterator[Step]:
        for outcome in self._plan.standard.outcomes:
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
                criterion = self._plan.standard.criteria[node.name]
                yield self._finding(criterion, depth)
                yield from self._findings(criterion.when, depth + 1)

    def _finding(self, criterion: Criterion, depth: int) -> Finding:
        lines = tuple(self._fact_lines(criterion))
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

    def _fact_lines(self, criterion: Criterion) -> Iterator[FactLine]:
        for node in walk(criterion.when):
            if isinstance(node, Compare | Member):
                yield self._fact_line(criterion, node)

    def _fact_line(self, criterion: Criterion, node: Compare | Member) -> FactLine:
        fact = self._book.facts[node.left.name]
        compared = (
            threshold_text(self._plan, fact, node.op, node.right)
            if isinstance(node, Compare)
            else membership_text(fact, tuple(physical(option, fact.type) for option in node.options))
        )
        delivery = self._provenance.get(fact.source)
        atom = atom_of(self._book, self._plan.values, node)
        return FactLine(
            fact=fact.key,
            label=fact.label,
            value_text=value_text(fact, self._facts[fact.key]),
            threshold_text=compared,
            supplier=self._supplier(fact),
            type=fact.type,
            unit=fact.unit,
            op=atom.op,
            value=self._facts[fact.key],
            threshold=atom.operand,
            threshold_source=source_text(self._plan, criterion, node),
            as_of=delivery.as_of if delivery else None,
            batch=delivery.batch if delivery else "",
        )

    def _supplier(self, fact: Fact) -> str:
        return self._book.organisation(fact.supplier)

    def _missing(self, item: Expression) -> Iterator[str]:
        for node in walk(item):
            if isinstance(node, Compare | Member) and self._facts[node.left.name] is None:
                fact = self._book.facts[node.left.name]
                source = self._book.sources.get(fact.source)
                title = f"（{source.title}）" if source else ""
                yield f"{fact.label}：由{self._supplier(fact)}提供{title}"
            elif isinstance(node, Compare) and not hasattr(node.right, "value"):
                parameter = self._book.parameters[node.right.name]
                if self._plan.values[parameter.key] is None:
                    yield f"{parameter.label}：当年认定标准尚未公布（{parameter.clause}）"
