"""What a receipt costs: the Merkle root over the sorted results, as docs/verify.md defines it."""

from benchmarks import population
from benchmarks.jobs import output
from benchmarks.standard import plan
from benchmarks.stopwatch import Cost, Stopwatch
from rulecore.engines import load
from rulecore.result import merkle_root


def merkle(rows: int) -> Cost:
    """The root over results that stand in a file."""
    results = output("rulecore_polars", rows)
    if not results.exists():
        load().run(plan(), population.facts(rows), results)
    with Stopwatch() as watch:
        merkle_root(results)
    return watch.cost
