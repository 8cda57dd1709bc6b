"""The reference engine: plain Python, row by row; slow, obvious, and the judge of the others."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rulecore.engines.reference.assembler import assemble
from rulecore.engines.reference.judge import Judge, physical_facts
from rulecore.plan import Plan
from rulecore.result import RowResult, RunReport, schema

__all__ = ["Judge", "assemble", "physical_facts", "run"]


def run(plan: Plan, facts: Sequence[Path], out: Path) -> RunReport:
    """Judge every row of `facts` and write the results to `out`."""
    judge = Judge(plan)
    tiers: Counter[str | None] = Counter()
    with pq.ParquetWriter(out, schema(plan)) as writer:
        for batch in _batches(facts):
            results = [(row[plan.rulebook.subject_key], judge.result(physical_facts(plan, row))) for row in batch]
            writer.write_batch(_record_batch(plan, results))
            tiers.update(result.tier for _, result in results)
    return RunReport(sum(tiers.values()), dict(tiers))


def _batches(paths: Sequence[Path]) -> Iterator[list[dict[str, Any]]]:
    for path in paths:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=50_000):
                yield batch.to_pylist()


def _record_batch(plan: Plan, results: Sequence[tuple[str, RowResult]]) -> pa.RecordBatch:
    rows = [
        {
            plan.rulebook.subject_key: subject,
            "tier": result.tier,
            "possible": list(result.possible),
            "true_bits": result.true_bits,
            "unknown_bits": result.unknown_bits,
        }
        for subject, result in results
    ]
    return pa.RecordBatch.from_pylist(rows, schema=schema(plan))
