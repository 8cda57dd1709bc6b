"""From the departments' tables to facts to results."""

import duckdb

from benchmarks import tables
from benchmarks.jobs import output
from benchmarks.laws import by_sources, by_sql
from benchmarks.standard import plan
from benchmarks.stopwatch import Cost, Stopwatch
from rulecore.engines import load


def sources_to_results(rows: int) -> Cost:
    """rulecore: assemble, then run, both with Parquet output."""
    given, bound, engine = tables.sources(rows), plan(), load()
    facts, out = output("assembled", rows), output("sources_to_results", rows)
    with Stopwatch() as watch:
        engine.assemble(bound, given, facts)
        engine.run(bound, [facts], out)
    watch.cost.more = {"output": str(out)}
    return watch.cost


def sources_by_hand(rows: int) -> Cost:
    """Hand-written SQL on DuckDB: the facts to Parquet, then the results to Parquet."""
    given = tables.sources(rows)
    facts, out = output("assembled_by_hand", rows), output("sources_by_hand", rows)
    with Stopwatch() as watch:
        with duckdb.connect(config={"threads": 2, "preserve_insertion_order": "false"}) as connection:
            for key, paths in given.items():
                connection.execute(f"CREATE VIEW {key} AS SELECT * FROM read_parquet('{paths[0]}')")
            connection.execute(f"COPY ({by_sources.FACTS}) TO '{facts}' (FORMAT parquet, COMPRESSION snappy)")
        by_sql.run([facts], out, by_sql.full())
    watch.cost.more = {"output": str(out)}
    return watch.cost
