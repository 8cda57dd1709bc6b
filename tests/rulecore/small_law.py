"""Small random rulebooks over six facts, and the slow ways of asking them: every value, every day."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from rulecore.model import (
    TIERS,
    All,
    AnyOf,
    AtLeast,
    Compare,
    Criterion,
    CriterionRef,
    DateRule,
    Derivation,
    Expression,
    Fact,
    Jurisdiction,
    Literal,
    Member,
    Not,
    Outcome,
    Parameter,
    ParameterRef,
    Rulebook,
    Standard,
    Value,
)
from rulecore.plan import Plan, bind, function_of

HORIZON = 9
STARTS = (date(2024, 2, 24), date(2025, 6, 25), date(2025, 12, 27))
"""Before a leap day, before a report's deadline, before the end of a year."""

DOMAIN: Mapping[str, tuple[Any, ...]] = {
    "flag": (False, True),
    "report": (False, True),
    "status": ("a", "b", "c"),
    "heads": (0, 1, 2, 3, 4),
    "turnover": (0, 1, 2, 3, 4),
}
"""Physical values: turnover in cents."""

ORDERED = ("heads", "turnover")

_PARAMETERS = (
    Parameter("cutoff", "界限", "date", "附件一", derive=DateRule("basis_date", minus_days=5)),
    Parameter("month_ago", "一月前", "date", "附件一", derive=DateRule("basis_date", minus_months=1)),
    Parameter("year_first_day", "当年首日", "date", "附件一", derive=DateRule("first_day_of_year")),
    Parameter("norm", "标准", "money", "附件一", annual_norm=True),
    Parameter("band", "人数", "int", "附件一", value=2),
)


def _facts(status_change: str) -> dict[str, Fact]:
    def fact(key: str, kind: str, change: str, **more: Any) -> Fact:
        given = Derivation("given", "office", no_row=more.pop("no_row", None))
        return Fact(key, key, kind, "public", "office", "office", given, change=change, how=f"改{key}", **more)

    return {
        "flag": fact("flag", "bool", "owner"),
        "report": fact("report", "bool", "owner", period="prior_year", deadline=(6, 30), no_row=False),
        "status": fact("status", "code", status_change, values={"a": "甲", "b": "乙", "c": "丙"}),
        "heads": fact("heads", "int", "owner", period="prior_year"),
        "turnover": fact("turnover", "money", "owner", period="prior_year"),
        "founded": fact("founded", "date", "time"),
    }


_LEAVES: tuple[Expression, ...] = (
    Compare("eq", Value("flag"), Literal(True)),
    Compare("eq", Value("report"), Literal(True)),
    Member(Value("status"), ("a",)),
    Member(Value("status"), ("b", "c")),
    Compare("ge", Value("heads"), Literal(1)),
    Compare("le", Value("heads"), Literal(3)),
    Compare("eq", Value("heads"), ParameterRef("band")),
    Compare("ge", Value("turnover"), ParameterRef("norm")),
    Compare("lt", Value("turnover"), Literal(Decimal("0.01"))),
    Compare("le", Value("founded"), ParameterRef("cutoff")),
    Compare("gt", Value("founded"), ParameterRef("month_ago")),
    Compare("ge", Value("founded"), ParameterRef("year_first_day")),
)


def _combined(children: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(children, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        several.map(All),
        several.map(AnyOf),
        children.map(Not),
        st.builds(AtLeast, st.just(2), several),
    )


_expressions: st.SearchStrategy[Expression] = st.recursive(st.sampled_from(_LEAVES), _combined, max_leaves=6)


@st.composite
def rulebooks(draw: st.DrawFn) -> Rulebook:
    """A rulebook with three criteria and four outcomes."""
    criteria: dict[str, Criterion] = {}
    for key in ("first", "second", "third"):
        when = draw(_expressions)
        earlier = draw(st.sampled_from([None, *criteria]))
        if earlier is not None:
            when = All((CriterionRef(earlier), when))
        criteria[key] = Criterion(key, key, "附件一", "条件。", when)
    conditions = [draw(st.sampled_from([*map(CriterionRef, criteria), draw(_expressions)])) for _ in range(3)]
    keys = draw(st.permutations(["low", "middle", "high", "top"]))
    outcomes = [Outcome(k, k, "附件一", when) for k, when in zip(keys, conditions, strict=False)]
    standard = Standard(
        TIERS, "分型", "附件一", criteria, (*outcomes, Outcome(keys[3], keys[3], "附件一", None)),
        ("low", "middle", "high", "top"),
    )  # fmt: skip
    return Rulebook(
        key="small",
        edition="1",
        title="小标准",
        jurisdiction=Jurisdiction("0", "某地"),
        document={"number": "某发〔2025〕1号"},
        valid_from=date(2024, 1, 1),
        valid_to=None,
        parents=(),
        subject_key="uscc",
        sources={},
        facts=_facts(draw(st.sampled_from(["department", "never"]))),
        parameters={parameter.key: parameter for parameter in _PARAMETERS},
        standards={TIERS: standard},
        procedure={},
        organisations={"office": "某局"},
        sha256="0" * 64,
    )


norms = st.sampled_from([{}, {"norm": Decimal("0.02")}, {"norm": Decimal("0.03")}])
starts = st.sampled_from(STARTS)


def businesses(as_of: date) -> st.SearchStrategy[dict[str, Any]]:
    """Facts, physical, some unknown; the founding date close to a boundary."""
    days = [as_of - timedelta(days=back) for back in (0, 1, 3, 4, 5, 6, 25, 28, 29, 30, 31, 32, 400)]
    known = {key: st.sampled_from([*values, *values, None]) for key, values in DOMAIN.items()}
    return st.fixed_dictionaries({**known, "founded": st.sampled_from([*days, None])})


Asked = Callable[[Mapping[str, Any]], tuple[str, ...]]


def asked_on(plan: Plan) -> Callable[[date], Asked]:
    """For each day the possible outcomes of facts, by binding the rulebook on that very day."""

    @cache
    def on(day: date) -> Asked:
        that_day = bind(plan.rulebook, as_of=day, norms=plan.norms)
        judge = function_of(that_day)

        def possible(facts: Mapping[str, Any]) -> tuple[str, ...]:
            return that_day.possible_set(judge({key: facts[key] for key in that_day.facts})[2])

        return possible

    return on


def days(plan: Plan, count: int = HORIZON) -> Iterator[date]:
    """The basis date and `count` days more."""
    return (plan.as_of + timedelta(days=step) for step in range(count + 1))
