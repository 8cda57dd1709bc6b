"""Rounds of jobs, which of them count, and ratios of medians."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

FOREIGN_LIMIT = 0.3
"""Cores; a round in which others used more does not count."""

Run = dict[str, Any]
"""job, rows, round, wall, cpu, foreign, rss_mb and what else the job tells."""


@dataclass(frozen=True, order=True)
class Job:
    """A job by name, on so many businesses."""

    name: str
    rows: int


@dataclass(frozen=True)
class Median:
    """The median of a measure over the rounds that count; `clean` unless every round was disturbed."""

    value: float
    rounds: int
    clean: bool


@dataclass(frozen=True)
class Ratio:
    """One median over another, both over the same rounds."""

    value: float
    above: float
    below: float
    rounds: int
    clean: bool


def counted(runs: Iterable[Run], jobs: Collection[Job]) -> tuple[dict[Job, list[Run]], bool]:
    """The runs of these jobs in the rounds in which none of them was disturbed; if there is none, in all rounds."""
    rounds: dict[int, dict[Job, Run]] = {}
    for run in runs:
        job = Job(run["job"], run["rows"])
        if job in jobs and "error" not in run:
            rounds.setdefault(run["round"], {})[job] = run
    whole = [found for found in rounds.values() if len(found) == len(set(jobs))]
    quiet = [found for found in whole if all(run["foreign"] <= FOREIGN_LIMIT for run in found.values())]
    kept = quiet or whole
    return {job: [found[job] for found in kept] for job in jobs}, bool(quiet)


def median_of(runs: Sequence[Run], job: Job, measure: str) -> Median | None:
    """The median of a job's measure; None: it was never measured."""
    kept, clean = counted(runs, [job])
    values = [run[measure] for run in kept[job] if run.get(measure) is not None]
    return Median(median(values), len(values), clean) if values else None


def ratio_of(runs: Sequence[Run], above: Job, below: Job, measure: str) -> Ratio | None:
    """The ratio of two jobs' medians; None: there is no round with both."""
    kept, clean = counted(runs, [above, below])
    numerators, denominators = ([run[measure] for run in kept[job]] for job in (above, below))
    if not numerators:
        return None
    top, bottom = median(numerators), median(denominators)
    return Ratio(top / bottom, top, bottom, len(numerators), clean)
