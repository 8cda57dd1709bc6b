"""Engines: one meaning, several ways to run it. An engine's library is imported only when it is asked for."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from rulecore.plan import Plan
from rulecore.result import AssemblyReport, RunReport

NAMES = ("polars", "duckdb", "reference")
DEFAULT = "polars"

Sources = Mapping[str, Sequence[Path] | None]
"""For each source its Parquet files; None (or no entry) when the supplier has not delivered."""


class Engine(Protocol):
    """Turns sources into facts and facts into results, Parquet to Parquet."""

    def assemble(self, plan: Plan, sources: Sources, out: Path) -> AssemblyReport:
        """Write one row of facts for every business of the register to `out`."""
        ...

    def run(self, plan: Plan, facts: Sequence[Path], out: Path) -> RunReport:
        """Judge every row of `facts` and write the results to `out`."""
        ...


def load(name: str = DEFAULT) -> Engine:
    """The engine of that name.

    Raises:
        ValueError: there is no such engine; the message names those there are.
    """
    if name not in NAMES:
        raise ValueError(f"no engine named {name}: choose {', '.join(NAMES)}")
    return cast("Engine", import_module(f"rulecore.engines.{name}"))
