"""The few words of SQL that we use, each operand in its own parentheses."""

import datetime
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import reduce

from sqlglot import Dialect, exp

from rulecore.plan import Physical

Sql = exp.Expr

_COMPARISONS: dict[str, type[exp.Binary]] = {
    "eq": exp.EQ,
    "ne": exp.NEQ,
    "ge": exp.GTE,
    "gt": exp.GT,
    "le": exp.LTE,
    "lt": exp.LT,
}


PORTABLE = Dialect
"""No dialect of anybody's: polars and DuckDB read it as it is."""


def text_of(query: exp.Select, dialect: type[Dialect] | str) -> str:
    """The query in a dialect, every name quoted: a key may be a word of SQL. The query is used up."""
    return query.sql(dialect=dialect, identify=True, copy=False)


def select(*columns: Sql) -> exp.Select:
    """SELECT the columns, which are used up: trees are built once and never shared, so nothing is copied."""
    return exp.select(*columns, copy=False)


def named(item: Sql, name: str, *, table: bool = False) -> Sql:
    """item AS name."""
    return exp.alias_(item, name, table=table, copy=False)


def staged(query: exp.Select, inner: exp.Select, name: str) -> exp.Select:
    """query FROM (inner) AS name."""
    return query.from_(inner.subquery(name, copy=False), copy=False)


def table(name: str, alias: str | None = None) -> Sql:
    """A table, under another name where one is given."""
    found = exp.Table(this=exp.to_identifier(name))
    return found if alias is None else named(found, alias, table=True)


def column(name: str, table: str | None = None) -> Sql:
    """A column."""
    return exp.column(name, table=table)


def literal(value: Physical | Decimal | None) -> Sql:
    """A value; None is NULL."""
    match value:
        case Decimal():
            return exp.Literal.number(f"{value:f}")
        case None:
            return exp.Null()
        case bool():
            return exp.Boolean(this=value)
        case int():
            return exp.Literal.number(value)
        case datetime.date():
            return exp.cast(exp.Literal.string(value.isoformat()), "date")
        case _:
            return exp.Literal.string(value)


def compare(op: str, left: Sql, right: Sql) -> Sql:
    """A comparison; `op` is one of eq ne ge gt le lt."""
    return _COMPARISONS[op](this=left, expression=right)


def member(left: Sql, options: Iterable[Physical | Decimal]) -> Sql:
    """left IN (options)."""
    found = [literal(option) for option in options]
    return compare("eq", left, found[0]) if len(found) == 1 else exp.In(this=left, expressions=found)


def both(items: Sequence[Sql]) -> Sql:
    """AND of the items; none: TRUE."""
    return _joined(exp.And, items, empty=True)


def either(items: Sequence[Sql]) -> Sql:
    """OR of the items; none: FALSE."""
    return _joined(exp.Or, items, empty=False)


def _joined(kind: type[exp.Connector], items: Sequence[Sql], *, empty: bool) -> Sql:
    if not items:
        return literal(empty)
    return reduce(lambda a, b: kind(this=paren(a), expression=paren(b)), items)


def negated(item: Sql) -> Sql:
    """NOT item."""
    return exp.Not(this=paren(item))


def is_null(item: Sql) -> Sql:
    """item IS NULL."""
    return exp.Is(this=paren(item), expression=exp.Null())


def case(branches: Iterable[tuple[Sql, Sql]], otherwise: Sql) -> Sql:
    """The value of the first branch whose condition is true."""
    ifs = [exp.If(this=condition, true=value) for condition, value in branches]
    return exp.Case(ifs=ifs, default=otherwise)


def bits(left: Sql, mask: int) -> Sql:
    """left & mask."""
    return paren(exp.BitwiseAnd(this=left, expression=literal(mask)))


def union_of_bits(left: Sql, right: Sql) -> Sql:
    """left | right."""
    return paren(exp.BitwiseOr(this=left, expression=right))


def total(items: Sequence[Sql]) -> Sql:
    """The sum of the items; none: 0."""
    return reduce(lambda a, b: exp.Add(this=a, expression=b), items) if items else literal(0)


def paren(item: Sql) -> Sql:
    """The item in parentheses unless it is a name, a value or already so: trees get none by themselves."""
    return (
        item
        if isinstance(item, exp.Column | exp.Literal | exp.Paren | exp.Boolean | exp.Null)
        else exp.Paren(this=item)
    )
