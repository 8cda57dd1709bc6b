"""Suppliers' tables → facts: one grouped query a source, left-joined to the register.

The register is the source with one row a business. A source that was not delivered (`delivered` lacks it) leaves its
facts NULL; one that was delivered and holds no row for a business gives the fact's `no_row`. Of a business's rows those
count whose condition holds; where a condition is unknown for a row, so is the fact, unless another row settles it.
Of several latest rows that disagree none is taken: the fact is unknown. Refunds never make a sum negative. The rows of
a source known to hold no business twice are joined as they are.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from sqlglot import exp

from rulecore.model import (
    All,
    AnyOf,
    Assume,
    Compare,
    Derivation,
    Expression,
    Fact,
    IsMissing,
    Literal,
    Member,
    Not,
    Related,
    Value,
)
from rulecore.plan import Physical, Plan, physical
from rulecore.sql.words import (
    Sql,
    both,
    case,
    column,
    compare,
    either,
    is_null,
    literal,
    member,
    named,
    negated,
    paren,
    select,
    table,
)

REGISTER = "s0"
Aggregation = Callable[[type[exp.AggFunc], Sql], Sql]


def assembly_sql(plan: Plan, delivered: Collection[str], *, distinct: Collection[str] = ()) -> exp.Select:
    """SELECT the subject and every fact in physical form; each delivered source is a table under its key.

    `distinct` are sources of which the caller knows that they hold no business twice.
    """
    joins: list[tuple[str, exp.Select]] = []
    columns = [named(column(plan.rulebook.subject_key, REGISTER), plan.rulebook.subject_key)]
    for index, facts in enumerate(_by_query(plan)):
        rule = facts[0].derivation
        if rule.source not in delivered:
            columns += [named(_typed_null(fact), fact.key) for fact in facts]
        elif rule.how == "row":
            columns += [named(_row_value(plan, fact), fact.key) for fact in facts]
        else:
            name = f"q{index}"
            once = rule.source in distinct and rule.related is None
            joins.append((name, _settled(plan, facts) if once else _grouped(plan, facts)))
            value = _settled_value if once else _joined_value
            columns += [named(value(fact, name), fact.key) for fact in facts]
    register = table(register_of(plan), REGISTER)
    query = select(*_in_order(plan, columns)).from_(register)
    for name, inner in joins:
        on = compare("eq", column(plan.rulebook.subject_key, REGISTER), column("k", name))
        query = query.join(inner.subquery(name), on=on, join_type="left")
    return query


def register_of(plan: Plan) -> str:
    """The source with one row a business."""
    return next(key for key, source in plan.rulebook.sources.items() if source.rows == "business")


def _in_order(plan: Plan, columns: list[Sql]) -> list[Sql]:
    order = [plan.rulebook.subject_key, *plan.facts]
    return sorted(columns, key=lambda item: order.index(item.alias))


def _by_query(plan: Plan) -> Iterator[list[Fact]]:
    """Facts that one query answers: all of a source, but each `latest` with its own order and condition."""
    queries: dict[object, list[Fact]] = {}
    for fact in plan.facts.values():
        rule = fact.derivation
        own = (rule.by, rule.where) if rule.how == "latest" else (rule.how == "row",)
        queries.setdefault((rule.source, rule.related, *own), []).append(fact)
    yield from queries.values()


def _typed_null(fact: Fact) -> Sql:
    kinds = {"bool": "boolean", "money": "bigint", "int": "bigint", "year": "bigint", "date": "date", "month": "date"}
    return exp.cast(exp.Null(), kinds.get(fact.type, "varchar"))


def _row_value(plan: Plan, fact: Fact) -> Sql:
    take = fact.derivation.take
    assert take is not None, fact
    return column(take, REGISTER) if isinstance(take, str) else condition(plan, take, fact.source, REGISTER)


def _grouped(plan: Plan, facts: list[Fact]) -> exp.Select:
    rule = facts[0].derivation
    source: Sql = table(rule.source)
    if rule.how == "latest":
        source = _latest_rows(plan, facts[0]).subquery("r")
    elif rule.related is not None:
        source = _related_rows(plan, rule.source, rule.related).subquery("r")
    aggregates = [named(item, name) for fact in facts for name, item in _aggregates(plan, fact)]
    subject = plan.rulebook.subject_key
    return select(named(column(subject), "k"), *aggregates).from_(source).group_by(column(subject))


def _settled(plan: Plan, facts: list[Fact]) -> exp.Select:
    """The facts of a source that holds no business twice, each row's already settled."""
    values = [named(_joined_value(fact, "r"), fact.key) for fact in facts]
    return select(column("k", "r"), *values).from_(_at_most_one_row(plan, facts).subquery("r"))


def _at_most_one_row(plan: Plan, facts: list[Fact]) -> exp.Select:
    """The columns of the grouped query without its groups: what an aggregate would make of one row."""
    rule = facts[0].derivation
    values = [named(item, name) for fact in facts for name, item in _aggregates(plan, fact, _itself)]
    rows = select(named(column(plan.rulebook.subject_key), "k"), *values).from_(table(rule.source))
    if rule.how != "latest":
        return rows
    chosen = [negated(is_null(column(str(rule.by))))]
    return rows.where(both([*chosen, condition(plan, rule.where, rule.source)] if rule.where else chosen))


def _related_rows(plan: Plan, source: str, related: Related) -> exp.Select:
    """The rows of the businesses that share the register's column, under the code of each business they count for."""
    subject = plan.rulebook.subject_key
    shared = [compare("eq", column(name, "w"), column(name, "o")) for name in (related.by, *related.same)]
    own = [named(column(key, "o"), key) for key in plan.rulebook.sources[source].columns if key != subject]
    rows = select(named(column(subject, "w"), subject), *own)
    rows = rows.from_(table(register_of(plan), "w"))
    rows = rows.join(table(source, "o"), on=both(shared))
    return rows.where(compare("ne", column(subject, "w"), column(subject, "o"))) if related.others else rows


def _latest_rows(plan: Plan, fact: Fact) -> exp.Select:
    """The rows whose order column equals the business's greatest."""
    rule = fact.derivation
    subject, by = plan.rulebook.subject_key, str(rule.by)
    chosen = select(column(subject), named(exp.Max(this=column(by)), "top")).from_(table(rule.source))
    chosen = chosen.where(condition(plan, rule.where, fact.source)) if rule.where else chosen
    newest = chosen.group_by(column(subject)).subquery("n")
    on = both(
        [compare("eq", column(subject, "o"), column(subject, "n")), compare("eq", column(by, "o"), column("top", "n"))]
    )
    own = [named(column(key, "o"), key) for key in plan.rulebook.sources[rule.source].columns]
    rows = select(*own).from_(table(rule.source, "o")).join(newest, on=on)
    return rows.where(condition(plan, rule.where, fact.source, "o")) if rule.where else rows


def _aggregate(how: type[exp.AggFunc], item: Sql) -> Sql:
    return how(this=item)


def _itself(_how: type[exp.AggFunc], item: Sql) -> Sql:
    return item


def _aggregates(plan: Plan, fact: Fact, over: Aggregation = _aggregate) -> Iterator[tuple[str, Sql]]:
    """Columns of the grouped query: how many rows count (n), how many may (d), and the value (v, w).

    Where every row counts nobody asks whether one does.
    """
    rule = fact.derivation
    where = _choice(rule)
    counts = literal(True) if where is None else condition(plan, where, fact.source)
    if where is not None or rule.how == "count":
        yield f"{fact.key}_n", over(exp.Sum, case([(counts, literal(1))], literal(0)))
    if where is not None:
        yield f"{fact.key}_d", over(exp.Sum, case([(is_null(counts), literal(1))], literal(0)))
    if rule.how in ("exists", "count"):
        return
    taken = column(rule.take) if isinstance(rule.take, str) else _as_number(condition(plan, rule.take, fact.source))  # type: ignore[arg-type]  # checked: only these rules take nothing
    if isinstance(rule.take, str) and fact.type == "bool":
        taken = _as_number(taken)
    yield f"{fact.key}_g", over(exp.Sum, case([(both([counts, is_null(taken)]), literal(1))], literal(0)))
    if rule.how == "sum":
        amount = exp.Sub(this=paren(taken), expression=_or_zero(column(rule.less))) if rule.less else taken
        yield f"{fact.key}_v", over(exp.Sum, case([(counts, amount)], literal(0)))
        return
    chosen = case([(counts, taken)], exp.Null())
    yield f"{fact.key}_v", over(exp.Max, chosen)
    if rule.how == "latest":
        yield f"{fact.key}_w", over(exp.Min, chosen.copy())


def _choice(rule: Derivation) -> Expression | None:
    """Which rows of the grouped query count; None: all, as of the latest rows, which are chosen before."""
    return None if rule.how == "latest" else rule.where


def _as_number(item: Sql) -> Sql:
    """A truth value that can be aggregated: 1, 0 or NULL."""
    return case([(item, literal(1)), (negated(item), literal(0))], exp.Null())


def _or_zero(item: Sql) -> Sql:
    return case([(is_null(item), literal(0))], item)


def _no_row(fact: Fact) -> Sql:
    none = fact.derivation.no_row
    return _typed_null(fact) if none is None else literal(physical(none, fact.type))


def _settled_value(fact: Fact, name: str) -> Sql:
    return case([(is_null(column("k", name)), _no_row(fact))], column(fact.key, name))


def _joined_value(fact: Fact, name: str) -> Sql:
    rule, none = fact.derivation, _no_row(fact)
    if rule.related is not None:
        links = [is_null(column(name, REGISTER)) for name in (rule.related.by, *rule.related.same)]
        linked = replace(fact, derivation=replace(rule, related=None))
        return case([(either(links), _typed_null(fact))], paren(_joined_value(linked, name)))
    branches = [(is_null(column("k", name)), none)]
    counted = column(f"{fact.key}_n", name)
    in_doubt = (compare("gt", column(f"{fact.key}_d", name), literal(0)), _typed_null(fact))
    if rule.how == "exists":
        some = (compare("gt", counted, literal(0)), literal(True))
        return case([*branches, some, in_doubt], none.copy()) if _choice(rule) else case(branches, literal(True))
    if _choice(rule):
        branches += [in_doubt, (compare("eq", counted, literal(0)), none.copy())]
    if rule.how == "count":
        return _whole(case(branches, counted.copy()))
    gaps = compare("gt", column(f"{fact.key}_g", name), literal(0))
    value = column(f"{fact.key}_v", name)
    branches.append((gaps, _typed_null(fact)))
    if rule.how == "sum":
        branches.append((compare("lt", value.copy(), literal(0)), literal(0)))
    if rule.how == "latest":
        branches.append((compare("ne", value.copy(), column(f"{fact.key}_w", name)), _typed_null(fact)))
    if fact.type == "bool":
        return case(branches, compare("eq", value, literal(1)))
    return _whole(case(branches, value)) if fact.type in ("int", "money") else case(branches, value)


def _whole(item: Sql) -> Sql:
    """Sums of 64-bit integers are wider on some engines."""
    return exp.cast(item, "bigint")


def condition(plan: Plan, item: Expression, source: str, alias: str | None = None) -> Sql:
    """A three-valued condition on a row of `source`; `alias` its table's."""

    def visit(node: Expression) -> Sql:
        match node:
            case All(items):
                return both([visit(child) for child in items])
            case AnyOf(items):
                return either([visit(child) for child in items])
            case Not(child):
                return negated(visit(child))
            case Assume(child, assumed):
                inner = visit(child)
                return case([(is_null(inner), literal(assumed))], inner.copy())
            case IsMissing(Value(name)):
                return is_null(column(name, alias))
            case Member(Value(name), options):
                kind = plan.rulebook.sources[source].columns[name].type
                return member(column(name, alias), [physical(option, kind) for option in options])
            case Compare(op, Value(name), right):
                kind = plan.rulebook.sources[source].columns[name].type
                value = physical(right.value, kind) if isinstance(right, Literal) else plan.values[right.name]
                return _comparison(op, column(name, alias), value)
            case _:
                raise AssertionError(f"not a condition on a row: {node}")

    return visit(item)


def _comparison(op: str, left: Sql, value: Physical | None) -> Sql:
    if isinstance(value, bool):
        return left if value == (op == "eq") else negated(left)
    return compare(op, left, literal(value))
