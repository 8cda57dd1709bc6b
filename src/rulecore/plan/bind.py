"""bind: parameters get values, criteria get bits, outcomes get conditions over atoms."""

import calendar
import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal

from rulecore.check import MOST_BITS, check
from rulecore.errors import NormsError, Problem, RulebookError
from rulecore.model import TIERS, Compare, DateRule, Expression, Literal, Member, Parameter, Rulebook, Scalar, Standard
from rulecore.plan.atom import Atom, Physical
from rulecore.plan.cells import groups, hidden_atoms, least, most
from rulecore.plan.nnf import FALSE, TRUE, Lit, Nnf, conjunction, disjunction, negation, normal_form
from rulecore.plan.plan import Plan, PlannedCriterion
from rulecore.plan.possible import Possibility

MOST_YUAN = 10**16
"""Amounts have at most 18 digits, two of them after the point."""


def bind(rulebook: Rulebook, *, as_of: datetime.date, norms: Mapping[str, Decimal], standard: str = TIERS) -> Plan:
    """The plan of `rulebook` on the basis date `as_of` with the thresholds `norms` (yuan; missing: not published).

    Raises:
        RulebookError: the rulebook contradicts itself.
        NormsError: a norm is unknown, negative, finer than a cent, or breaks the order that the standard needs.
    """
    check(rulebook)
    asked = rulebook.standards[standard]
    values = _values(rulebook, as_of, norms)
    _check_order(rulebook, values)
    atoms: dict[Atom, int] = {}

    def number(leaf: Expression) -> int:
        return atoms.setdefault(_atom(rulebook, values, leaf), len(atoms))

    def expand(item: Expression) -> Nnf:
        return normal_form(item, number, lambda name: asked.criteria[name].when)

    criteria = tuple(
        PlannedCriterion(criterion, bit, expand(criterion.when))
        for bit, criterion in enumerate(asked.criteria.values())
    )
    chosen = _chosen(asked, expand)
    every = (*atoms, *hidden_atoms(rulebook, values, tuple(atoms)))
    possibility = Possibility(groups(rulebook, values, every))
    return Plan(
        rulebook=rulebook,
        standard=asked,
        as_of=as_of,
        norms=dict(norms),
        values=values,
        atoms=every,
        atom_bits=_atom_bits(len(every), criteria),
        criteria=criteria,
        chosen=chosen,
        possible={key: possibility.formula(condition) for key, condition in chosen.items()},
    )


def _chosen(standard: Standard, expand: Callable[[Expression], Nnf]) -> dict[str, Nnf]:
    """For each outcome: its condition holds and no earlier one does."""
    chosen: dict[str, Nnf] = {}
    earlier: Nnf = FALSE
    for outcome in standard.outcomes:
        when = TRUE if outcome.when is None else expand(outcome.when)
        here = conjunction([when, negation(earlier)])
        chosen[outcome.key] = disjunction([chosen.get(outcome.key, FALSE), here])
        earlier = disjunction([earlier, when])
    return chosen


def _atom_bits(count: int, criteria: tuple[PlannedCriterion, ...]) -> tuple[int, ...]:
    """Criteria first, in the order of the file; then the comparisons that are no criterion of their own."""
    own = {c.when.atom: c.bit for c in reversed(criteria) if isinstance(c.when, Lit) and c.when.positive}
    spare = iter(range(len(criteria), len(criteria) + count))
    bits = tuple(own[atom] if atom in own else next(spare) for atom in range(count))
    if max(bits) >= MOST_BITS:
        raise RulebookError(Problem("criteria", f"{max(bits) + 1} bits are needed, {MOST_BITS} fit a mask"))
    return bits


def _atom(rulebook: Rulebook, values: Mapping[str, Physical | None], leaf: Expression) -> Atom:
    if isinstance(leaf, Member):
        kind = rulebook.facts[leaf.left.name].type
        return Atom(leaf.left.name, "in", tuple(physical(option, kind) for option in leaf.options))
    assert isinstance(leaf, Compare), leaf
    fact = rulebook.facts[leaf.left.name]
    if isinstance(leaf.right, Literal):
        return Atom(fact.key, leaf.op, physical(leaf.right.value, fact.type))
    value = values[leaf.right.name]
    return Atom(fact.key, leaf.op, value, leaf.right.name if value is None else None)


def physical(value: Scalar, kind: str) -> Physical:
    """A value of the files as engines compare it: money in whole cents."""
    if kind == "money":
        return cents(Decimal(str(value)))
    assert not isinstance(value, Decimal), value
    return value


def cents(yuan: Decimal) -> int:
    """Whole cents of an amount in yuan.

    Raises:
        ValueError: the amount is finer than a cent or not finite.
    """
    scaled = yuan.scaleb(2) if yuan.is_finite() else yuan
    if not yuan.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(f"not a whole number of cents: {yuan}")
    return int(scaled)


def _values(rulebook: Rulebook, as_of: datetime.date, norms: Mapping[str, Decimal]) -> dict[str, Physical | None]:
    wanted = {key for key, parameter in rulebook.parameters.items() if parameter.annual_norm}
    problems = [
        Problem("norms", f"the rulebook has no such norm; it knows {', '.join(sorted(wanted))}", where=key)
        for key in norms
        if key not in wanted
    ]
    values: dict[str, Physical | None] = {}
    for key, parameter in rulebook.parameters.items():
        if parameter.table:
            continue
        try:
            values[key] = _value(parameter, as_of, norms.get(key))
        except ValueError as error:
            problems.append(Problem("norms", str(error), where=key))
    if problems:
        raise NormsError(*problems)
    return values


def _value(parameter: Parameter, as_of: datetime.date, norm: Decimal | None) -> Physical | None:
    if parameter.derive is not None:
        return derived(parameter.derive, as_of)
    if parameter.annual_norm:
        if norm is not None and not (norm.is_finite() and 0 <= norm < MOST_YUAN):
            raise ValueError(f"a norm is an amount from 0 to below {MOST_YUAN:,} yuan, not {norm}")
        return None if norm is None else _norm(parameter, norm)
    assert parameter.value is not None
    return physical(parameter.value, parameter.type)


def _norm(parameter: Parameter, norm: Decimal) -> int:
    """Money in cents; of counts and years the whole number."""
    if parameter.type == "money":
        return cents(norm)
    if norm != norm.to_integral_value():
        raise ValueError(f"a whole number is expected, not {norm}")
    return int(norm)


def derived(rule: DateRule, as_of: datetime.date) -> int | datetime.date:
    """A date or year that follows from the basis date."""
    year = as_of.year - rule.minus_years
    match rule.start:
        case "year_of":
            return year
        case "first_day_of_year":
            return datetime.date(year, 1, 1)
        case "last_day_of_year":
            return datetime.date(year, 12, 31)
        case _:
            day = months_back(years_back(as_of, rule.minus_years), rule.minus_months)
            return day - datetime.timedelta(days=rule.minus_days)


def months_back(day: datetime.date, months: int) -> datetime.date:
    """The corresponding day `months` earlier; where the month has no such day, its last (民法典 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))


def years_back(day: datetime.date, years: int) -> datetime.date:
    """The corresponding day `years` earlier; where February has no such day, its last (民法典 202)."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _check_order(rulebook: Rulebook, values: Mapping[str, Physical | None]) -> None:
    """The order that the standard itself needs, such as the growth threshold below the development one.

    A threshold that is still unset must keep a value that it can take.
    """
    problems = []
    for key, parameter in rulebook.parameters.items():
        if parameter.below is None:
            continue
        low, high = least(rulebook, values, key), most(rulebook, values, parameter.below)
        if high is not None and not low < high:
            where, other = (key, parameter.below) if values[key] is not None else (parameter.below, key)
            side = "must be below" if where == key else "must leave room below it for"
            text = norm_text(rulebook.parameters[where], values[where])
            problems.append(Problem("norms", f"{side} {other}", where=where, value=text))
    if problems:
        raise NormsError(*problems)


def norm_text(parameter: Parameter, value: Physical | None) -> str:
    """A threshold as the norm states it: money in yuan."""
    return f"{Decimal(value).scaleb(-2):.2f}" if parameter.type == "money" and isinstance(value, int) else str(value)
