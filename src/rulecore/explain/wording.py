"""Values, thresholds and comparisons in the words that an owner reads."""

import datetime
from decimal import Decimal

from rulecore.model import Fact, Literal, ParameterRef
from rulecore.plan import Physical, Plan, physical

UNKNOWN = "待数据"
NOT_PUBLISHED = "未公布"

_NUMBER_WORDS = {"ge": "不低于", "gt": "高于", "le": "不超过", "lt": "低于", "eq": "等于", "ne": "不等于"}
_DATE_WORDS = {"ge": "不早于", "gt": "晚于", "le": "不晚于", "lt": "早于", "eq": "为", "ne": "不为"}


def value_text(fact: Fact, value: Physical | None) -> str:
    """A physical value of a fact, or 待数据."""
    return UNKNOWN if value is None else _text(fact, value)


def _text(fact: Fact, value: Physical) -> str:
    match value:
        case bool():
            return "是" if value else "否"
        case datetime.date():
            return date_text(value)
        case int() if fact.type == "money":
            return f"{Decimal(value).scaleb(-2):,.2f} {fact.unit}".rstrip()
        case int():
            return f"{value} {fact.unit}".rstrip()
        case _:
            return fact.values.get(value, value)


def date_text(day: datetime.date) -> str:
    """2024年7月1日."""
    return f"{day.year}年{day.month}月{day.day}日"


def threshold_text(plan: Plan, fact: Fact, op: str, right: ParameterRef | Literal) -> str:
    """What the value is compared with, in words; a threshold that nobody has published says so."""
    words = _DATE_WORDS if fact.type in ("date", "month") else _NUMBER_WORDS
    if isinstance(right, Literal):
        value = physical(right.value, fact.type)
        if isinstance(value, bool):
            return f"应为{_text(fact, value == (op == 'eq'))}"
        return f"{words[op]} {_text(fact, value)}"
    parameter = plan.rulebook.parameters[right.name]
    bound = plan.values[right.name]
    if bound is None:
        return f"{words[op]}{parameter.label}（当年认定标准{NOT_PUBLISHED}）"
    named = f"（{parameter.label}）" if parameter.annual_norm else ""
    return f"{words[op]} {_text(fact, bound)}{named}"


def membership_text(fact: Fact, options: tuple[Physical, ...]) -> str:
    """应为 A、B."""
    return "应为" + "、".join(_text(fact, option) for option in options)
