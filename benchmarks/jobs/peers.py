"""Peers that judge row by row, on the first rows of the population; their rows are ready in memory, ours are not."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import pyarrow.parquet as pq

from benchmarks import population
from benchmarks.jobs import output
from benchmarks.laws import by_peers, by_python
from benchmarks.standard import SETS
from benchmarks.stopwatch import Cost, Stopwatch

BATCH = 5_000
SLICES = {"zen_batch": 20_000, "zen_trace": 2_000, "cel": 20_000, "python_by_hand": 100_000}
"""How many businesses each judges; times are per business."""

Rows = list[dict[str, Any]]


def rows_of(rows: int, wanted: int) -> Rows:
    """The first businesses as dictionaries."""
    return list(islice(_rows(rows), wanted))


def _rows(rows: int) -> Iterator[dict[str, Any]]:
    for path in population.facts(rows):
        for batch in pq.ParquetFile(path).iter_batches(batch_size=BATCH):
            yield from batch.to_pylist()


def zen_batch(rows: int) -> Cost:
    """zen-engine, `evaluate_batch`."""
    engine = by_peers.zen_engine()

    def work(contexts: Sequence[by_peers.Context]) -> list[by_peers.Masks]:
        found: list[by_peers.Masks] = []
        for start in range(0, len(contexts), BATCH):
            requests = [{"key": by_peers.KEY, "context": item} for item in contexts[start : start + BATCH]]
            found += [_masks(answer["data"]["result"]) for answer in engine.evaluate_batch(requests)]
        return found

    return _timed(work, rows_of(rows, SLICES["zen_batch"]))


def zen_trace(rows: int) -> Cost:
    """zen-engine, one call a business, with its trace of every criterion."""
    engine = by_peers.zen_engine(traced=True)

    def work(contexts: Sequence[by_peers.Context]) -> list[by_peers.Masks]:
        return [_masks(engine.evaluate(by_peers.KEY, item, {"trace": True})["result"]) for item in contexts]

    return _timed(work, rows_of(rows, SLICES["zen_trace"]))


def cel(rows: int) -> Cost:
    """CEL in Rust, one compiled expression."""
    program = by_peers.cel_program()

    def work(contexts: Sequence[by_peers.Context]) -> list[by_peers.Masks]:
        return [tuple(program.execute(item)) for item in contexts]

    return _timed(work, rows_of(rows, SLICES["cel"]))


def _masks(result: dict[str, Any]) -> by_peers.Masks:
    return int(result["t"]), int(result["u"]), int(result["p"])


def _timed(work: Callable[[Sequence[by_peers.Context]], list[by_peers.Masks]], rows: Rows) -> Cost:
    contexts = [by_peers.context(row) for row in rows]
    with Stopwatch() as watch:
        found = work(contexts)
    watch.cost.more = {
        "per_row": watch.cost.wall / len(rows),
        "judged": len(rows),
        "agreeing": by_peers.agreeing(rows, found),
    }
    return watch.cost


def python_by_hand(rows: int) -> Cost:
    """A loop over hand-written dataclasses, Parquet to Parquet."""
    wanted = min(rows, SLICES["python_by_hand"])
    facts, out = population.facts(wanted), output("python_by_hand", wanted)
    with Stopwatch() as watch:
        by_python.run(facts, out)
    masks = pq.read_table(out, columns=["true_bits", "unknown_bits", "possible"]).to_pylist()
    sets = {tuple(names): mask for mask, names in enumerate(SETS)}
    found = [(row["true_bits"], row["unknown_bits"], sets[tuple(row["possible"])]) for row in masks]
    watch.cost.more = {
        "per_row": watch.cost.wall / wanted,
        "judged": wanted,
        "agreeing": by_peers.agreeing(rows_of(wanted, wanted), found),
    }
    return watch.cost
