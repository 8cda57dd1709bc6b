"""What changes: thresholds (scenarios) or a few businesses (a delta)."""

import shutil
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import duckdb

from benchmarks import population
from benchmarks.jobs import FOLDER, output
from benchmarks.standard import AS_OF, NORMS, plan
from benchmarks.stopwatch import Cost, Stopwatch
from rulecore.engines import load, load_grouping
from rulecore.plan import bind, scenarios_of
from rulecore.result.simulation import tally

VALUES = [Decimal(value) for value in range(100_000, 500_000, 20_000)]
"""Twenty thresholds of turnover for growth."""


def scenarios_20(rows: int) -> Cost:
    """`rulecore simulate`: twenty scenarios in one scan."""
    facts, engine, book = population.facts(rows), load_grouping(), plan().rulebook
    with Stopwatch() as watch:
        wanted = scenarios_of(book, as_of=AS_OF, norms=NORMS, vary={"growth_turnover": VALUES})
        found = tally(wanted, engine.groups(wanted, facts, {}), [])
    watch.cost.more = {"counts": [_counts(item.tiers()) for item in found.counts[1:]]}
    return watch.cost


def scans_20(rows: int) -> Cost:
    """The same by twenty runs."""
    facts, engine, out = population.facts(rows), load(), output("scans_20", rows)
    plans = [bind(plan().rulebook, as_of=AS_OF, norms={**NORMS, "growth_turnover": value}) for value in VALUES]
    with Stopwatch() as watch:
        reports = [engine.run(item, facts, out) for item in plans]
    watch.cost.more = {"counts": [_counts(report.tiers) for report in reports]}
    return watch.cost


def _counts(tiers: Mapping[str | None, int]) -> list[int]:
    return [tiers.get(key, 0) for key in (*plan().outcomes, None)]


def delta(rows: int) -> Cost:
    """Judge the hundredth part that changed."""
    facts, out, bound, engine = population.delta(rows), output("delta", rows), plan(), load()
    with Stopwatch() as watch:
        engine.run(bound, [facts], out)
    return watch.cost


def delta_and_update(rows: int) -> Cost:
    """Judge the hundredth part that changed and bring the table of all results up to date."""
    facts, out, bound, engine = population.delta(rows), output("delta", rows), plan(), load()
    table = _table_of_results(rows)
    with Stopwatch() as watch:
        engine.run(bound, [facts], out)
        with duckdb.connect(table, config={"threads": 2}) as connection:
            connection.execute(f"""
                UPDATE results SET tier = d.tier, possible = d.possible, true_bits = d.true_bits,
                    unknown_bits = d.unknown_bits FROM read_parquet('{out}') d WHERE results.uscc = d.uscc
            """)
    table.unlink()
    return watch.cost


def _table_of_results(rows: int) -> Path:
    """A fresh copy of a database with the results of all."""
    kept, fresh = FOLDER / f"results-{rows}.duckdb", FOLDER / f"results-{rows}.fresh.duckdb"
    if not kept.exists():
        results, unfinished = output("rulecore_polars", rows), kept.with_suffix(".part")
        if not results.exists():
            load().run(plan(), population.facts(rows), results)
        with duckdb.connect(unfinished, config={"threads": 2}) as connection:
            connection.execute(f"CREATE TABLE results AS SELECT * FROM read_parquet('{results}')")
        unfinished.replace(kept)
    shutil.copyfile(kept, fresh)
    return fresh
