"""Values and conditions of a rulebook in Chinese, for those who compare rulebooks or read a counter-example."""

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal

from rulecore.model import (
    All,
    AnyOf,
    Assume,
    AtLeast,
    Compare,
    CriterionRef,
    Expression,
    Fact,
    IsMissing,
    Literal,
    Member,
    Not,
    ParameterRef,
    Rulebook,
    Scalar,
    Standard,
)

_NUMBER_WORDS = {"ge": "不低于", "gt": "高于", "le": "不超过", "lt": "低于", "eq": "为", "ne": "不为"}
_DATE_WORDS = {"ge": "不早于", "gt": "晚于", "le": "不晚于", "lt": "早于", "eq": "为", "ne": "不为"}


def scalar_text(value: Scalar, unit: str = "", names: Mapping[str, str] | None = None) -> str:
    """A value as people read it: 是, 2024年7月1日, 300,000.00 元, the name of a code."""
    match value:
        case bool():
            return "是" if value else "否"
        case datetime.date():
            return f"{value.year}年{value.month}月{value.day}日"
        case Decimal():
            return f"{value:,.2f} {unit}".rstrip()
        case int():
            return f"{value} {unit}".rstrip()
        case _:
            return (names or {}).get(value, value)


def fact_text(fact: Fact, value: Scalar) -> str:
    """标签：值."""
    return f"{fact.label}：{scalar_text(value, fact.unit, fact.values)}"


class Words:
    """Says conditions of one rulebook: of a standard on facts, or of a source on the columns of its rows."""

    def __init__(self, rulebook: Rulebook, standard: Standard | None = None, source: str | None = None) -> None:
        self._book = rulebook
        self._standard = standard
        self._columns = rulebook.sources[source].columns if source is not None else {}

    def of(self, item: Expression) -> str:
        """The condition in one line."""
        match item:
            case All(items):
                return self._joined("，且", items)
            case AnyOf(items):
                return self._joined("，或", items)
            case AtLeast(count, items):
                return f"{len(items)}项中至少{count}项{self._joined('；', items)}"
            case Not(child):
                return f"并非{self.of(child)}"
            case Assume(child, value):
                return f"{self.of(child)}（不明的视为{scalar_text(value)}）"
            case IsMissing(left):
                return f"{self._label(left.name)}没有填写"
            case CriterionRef(name):
                return f"「{self._criterion(name)}」"
            case Member(left, options):
                return f"{self._label(left.name)}为{'、'.join(self._value(left.name, option) for option in options)}"
            case Compare(op, left, right):
                return f"{self._label(left.name)}{self._words(left.name)[op]}{self._operand(left.name, right)}"

    def _joined(self, word: str, items: Iterable[Expression]) -> str:
        return f"（{word.join(map(self.of, items))}）"

    def _criterion(self, name: str) -> str:
        known = self._standard.criteria.get(name) if self._standard else None
        return known.label if known else name

    def _label(self, name: str) -> str:
        if name in self._columns:
            return self._columns[name].header
        return self._book.facts[name].label if name in self._book.facts else name

    def _words(self, name: str) -> Mapping[str, str]:
        known = self._columns.get(name) or self._book.facts.get(name)
        return _DATE_WORDS if known is not None and known.type in ("date", "month") else _NUMBER_WORDS

    def _value(self, name: str, value: Scalar) -> str:
        if name in self._columns:
            return scalar_text(value, names={code: words[0] for code, words in self._columns[name].codes.items()})
        fact = self._book.facts[name]
        return scalar_text(value, fact.unit, fact.values)

    def _operand(self, name: str, right: ParameterRef | Literal) -> str:
        if isinstance(right, Literal):
            return self._value(name, right.value)
        known = self._book.parameters.get(right.name)
        return f"“{known.label if known else right.name}”"
