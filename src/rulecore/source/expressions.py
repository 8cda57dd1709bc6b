"""From the mappings of the files to expression nodes."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rulecore.model import (
    All,
    AnyOf,
    Assume,
    AtLeast,
    Compare,
    CriterionRef,
    Expression,
    IsMissing,
    Literal,
    Member,
    Not,
    ParameterRef,
    Scalar,
    Value,
)

COMPARISONS: Mapping[str, str] = {
    "is": "eq",
    "is_not": "ne",
    "at_least": "ge",
    "at_most": "le",
    "more_than": "gt",
    "less_than": "lt",
    "on_or_after": "ge",
    "on_or_before": "le",
    "after": "gt",
    "before": "lt",
}
"""The words of the language for each comparison. 以上/以内 include the number, 超过/不满 do not (民法典 1259)."""


class ExpressionError(ValueError):
    """The mapping says nothing that the language knows."""


def expression(data: Mapping[str, Any]) -> Expression:
    """The expression that a mapping of the files says.

    Raises:
        ExpressionError: no operator of the language is in it, or more than one.
    """
    if "all" in data:
        return All(tuple(map(expression, data["all"])))
    if "any" in data:
        return AnyOf(tuple(map(expression, data["any"])))
    if "not" in data:
        return Not(expression(data["not"]))
    if "criterion" in data:
        return CriterionRef(data["criterion"])
    if "of" in data:
        return AtLeast(int(data["at_least"]), tuple(map(expression, data["of"])))
    return _condition(data)


def _condition(data: Mapping[str, Any]) -> Expression:
    name = data.get("fact", data.get("column"))
    if not isinstance(name, str):
        raise ExpressionError(f"no operator of the language in {sorted(data)}")
    item = _plain_condition(Value(name), data)
    return Assume(item, data["missing_is"]) if "missing_is" in data else item


def _plain_condition(left: Value, data: Mapping[str, Any]) -> Expression:
    if "in" in data:
        return Member(left, tuple(map(scalar, data["in"])))
    if "missing" in data:
        return IsMissing(left) if data["missing"] else Not(IsMissing(left))
    words = [word for word in COMPARISONS if word in data]
    if len(words) != 1:
        raise ExpressionError(f"exactly one comparison is needed, found {words or sorted(data)}")
    return Compare(COMPARISONS[words[0]], left, _operand(data[words[0]]))


def _operand(data: Any) -> ParameterRef | Literal:
    return ParameterRef(data["parameter"]) if isinstance(data, Mapping) else Literal(scalar(data))


def scalar(data: Any) -> Scalar:
    """A value of the files; a number with a point is a Decimal, a date is a date.

    Raises:
        ExpressionError: the value is none of the language's.
    """
    if isinstance(data, datetime.datetime) or not isinstance(data, bool | int | str | Decimal | datetime.date):
        raise ExpressionError(f"not a value of the language: {data!r}")
    return data
