"""Which comparisons of the standard a value of a fact decides, in words."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from rulecore.explain.timeline import atom_of
from rulecore.explain.wording import comparison_text
from rulecore.model import Compare, Criterion, Member, Outcome, ParameterRef, Value, walk
from rulecore.plan import Atom, Physical, Plan
from rulecore.plan.cells import holds


@dataclass(frozen=True)
class Reason:
    """One comparison of one criterion: whether it holds, what is needed for that it came out so, who set the bound."""

    criterion: str
    label: str
    clause: str
    source: str
    needed: str
    holds: bool
    circumstance: bool
    distance: int

    @property
    def verdict(self) -> str:
        """满足 or 不满足; of a circumstance 是 or 否."""
        words = ("（否）", "（是）") if self.circumstance else ("（不满足）", "（满足）")
        return words[self.holds]


def reasons(plan: Plan, fact: str, before: Physical | None, after: Physical | None) -> list[Reason]:
    """The comparisons of `fact` on which `after` decides otherwise than `before`; all it decides, if `before` is None.

    Comparisons with an unpublished norm decide nothing.
    """
    return list(_reasons(plan, fact, before, after))


def turned(earlier: Plan, later: Plan, fact: str, value: Physical | None) -> list[Reason]:
    """The comparisons of an unchanged value that have turned between the days of two plans of one rulebook."""
    pairs = zip(reasons(earlier, fact, None, value), reasons(later, fact, None, value), strict=True)
    return [new for old, new in pairs if old.holds != new.holds]


def _reasons(plan: Plan, fact: str, before: Physical | None, after: Physical | None) -> Iterator[Reason]:
    for owner, node in _comparisons(plan, fact):
        atom = atom_of(plan.rulebook, plan.values, node)
        if atom.operand is None or after is None:
            continue
        now = holds(atom, after, {})
        if before is None or holds(atom, before, {}) != now:
            yield _reason(plan, owner, node, atom, after, now=now)


def _comparisons(plan: Plan, fact: str) -> Iterator[tuple[Criterion | Outcome, Compare | Member]]:
    owners: tuple[Criterion | Outcome, ...] = (*plan.standard.criteria.values(), *plan.standard.outcomes)
    for owner in owners:
        for node in walk(owner.when) if owner.when else ():
            if isinstance(node, Compare | Member) and node.left == Value(fact):
                yield owner, node


def _reason(
    plan: Plan, owner: Criterion | Outcome, node: Compare | Member, atom: Atom, value: Physical, *, now: bool
) -> Reason:
    return Reason(
        criterion=owner.key,
        label=owner.label,
        clause=owner.clause,
        source=source_text(plan, owner, node),
        needed=comparison_text(plan, plan.rulebook.facts[atom.fact], node, holds=now),
        holds=now,
        circumstance=isinstance(owner, Criterion) and owner.circumstance,
        distance=_distance(atom.operand, value),
    )


def source_text(plan: Plan, owner: Criterion | Outcome, node: Compare | Member) -> str:
    """The document that sets the bound, with the clause."""
    number = plan.rulebook.document["number"]
    if isinstance(node, Compare) and isinstance(node.right, ParameterRef):
        parameter = plan.rulebook.parameters[node.right.name]
        return f"{'当年认定标准' if parameter.annual_norm else number}（{parameter.clause}）"
    return f"{number}（{owner.clause}）"


def _distance(operand: Physical | tuple[Physical, ...] | None, value: Physical) -> int:
    if isinstance(operand, datetime.date) and isinstance(value, datetime.date):
        return abs((operand - value).days)
    if isinstance(operand, int) and isinstance(value, int):
        return abs(operand - value)
    return 0
