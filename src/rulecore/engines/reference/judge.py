"""The judge: plain Python, one row after the other, slow and obvious.

It shares with the other engines only the plan's atoms and the rulebook's expressions. What is possible it finds by
trying: it fills unknown facts and unpublished thresholds with every value that could matter until a result stands.
"""

import datetime
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from rulecore.model import (
    All,
    AnyOf,
    AtLeast,
    Compare,
    CriterionRef,
    Expression,
    Fact,
    Literal,
    Member,
    Not,
    ParameterRef,
)
from rulecore.plan import Physical, Plan, cents, physical
from rulecore.result import RowResult, row_result

Facts = Mapping[str, Physical | None]
Truth = bool | None


def physical_facts(plan: Plan, row: Mapping[str, Any]) -> dict[str, Physical | None]:
    """A row of the contract in physical form: money as whole cents."""
    return {key: None if row[key] is None else _physical(row[key], fact) for key, fact in plan.facts.items()}


def _physical(value: Any, fact: Fact) -> Physical | None:
    """The value; a code that the fact does not declare says nothing."""
    if fact.values and value not in fact.values:
        return None
    return cents(value) if fact.type == "money" else value


def truth(plan: Plan, item: Expression, facts: Facts, values: Facts) -> Truth:
    """Strong Kleene evaluation: unknown only where the unknown could still decide."""
    match item:
        case All(items):
            return _all(truth(plan, child, facts, values) for child in items)
        case AnyOf(items):
            return _negated(_all(_negated(truth(plan, child, facts, values)) for child in items))
        case Not(child):
            return _negated(truth(plan, child, facts, values))
        case CriterionRef(name):
            return truth(plan, plan.standard.criteria[name].when, facts, values)
        case AtLeast(count, items):
            outcomes = [truth(plan, child, facts, values) for child in items]
            if outcomes.count(True) >= count:
                return True
            return None if outcomes.count(True) + outcomes.count(None) >= count else False
        case Member(left, options):
            value = facts[left.name]
            kind = plan.facts[left.name].type
            return None if value is None else value in [physical(option, kind) for option in options]
        case Compare(op, left, right):
            return _compared(op, facts[left.name], _operand(plan, left.name, right, values))
        case _:
            raise AssertionError(f"not in a criterion: {item}")


def _all(outcomes: Iterator[Truth]) -> Truth:
    result: Truth = True
    for outcome in outcomes:
        if outcome is False:
            return False
        if outcome is None:
            result = None
    return result


def _negated(outcome: Truth) -> Truth:
    return None if outcome is None else not outcome


def _operand(plan: Plan, fact: str, right: Literal | ParameterRef, values: Facts) -> Physical | None:
    if isinstance(right, ParameterRef):
        return values[right.name]
    return physical(right.value, plan.facts[fact].type)


def _compared(op: str, left: Any, right: Any) -> Truth:
    if left is None or right is None:
        return None
    match op:
        case "eq":
            return bool(left == right)
        case "ne":
            return bool(left != right)
        case "ge":
            return bool(left >= right)
        case "gt":
            return bool(left > right)
        case "le":
            return bool(left <= right)
        case _:
            return bool(left < right)


class Judge:
    """Judges one business after the other under one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._book = plan.rulebook
        self._possible = lru_cache(maxsize=200_000)(self._possible_of)

    def result(self, facts: Facts) -> RowResult:
        """The result of one business; every fact of the rulebook is a key of `facts`, None where unknown."""
        true_bits = unknown_bits = 0
        for criterion in self._plan.criteria:
            outcome = truth(self._plan, criterion.criterion.when, facts, self._plan.values)
            true_bits |= (outcome is True) << criterion.bit
            unknown_bits |= (outcome is None) << criterion.bit
        mask = self._plan.mask_of(set(self._possible(tuple(facts[key] for key in self._plan.facts))))
        return row_result(self._plan, mask, true_bits, unknown_bits)

    def _possible_of(self, row: tuple[Physical | None, ...]) -> frozenset[str]:
        found: set[str] = set()
        self._try(dict(zip(self._plan.facts, row, strict=True)), dict(self._plan.values), found)
        return frozenset(found)

    def _try(self, facts: dict[str, Physical | None], values: dict[str, Physical | None], found: set[str]) -> None:
        """Add every outcome that some way to fill what is unknown leads to."""
        if len(found) == len(self._plan.outcomes):
            return
        decided = self._decided(facts, values)
        if isinstance(decided, str):
            found.add(decided)
            return
        for name in decided:
            if name in facts and facts[name] is None:
                for value in self._candidates(name):
                    self._try({**facts, name: value}, values, found)
                return
        name = next(name for name in decided if name in values)
        for value in self._thresholds(name, facts, values):
            self._try(facts, {**values, name: value}, found)

    def _decided(self, facts: Facts, values: Facts) -> str | list[str]:
        """The outcome, or the unknown facts and thresholds that the first open outcome depends on."""
        for outcome in self._plan.standard.outcomes:
            holds = True if outcome.when is None else truth(self._plan, outcome.when, facts, values)
            if holds is True:
                return outcome.key
            if holds is None:
                assert outcome.when is not None
                return list(dict.fromkeys(self._open(outcome.when, facts, values)))
        raise AssertionError("the last outcome takes the rest")

    def _open(self, item: Expression, facts: Facts, values: Facts) -> Iterator[str]:
        if truth(self._plan, item, facts, values) is not None:
            return
        match item:
            case All(items) | AnyOf(items) | AtLeast(_, items):
                for child in items:
                    yield from self._open(child, facts, values)
            case Not(child):
                yield from self._open(child, facts, values)
            case CriterionRef(name):
                yield from self._open(self._plan.standard.criteria[name].when, facts, values)
            case Compare(_, left, right):
                yield left.name
                if isinstance(right, ParameterRef) and values[right.name] is None:
                    yield right.name
            case Member(left, _):
                yield left.name

    def _candidates(self, name: str) -> list[Physical]:
        """Values of a fact on both sides of everything it is compared with."""
        kind = self._book.facts[name].type
        if kind == "bool":
            return [True, False]
        named = [atom.operand for atom in self._plan.atoms if atom.fact == name and atom.operand is not None]
        flat = {value for operand in named for value in (operand if isinstance(operand, tuple) else (operand,))}
        if kind in ("date", "month"):
            day = datetime.timedelta(days=1)
            return sorted({d + step * day for d in flat if isinstance(d, datetime.date) for step in (-1, 0, 1)})
        if kind in ("int", "money", "year"):
            edges = {n + step for n in flat if isinstance(n, int) for step in (-1, 0, 1)} | {0, 1, 10**13}
            return sorted(n for n in edges if n >= 0)
        return sorted({*map(str, flat), *self._book.facts[name].values, "\0another"})

    def _thresholds(self, name: str, facts: Facts, values: Facts) -> Iterator[int]:
        """Values of an unpublished threshold around the facts compared with it, in the order the standard needs."""
        near = [facts[atom.fact] for atom in self._plan.atoms if atom.unset == name]
        known = [value for value in [*near, *self._neighbours(name, values)] if isinstance(value, int)]
        for value in sorted({n + step for n in [*known, 0, 2] for step in (-2, -1, 0, 1, 2)}):
            if value >= 0 and self._in_order({**values, name: value}):
                yield value

    def _neighbours(self, name: str, values: Facts) -> list[Physical | None]:
        below = self._book.parameters[name].below
        lower = [values[key] for key, parameter in self._book.parameters.items() if parameter.below == name]
        return [values[below], *lower] if below else lower

    def _in_order(self, values: Facts) -> bool:
        """Whether whole values remain for every threshold that is still unset, in the order the standard needs."""
        least: dict[str, int] = {}
        for key in self._lowest_first():
            lower = [least[low] + 1 for low, parameter in self._book.parameters.items() if parameter.below == key]
            value = values[key]
            least[key] = value if isinstance(value, int) else max(lower, default=0)
            if least[key] < max(lower, default=least[key]):
                return False
        return True

    def _lowest_first(self) -> list[str]:
        """The ordered thresholds, each after those that lie below it."""
        below = {key: parameter.below for key, parameter in self._book.parameters.items()}
        tied = {key for pair in below.items() if pair[1] for key in pair if key}
        return sorted(tied, key=lambda key: -self._steps_up(key, below))

    def _steps_up(self, key: str, below: Mapping[str, str | None]) -> int:
        above = below[key]
        return 0 if above is None else 1 + self._steps_up(above, below)
