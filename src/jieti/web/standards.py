"""The standard in plain words, made from the rulebook itself: what the page says is what the engine decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from rulecore.model import All, AnyOf, AtLeast, Criterion, CriterionRef, Expression, Not, Outcome, Parameter, Rulebook

HEADINGS = {"all": "须同时符合：", "any": "须符合下列条件之一：", "not": "不属于下列情形："}


@dataclass(frozen=True)
class Node:
    """A requirement (with the key of its criterion), or a group of them under a heading."""

    key: str = ""
    heading: str = ""
    label: str = ""
    sentence: str = ""
    clause: str = ""
    items: tuple["Node", ...] = ()


@dataclass(frozen=True)
class Part:
    """One result of the standard and what it takes."""

    key: str
    title: str
    clause: str
    intro: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Amount:
    """A threshold that the annual norm sets; `text` is empty while it is not published."""

    key: str
    label: str
    clause: str
    text: str


def parts(rulebook: Rulebook) -> list[Part]:
    """The base standard, then each tier from the lowest to the highest, as the document orders them."""
    base, required = _exclusion(rulebook)
    tiers = [key for key in rulebook.ladder if key != base.key]
    return [_base(rulebook, base, required), *(_tier(rulebook, key) for key in tiers)]


def gists(rulebook: Rulebook) -> dict[str, str]:
    """Each result in one sentence."""
    return {outcome.key: _gist(rulebook, outcome) for outcome in rulebook.outcomes}


def amounts(rulebook: Rulebook, values: dict[str, Decimal]) -> list[Amount]:
    """The annual norm's thresholds with the values that are published."""
    return [Amount(p.key, p.label, p.clause, _amount(p, values)) for p in rulebook.parameters.values() if p.annual_norm]


def leaves(nodes: tuple[Node, ...]) -> Iterator[Node]:
    """The single requirements below the nodes."""
    for node in nodes:
        if node.items:
            yield from leaves(node.items)
        else:
            yield node


def _amount(parameter: Parameter, values: dict[str, Decimal]) -> str:
    value = values.get(parameter.key)
    return "" if value is None else f"{value:,f}{parameter.unit}（含）以上"


def _exclusion(rulebook: Rulebook) -> tuple[Outcome, Expression]:
    """The outcome of those who miss the base standard, and that standard. Raises StopIteration where there is none."""
    return next((outcome, outcome.when.item) for outcome in rulebook.outcomes if isinstance(outcome.when, Not))


def _base(rulebook: Rulebook, outcome: Outcome, required: Expression) -> Part:
    criterion = _referred(rulebook, required)
    clause = criterion.clause if criterion else outcome.clause
    intro = f"不符合基础标准的，标注为“{outcome.label}”。"
    return Part(outcome.key, "基础标准", clause, intro, (condition(rulebook, required),))


def _tier(rulebook: Rulebook, key: str) -> Part:
    ways = [outcome for outcome in rulebook.outcomes if outcome.key == key]
    nodes = tuple(condition(rulebook, outcome.when) for outcome in ways if outcome.when is not None)
    others = "".join(f"“{rulebook.outcome_label(other)}”" for other in rulebook.ladder[-1:0:-1] if other != key)
    rest = f"符合基础标准，但不满足{others}标准的，都是“{ways[0].label}”。"
    intro = rest if any(outcome.when is None for outcome in ways) else ""
    return Part(key, ways[0].label, ways[0].clause, intro, nodes)


def _gist(rulebook: Rulebook, outcome: Outcome) -> str:
    if isinstance(outcome.when, Not):
        return "不符合分型的基础标准。"
    criterion = _referred(rulebook, outcome.when) if outcome.when is not None else None
    return criterion.sentence if criterion else _tier(rulebook, outcome.key).intro


def _referred(rulebook: Rulebook, item: Expression) -> Criterion | None:
    return rulebook.criteria[item.name] if isinstance(item, CriterionRef) else None


def condition(rulebook: Rulebook, item: Expression) -> Node:
    """What an outcome asks for, as headings and requirements."""
    criterion = _referred(rulebook, item)
    if criterion is not None:
        if _is_group(criterion.when):
            return condition(rulebook, criterion.when)
        return Node(criterion.key, "", criterion.label, criterion.sentence, criterion.clause)
    match item:
        case All(items):
            return _group(rulebook, HEADINGS["all"], items)
        case AnyOf(items):
            return _group(rulebook, HEADINGS["any"], items)
        case AtLeast(count, items):
            return _group(rulebook, f"须符合下列条件中的{count}项：", items)
        case Not(inner):
            return _group(rulebook, HEADINGS["not"], (inner,))
    raise TypeError(f"an outcome may only combine criteria, not {type(item).__name__}")


def _is_group(when: Expression) -> bool:
    """Whether a criterion is made of other criteria; one made of comparisons is a requirement of its own."""
    match when:
        case CriterionRef():
            return True
        case All(items) | AnyOf(items) | AtLeast(_, items):
            return all(_is_group(item) for item in items)
        case Not(inner):
            return _is_group(inner)
    return False


def _group(rulebook: Rulebook, heading: str, items: tuple[Expression, ...]) -> Node:
    return Node(heading=heading, items=tuple(condition(rulebook, item) for item in items))
