"""What the files say shortly, said at length, so that engines need not know it.

A comparison on an ordered scale becomes membership in the levels that satisfy it; a parameter that depends on a row of
a table becomes one comparison for each row; an amount written as text becomes an exact decimal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from rulecore.model import (
    All,
    AnyOf,
    Assume,
    AtLeast,
    Compare,
    Expression,
    Literal,
    Member,
    Not,
    Parameter,
    ParameterRef,
    Scalar,
    Scale,
    TableRow,
    Value,
)
from rulecore.source.expressions import ExpressionError


@dataclass(frozen=True)
class Names:
    """The types of the names an expression may use, and what the rulebook declares beside them."""

    types: Mapping[str, str]
    scales: Mapping[str, Scale]
    scale_of: Mapping[str, str]
    parameters: Mapping[str, Parameter]

    def resolved(self, item: Expression) -> Expression:
        """The expression in plain words.

        Raises:
            ExpressionError: a level that the scale does not have.
        """
        match item:
            case All(items):
                return All(tuple(map(self.resolved, items)))
            case AnyOf(items):
                return AnyOf(tuple(map(self.resolved, items)))
            case AtLeast(count, items):
                return AtLeast(count, tuple(map(self.resolved, items)))
            case Not(child):
                return Not(self.resolved(child))
            case Assume(child, value):
                return Assume(self.resolved(child), value)
            case Compare(op, left, right):
                return self._comparison(op, left, right)
            case Member(left, options):
                return Member(left, tuple(amount(self.types.get(left.name, ""), option) for option in options))
            case other:
                return other

    def _comparison(self, op: str, left: Value, right: ParameterRef | Literal) -> Expression:
        if isinstance(right, ParameterRef):
            table = self.parameters[right.name].table if right.name in self.parameters else ()
            return self._by_table(op, left, table) if table else Compare(op, left, right)
        if left.name in self.scale_of:
            return self._on_scale(op, left, self.scales[self.scale_of[left.name]], right.value)
        return Compare(op, left, Literal(amount(self.types.get(left.name, ""), right.value)))

    def _on_scale(self, op: str, left: Value, scale: Scale, level: Scalar) -> Expression:
        levels = list(scale.levels)
        if level not in levels:
            raise ExpressionError(f"{level} is none of {', '.join(levels)}")
        place = levels.index(str(level))
        chosen = {
            "eq": levels[place : place + 1],
            "ne": levels[:place] + levels[place + 1 :],
            "ge": levels[place:],
            "gt": levels[place + 1 :],
            "le": levels[: place + 1],
            "lt": levels[:place],
        }[op]
        if not chosen:
            raise ExpressionError(f"no level is beyond {level}")
        return Member(left, tuple(chosen))

    def _by_table(self, op: str, left: Value, table: tuple[TableRow, ...]) -> Expression:
        """The row that applies holds its comparison, or the comparison holds whatever the row."""
        comparisons = [Compare(op, left, Literal(row.value)) for row in table]
        earlier: list[Expression] = []
        chosen: list[Expression] = []
        for row, comparison in zip(table, comparisons, strict=True):
            own = [] if row.when is None else [self.resolved(row.when)]
            chosen.append(All((*(Not(condition) for condition in earlier), *own, comparison)))
            earlier += own
        return AnyOf((*chosen, All(tuple(comparisons))))


def amount(kind: str, value: Scalar) -> Scalar:
    """Money written as text as an exact decimal; any other value as it is.

    Raises:
        ExpressionError: the text is no amount.
    """
    if kind != "money" or not isinstance(value, str):
        return value
    try:
        return Decimal(value)
    except InvalidOperation:
        raise ExpressionError(f"{value} is not an amount") from None
