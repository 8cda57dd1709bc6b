"""What both sides are shown of an objection: its steps, its facts in words, its deadline, its files."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django import forms

from jieti.appeals.models import DisputedFact, Objection, ObjectionStep
from jieti.determinations.fact_texts import known, shown
from jieti.determinations.running import plan_of
from jieti.domain.workflows.objection import OBJECTION
from jieti.kit import clock
from rulecore.model import Fact

YES_NO = (("true", "是"), ("false", "否"))
MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class FactRow:
    """A disputed fact in words; `verified` is empty while it is open."""

    one: DisputedFact
    label: str
    used: str
    claimed: str
    verified: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step that was taken, with the deadline it left."""

    step: ObjectionStep
    label: str
    state: str
    role: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an objection stands: the state's name, its style, and whether it is late (None: depends on a notice)."""

    label: str
    tag: str
    is_late: bool | None
    note: str


def standing_of(objection: Objection) -> Standing:
    """Where the objection stands today."""
    label = OBJECTION.states[objection.state].label
    late = objection.is_late(clock.today())
    if not objection.is_open:
        return Standing(label, "good" if objection.outcome == Objection.Outcome.UPHELD else "", False, "")
    note = {True: "已逾期", None: "可能已逾期", False: ""}[late]
    return Standing(label, "bad" if late else "warn", late, note)


def fact_rows(objection: Objection) -> list[FactRow]:
    """The disputed facts, in the words of the rulebook of the result."""
    facts = plan_of(objection.result.run).facts
    return [_fact_row(one, facts) for one in objection.disputed.select_related("supplier", "answered_by")]


def step_rows(objection: Objection) -> list[StepRow]:
    """Every step that was taken, the first first."""
    rows = []
    for step in objection.steps.select_related("by"):
        row = OBJECTION.step(step.step)
        rows.append(StepRow(step, row.label, OBJECTION.states[step.target].label, OBJECTION.role_labels[row.role]))
    return rows


def value_field(fact: Fact, *, label: str, required: bool = True) -> forms.Field:
    """The field in which a person states the fact's value."""
    missing = {"required": f"请填写“{fact.label}”的值。"}
    match fact.type:
        case "bool":
            return _choice(YES_NO, label, missing, required=required)
        case "code" | "scale":
            return _choice(tuple(fact.values.items()), label, missing, required=required)
        case "date" | "month":
            widget = forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d")
            bad = {"invalid": "请填写有效的日期，例如2026年7月1日。"}
            return forms.DateField(label=label, widget=widget, required=required, error_messages=missing | bad)
        case "money":
            bad = {"invalid": "请填写金额，例如6000或者6000.50。", "min_value": "金额不能小于0。"}
            return forms.DecimalField(
                label=f"{label}（元）",
                min_value=0,
                max_digits=MOST_DIGITS,
                decimal_places=2,
                required=required,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "short"}),
                error_messages=missing | bad | {"max_decimal_places": "金额最多两位小数。"},
            )
        case "int" | "year":
            bad = {"invalid": "请填写整数。", "min_value": "不能小于0。"}
            return forms.IntegerField(
                label=f"{label}（{fact.unit}）" if fact.unit else label,
                min_value=0,
                max_value=2**31 - 1,
                required=required,
                widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "short"}),
                error_messages=missing | bad,
            )
        case _:
            return forms.CharField(label=label, max_length=200, required=required, error_messages=missing)


def stated(value: object) -> str:
    """A cleaned value of `value_field` as values of facts are kept."""
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def _choice(
    choices: tuple[tuple[str, str], ...], label: str, missing: Mapping[str, str], *, required: bool
) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, widget=forms.RadioSelect, required=required, error_messages=dict(missing)
    )


def _fact_row(one: DisputedFact, facts: Mapping[str, Fact]) -> FactRow:
    fact = known(facts, one.fact)
    verified = "" if one.verified is None else shown(fact, one.verified)
    return FactRow(one, fact.label, shown(fact, one.used), shown(fact, one.claimed), verified)
