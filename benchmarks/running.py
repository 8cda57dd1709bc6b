"""Run a sitting: its jobs take turns, each in a fresh process; outputs are compared after the first round."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.bars import Sitting
from benchmarks.job import NOT_POSSIBLE, THREADS
from benchmarks.rounds import Job, Run
from benchmarks.standard import ROOT

Say = Callable[[str], None]


def run_sitting(sitting: Sitting, rounds: int, say: Say) -> dict[str, Any]:
    """All runs, what could not run and why, and how the outputs compare."""
    runs: list[Run] = []
    left_out: dict[str, str] = {}
    for number in range(sitting.rounds or rounds):
        for job in sitting.jobs:
            if _name(job) in left_out:
                continue
            found = run_job(job)
            if "error" in found:
                left_out[_name(job)] = found["error"]
                say(f"  {_name(job)}: {found['error']}")
                continue
            runs.append({**found, "rows": job.rows, "round": number})
            say(f"  {_name(job)}: {found['wall']:.3f} s, {found['rss_mb']:.0f} MB, others {found['foreign']:.2f} cores")
    return {"runs": runs, "left_out": left_out, "same": comparisons(sitting, runs)}


def run_job(job: Job) -> Run:
    """One job in a process of its own: its cost, or `error` and why."""
    threads = str(THREADS)
    settings = {"POLARS_MAX_THREADS": threads, "OMP_NUM_THREADS": threads, "NUMEXPR_MAX_THREADS": threads}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.job", job.name, str(job.rows)],
        check=False,
        capture_output=True,
        cwd=ROOT,
        env={**_surroundings(), **settings},
        text=True,
    )
    if done.returncode not in (0, NOT_POSSIBLE):
        return {"error": f"failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}"}
    found: Run = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _surroundings() -> dict[str, str]:
    """As users have it: compiled modules are kept from the first round on."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def comparisons(sitting: Sitting, runs: list[Run]) -> list[dict[str, Any]]:
    """Each job that claims our output, beside ours: files by their digests, counts as they are."""
    last = {Job(run["job"], run["rows"]): run for run in runs}
    pairs = [(group[0], other) for group in sitting.alike for other in group[1:]]
    found = [_compared(last[ours], last[other]) for ours, other in pairs if ours in last and other in last]
    own = [run for run in last.values() if "agreeing" in run]
    return [*found, *({"job": run["job"], "rows_differing": run["judged"] - run["agreeing"]} for run in own)]


def _compared(ours: Run, other: Run) -> dict[str, Any]:
    named = {"job": other["job"], "ours": ours["job"]}
    if "output" not in ours:
        return {**named, "rows_differing": sum(a != b for a, b in zip(ours["counts"], other["counts"], strict=True))}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.digests", ours["output"], other["output"]],
        check=True, capture_output=True, cwd=ROOT, text=True,
    )  # fmt: skip
    digests: dict[str, Any] = json.loads(done.stdout)
    return {**named, **{f"{key}_digest" if key in ("ours", "other") else key: value for key, value in digests.items()}}


def _name(job: Job) -> str:
    return f"{job.name} ({job.rows:,})"


def save(folder: Path, key: str, data: dict[str, Any]) -> None:
    """Write the result of a sitting."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_without_paths(data), ensure_ascii=False, indent=1)
    (folder / f"{key}.json").write_text(f"{text}\n", encoding="utf-8")


def _without_paths(data: dict[str, Any]) -> dict[str, Any]:
    """Runs without the place of their output, which is this machine's own affair."""
    return {**data, "runs": [{key: value for key, value in run.items() if key != "output"} for run in data["runs"]]}
