"""A small district: the whole process from the interpreter's start."""

import subprocess
import sys

from benchmarks import population
from benchmarks.jobs import FOLDER, output
from benchmarks.standard import AS_OF, NORMS, RULEBOOK
from benchmarks.stopwatch import Cost, Stopwatch


def process_run(rows: int) -> Cost:
    """`rulecore run` without the Merkle root, which bar 16 was measured without."""
    return _rulecore("process_run", rows, "--no-root")


def process_run_with_root(rows: int) -> Cost:
    """`rulecore run` as it is by default, receipt and root included."""
    return _rulecore("process_run_with_root", rows, "--root")


def _rulecore(name: str, rows: int, root: str) -> Cost:
    norms = FOLDER / "norms.yaml"
    norms.write_text("".join(f"{key}: {value}\n" for key, value in NORMS.items()), encoding="utf-8")
    (facts,) = population.facts(rows)
    options = ["--as-of", AS_OF.isoformat(), "--norms", norms, "--facts", facts, "--out", output(name, rows), root]
    call = "from rulecore.cli import app; app()"
    return _timed([sys.executable, "-c", call, "run", str(RULEBOOK), *map(str, options)])


def process_imports(rows: int) -> Cost:  # noqa: ARG001 - every job is given the number of businesses
    """The interpreter and the two libraries alone."""
    return _timed([sys.executable, "-c", "import polars, sqlglot"])


def _timed(command: list[str]) -> Cost:
    with Stopwatch() as watch:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return watch.cost
