"""Values of facts as text: how corrected facts are kept on a result, and how people state one in a form.

Kept are `true`/`false`, whole numbers, amounts in yuan with two digits, days as 2026-07-01, the keys of codes; nothing
stands for a value that is not known.
"""

import datetime
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from jieti.kit.errors import Refusal
from rulecore.model import Fact, Scalar

TRUTH = {"true": True, "false": False}
CENT = Decimal("0.01")
MOST_YUAN = Decimal(10) ** 16
"""Amounts have at most 18 digits, two of them after the point."""
MOST_NUMBER = 2**63


def text_of(fact: Fact, value: Scalar | None) -> str:
    """The value as it is kept."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime.date():
            return value.isoformat()
        case Decimal() | int() if fact.type == "money":
            return _amount_text(Decimal(value))
        case _:
            return str(value)


def value_of(fact: Fact, text: str) -> Scalar | None:
    """The value that `text_of` wrote; None of nothing. Raises Refusal for a text that is no value of the fact."""
    if not text:
        return None
    try:
        return _parsed(fact, text)
    except (ValueError, KeyError, InvalidOperation):
        raise Refusal(f"“{text}”不是“{fact.label}”的值。", what_to_do=f"请填写{KINDS[_kind(fact)]}。") from None


def values_of(facts: Mapping[str, Fact], texts: Mapping[str, str]) -> dict[str, Scalar | None]:
    """The values of kept facts by key. Raises Refusal for a fact that the rulebook does not know."""
    return {key: value_of(known(facts, key), text) for key, text in texts.items()}


def known(facts: Mapping[str, Fact], key: str) -> Fact:
    """The fact of this key. Raises Refusal where the standard does not ask for it."""
    if key not in facts:
        raise Refusal(f"判定标准不使用“{key}”这一事实。", what_to_do="请从判定依据里列出的事实中选择。")
    return facts[key]


def shown(fact: Fact, text: str) -> str:
    """A kept value in the words that people read."""
    value = value_of(fact, text)
    match value:
        case None:
            return "待数据"
        case bool():
            return "是" if value else "否"
        case datetime.date() if fact.type == "month":
            return f"{value.year}年{value.month}月"
        case datetime.date():
            return f"{value.year}年{value.month}月{value.day}日"
        case Decimal():
            return f"{value:,.2f} {fact.unit}".rstrip()
        case int():
            return f"{value} {fact.unit}".rstrip()
        case _:
            return fact.values.get(value, value)


KINDS = {
    "bool": "“是”或者“否”",
    "date": "日期，例如2026-07-01",
    "money": "不超过两位小数的金额",
    "int": "整数",
    "code": "列出的选项之一",
    "text": "文字",
}


def _kind(fact: Fact) -> str:
    match fact.type:
        case "month":
            return "date"
        case "year":
            return "int"
        case "scale":
            return "code"
        case kind:
            return kind if kind in KINDS else "text"


def _parsed(fact: Fact, text: str) -> Scalar:
    match _kind(fact):
        case "bool":
            return TRUTH[text]
        case "date":
            return datetime.date.fromisoformat(text)
        case "money":
            return _amount(text)
        case "int":
            return _number(text)
        case "code":
            return _listed(fact, text)
        case _:
            return text


def _listed(fact: Fact, text: str) -> str:
    if text not in fact.values:
        raise ValueError(text)
    return text


def _amount_text(amount: Decimal) -> str:
    """Two digits; an amount finer than a cent stays as it is, so that `value_of` refuses it."""
    cents = amount.quantize(CENT)
    return str(cents if cents == amount else amount)


def _amount(text: str) -> Decimal:
    amount = Decimal(text)
    if not amount.is_finite() or not abs(amount) < MOST_YUAN or amount != amount.quantize(CENT):
        raise ValueError(text)
    return amount.quantize(CENT)


def _number(text: str) -> int:
    number = int(text)
    if abs(number) >= MOST_NUMBER:
        raise ValueError(text)
    return number
