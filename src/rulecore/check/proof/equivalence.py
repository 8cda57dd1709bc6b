"""Does a change of the rulebook change anything? Proved for all businesses, or for all rows of a supplier."""

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import z3

from rulecore.check.proof.encoding import Encoding, compared, number
from rulecore.check.proof.search import find
from rulecore.model import (
    All,
    AnyOf,
    Assume,
    Column,
    Compare,
    Derivation,
    Expression,
    IsMissing,
    Literal,
    Member,
    Not,
    ParameterRef,
    Scalar,
    Source,
    walk,
)

Values = Mapping[str, Scalar | None]
Truth = tuple[z3.BoolRef, z3.BoolRef]
"""When a condition is true and when it is false; in neither case it is unknown."""


def same_results(one: Encoding, two: Encoding) -> bool:
    """Whether every criterion and the result are the same for every complete business and every permitted norm.

    Raises:
        UndecidedError: the solver gave up.
    """
    business = one.business("one")
    ours, theirs = one.standard.criteria, two.standard.criteria
    if one.facts.keys() != two.facts.keys() or ours.keys() != theirs.keys():
        return False
    differ = [one.truth(ours[key].when, business) != two.truth(theirs[key].when, business) for key in ours]
    differ.append(one.rank(business) != two.rank(business))
    return find([*one.permitted(), *one.complete(business), z3.Or(differ)]) is None


def same_rows(source: Source, one: tuple[Derivation, Values], two: tuple[Derivation, Values]) -> bool:
    """Whether two derivations that differ in conditions alone treat every row alike; the values are the parameters'.

    Raises:
        UndecidedError: the solver gave up.
    """
    rules = one[0], two[0]
    conditions = [[rule.where, rule.take if not isinstance(rule.take, str) else None] for rule in rules]
    if _plain(rules[0]) != _plain(rules[1]):
        return False
    row = _Row(source, [item for pair in conditions for item in pair if item is not None])
    differ: list[z3.BoolRef] = []
    for ours, theirs in zip(*conditions, strict=True):
        mine, other = row.truth(ours, one[1]), row.truth(theirs, two[1])
        differ += [mine[0] != other[0], mine[1] != other[1]]
    return find([*row.limits(), z3.Or(differ)]) is None


def _plain(rule: Derivation) -> tuple[Any, ...]:
    take = rule.take if isinstance(rule.take, str) else rule.take is None
    return rule.how, rule.source, rule.related, take, rule.less, rule.by, rule.no_row


class _Row:
    """One row of a source: every column has a value or none."""

    def __init__(self, source: Source, conditions: Sequence[Expression]) -> None:
        self._columns = source.columns
        self._value = {key: _cell(column) for key, column in source.columns.items()}
        self._missing = {key: z3.Bool(f"{key} is missing") for key in source.columns}
        self._words: dict[str, list[str]] = {key: list(column.codes) for key, column in source.columns.items()}
        for condition in conditions:
            for node in walk(condition):
                if isinstance(node, Member):
                    self._words[node.left.name] += [str(option) for option in node.options]
                elif isinstance(node, Compare) and isinstance(node.right, Literal):
                    self._words[node.left.name].append(str(node.right.value))

    def limits(self) -> list[z3.BoolRef]:
        """What the register of deliveries takes: no required cell is empty, a truth value is one of two."""
        found = [z3.Not(self._missing[key]) for key, column in self._columns.items() if column.required]
        for key, column in self._columns.items():
            if column.type == "bool":
                found.append(z3.And(self._value[key] >= 0, self._value[key] <= 1))
            elif column.codes:
                found.append(z3.And(self._value[key] >= 0, self._value[key] < len(column.codes)))
        return found

    def truth(self, item: Expression | None, values: Values) -> Truth:
        """When the condition is true of the row and when false; none counts every row."""
        match item:
            case None:
                return z3.BoolVal(True), z3.BoolVal(False)
            case All(items):
                parts = [self.truth(child, values) for child in items]
                return z3.And([part[0] for part in parts]), z3.Or([part[1] for part in parts])
            case AnyOf(items):
                parts = [self.truth(child, values) for child in items]
                return z3.Or([part[0] for part in parts]), z3.And([part[1] for part in parts])
            case Not(child):
                true, false = self.truth(child, values)
                return false, true
            case Assume(child, value):
                true, false = self.truth(child, values)
                return (z3.Not(false), false) if value else (true, z3.Not(true))
            case IsMissing(left):
                return self._missing[left.name], z3.Not(self._missing[left.name])
            case Member(left, options):
                value = self._value[left.name]
                return self._known(left.name, z3.Or([value == self._number(left.name, option) for option in options]))
            case Compare(op, left, right):
                return self._comparison(op, left.name, right, values)
            case _:
                raise AssertionError(f"not a condition on a row: {item}")

    def _comparison(self, op: str, name: str, right: ParameterRef | Literal, values: Values) -> Truth:
        if isinstance(right, Literal):
            return self._known(name, compared(op, self._value[name], self._number(name, right.value)))
        value = values[right.name]
        if value is None:
            return z3.BoolVal(False), z3.BoolVal(False)
        kind = self._columns[name].type
        operand = int(value) if kind == "money" and isinstance(value, int | Decimal) else self._number(name, value)
        return self._known(name, compared(op, self._value[name], operand))

    def _known(self, name: str, condition: z3.BoolRef) -> Truth:
        known = z3.Not(self._missing[name])
        return z3.And(known, condition), z3.And(known, z3.Not(condition))

    def _number(self, name: str, value: Scalar) -> int:
        column: Column = self._columns[name]
        if column.type in ("code", "text", "uscc"):
            return self._words[name].index(str(value))
        if column.type == "month" and isinstance(value, datetime.date):
            return 2 * (value.year * 12 + value.month) + (value.day > 1)
        return int(number(value, column.type))


def _cell(column: Column) -> z3.ArithRef:
    """A month is the even number of its first day; the days after it share the odd number that follows."""
    term = z3.Int(f"{column.key} of the row")
    return 2 * term if column.type == "month" else term
