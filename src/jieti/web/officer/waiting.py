"""Why results are pending: which requirement, which fact, who supplies it."""

from collections.abc import Iterator
from dataclasses import dataclass

from jieti.determinations.models import Run
from jieti.directory.overview import waiting_by_bit
from jieti.rulebooks.catalogue import rulebook_of
from rulecore.model import All, AnyOf, AtLeast, Compare, CriterionRef, Expression, Member, Not, ParameterRef, Rulebook


@dataclass(frozen=True)
class Waiting:
    """So many results without a tier lack this requirement's outcome."""

    label: str
    clause: str
    facts: str
    suppliers: str
    norm: str
    count: int


def waiting(run: Run) -> list[Waiting]:
    """The requirements that keep results pending, the most frequent first."""
    rulebook = rulebook_of(run.rulebook)
    counts = waiting_by_bit(run, len(rulebook.criteria))
    found = (_waiting(rulebook, key, counts.get(bit, 0)) for bit, key in enumerate(rulebook.criteria))
    return sorted((item for item in found if item.count and item.facts), key=lambda item: -item.count)


def _waiting(rulebook: Rulebook, key: str, count: int) -> Waiting:
    criterion = rulebook.criteria[key]
    leaves = list(_comparisons(criterion.when))
    facts = [rulebook.facts[name] for name in dict.fromkeys(leaf.left.name for leaf in leaves)]
    norms = [rulebook.parameters[name] for leaf in leaves for name in _parameters(leaf)]
    return Waiting(
        label=criterion.label,
        clause=criterion.clause,
        facts="、".join(fact.label for fact in facts),
        suppliers="、".join(dict.fromkeys(rulebook.organisation(fact.supplier) for fact in facts)),
        norm="、".join(item.label for item in norms if item.annual_norm),
        count=count,
    )


def _comparisons(item: Expression) -> Iterator[Compare | Member]:
    match item:
        case Compare() | Member():
            yield item
        case All(items) | AnyOf(items) | AtLeast(_, items):
            for part in items:
                yield from _comparisons(part)
        case Not(inner) if not isinstance(inner, CriterionRef):
            yield from _comparisons(inner)


def _parameters(leaf: Compare | Member) -> list[str]:
    return [leaf.right.name] if isinstance(leaf, Compare) and isinstance(leaf.right, ParameterRef) else []
