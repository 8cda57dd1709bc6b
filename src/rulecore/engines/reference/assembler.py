"""Suppliers' rows → facts, one business after the other, straight from the words of the rulebook."""

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

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
    Value,
)
from rulecore.plan import Plan
from rulecore.result import AssemblyReport
from rulecore.source import contract

Row = Mapping[str, Any]
Truth = bool | None


def assemble(
    plan: Plan,
    sources: Mapping[str, Sequence[Path] | None],
    out: Path,
    *,
    in_order: bool = True,  # noqa: ARG001
) -> AssemblyReport:
    """Write one row of facts for every business of the register to `out`."""
    subject = plan.rulebook.subject_key
    tables = {key: _rows(paths, subject) for key, paths in sources.items() if paths}
    facts = plan.facts
    rows = [
        {subject: code, **{key: fact_of(plan, fact, code, tables) for key, fact in facts.items()}}
        for code in sorted(tables[_register(plan)])
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=contract(plan.rulebook, plan.standard.key)), out)
    return AssemblyReport(len(rows), {key: sum(row[key] is None for row in rows) for key in facts})


def _register(plan: Plan) -> str:
    return next(key for key, source in plan.rulebook.sources.items() if source.rows == "business")


def _related_rows(rule: Derivation, own: Row, code: str, table: Mapping[str, list[Row]]) -> list[Row]:
    """The rows of all businesses that share the register's column with this one."""
    assert rule.related is not None, rule
    shared = (rule.related.by, *rule.related.same)
    return [
        row
        for other, rows in table.items()
        if not (rule.related.others and other == code)
        for row in rows
        if all(row[name] == own[name] for name in shared)
    ]


def _rows(paths: Sequence[Path], subject: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for path in paths:
        for row in pq.read_table(path).to_pylist():
            found[row[subject]].append(row)
    return found


def fact_of(plan: Plan, fact: Fact, code: str, tables: Mapping[str, Mapping[str, list[Row]]]) -> Any:
    """The fact of one business; None: unknown."""
    rule = fact.derivation
    if rule.source not in tables:
        return None
    rows = tables[rule.source].get(code, [])
    if rule.related is not None:
        own = tables[_register(plan)][code][0]
        if any(own[name] is None for name in (rule.related.by, *rule.related.same)):
            return None
        rows = _related_rows(rule, own, code, tables[rule.source])
    if rule.how == "row":
        return _taken(plan, rule, rows[0])
    value = _aggregated(plan, rule, rows)
    return _money(value) if fact.type == "money" and value is not None else value


def _money(value: Any) -> Decimal:
    return Decimal(value).quantize(Decimal("0.01"))


def _aggregated(plan: Plan, rule: Derivation, rows: Sequence[Row]) -> Any:
    counted = [(row, True if rule.where is None else _truth(plan, rule.where, row)) for row in rows]
    matching = [row for row, counts in counted if counts is True]
    doubtful = any(counts is None for _, counts in counted) and rule.how != "latest"
    if rule.how == "exists":
        return True if matching else (None if doubtful else rule.no_row)
    if doubtful:
        return None
    if rule.how == "latest":
        dated = [row for row in matching if row[rule.by or ""] is not None]
        newest = max((row[rule.by or ""] for row in dated), default=None)
        matching = [row for row in dated if row[rule.by or ""] == newest]
    if not matching:
        return rule.no_row
    if rule.how == "count":
        return len(matching)
    return _combined(rule, [_taken(plan, rule, row) for row in matching], matching)


def _combined(rule: Derivation, values: list[Any], rows: Sequence[Row]) -> Any:
    if any(value is None for value in values):
        return None
    if rule.how == "latest":
        return values[0] if len(set(values)) == 1 else None
    if rule.how == "max":
        return max(values)
    less = sum((row[rule.less] or 0 for row in rows), Decimal(0)) if rule.less else Decimal(0)
    return max(sum(values, Decimal(0)) - less, Decimal(0))


def _taken(plan: Plan, rule: Derivation, row: Row) -> Any:
    return row.get(rule.take) if isinstance(rule.take, str) else _truth(plan, rule.take, row)  # type: ignore[arg-type]  # checked: these rules take something


def _truth(plan: Plan, item: Expression, row: Row) -> Truth:
    match item:
        case All(items):
            outcomes = [_truth(plan, child, row) for child in items]
            return False if False in outcomes else (None if None in outcomes else True)
        case AnyOf(items):
            outcomes = [_truth(plan, child, row) for child in items]
            return True if True in outcomes else (None if None in outcomes else False)
        case Not(child):
            outcome = _truth(plan, child, row)
            return None if outcome is None else not outcome
        case Assume(child, value):
            outcome = _truth(plan, child, row)
            return value if outcome is None else outcome
        case IsMissing(Value(name)):
            return row.get(name) is None
        case Member(Value(name), options):
            return None if row.get(name) is None else row[name] in options
        case Compare(op, Value(name), right):
            operand = right.value if isinstance(right, Literal) else plan.values[right.name]
            return _compared(op, row.get(name), operand)
        case _:
            raise AssertionError(f"not a condition on a row: {item}")


def _compared(op: str, left: Any, right: Any) -> Truth:
    if left is None or right is None:
        return None
    assert isinstance(left, bool | int | str | Decimal | datetime.date), left
    below, equal = bool(left < right), bool(left == right)
    outcomes = {"eq": equal, "ne": not equal, "lt": below, "le": below or equal}
    return outcomes.get(op, not (below if op == "ge" else below or equal))
