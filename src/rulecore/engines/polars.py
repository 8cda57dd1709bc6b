"""The default engine: polars streams the portable SQL text over Parquet."""

import base64
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from rulecore.errors import FactsError, Problem
from rulecore.model import Column, Fact
from rulecore.plan import Plan, Scenarios
from rulecore.result import AssemblyReport, RunReport, metadata, schema, tier_of_mask
from rulecore.sql import PORTABLE, assembly_sql, groups_sql, movers_sql, register_of, results_sql, text_of

ROW_GROUP = 122_880
STATISTICS = {"min": False, "max": False, "distinct_count": False, "null_count": True}
"""Codes come in no order, so that the least and greatest of a row group tell a reader nothing."""


@contextlib.contextmanager
def _reading(paths: Sequence[Path]) -> Iterator[None]:
    """What polars cannot read is the file's fault, said as such."""
    try:
        yield
    except pl.exceptions.PolarsError as error:
        raise FactsError(Problem(", ".join(map(str, paths)), f"polars cannot read it: {error}")) from error


def run(plan: Plan, facts: Sequence[Path], out: Path) -> RunReport:
    """Judge every row of `facts` and write the results to `out`.

    Raises:
        FactsError: a file is damaged.
    """
    with _reading(facts):
        return _run(plan, facts, out)


def _run(plan: Plan, facts: Sequence[Path], out: Path) -> RunReport:
    frame = _physical(facts, plan.facts)
    masks = pl.SQLContext(facts=frame).execute(text_of(results_sql(plan), PORTABLE))
    results = masks.select(
        pl.col("subject").alias(plan.rulebook.subject_key),
        pl.lit(_tiers(plan)).gather(pl.col("p")).alias("tier"),
        pl.lit(_sets(plan)).gather(pl.col("p")).alias("possible"),
        pl.col("t").cast(pl.UInt64).alias("true_bits"),
        pl.col("u").cast(pl.UInt64).alias("unknown_bits"),
    )
    _sink(results, out, {**metadata(plan), "ARROW:schema": _plain_strings(schema(plan))}, statistics=STATISTICS)
    return _report(plan, out)


def _report(plan: Plan, out: Path) -> RunReport:
    """Comparing with each of a few names is quicker than grouping by name."""
    each = [(pl.col("tier") == key).sum().alias(key) for key in plan.outcomes]
    counted = pl.scan_parquet(out).select(pl.len(), *each).collect(engine="streaming").row(0)
    tiers = dict(zip((None, *plan.outcomes), (counted[0] - sum(counted[1:]), *counted[1:]), strict=True))
    return RunReport(counted[0], {key: count for key, count in tiers.items() if count})


def groups(scenarios: Scenarios, facts: Sequence[Path], by: Mapping[str, Path | None]) -> pa.Table:
    """How many businesses share each signature, and each value of the columns `by` (None: of the facts)."""
    frames = {"facts": _physical(facts, scenarios.base.facts)}
    subject = scenarios.base.rulebook.subject_key
    for place, (name, file) in enumerate(by.items()):
        if file is not None:
            named = {subject: "k", name: "v"}
            frames[f"by_{place}"] = pl.scan_parquet(file).select(pl.col(old).alias(new) for old, new in named.items())
    query = groups_sql(scenarios, list(by), [name for name, file in by.items() if file is not None])
    return pl.SQLContext(frames).execute(text_of(query, PORTABLE)).collect(engine="streaming").to_arrow()


def movers(scenarios: Scenarios, facts: Sequence[Path], moves: pa.Table, out: Path) -> int:
    """Write whom each of `moves` (signature, scenario, was, becomes) concerns to `out`; how many rows that are."""
    frames = {"facts": _physical(facts, scenarios.base.facts)}
    frames["moves"] = pl.DataFrame(moves).lazy()
    found = pl.SQLContext(frames).execute(text_of(movers_sql(scenarios), PORTABLE))
    _sink(found.rename({"subject": scenarios.base.rulebook.subject_key}), out, {})
    return int(pl.scan_parquet(out).select(pl.len()).collect().item())


def assemble(
    plan: Plan, sources: Mapping[str, Sequence[Path] | None], out: Path, *, in_order: bool = True
) -> AssemblyReport:
    """Write one row of facts for every business of the register to `out`."""
    frames = {key: _physical(paths, plan.rulebook.sources[key].columns) for key, paths in sources.items() if paths}
    query = assembly_sql(plan, frames.keys(), distinct=_distinct(plan, frames))
    facts = pl.SQLContext(frames).execute(text_of(query, PORTABLE))
    contract = facts.select(pl.col(plan.rulebook.subject_key), *(_as_written(f) for f in plan.facts.values()))
    if in_order:
        contract = contract.sort(_order(frames[register_of(plan)], plan.rulebook.subject_key))
    _sink(contract, out, {})
    nulls = pl.scan_parquet(out).select(pl.len().alias("#"), *(pl.col(key).null_count() for key in plan.facts))
    counts = nulls.collect(engine="streaming").row(0, named=True)
    return AssemblyReport(counts.pop("#"), counts)


def _distinct(plan: Plan, frames: Mapping[str, pl.LazyFrame]) -> set[str]:
    """The sources asked for that hold no business twice; those of more rows than the register are not looked at."""
    register = register_of(plan)
    asked = {fact.source for fact in plan.facts.values()} & frames.keys() | {register}
    rows = {key: _answer(frames[key], pl.len()) for key in asked}
    codes = pl.col(plan.rulebook.subject_key).n_unique()
    few = [key for key in asked - {register} if rows[key] <= rows[register]]
    return {key for key in few if rows[key] == _answer(frames[key], codes)}


def _answer(frame: pl.LazyFrame, question: pl.Expr) -> int:
    return int(frame.select(question).collect(engine="streaming").item())


def _order(register: pl.LazyFrame, subject: str) -> pl.Expr:
    """What sorts as the subject does: its last 16 bytes as a number, which is quicker, where all others are alike."""
    text = pl.col(subject).cast(pl.Binary)
    front = text.bin.slice(0, text.bin.size() - 16)
    ends = register.select(text.bin.size().min(), low=front.min(), high=front.max(), most=text.bin.size().max())
    least, low, high, most = ends.collect(engine="streaming").row(0)
    if least is None or least < 16 or (least, low) != (most, high):
        return pl.col(subject)
    return text.bin.slice(-16).bin.reinterpret(dtype=pl.UInt128, endianness="big")


def _physical(paths: Sequence[Path], columns: Mapping[str, Fact] | Mapping[str, Column]) -> pl.LazyFrame:
    """The files with money as whole cents, dictionaries as strings, whole numbers as 64 bits.

    Files that differ in form are brought to one form first, each by itself.
    """
    scans = [pl.scan_parquet(path) for path in paths]
    if len({tuple(scan.collect_schema().items()) for scan in scans}) == 1:
        return _converted(pl.scan_parquet(list(paths)), columns)
    return pl.concat([_converted(scan, columns) for scan in scans], how="diagonal")


def _converted(frame: pl.LazyFrame, columns: Mapping[str, Fact] | Mapping[str, Column]) -> pl.LazyFrame:
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
    return base64.b64encode(expected.serialize().to_pybytes()).decode()


def _sink(frame: pl.LazyFrame, out: Path, about: dict[str, str], *, statistics: bool | dict[str, bool] = True) -> None:
    frame.sink_parquet(
        out,
        compression="zstd",
        compression_level=1,
        row_group_size=ROW_GROUP,
        statistics=statistics,
        metadata=about,
        engine="streaming",
    )
