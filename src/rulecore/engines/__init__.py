"""Engines: one meaning, several ways to run it. An engine's library is imported only when it is asked for."""

from collections.abc import Mapping, Sequence
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, cast

import pyarrow as pa

import rulecore
from rulecore.plan import Plan, Scenarios
from rulecore.result import AssemblyReport, RunReport

NAMES = ("polars", "duckdb", "reference")
OPTIONAL = ("spark",)
"""Engines whose library is an extra of its own: `pip install jieti[spark]`."""

DEFAULT = "polars"

Sources = Mapping[str, Sequence[Path] | None]
"""For each source its Parquet files; None (or no entry) when the supplier has not delivered."""


class Engine(Protocol):
    """Turns sources into facts and facts into results, Parquet to Parquet."""

    def assemble(self, plan: Plan, sources: Sources, out: Path, *, in_order: bool = True) -> AssemblyReport:
        """Write one row of facts for every business of the register to `out`.

        In one file they stand in the order of their keys; whoever needs none may have them as they come.
        """
        ...

    def run(self, plan: Plan, facts: Sequence[Path], out: Path) -> RunReport:
        """Judge every row of `facts` and write the results to `out`."""
        ...


class GroupingEngine(Engine, Protocol):
    """Counts a population by what scenarios tell apart, in one scan."""

    def groups(self, scenarios: Scenarios, facts: Sequence[Path], by: Mapping[str, Path | None]) -> pa.Table:
        """How many businesses share each signature, and each value of the columns `by` (None: of the facts)."""
        ...

    def movers(self, scenarios: Scenarios, facts: Sequence[Path], moves: pa.Table, out: Path) -> int:
        """Write whom each of `moves` (signature, scenario, was, becomes) concerns to `out`; how many rows that are."""
        ...


def load(name: str = DEFAULT) -> Engine:
    """The engine of that name.

    Raises:
        ValueError: there is no such engine, or its extra is not installed; the message says what to do.
    """
    if name not in (*NAMES, *OPTIONAL):
        raise ValueError(f"no engine named {name}: choose {', '.join((*NAMES, *OPTIONAL))}")
    if name in OPTIONAL and find_spec(_LIBRARIES[name]) is None:
        raise ValueError(f"the engine {name} is an extra: make {name}-extra, or pip install jieti[{name}]")
    return cast("Engine", import_module(f"rulecore.engines.{name}"))


_LIBRARIES = {"polars": "polars", "duckdb": "duckdb", "spark": "pyspark"}


def version(name: str) -> str:
    """The version of the engine's library; of the engine that needs none, ours."""
    return metadata.version(_LIBRARIES[name]) if name in _LIBRARIES else rulecore.__version__


def load_grouping(name: str = DEFAULT) -> GroupingEngine:
    """The engine of that name, for scenarios.

    Raises:
        ValueError: there is no such engine, or it cannot group.
    """
    engine = load(name)
    if not hasattr(engine, "groups"):
        raise ValueError(f"the engine {name} judges businesses but does not count them by scenario: choose another")
    return cast("GroupingEngine", engine)
