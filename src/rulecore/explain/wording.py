"""Values, thresholds and comparisons in the words that an owner reads."""

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal

from rulecore.model import Compare, Fact, Literal, Member, ParameterRef
from rulecore.plan import Physical, Plan, physical

UNKNOWN = "待数据"
NOT_PUBLISHED = "未公布"

_NUMBER_WORDS = {"ge": "不低于", "gt": "高于", "le": "不超过", "lt": "低于", "eq": "等于", "ne": "不等于"}
_DATE_WORDS = {"ge": "不早于", "gt": "晚于", "le": "不晚于", "lt": "早于", "eq": "为", "ne": "不为"}
_OPPOSITE = {"ge": "lt", "gt": "le", "le": "gt", "lt": "ge", "eq": "ne", "ne": "eq"}


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


def plain(kind: str, value: Physical | tuple[Physical, ...] | None) -> object:
    """A physical value of a type of the language as JSON has it: money as a decimal string in yuan, a day as ISO."""
    match value:
        case tuple():
            return [plain(kind, item) for item in value]
        case bool() | None:
            return value
        case datetime.date():
            return value.isoformat()
        case int() if kind == "money":
            return f"{Decimal(value).scaleb(-2):.2f}"
        case _:
            return value


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


def comparison_text(plan: Plan, fact: Fact, node: Compare | Member, *, holds: bool) -> str:
    """What the value must be so that the comparison holds, or so that it does not."""
    if isinstance(node, Compare):
        return threshold_text(plan, fact, node.op if holds else _OPPOSITE[node.op], node.right)
    text = membership_text(fact, tuple(physical(option, fact.type) for option in node.options))
    return text if holds else f"不{text}"


def range_text(fact: Fact, chosen: Sequence[Physical], every: Sequence[Physical]) -> str:
    """`chosen` of the values `every` in words: 为 A 或 B; 不低于 1 人; 1 人至 3 人."""
    if fact.type in ("bool", "code", "text", "uscc"):
        return "为" + "或".join(_text(fact, value) for value in every if value in chosen)
    words = _DATE_WORDS if fact.type in ("date", "month") else _NUMBER_WORDS
    return "，或".join(_stretch_text(fact, words, stretch, every) for stretch in _stretches(chosen, every))


def _stretches(chosen: Sequence[Physical], every: Sequence[Physical]) -> list[list[Physical]]:
    """Runs of chosen values without a gap."""
    runs: list[list[Physical]] = [[]]
    for value in sorted(every):
        if value in chosen:
            runs[-1].append(value)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _stretch_text(fact: Fact, words: Mapping[str, str], run: list[Physical], every: Sequence[Physical]) -> str:
    first, last = _text(fact, run[0]), _text(fact, run[-1])
    bounded_below, bounded_above = run[0] != min(every), run[-1] != max(every)
    if bounded_below and bounded_above:
        return f"为 {first}" if first == last else f"在 {first} 至 {last} 之间"
    if bounded_below:
        return f"{words['ge']} {first}"
    return f"{words['le']} {last}" if bounded_above else "有数据"
