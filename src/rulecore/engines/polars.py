"""The default engine: polars streams the portable SQL text over Parquet."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from rulecore.model import Column, Fact
from rulecore.plan import Plan
from rulecore.result import AssemblyReport, RunReport, metadata, schema, tier_of_mask
from rulecore.sql import assembly_sql, results_sql

DIALECT = "duckdb"
ROW_GROUP = 122_880


def run(plan: Plan, facts: Sequence[Path], out: Path) -> RunReport:
    """Judge every row of `facts` and write the results to `out`."""
    frame = _physical(pl.scan_parquet(list(facts)), plan.rulebook.facts)
    masks = pl.SQLContext(facts=frame).execute(results_sql(plan).sql(dialect=DIALECT))
    results = masks.select(
        pl.col("subject").alias(plan.rulebook.subject_key),
        pl.lit(_tiers(plan)).gather(pl.col("p")).alias("tier"),
        pl.lit(_sets(plan)).gather(pl.col("p")).alias("possible"),
        pl.col("t").cast(pl.UInt64).alias("true_bits"),
        pl.col("u").cast(pl.UInt64).alias("unknown_bits"),
    )
    _sink(results, out, {**metadata(plan), "ARROW:schema": _plain_strings(schema(plan))})
    return _report(out)


def _report(out: Path) -> RunReport:
    counts = pl.scan_parquet(out).group_by("tier").len().collect(engine="streaming")
    tiers = {row[0]: row[1] for row in counts.iter_rows()}
    return RunReport(sum(tiers.values()), tiers)


def assemble(plan: Plan, sources: Mapping[str, Sequence[Path] | None], out: Path) -> AssemblyReport:
    """Write one row of facts for every business of the register to `out`."""
    frames = {
        key: _physical(pl.scan_parquet(list(paths)), plan.rulebook.sources[key].columns)
        for key, paths in sources.items()
        if paths
    }
    facts = pl.SQLContext(frames).execute(assembly_sql(plan, frames.keys()).sql(dialect=DIALECT))
    contract = facts.select(pl.col(plan.rulebook.subject_key), *(_as_written(f) for f in plan.rulebook.facts.values()))
    _sink(contract.sort(plan.rulebook.subject_key), out, {})
    nulls = pl.scan_parquet(out).select(pl.len().alias("#"), *(pl.col(key).null_count() for key in plan.rulebook.facts))
    counts = nulls.collect(engine="streaming").row(0, named=True)
    return AssemblyReport(counts.pop("#"), counts)


def _physical(frame: pl.LazyFrame, columns: Mapping[str, Fact] | Mapping[str, Column]) -> pl.LazyFrame:
    """Money as whole cents; dictionaries as strings; whole numbers as 64 bits."""
    present = frame.collect_schema()
    return frame.with_columns(
        _in_cents(key) if column.type == "money" else _widened(key, column.type)
        for key, column in columns.items()
        if key in present
    )


def _in_cents(key: str) -> pl.Expr:
    return pl.col(key).cast(pl.Decimal(18, 2)).to_physical().cast(pl.Int64)


def _widened(key: str, kind: str) -> pl.Expr:
    kinds = {"int": pl.Int64, "year": pl.Int64, "bool": pl.Boolean, "date": pl.Date, "month": pl.Date}
    return pl.col(key).cast(kinds.get(kind, pl.String))


def _as_written(fact: Fact) -> pl.Expr:
    """A fact as the contract writes it: money as decimal(18,2) yuan."""
    if fact.type == "money":
        return (pl.col(fact.key).cast(pl.Decimal(18, 0)) * pl.lit("0.01").cast(pl.Decimal(3, 2))).cast(
            pl.Decimal(18, 2)
        )
    return _widened(fact.key, fact.type)


def _tiers(plan: Plan) -> pl.Series:
    return pl.Series(tier_of_mask(plan), dtype=pl.Enum(list(plan.outcomes)))


def _sets(plan: Plan) -> pl.Series:
    sets = [list(plan.possible_set(mask)) for mask in range(1 << len(plan.outcomes))]
    return pl.Series(sets, dtype=pl.List(pl.Enum(list(plan.outcomes))))


def _plain_strings(expected: pa.Schema) -> str:
    """The labels travel as a dictionary; readers are told that they are the plain strings of the contract."""
    return base64.b64encode(expected.remove_metadata().serialize().to_pybytes()).decode()


def _sink(frame: pl.LazyFrame, out: Path, about: dict[str, str]) -> None:
    frame.sink_parquet(
        out,
        compression="zstd",
        compression_level=1,
        row_group_size=ROW_GROUP,
        metadata=about,
        engine="streaming",
    )
