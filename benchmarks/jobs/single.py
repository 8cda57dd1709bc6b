"""One business at a time: microseconds a call, milliseconds an explanation."""

import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import duckdb

from benchmarks.jobs.peers import rows_of
from benchmarks.laws import by_peers, by_python
from benchmarks.standard import plan
from benchmarks.stopwatch import Cost, Stopwatch
from rulecore.explain import explain, physical_facts
from rulecore.plan import function_of
from rulecore.sql import results_sql

CALLS = {"quick": 1_500, "slow": 300}


def one_by_function(rows: int) -> Cost:
    """The function that rulecore makes of the plan."""
    judge = function_of(plan())
    return _timed(judge, [physical_facts(plan(), row) for row in rows_of(rows, CALLS["quick"])])


def one_by_hand(rows: int) -> Cost:
    """Hand-written Python over a dataclass."""
    return _timed(by_python.judge, [by_python.Business(**row) for row in rows_of(rows, CALLS["quick"])])


def one_by_zen(rows: int) -> Cost:
    """zen-engine, `evaluate`."""
    engine = by_peers.zen_engine()
    contexts = [by_peers.context(row) for row in rows_of(rows, CALLS["quick"])]
    return _timed(lambda item: engine.evaluate(by_peers.KEY, item), contexts)


def one_by_duckdb(rows: int) -> Cost:
    """rulecore's SQL as a prepared statement of DuckDB, the facts as its parameters."""
    bound = plan()
    kinds = {"bool": "BOOLEAN", "money": "BIGINT", "int": "BIGINT", "date": "DATE"}
    keys = {"uscc": "VARCHAR", **{key: kinds.get(fact.type, "VARCHAR") for key, fact in bound.facts.items()}}
    given = ", ".join(f"${place}::{kind} AS {key}" for place, (key, kind) in enumerate(keys.items(), start=1))
    connection = duckdb.connect(config={"threads": 2})
    text = results_sql(bound).sql(dialect="duckdb")
    connection.execute(f"PREPARE judge AS WITH facts AS (SELECT {given}) {text}")
    calls = []
    for row in rows_of(rows, CALLS["slow"]):
        values = [row["uscc"], *physical_facts(bound, row).values()]
        typed = (f"{_literal(value)}::{kind}" for value, kind in zip(values, keys.values(), strict=True))
        calls.append(f"EXECUTE judge({', '.join(typed)})")
    return _timed(lambda call: connection.execute(call).fetchall(), calls)


def _literal(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case str() | date():
            return f"'{value}'"
        case _:
            return str(value)


def explanations(rows: int) -> Cost:
    """The whole Chinese explanation, with ways up and the forecast."""
    bound = plan()
    return _timed(lambda row: explain(bound, row).text(), rows_of(rows, CALLS["slow"]))


def _timed(call: Callable[[Any], object], items: Sequence[Any]) -> Cost:
    call(items[0])
    taken = []
    with Stopwatch() as watch:
        for item in items:
            start = time.perf_counter_ns()
            call(item)
            taken.append(time.perf_counter_ns() - start)
    taken.sort()
    p50, p95 = (taken[len(taken) * share // 100] / 1000 for share in (50, 95))
    watch.cost.more = {"p50_us": p50, "p95_us": p95, "p50_ms": p50 / 1000, "calls": len(items)}
    return watch.cost
