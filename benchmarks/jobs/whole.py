"""A whole population, Parquet to Parquet."""

import polars as pl

from benchmarks import population
from benchmarks.jobs import output
from benchmarks.laws import by_polars, by_sql
from benchmarks.standard import WRITER, plan
from benchmarks.stopwatch import Cost, Stopwatch
from rulecore.engines import load


def rulecore_polars(rows: int) -> Cost:
    """`rulecore run`, the default engine."""
    return _engine("polars", rows)


def rulecore_duckdb(rows: int) -> Cost:
    """`rulecore run --engine duckdb`."""
    return _engine("duckdb", rows)


def _engine(name: str, rows: int) -> Cost:
    bound, engine, facts, out = plan(), load(name), population.facts(rows), output(f"rulecore_{name}", rows)
    with Stopwatch() as watch:
        engine.run(bound, facts, out)
    watch.cost.more = {"output": str(out)}
    return watch.cost


def polars_by_hand(rows: int) -> Cost:
    """The same columns by hand-written polars expressions."""
    facts, out = population.facts(rows), output("polars_by_hand", rows)
    with Stopwatch() as watch:
        by_polars.run(facts, out)
    watch.cost.more = {"output": str(out)}
    return watch.cost


def duckdb_by_hand(rows: int) -> Cost:
    """The same columns by hand-written SQL."""
    return _by_sql("duckdb_by_hand", rows, by_sql.full())


def duckdb_tier_alone(rows: int) -> Cost:
    """Only code and tier by hand-written SQL: no criterion, no list."""
    return _by_sql("duckdb_tier_alone", rows, by_sql.tier_alone())


def _by_sql(name: str, rows: int, query: str) -> Cost:
    facts, out = population.facts(rows), output(name, rows)
    with Stopwatch() as watch:
        by_sql.run(facts, out, query)
    watch.cost.more = {"output": str(out)}
    return watch.cost


def read_columns(rows: int) -> Cost:
    """Read every column and count it: what no engine can avoid."""
    facts = population.facts(rows)
    columns = [pl.col(name).count() for name in ("uscc", *plan().facts)]
    with Stopwatch() as watch:
        pl.scan_parquet(facts).select(columns).collect(engine="streaming")
    return watch.cost


def bare_copy(rows: int) -> Cost:
    """Read the key and four columns, write the key and four whole numbers, written as results are."""
    facts, out = population.facts(rows), output("bare_copy", rows)
    cents = (pl.col(name).to_physical().cast(pl.Int64) for name in ("turnover", "tax_paid"))
    with Stopwatch() as watch:
        copied = pl.scan_parquet(facts).select("uscc", *cents, "insured_headcount", "patents")
        copied.sink_parquet(out, engine="streaming", **WRITER)
    return watch.cost


def openfisca(rows: int) -> Cost:
    """OpenFisca with a doubled variable for every criterion, Parquet to Parquet."""
    from benchmarks.laws import by_openfisca

    facts, out, system = population.facts(rows), output("openfisca", rows), by_openfisca.system()
    with Stopwatch() as watch:
        by_openfisca.run(system, facts, out)
    watch.cost.more = {"output": str(out)}
    return watch.cost
