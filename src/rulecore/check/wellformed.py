"""Names, types and order of a rulebook, checked together so that an author sees every mistake at once."""

import datetime
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from rulecore.errors import Problem, RulebookError
from rulecore.model import (
    TIERS,
    Assume,
    AtLeast,
    Compare,
    CriterionRef,
    Expression,
    Fact,
    IsMissing,
    Literal,
    Member,
    ParameterRef,
    Rulebook,
    Scalar,
    Source,
    Standard,
    Value,
    walk,
)

NAME = re.compile(r"[a-z][a-z0-9_]*")
ORDERED = frozenset({"int", "money", "date", "month", "year"})
MOST_BITS = 62
"""A mask is a signed 64-bit word on every engine."""

_PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "year": (int,),
    "money": (int, Decimal),
    "date": (datetime.date,),
    "month": (datetime.date,),
    "code": (str,),
    "text": (str,),
    "uscc": (str,),
}


def check(rulebook: Rulebook) -> None:
    """Refuse a rulebook that contradicts itself.

    Raises:
        RulebookError: every problem with file, line and key.
    """
    problems = [
        *_names(rulebook),
        *_sources(rulebook),
        *_parameters(rulebook),
        *_facts(rulebook),
        *(problem for standard in rulebook.standards.values() for problem in _standard(rulebook, standard)),
    ]
    if problems:
        raise RulebookError(*problems)


def _problem(rulebook: Rulebook, path: tuple[str, ...], message: str) -> Problem:
    file, line = rulebook.place(*path)
    return Problem(file, message, line, ".".join(path))


def _names(rulebook: Rulebook) -> Iterator[Problem]:
    sections: Mapping[str, Mapping[str, object]] = {
        "sources": rulebook.sources,
        "facts": rulebook.facts,
        "parameters": rulebook.parameters,
        **{".".join(_path(standard, "criteria")): standard.criteria for standard in rulebook.standards.values()},
    }
    for section, items in sections.items():
        for key in items:
            if not NAME.fullmatch(key):
                yield _problem(rulebook, (*section.split("."), key), "a key is lower-case letters, digits and _")


def _sources(rulebook: Rulebook) -> Iterator[Problem]:
    for source in rulebook.sources.values():
        for one in source.checks:
            path = ("sources", source.key, "checks")
            days = {key: "date" if column.type == "month" else column.type for key, column in source.columns.items()}
            kind = days.get(one.column)
            if kind not in ORDERED:
                yield _problem(rulebook, path, f"{one.column} is no column of days, years or numbers")
            elif one.not_after == "as_of":
                if kind not in ("date", "year"):
                    yield _problem(rulebook, path, f"{one.column} has no day to compare with as_of")
            elif days.get(one.not_after) != kind:
                yield _problem(rulebook, path, f"{one.not_after} is no column like {one.column}")


def _parameters(rulebook: Rulebook) -> Iterator[Problem]:
    for key, parameter in rulebook.parameters.items():
        path = ("parameters", key)
        ways = [parameter.value is not None, parameter.derive is not None, parameter.annual_norm, bool(parameter.table)]
        if sum(ways) != 1:
            yield _problem(rulebook, path, "give exactly one of value, derive, annual_norm and table")
        if parameter.table and [row.when is None for row in parameter.table].index(True) != len(parameter.table) - 1:
            yield _problem(rulebook, path, "the last row of a table, and only it, takes the rest: otherwise: true")
        if parameter.value is not None and not _fits(parameter.value, parameter.type):
            yield _problem(rulebook, path, f"{parameter.value} is not a {parameter.type}")
        if parameter.below is not None:
            other = rulebook.parameters.get(parameter.below)
            if other is None or other.table or other.type != parameter.type or parameter.type not in ORDERED:
                yield _problem(rulebook, path, f"below names no parameter of the same ordered type: {parameter.below}")
            elif key in _above(rulebook, parameter.below):
                yield _problem(rulebook, path, f"lies below itself, by way of {parameter.below}")


def _above(rulebook: Rulebook, start: str | None) -> set[str]:
    """The parameters that must lie above `start`, itself among them."""
    found: set[str] = set()
    while start is not None and start in rulebook.parameters and start not in found:
        found.add(start)
        start = rulebook.parameters[start].below
    return found


def _fits(value: Scalar, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "bool"
    if isinstance(value, Decimal) and value.as_tuple().exponent < -2:  # type: ignore[operator]  # finite by YAML
        return False
    return isinstance(value, _PYTHON_TYPES[kind])


def _facts(rulebook: Rulebook) -> Iterator[Problem]:
    for key, fact in rulebook.facts.items():
        path = ("facts", key)
        rule = fact.derivation
        if rule.how == "given":
            continue
        source = rulebook.sources.get(rule.source)
        if source is None:
            yield _problem(rulebook, (*path, "from"), f"no source named {rule.source}")
            continue
        named = [rule.take if isinstance(rule.take, str) else None, rule.less, rule.by]
        for column in named:
            if column is not None and column not in source.columns:
                yield _problem(rulebook, (*path, "from"), f"source {source.key} has no column {column}")
        yield from _related(rulebook, fact)
        yield from _taken(rulebook, fact, source)
        if rule.related is None and (rule.how == "row") != (source.rows == "business"):
            yield _problem(rulebook, (*path, "from"), f"{rule.how} does not fit a source with rows: {source.rows}")
        if rule.no_row is not None and not _fits(rule.no_row, fact.type):
            yield _problem(rulebook, (*path, "from", "no_row"), f"{rule.no_row} is not a {fact.type}")
        conditions = [rule.where, rule.take if not isinstance(rule.take, str) else None]
        for condition in conditions:
            if condition is not None:
                yield from _conditions(rulebook, (*path, "from"), condition, _column_types(source))


def _column_types(source: Source) -> Mapping[str, tuple[str, frozenset[str]]]:
    return {key: (column.type, frozenset(column.codes)) for key, column in source.columns.items()}


_SAME = ({"date", "month"}, {"text", "code"})
_OWN_TYPE = {"exists": "bool", "count": "int"}


def _taken(rulebook: Rulebook, fact: Fact, source: Source) -> Iterator[Problem]:
    """A fact has the type of what is taken for it."""
    take = fact.derivation.take
    taken = _OWN_TYPE.get(fact.derivation.how, "bool" if take is not None else "")
    if isinstance(take, str):
        if take not in source.columns:
            return
        taken = source.columns[take].type
    if taken != fact.type and {taken, fact.type} not in _SAME:
        yield _problem(rulebook, ("facts", fact.key, "from"), f"takes a {taken or 'nothing'} for a {fact.type}")


def _related(rulebook: Rulebook, fact: Fact) -> Iterator[Problem]:
    rule = fact.derivation
    if rule.related is None:
        return
    register = next(source for source in rulebook.sources.values() if source.rows == "business")
    if rule.how in ("row", "latest"):
        yield _problem(rulebook, ("facts", fact.key, "from"), f"{rule.how} takes the business's own rows only")
    for column in (rule.related.by, *rule.related.same):
        for source in (register, rulebook.sources[rule.source]):
            if column not in source.columns:
                yield _problem(rulebook, ("facts", fact.key, "from"), f"source {source.key} has no column {column}")


def _path(standard: Standard, *rest: str) -> tuple[str, ...]:
    """Where a standard stands in the files."""
    return rest if standard.key == TIERS else ("standards", standard.key, *rest)


def _standard(rulebook: Rulebook, standard: Standard) -> Iterator[Problem]:
    if len(standard.criteria) > MOST_BITS:
        yield _problem(rulebook, _path(standard, "criteria"), f"more than {MOST_BITS} criteria do not fit one mask")
    types = {key: (fact.type, frozenset(fact.values)) for key, fact in rulebook.facts.items()}
    for key, criterion in standard.criteria.items():
        path = _path(standard, "criteria", key, "when")
        yield from _conditions(rulebook, path, criterion.when, types, standard)
    for index, outcome in enumerate(standard.outcomes):
        if outcome.when is not None:
            path = _path(standard, "outcomes", str(index))
            yield from _conditions(rulebook, path, outcome.when, types, standard)
    yield from _cycles(rulebook, standard)
    yield from _outcomes(rulebook, standard)


def _conditions(
    rulebook: Rulebook,
    path: tuple[str, ...],
    item: Expression,
    types: Mapping[str, tuple[str, frozenset[str]]],
    standard: Standard | None = None,
) -> Iterator[Problem]:
    for node in walk(item):
        message = _complaint(rulebook, node, types, standard)
        if message:
            yield _problem(rulebook, path, message)


def _complaint(
    rulebook: Rulebook, node: Expression, types: Mapping[str, tuple[str, frozenset[str]]], standard: Standard | None
) -> str | None:
    match node:
        case Compare(op, Value(name), right):
            return _unknown_name(name, types) or _comparison(rulebook, op, types[name], right)
        case Member(Value(name), options):
            return _unknown_name(name, types) or _membership(types[name], options)
        case IsMissing(Value(name)):
            return "a criterion cannot ask whether a fact is missing" if standard else _unknown_name(name, types)
        case Assume(_, _):
            return "a criterion cannot assume a missing fact" if standard else None
        case CriterionRef(name):
            return None if standard and name in standard.criteria else f"no criterion named {name}"
        case AtLeast(count, items) if not 1 <= count <= len(items):
            return f"at_least {count} of {len(items)} can never differ"
        case _:
            return None


def _unknown_name(name: str, types: Mapping[str, object]) -> str | None:
    return None if name in types else f"no fact or column named {name}"


def _comparison(
    rulebook: Rulebook, op: str, kind: tuple[str, frozenset[str]], right: ParameterRef | Literal
) -> str | None:
    name, codes = kind
    if op not in ("eq", "ne") and name not in ORDERED:
        return f"a {name} has no order"
    if isinstance(right, ParameterRef):
        parameter = rulebook.parameters.get(right.name)
        if parameter is None:
            return f"no parameter named {right.name}"
        same = parameter.type == name or {parameter.type, name} == {"date", "month"}
        return None if same else f"a {name} cannot be compared with {right.name}, a {parameter.type}"
    return _literal(right.value, name, codes)


def _membership(kind: tuple[str, frozenset[str]], options: tuple[Scalar, ...]) -> str | None:
    if not options:
        return "an empty list has no members"
    return next((m for m in (_literal(option, *kind) for option in options) if m), None)


def _literal(value: Scalar, name: str, codes: frozenset[str]) -> str | None:
    if not _fits(value, name):
        return f"{value} is not a {name}"
    if name == "code" and codes and value not in codes:
        return f"{value} is none of {', '.join(sorted(codes))}"
    return None


def _cycles(rulebook: Rulebook, standard: Standard) -> Iterator[Problem]:
    edges = {
        key: {node.name for node in walk(criterion.when) if isinstance(node, CriterionRef)}
        for key, criterion in standard.criteria.items()
    }
    done: set[str] = set()

    def visit(key: str, trail: tuple[str, ...]) -> Iterator[Problem]:
        if key in trail:
            yield _problem(
                rulebook, _path(standard, "criteria", key), f"depends on itself: {' → '.join((*trail, key))}"
            )
        elif key not in done:
            for other in sorted(edges.get(key, ())):
                yield from visit(other, (*trail, key))
            done.add(key)

    for key in edges:
        yield from visit(key, ())


def _outcomes(rulebook: Rulebook, standard: Standard) -> Iterator[Problem]:
    *conditional, last = standard.outcomes
    if last.when is not None:
        yield _problem(rulebook, _path(standard, "outcomes"), "the last outcome takes the rest: otherwise: true")
    for index, outcome in enumerate(conditional):
        if outcome.when is None:
            path = _path(standard, "outcomes", str(index))
            yield _problem(rulebook, path, "only the last outcome takes the rest")
    if sorted(standard.ladder) != sorted({outcome.key for outcome in standard.outcomes}):
        yield _problem(rulebook, _path(standard, "ladder"), "the ladder lists every outcome once, lowest first")
