"""Seeded faults: every small mistake that an author could make in a rulebook, each as a rulebook of its own.

A set of worked cases is sharp when it tells each of them from the law.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from rulecore.check.wording import Words
from rulecore.model import (
    All,
    AnyOf,
    Assume,
    AtLeast,
    Compare,
    CriterionRef,
    DateRule,
    Derivation,
    Expression,
    Fact,
    IsMissing,
    Member,
    Not,
    Outcome,
    Parameter,
    ParameterRef,
    Rulebook,
    Scalar,
    Standard,
    Value,
)

_SWAPPED = {"ge": "gt", "gt": "ge", "le": "lt", "lt": "le", "eq": "ne", "ne": "eq"}
_HOW = {"max": ("sum", "count"), "sum": ("max",), "exists": (), "count": (), "latest": ("max",)}
_CENT = Decimal("0.01")
_SHIFTED = "shifted_by_a_day"


@dataclass(frozen=True)
class Mutant:
    """One fault: where it was seeded, what it is, the faulty rulebook.

    `shift` is a change of a norm's amount where the fault lies in the threshold itself; the cases' norms take it.
    """

    path: tuple[str, ...]
    fault: str
    rulebook: Rulebook
    shift: Mapping[str, Decimal]

    @property
    def in_derivation(self) -> bool:
        """Whether only the way from sources to facts is at fault."""
        return self.path[0] == "facts"

    def __str__(self) -> str:
        return f"{'.'.join(self.path)}: {self.fault}"


def mutants(book: Rulebook) -> Iterator[Mutant]:
    """Every fault of the catalogue that fits somewhere in the rulebook."""
    yield from _of_parameters(book)
    for standard in book.standards.values():
        yield from _of_standard(book, standard)
    for fact in book.facts.values():
        yield from _of_fact(book, fact)


def _of_parameters(book: Rulebook) -> Iterator[Mutant]:
    for key, parameter in book.parameters.items():
        if parameter.annual_norm:
            for step in (-_CENT, _CENT):
                yield Mutant(("parameters", key), f"the norm {step:+}", book, {key: step})
        for changed, fault in _parameter_faults(parameter):
            yield Mutant(("parameters", key), fault, replace(book, parameters={**book.parameters, key: changed}), {})


def _parameter_faults(parameter: Parameter) -> Iterator[tuple[Parameter, str]]:
    value, rule = parameter.value, parameter.derive
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        for step in (-1, 1):
            moved = value + (step * _CENT if parameter.type == "money" else step)
            yield replace(parameter, value=moved), f"{moved} for {value}"
    if rule is not None:
        for step in (-1, 1):
            yield replace(parameter, derive=replace(rule, minus_years=rule.minus_years + step)), f"a year {step:+}"


def _of_standard(book: Rulebook, standard: Standard) -> Iterator[Mutant]:
    words = Words(book, standard)
    for key, criterion in standard.criteria.items():
        for item, fault, extra in _faults(book, criterion.when, words, _fact_codes(book)):
            criteria = {**standard.criteria, key: replace(criterion, when=item)}
            yield _with(book, replace(standard, criteria=criteria), ("criteria", key), fault, extra)
    for index, outcome in enumerate(standard.outcomes):
        if outcome.when is not None:
            for item, fault, extra in _faults(book, outcome.when, words, _fact_codes(book)):
                outcomes = _replaced(standard.outcomes, index, replace(outcome, when=item))
                yield _with(book, replace(standard, outcomes=outcomes), ("outcomes", str(index)), fault, extra)
    for index, outcomes, fault in _orders(standard.outcomes):
        yield _with(book, replace(standard, outcomes=outcomes), ("outcomes", str(index)), fault, {})


def _with(
    book: Rulebook, standard: Standard, path: tuple[str, ...], fault: str, extra: Mapping[str, Parameter]
) -> Mutant:
    standards = {**book.standards, standard.key: standard}
    changed = replace(book, standards=standards, parameters={**book.parameters, **extra})
    return Mutant((standard.key, *path), fault, changed, {})


def _replaced(outcomes: tuple[Outcome, ...], index: int, outcome: Outcome) -> tuple[Outcome, ...]:
    return (*outcomes[:index], outcome, *outcomes[index + 1 :])


def _orders(outcomes: tuple[Outcome, ...]) -> Iterator[tuple[int, tuple[Outcome, ...], str]]:
    """Neighbours swapped, and each entry dropped whose outcome another entry still has."""
    conditional = outcomes[:-1]
    for (first, one), (second, two) in pairwise(enumerate(conditional)):
        swapped = (*outcomes[:first], two, one, *outcomes[second + 1 :])
        yield first, swapped, f"{two.key} before {one.key}"
    for index, outcome in enumerate(conditional):
        rest = (*outcomes[:index], *outcomes[index + 1 :])
        if outcome.key in {item.key for item in rest}:
            yield index, rest, f"{outcome.key} dropped"


def _of_fact(book: Rulebook, fact: Fact) -> Iterator[Mutant]:
    for rule, fault, extra in _derivations(book, fact):
        facts = {**book.facts, fact.key: replace(fact, derivation=rule)}
        changed = replace(book, facts=facts, parameters={**book.parameters, **extra})
        yield Mutant(("facts", fact.key), fault, changed, {})


def _derivations(book: Rulebook, fact: Fact) -> Iterator[tuple[Derivation, str, Mapping[str, Parameter]]]:
    rule = fact.derivation
    if rule.source not in book.sources:
        return
    words, codes = Words(book, source=rule.source), _column_codes(book, rule.source)
    if rule.where is not None:
        yield replace(rule, where=None), "every row counts", {}
        for item, fault, extra in _faults(book, rule.where, words, codes):
            yield replace(rule, where=item), fault, extra
    if rule.take is not None and not isinstance(rule.take, str):
        for item, fault, extra in _faults(book, rule.take, words, codes):
            yield replace(rule, take=item), fault, extra
    for changed, fault in _aggregates(book, fact):
        yield changed, fault, {}


def _aggregates(book: Rulebook, fact: Fact) -> Iterator[tuple[Derivation, str]]:
    """Another aggregate, another column of the same type, nothing subtracted, another value without a row."""
    rule = fact.derivation
    columns = book.sources[rule.source].columns
    if fact.type in ("int", "money"):
        for how in _HOW.get(rule.how, ()):
            yield replace(rule, how=how, less=None if how != "sum" else rule.less), f"{how} for {rule.how}"
    if rule.less is not None:
        yield replace(rule, less=None), f"{rule.less} is not subtracted"
    if isinstance(rule.take, str):
        for key, column in columns.items():
            if key != rule.take and column.type == columns[rule.take].type and column.type != "text":
                yield replace(rule, take=key), f"{key} for {rule.take}"
    if rule.how != "row":
        for value in _without_row(fact):
            if value != rule.no_row:
                yield replace(rule, no_row=value), f"without a row {value} for {rule.no_row}"


def _without_row(fact: Fact) -> tuple[Scalar | None, ...]:
    match fact.type:
        case "bool":
            return (True, False, None)
        case "int":
            return (0, 1, None)
        case "money":
            return (Decimal("0.00"), None)
        case _:
            return (None,)


Codes = Callable[[str], tuple[str, ...]]
Faulty = Iterator[tuple[Expression, str, Mapping[str, Parameter]]]


def _fact_codes(book: Rulebook) -> Codes:
    return lambda name: tuple(book.facts[name].values)


def _column_codes(book: Rulebook, source: str) -> Codes:
    return lambda name: tuple(book.sources[source].columns[name].codes)


def _faults(book: Rulebook, item: Expression, words: Words, codes: Codes) -> Faulty:
    """The expression with one fault, for every fault; the parameters that a fault needs beside."""
    for other, fault in _here(item, words, codes):
        yield other, fault, {}
    if isinstance(item, Compare):
        yield from _days(book, item)
    match item:
        case All(items) | AnyOf(items) | AtLeast(_, items):
            for index, child in enumerate(items):
                for other, fault, extra in _faults(book, child, words, codes):
                    yield replace(item, items=(*items[:index], other, *items[index + 1 :])), fault, extra
        case Not(child) | Assume(child, _):
            for other, fault, extra in _faults(book, child, words, codes):
                yield replace(item, item=other), fault, extra


def _here(item: Expression, words: Words, codes: Codes) -> Iterator[tuple[Expression, str]]:
    """Faults of the outermost node alone, said in words."""
    match item:
        case Compare(op, left, right):
            swapped = Compare(_SWAPPED[op], left, right)
            yield swapped, f"{words.of(swapped)}, for {words.of(item)}"
        case Not(child):
            yield child, f"not dropped: {words.of(item)}"
        case CriterionRef() | IsMissing():
            yield Not(item), f"negated: {words.of(item)}"
        case Assume(child, value):
            yield Assume(child, not value), f"assumed otherwise: {words.of(item)}"
            yield child, f"not assumed: {words.of(item)}"
        case Member(left, options):
            for other in _memberships(left, options, codes(left.name)):
                yield other, f"{words.of(other)}, for {words.of(item)}"
        case All() | AnyOf() | AtLeast():
            yield from _regrouped(item, words)


def _regrouped(item: All | AnyOf | AtLeast, words: Words) -> Iterator[tuple[Expression, str]]:
    """All for any, any for all, another count, one item less."""
    if isinstance(item, AtLeast):
        for count in (item.count - 1, item.count + 1):
            if 1 <= count <= len(item.items):
                yield replace(item, count=count), f"{count} for {item.count}"
    elif len(item.items) > 1:
        other, fault = (AnyOf, "any for all") if isinstance(item, All) else (All, "all for any")
        yield other(item.items), f"{fault} of {words.of(item)}"
    for index, child in enumerate(item.items):
        rest = (*item.items[:index], *item.items[index + 1 :])
        if rest and not (isinstance(item, AtLeast) and item.count > len(rest)):
            yield replace(item, items=rest), f"dropped: {words.of(child)}"


def _memberships(left: Value, options: tuple[Scalar, ...], codes: tuple[str, ...]) -> Iterator[Member]:
    for option in options:
        if len(options) > 1:
            yield Member(left, tuple(other for other in options if other != option))
    for code in codes:
        if code not in options:
            yield Member(left, (*options, code))


def _days(book: Rulebook, item: Compare) -> Faulty:
    """The comparison with a date that follows from the basis date, a day earlier and a day later."""
    if not isinstance(item.right, ParameterRef):
        return
    parameter = book.parameters[item.right.name]
    if parameter.derive is None or parameter.type == "year":
        return
    for days in (-1, 1):
        rule = _moved(parameter.derive, days)
        if rule is not None:
            moved = replace(parameter, key=_SHIFTED, derive=rule, below=None)
            fault = f"{item.left.name}: {parameter.label} {days:+} day"
            yield replace(item, right=ParameterRef(_SHIFTED)), fault, {_SHIFTED: moved}


def _moved(rule: DateRule, days: int) -> DateRule | None:
    """The rule that gives the day before or after, where the language has one."""
    match rule.start, days:
        case "basis_date", _:
            return replace(rule, minus_days=rule.minus_days - days)
        case "first_day_of_year", -1:
            return DateRule("last_day_of_year", rule.minus_years + 1)
        case "last_day_of_year", 1:
            return DateRule("first_day_of_year", rule.minus_years - 1)
        case _:
            return None
