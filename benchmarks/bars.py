"""What is measured together (sittings) and what is asked of it (bars)."""

from dataclasses import dataclass
from typing import Literal

from benchmarks.jobs.sizes import DISTRICT
from benchmarks.population import NATION
from benchmarks.rounds import Job


@dataclass(frozen=True)
class Bar:
    """A measure of `job`, over the same measure of `over` where there is one, against a limit.

    `key` is the bar's number in the list of sixteen, or its name in the issue.
    """

    key: str
    text: str
    job: Job
    over: Job | None
    sense: Literal["at most", "at least"]
    limit: float
    measure: str = "wall"

    def met(self, value: float) -> bool:
        """Whether the value keeps to the limit."""
        return value <= self.limit if self.sense == "at most" else value >= self.limit

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs whose rounds count for it."""
        return (self.job,) if self.over is None else (self.job, self.over)


@dataclass(frozen=True)
class Sitting:
    """Jobs that take turns. `alike` are groups of jobs that claim the same output, the first being ours."""

    key: str
    title: str
    jobs: tuple[Job, ...]
    bars: tuple[Bar, ...]
    alike: tuple[tuple[Job, ...], ...] = ()
    rounds: int | None = None


def sittings(sizes: tuple[int, ...], *, nation: bool) -> list[Sitting]:
    """Everything, the least population first; the small bars are measured at the least, the large at the greatest."""
    small, large = min(sizes), max(sizes)
    found = [_whole(rows, small=rows == small, large=rows == large) for rows in sorted(set(sizes))]
    found += [_peers(small), _single(small), _scenarios(large), _delta(large), _growth(large), _spark(large)]
    found += [_postgres(small), _sources(small), _receipts(small), _district()]
    return [*found, _nation(large), _nation_by_duckdb()] if nation else found


def _whole(rows: int, *, small: bool, large: bool) -> Sitting:
    names = (
        "rulecore_polars", "polars_by_hand", "rulecore_duckdb", "duckdb_by_hand", "duckdb_tier_alone", "read_columns",
        "bare_copy", "openfisca",
    )  # fmt: skip
    jobs = {name: Job(name, rows) for name in names}
    bars = [*(_bars_of_large(jobs) if large else ()), *(_bars_of_small(jobs) if small else ())]
    same = tuple(jobs[name] for name in ("rulecore_polars", "polars_by_hand", "rulecore_duckdb", "duckdb_by_hand"))
    alike = (same, (jobs["rulecore_polars"], jobs["openfisca"]), (jobs["rulecore_polars"], jobs["duckdb_tier_alone"]))
    return Sitting(f"whole-{rows}", f"A whole population of {rows:,}", tuple(jobs.values()), tuple(bars), alike)


def _bars_of_large(jobs: dict[str, Job]) -> list[Bar]:
    ours, duckdb = jobs["rulecore_polars"], jobs["rulecore_duckdb"]
    hand, tier, copy, fisca = (jobs[n] for n in ("duckdb_by_hand", "duckdb_tier_alone", "bare_copy", "openfisca"))
    return [
        Bar("A", "run ÷ the same rule by hand in polars", ours, jobs["polars_by_hand"], "at most", 1.3),
        Bar("1", "run, full trace ÷ hand-written DuckDB, full trace", ours, hand, "at most", 0.65),
        Bar("2", "run, full trace ÷ hand-written DuckDB, tier alone", ours, tier, "at most", 0.80),
        Bar("3", "run ÷ bare copy of the key and four integers", ours, copy, "at most", 1.30),
        Bar("5", "run on DuckDB ÷ hand-written DuckDB", duckdb, hand, "at most", 1.05),
        Bar("5", "run on DuckDB, MB of memory", duckdb, None, "at most", 400, "rss_mb"),
        Bar("6", "OpenFisca ÷ run, the large population", fisca, ours, "at least", 5),
        Bar("6", "run ÷ OpenFisca, memory", ours, fisca, "at most", 0.25, "rss_mb"),
    ]


def _bars_of_small(jobs: dict[str, Job]) -> list[Bar]:
    return [
        Bar("6", "OpenFisca ÷ run, the small population", jobs["openfisca"], jobs["rulecore_polars"], "at least", 3)
    ]


def _peers(rows: int) -> Sitting:
    ours, zen, trace, cel, hand = (
        Job(name, rows) for name in ("rulecore_polars", "zen_batch", "zen_trace", "cel", "python_by_hand")
    )
    bars = (
        Bar("7", "zen-engine's batch ÷ run, per business", zen, ours, "at least", 100, "per_row"),
        Bar("7", "zen-engine with trace ÷ run, per business", trace, ours, "at least", 1000, "per_row"),
        Bar("8", "CEL (Rust) ÷ run, per business", cel, ours, "at least", 80, "per_row"),
        Bar("8", "hand-written Python loop ÷ run, per business", hand, ours, "at least", 60, "per_row"),
    )
    return Sitting("peers", "Peers that judge row by row", (ours, zen, trace, cel, hand), bars)


def _single(rows: int) -> Sitting:
    names = ("one_by_function", "one_by_hand", "one_by_zen", "one_by_duckdb", "explanations")
    ours, hand, zen, duckdb, explained = (Job(name, rows) for name in names)
    bars = (
        Bar("9", "one business ÷ zen `evaluate`, p50", ours, zen, "at most", 1 / 20, "p50_us"),
        Bar("9", "one business ÷ prepared DuckDB, p50", ours, duckdb, "at most", 1 / 300, "p50_us"),
        Bar("9", "one business ÷ hand-written Python, p50", ours, hand, "at most", 0.7, "p50_us"),
        Bar("explain", "explanation with counterfactuals, ms, p50", explained, None, "at most", 20, "p50_ms"),
    )
    return Sitting("single", "One business", (ours, hand, zen, duckdb, explained), bars)


def _scenarios(rows: int) -> Sitting:
    one, cube, scans = (Job(name, rows) for name in ("rulecore_polars", "scenarios_20", "scans_20"))
    bars = (
        Bar("10", "20 scenarios ÷ one run", cube, one, "at most", 1.5),
        Bar("10", "20 runs ÷ 20 scenarios", scans, cube, "at least", 12),
    )
    return Sitting("scenarios", "Twenty thresholds", (one, cube, scans), bars, ((cube, scans),))


def _delta(rows: int) -> Sitting:
    full, part, update = (Job(name, rows) for name in ("rulecore_polars", "delta", "delta_and_update"))
    bars = (
        Bar("11", "1 % delta ÷ full run", part, full, "at most", 0.06),
        Bar("11", "1 % delta and table update ÷ full run", update, full, "at most", 0.20),
    )
    return Sitting("delta", "One business in a hundred changed", (full, part, update), bars)


def _growth(rows: int) -> Sitting:
    ten, many = Job("criteria_10", rows), Job("criteria_62", rows)
    bar = Bar("12", "62 criteria ÷ 10 criteria", many, ten, "at most", 1.7)
    return Sitting("growth", "Growth of the rulebook", (ten, many), (bar,))


def _spark(rows: int) -> Sitting:
    ours, spark, hand = (Job(name, rows) for name in ("rulecore_polars", "spark", "duckdb_by_hand"))
    bar = Bar("13", "Spark local[2], warm ÷ hand-written DuckDB", spark, hand, "at most", 3.5)
    return Sitting("spark", "Spark", (ours, spark, hand), (bar,), ((ours, spark, hand),))


def _postgres(rows: int) -> Sitting:
    names = ("rulecore_duckdb", "postgres_fenced", "postgres_unfenced", "postgres_load")
    duckdb, fenced, unfenced, loaded = (Job(name, rows) for name in names)
    bars = (
        Bar("14", "PostgreSQL unfenced ÷ fenced, per business", unfenced, fenced, "at least", 10, "per_row"),
        Bar("14", "PostgreSQL fenced ÷ run on DuckDB", fenced, duckdb, "at most", 7),
        Bar("15", "results into PostgreSQL ÷ run on DuckDB", loaded, duckdb, "at most", 2.5),
    )
    return Sitting("postgres", "PostgreSQL", (duckdb, fenced, unfenced, loaded), bars)


def _sources(rows: int) -> Sitting:
    ours, hand = Job("sources_to_results", rows), Job("sources_by_hand", rows)
    bar = Bar("sources", "sources → facts → results ÷ hand-written SQL", ours, hand, "at most", 3)
    return Sitting("sources", "From the departments' tables", (ours, hand), (bar,), ((ours, hand),))


def _receipts(rows: int) -> Sitting:
    return Sitting("receipts", "The Merkle root of a receipt", (Job("rulecore_polars", rows), Job("merkle", rows)), ())


def _district() -> Sitting:
    names = ("process_run", "process_run_with_root", "process_imports")
    ours, rooted, imports = (Job(name, DISTRICT) for name in names)
    bars = (
        Bar("16", "rulecore run --no-root, whole process ÷ its imports", ours, imports, "at most", 1.3),
        Bar("16", "rulecore run with receipt and root ÷ its imports", rooted, imports, "at most", 1.3),
    )
    return Sitting("district", "A small district, whole processes", (ours, rooted, imports), bars)


def _nation(large: int) -> Sitting:
    ours, part, copy = Job("rulecore_polars", NATION), Job("rulecore_polars", large), Job("bare_copy", NATION)
    bars = (
        Bar("4", f"run of {NATION:,} ÷ run of {large:,}", ours, part, "at most", 16),
        Bar("4", f"run of {NATION:,}, MB of memory", ours, None, "at most", 1024, "rss_mb"),
        Bar("3", f"run of {NATION:,} ÷ bare copy", ours, copy, "at most", 1.30),
    )
    return Sitting("nation", "The nation", (part, ours, copy), bars, rounds=2)


def _nation_by_duckdb() -> Sitting:
    ours, duckdb, hand = (Job(name, NATION) for name in ("rulecore_polars", "rulecore_duckdb", "duckdb_by_hand"))
    bars = (
        Bar("1", f"run of {NATION:,} ÷ hand-written DuckDB", ours, hand, "at most", 0.6),
        Bar("5", f"run on DuckDB of {NATION:,}, MB of memory", duckdb, None, "at most", 400, "rss_mb"),
    )
    jobs = (ours, duckdb, hand)
    return Sitting("nation-duckdb", "The nation beside DuckDB", jobs, bars, (jobs,), rounds=2)
