"""The second engine: DuckDB runs the same portable SQL text in little memory, a second opinion on polars."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from rulecore.model import Column, Fact
from rulecore.plan import Plan
from rulecore.result import AssemblyReport, RunReport, metadata, tier_of_mask
from rulecore.sql import assembly_sql, results_sql

DIALECT = "duckdb"


def run(plan: Plan, facts: Sequence[Path], out: Path) -> RunReport:
    """Judge every row of `facts` and write the results to `out`."""
    with _connection() as connection:
        connection.execute(f"CREATE VIEW facts AS {_physical(facts, plan.rulebook.facts)}")
        tiers = ", ".join("NULL" if tier is None else _text(tier) for tier in tier_of_mask(plan))
        sets = ", ".join(_strings(plan.possible_set(mask)) for mask in range(1 << len(plan.outcomes)))
        query = f"""
            SELECT subject AS {plan.rulebook.subject_key}, ([{tiers}])[p + 1] AS tier, ([{sets}])[p + 1] AS possible,
                   t::UBIGINT AS true_bits, u::UBIGINT AS unknown_bits
            FROM ({results_sql(plan).sql(dialect=DIALECT)})
        """
        _copy(connection, query, out, metadata(plan))
        counts = connection.execute(f"SELECT tier, count(*) FROM {_file(out)} GROUP BY tier").fetchall()
    return RunReport(sum(count for _, count in counts), dict(counts))


def assemble(plan: Plan, sources: Mapping[str, Sequence[Path] | None], out: Path) -> AssemblyReport:
    """Write one row of facts for every business of the register to `out`."""
    delivered = {key: paths for key, paths in sources.items() if paths}
    subject = plan.rulebook.subject_key
    with _connection() as connection:
        for key, paths in delivered.items():
            connection.execute(f"CREATE VIEW {key} AS {_physical(paths, plan.rulebook.sources[key].columns)}")
        columns = ", ".join(_as_written(fact) for fact in plan.rulebook.facts.values())
        assembled = assembly_sql(plan, delivered).sql(dialect=DIALECT)
        query = f"SELECT {subject}, {columns} FROM ({assembled}) ORDER BY {subject}"
        _copy(connection, query, out, {})
        nulls = ", ".join(f"count(*) - count({key})" for key in plan.rulebook.facts)
        total, *unknowns = connection.execute(f"SELECT count(*), {nulls} FROM {_file(out)}").fetchall()[0]
    return AssemblyReport(total, dict(zip(plan.rulebook.facts, unknowns, strict=True)))


def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"preserve_insertion_order": "false"})


def _physical(paths: Sequence[Path], columns: Mapping[str, Fact] | Mapping[str, Column]) -> str:
    """SELECT over the files with money as whole cents; columns that a file lacks are not asked for."""
    files = "[" + ", ".join(_text(str(path)) for path in paths) + "]"
    with _connection() as connection:
        rows = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({files})").fetchall()
    present = {row[0] for row in rows}
    converted = {key: _conversion(key, column.type) for key, column in columns.items() if key in present}
    kept = ", ".join([*sorted(present - converted.keys()), *converted.values()])
    return f"SELECT {kept} FROM read_parquet({files})"


def _conversion(key: str, kind: str) -> str:
    if kind == "money":
        return f"CAST(CAST({key} AS DECIMAL(18, 2)) * 100 AS BIGINT) AS {key}"
    kinds = {"int": "BIGINT", "year": "BIGINT", "bool": "BOOLEAN", "date": "DATE", "month": "DATE"}
    return f"CAST({key} AS {kinds.get(kind, 'VARCHAR')}) AS {key}"


def _as_written(fact: Fact) -> str:
    """A fact as the contract writes it: money as decimal(18,2) yuan."""
    if fact.type == "money":
        return f"CAST(CAST({fact.key} AS DECIMAL(18, 0)) * 0.01 AS DECIMAL(18, 2)) AS {fact.key}"
    return fact.key


def _copy(connection: duckdb.DuckDBPyConnection, query: str, out: Path, about: Mapping[str, str]) -> None:
    notes = ", ".join(f"{_text(key)}: {_text(value)}" for key, value in about.items())
    extra = f", KV_METADATA {{{notes}}}" if about else ""
    options = f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880{extra}"
    connection.execute(f"COPY ({query}) TO {_text(str(out))} ({options})")


def _strings(values: Sequence[str]) -> str:
    return "[" + ", ".join(map(_text, values)) + "]::VARCHAR[]"


def _file(path: Path) -> str:
    return f"read_parquet({_text(str(path))})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
