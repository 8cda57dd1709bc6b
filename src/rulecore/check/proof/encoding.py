"""A standard in the solver's words: facts are variables, criteria are formulas over them.

Money is whole cents, a date its ordinal, a code the place of its value. Every business is complete; every norm that is
not given is a variable, bound only by the order that the rulebook declares.
"""

import copy
import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import z3

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
    Parameter,
    ParameterRef,
    Rulebook,
    Scalar,
    Standard,
    walk,
)

Business = Mapping[str, z3.ExprRef]
"""The variables of one business, by fact."""

ANOTHER = "another"
"""A value that no rule names, of a fact whose values the rulebook does not list."""

LARGEST: Mapping[str, int] = {"money": 10**18 - 1, "int": 10**15 - 1, "year": 9999}
"""What the fact contract can hold, in cents for money."""

LARGEST_NORM = 10**15
"""Cents; a published amount above ten trillion yuan is none."""

_DATES = (datetime.date(1900, 1, 1).toordinal(), datetime.date(2100, 12, 31).toordinal())


class Encoding:
    """One standard of one rulebook on one basis date."""

    def __init__(self, rulebook: Rulebook, standard: str, values: Mapping[str, Scalar | None], mark: str = "") -> None:
        """`values` are the parameters in physical form, None where an annual norm is not given.

        Variables of norms are shared with every encoding whose parameter has the same key; `mark` sets apart the
        variables of facts.
        """
        self.rulebook = rulebook
        self.standard: Standard = rulebook.standards[standard]
        self._mark = mark
        self.facts: Mapping[str, Fact] = rulebook.facts_of(standard)
        self.codes = {key: self._codes(fact) for key, fact in self.facts.items() if fact.type not in _COUNTED}
        self.values = values
        self._supposed: Mapping[str, bool] = {}
        self.norms: Mapping[str, z3.ExprRef] = {key: z3.Int(f"norm {key}") for key in self._unset()}

    def _unset(self) -> Iterator[str]:
        for key, parameter in self.rulebook.parameters.items():
            if self.values.get(key) is None and not parameter.table:
                yield key

    def _codes(self, fact: Fact) -> tuple[str, ...]:
        if fact.values:
            return tuple(fact.values)
        named = {
            str(value)
            for item in self.standard.expressions()
            for node in walk(item)
            for value in _constants(node, fact.key)
        }
        return (*sorted(named - {ANOTHER}), ANOTHER)

    def business(self, name: str, facts: Mapping[str, z3.ExprRef] | None = None) -> Business:
        """Variables for one business; those in `facts` are taken as they are."""
        given = facts or {}
        return {key: given.get(key, self.variable(key, name)) for key in self.facts}

    def variable(self, fact: str, name: str) -> z3.ExprRef:
        """A new variable for a fact."""
        text = f"{name} {fact}{self._mark}"
        return z3.Bool(text) if self.facts[fact].type == "bool" else z3.Int(text)

    def complete(self, business: Business) -> list[z3.BoolRef]:
        """Every fact has one of the values that its type can hold."""
        return [limit for key, term in business.items() for limit in self._limits(self.facts[key], term)]

    def _limits(self, fact: Fact, term: z3.ExprRef) -> list[z3.BoolRef]:
        if fact.type == "bool":
            return []
        if fact.type in ("date", "month"):
            low, high = _DATES
        else:
            low, high = 0, LARGEST.get(fact.type, len(self.codes.get(fact.key, ())) - 1)
        return [low <= term, term <= high]

    def supposing(self, criterion: str, outcome: bool) -> "Encoding":  # noqa: FBT001 - the outcome itself
        """The same standard, with a criterion held to be true or false whatever the facts say."""
        other = copy.copy(self)
        other._supposed = {criterion: outcome}
        return other

    def permitted(self) -> list[z3.BoolRef]:
        """Norms are amounts, in the order that the rulebook declares."""
        amounts = [z3.And(term >= 0, term <= LARGEST_NORM) for term in self.norms.values()]
        return [*amounts, *(condition for _, condition in self.orders())]

    def orders(self) -> Iterator[tuple[Parameter, z3.BoolRef]]:
        """Each declared order: this parameter lies below another."""
        for parameter in self.rulebook.parameters.values():
            if parameter.below is not None and not parameter.table:
                yield parameter, self._parameter(parameter.key) < self._parameter(parameter.below)

    def truth(self, item: Expression, business: Business) -> z3.BoolRef:
        """When the expression is true of the business."""
        match item:
            case All(items):
                return z3.And([self.truth(child, business) for child in items])
            case AnyOf(items):
                return z3.Or([self.truth(child, business) for child in items])
            case Not(child):
                return z3.Not(self.truth(child, business))
            case AtLeast(count, items):
                return z3.PbGe([(self.truth(child, business), 1) for child in items], count)
            case CriterionRef(name) if name in self._supposed:
                return z3.BoolVal(self._supposed[name])
            case CriterionRef(name):
                return self.truth(self.standard.criteria[name].when, business)
            case Member(left, options):
                return z3.Or([business[left.name] == self.term(left.name, option) for option in options])
            case Compare(op, left, Literal(value)):
                return compared(op, business[left.name], self.term(left.name, value))
            case Compare(op, left, ParameterRef(name)):
                return compared(op, business[left.name], self._parameter(name, left.name))
            case _:
                raise AssertionError(f"not in a criterion: {item}")

    def term(self, fact: str, value: Scalar) -> z3.ExprRef:
        """A value of a fact, as the rulebook's files write it."""
        return _constant(self.number(fact, value))

    def number(self, fact: str, value: Scalar) -> bool | int:
        """A value of a fact as the solver counts it: cents, ordinal, place among the codes."""
        if fact in self.codes:
            return self.codes[fact].index(str(value))
        return number(value, self.facts[fact].type)

    def _parameter(self, name: str, fact: str | None = None) -> z3.ExprRef:
        value = self.values.get(name)
        if value is None:
            return self.norms[name]
        if fact in self.codes:
            return self.term(str(fact), value)
        kind = self.rulebook.parameters[name].type
        return _constant(number(value, "int" if kind == "money" else kind))

    def branches(self, business: Business) -> list[tuple[str, z3.BoolRef]]:
        """For each outcome of the list, in its order: it holds and none before it does."""
        found: list[tuple[str, z3.BoolRef]] = []
        earlier: list[z3.BoolRef] = []
        for outcome in self.standard.outcomes:
            when = z3.BoolVal(True) if outcome.when is None else self.truth(outcome.when, business)
            found.append((outcome.key, z3.And(when, *map(z3.Not, earlier))))
            earlier.append(when)
        return found

    def chosen(self, business: Business) -> dict[str, z3.BoolRef]:
        """When each outcome is the result."""
        found: dict[str, list[z3.BoolRef]] = {}
        for key, condition in self.branches(business):
            found.setdefault(key, []).append(condition)
        return {key: z3.Or(conditions) for key, conditions in found.items()}

    def rank(self, business: Business) -> z3.ArithRef:
        """The place of the result on the ladder, lowest 0."""
        ladder = self.standard.ladder
        result: z3.ArithRef = z3.IntVal(-1)
        for key, condition in reversed(self.branches(business)):
            result = z3.If(condition, z3.IntVal(ladder.index(key)), result)
        return result


_COUNTED = frozenset({"bool", "date", "month", "money", "int", "year"})


def number(value: Scalar, kind: str) -> bool | int:
    """A value of the rulebook's files as the solver counts it; money is given in yuan."""
    if isinstance(value, bool):
        return value
    if isinstance(value, datetime.date):
        return value.toordinal()
    return int(Decimal(str(value)).scaleb(2)) if kind == "money" else int(value)


def _constant(value: bool | int) -> z3.ExprRef:  # noqa: FBT001 - a value of the law, no switch
    return z3.BoolVal(value) if isinstance(value, bool) else z3.IntVal(value)


def _constants(node: Expression, fact: str) -> Iterator[Scalar]:
    if isinstance(node, Member) and node.left.name == fact:
        yield from node.options
    if isinstance(node, Compare) and node.left.name == fact and isinstance(node.right, Literal):
        yield node.right.value


def compared(op: str, left: Any, right: Any) -> z3.BoolRef:
    """The comparison of two terms."""
    match op:
        case "eq":
            return left == right
        case "ne":
            return left != right
        case "ge":
            return left >= right
        case "gt":
            return left > right
        case "le":
            return left <= right
        case _:
            return left < right
