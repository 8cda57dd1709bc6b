"""The jobs: each is a function of the number of businesses that gives its cost, in the module named beside it."""

from pathlib import Path

from benchmarks.standard import WORK

FOLDER = WORK / "out"

JOBS = {
    name: module
    for module, names in {
        "whole": (
            "rulecore_polars", "rulecore_duckdb", "polars_by_hand", "duckdb_by_hand", "duckdb_tier_alone",
            "read_columns", "bare_copy", "openfisca",
        ),
        "peers": ("zen_batch", "zen_trace", "cel", "python_by_hand"),
        "single": ("one_by_function", "one_by_hand", "one_by_zen", "one_by_duckdb", "explanations"),
        "changes": ("scenarios_20", "scans_20", "delta", "delta_and_update"),
        "growth": ("criteria_10", "criteria_62"),
        "servers": ("postgres_fenced", "postgres_unfenced", "postgres_load", "spark"),
        "receipts": ("merkle",),
        "sources": ("sources_to_results", "sources_by_hand"),
        "processes": ("process_run", "process_run_with_root", "process_imports"),
    }.items()
    for name in names
}  # fmt: skip


class NotPossibleError(Exception):
    """This machine lacks what the job needs; the message says what."""


def output(name: str, rows: int) -> Path:
    """Where a job writes its results."""
    return FOLDER / f"{name}-{rows}.parquet"
