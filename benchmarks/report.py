"""Results as a table for readers: every ratio beside its bar."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.bars import Bar, Sitting
from benchmarks.rounds import Job, Median, Ratio, Run, median_of, ratio_of


def judged(sitting: Sitting, runs: list[Run], left_out: dict[str, str]) -> list[dict[str, Any]]:
    """Each bar of a sitting with the measured value."""
    return [_judged(bar, runs, left_out) for bar in sitting.bars]


def _judged(bar: Bar, runs: list[Run], left_out: dict[str, str]) -> dict[str, Any]:
    about = {"bar": bar.key, "text": bar.text, "measure": bar.measure, "sense": bar.sense, "limit": bar.limit}
    found: Median | Ratio | None = (
        median_of(runs, bar.job, bar.measure)
        if bar.over is None
        else ratio_of(_fitted(bar, runs), bar.job, bar.over, bar.measure)
    )
    if found is None:
        reasons = [reason for job in bar.jobs for name, reason in left_out.items() if name.startswith(f"{job.name} ")]
        return {**about, "not_measured": "; ".join(reasons) or "no round has all of its jobs"}
    measured = {"value": found.value, "rounds": found.rounds, "clean": found.clean, "met": bar.met(found.value)}
    return {**about, **measured}


def _fitted(bar: Bar, runs: list[Run]) -> list[Run]:
    """Where a peer is measured per business, so are we: our time over all rows."""
    if bar.measure != "per_row":
        return runs
    return [{**run, "per_row": run.get("per_row", run["wall"] / run["rows"])} for run in runs]


def throughput(sitting: Sitting, runs: list[Run]) -> list[dict[str, Any]]:
    """For each job over a whole population: rows a second, seconds, memory."""
    rows = []
    for job in sitting.jobs:
        wall, memory, cpu = (median_of(runs, job, measure) for measure in ("wall", "rss_mb", "cpu"))
        if wall is None or memory is None or cpu is None:
            continue
        measured = {"wall": wall.value, "cpu": cpu.value, "rss_mb": memory.value, "clean": wall.clean}
        rates = _rate(job, runs, wall.value, cpu.value)
        rows.append({"job": job.name, "rows": job.rows, **measured, "rounds": wall.rounds, **rates})
    return rows


def _rate(job: Job, runs: list[Run], wall: float, cpu: float) -> dict[str, float]:
    judged_rows = next((run["judged"] for run in runs if run["job"] == job.name and "judged" in run), job.rows)
    return {"rows_per_second": judged_rows / wall, "rows_per_core_second": judged_rows / cpu if cpu else 0.0}


def write_table(folder: Path, out: Path) -> None:
    """RESULTS.md from every sitting that stands in `folder`; the report of mutants stands beside them."""
    stored = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    results = sorted((data for data in stored if "order" in data), key=lambda data: data["order"])
    out.write_text("\n".join(_lines(results)) + "\n", encoding="utf-8")


def _lines(results: list[dict[str, Any]]) -> Iterator[str]:
    yield "# Benchmarks"
    yield ""
    yield "Written by `make bench` from `results/*.json`, which hold every run; do not edit. A ratio is one of medians"
    yield "over rounds in which each job had a fresh process and two threads. *clean*: in these rounds other processes"
    yield "used at most 0.3 of a core; *mixed*: every round was disturbed: trust the ratio a little, the seconds not."
    yield ""
    yield "## Bars"
    yield ""
    yield "| bar | what | measured | limit | held | rounds | businesses | day |"
    yield "| --- | --- | ---: | ---: | --- | --- | ---: | --- |"
    for data in results:
        for bar in data["bars"]:
            yield _bar_line(bar, data)
    for data in results:
        yield from _sitting_lines(data)


def _bar_line(bar: dict[str, Any], data: dict[str, Any]) -> str:
    limit = f"{'≤' if bar['sense'] == 'at most' else '≥'} {_number(bar['limit'])}"
    head = f"| {bar['bar']} | {bar['text']} |"
    tail = f"{data['businesses']:,} | {data['machine']['date']} |"
    if "not_measured" in bar:
        return f"{head} not measured: {bar['not_measured']} | {limit} | – | – | {tail}"
    held = "yes" if bar["met"] else "**no**"
    return f"{head} {_number(bar['value'])} | {limit} | {held} | {bar['rounds']}, {_clean(bar)} | {tail}"


def _sitting_lines(data: dict[str, Any]) -> Iterator[str]:
    machine = data["machine"]
    yield ""
    yield f"## {data['title']}"
    yield ""
    yield f"`{data['command']}` · {machine['date']}"
    yield ""
    yield f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, Linux {machine['kernel']}"
    yield ""
    yield "| job | businesses | rows/s | rows/s of a core | s | CPU s | MB | rounds | output |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |"
    differing = {item["job"]: item["rows_differing"] for item in data["same"]}
    for row in data["throughput"]:
        rates = f"{row['rows_per_second']:,.0f} | {_by_core(row)}"
        measured = f"{rates} | {row['wall']:.3f} | {row['cpu']:.2f} | {row['rss_mb']:.0f}"
        output = _output(row["job"], differing)
        yield f"| {row['job']} | {row['rows']:,} | {measured} | {row['rounds']}, {_clean(row)} | {output} |"
    for name, reason in data["left_out"].items():
        yield f"| {name} | | not measured: {reason} | | | | | | |"


def _by_core(row: dict[str, Any]) -> str:
    return f"{row['rows_per_core_second']:,.0f}" if "rows_per_core_second" in row else "–"


def _output(job: str, differing: dict[str, int]) -> str:
    if job not in differing:
        return "–"
    return "the same" if differing[job] == 0 else f"{differing[job]:,} differ"


def _clean(row: dict[str, Any]) -> str:
    return "clean" if row["clean"] else "mixed"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"
