"""The second engine: DuckDB runs the same portable SQL text in little memory, a second opinion on polars."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from rulecore.errors import FactsError, Problem
from rulecore.model import Column, Fact
from rulecore.plan import Plan, Scenarios
from rulecore.result import AssemblyReport, RunReport, metadata, tier_of_mask
from rulecore.sql import PORTABLE, assembly_sql, groups_sql, movers_sql, results_sql, text_of


@contextlib.contextmanager
def _reading(paths: Sequence[Path]) -> Iterator[None]:
    """What DuckDB cannot read is the file's fault, said as such."""
    try:
        yield
    except duckdb.Error as error:
        raise FactsError(Problem(", ".join(map(str, paths)), f"DuckDB cannot read it: {error}")) from error


def run(plan: Plan, facts: Sequence[Path], out: Path) -> RunReport:
    """Judge every row of `facts` and write the results to `out`.

    Raises:
        FactsError: a file is damaged.
    """
    with _reading(facts):
        return _run(plan, facts, out)


def _run(plan: Plan, facts: Sequence[Path], out: Path) -> RunReport:
    with _connection() as connection:
        connection.execute(f"CREATE VIEW facts AS {_physical(facts, plan.facts, money=_AS_GIVEN)}")
        tiers = ", ".join("NULL" if tier is None else _text(tier) for tier in tier_of_mask(plan))
        sets = ", ".join(_strings(plan.possible_set(mask)) for mask in range(1 << len(plan.outcomes)))
        query = f"""
            SELECT subject AS {_name(plan.rulebook.subject_key)}, ([{tiers}])[p + 1] AS tier,
                   ([{sets}])[p + 1] AS possible, t::UBIGINT AS true_bits, u::UBIGINT AS unknown_bits
            FROM ({text_of(results_sql(plan, in_yuan=True), PORTABLE)})
        """
        _copy(connection, query, out, metadata(plan))
        counts = connection.execute(f"SELECT tier, count(*) FROM {_file(out)} GROUP BY tier").fetchall()
    return RunReport(sum(count for _, count in counts), dict(counts))


def groups(scenarios: Scenarios, facts: Sequence[Path], by: Mapping[str, Path | None]) -> pa.Table:
    """How many businesses share each signature, and each value of the columns `by` (None: of the facts)."""
    subject = scenarios.base.rulebook.subject_key
    with _connection() as connection:
        connection.execute(f"CREATE VIEW facts AS {_physical(facts, scenarios.base.facts)}")
        for place, (name, file) in enumerate(by.items()):
            if file is not None:
                named = f"{_name(subject)} AS k, {_name(name)} AS v"
                connection.execute(f"CREATE VIEW by_{place} AS SELECT {named} FROM {_file(file)}")
        query = groups_sql(scenarios, list(by), [name for name, file in by.items() if file is not None])
        found: pa.Table = connection.sql(text_of(query, PORTABLE)).to_arrow_table()
    return found


def movers(scenarios: Scenarios, facts: Sequence[Path], moves: pa.Table, out: Path) -> int:
    """Write whom each of `moves` (signature, scenario, was, becomes) concerns to `out`; how many rows that are."""
    with _connection() as connection:
        connection.execute(f"CREATE VIEW facts AS {_physical(facts, scenarios.base.facts)}")
        connection.register("moves", moves)
        subject = scenarios.base.rulebook.subject_key
        found = text_of(movers_sql(scenarios), PORTABLE)
        _copy(connection, f"SELECT subject AS {_name(subject)}, * EXCLUDE (subject) FROM ({found})", out, {})
        return int(connection.execute(f"SELECT count(*) FROM {_file(out)}").fetchall()[0][0])


def assemble(
    plan: Plan, sources: Mapping[str, Sequence[Path] | None], out: Path, *, in_order: bool = True
) -> AssemblyReport:
    """Write one row of facts for every business of the register to `out`."""
    delivered = {key: paths for key, paths in sources.items() if paths}
    subject = plan.rulebook.subject_key
    with _connection() as connection:
        for key, paths in delivered.items():
            connection.execute(f"CREATE VIEW {_name(key)} AS {_physical(paths, plan.rulebook.sources[key].columns)}")
        columns = ", ".join(_as_written(fact) for fact in plan.facts.values())
        assembled = text_of(assembly_sql(plan, delivered), PORTABLE)
        query = f"SELECT {_name(subject)}, {columns} FROM ({assembled})"
        _copy(connection, f"{query} ORDER BY {_name(subject)}" if in_order else query, out, {})
        nulls = ", ".join(f"count(*) - count({_name(key)})" for key in plan.facts)
        total, *unknowns = connection.execute(f"SELECT count(*), {nulls} FROM {_file(out)}").fetchall()[0]
    return AssemblyReport(total, dict(zip(plan.facts, unknowns, strict=True)))


def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"preserve_insertion_order": "false"})


_IN_CENTS = "CAST(CAST({0} AS DECIMAL(20, 2)) * 100 AS BIGINT) AS {0}"
_AS_GIVEN = "CAST({0} AS DECIMAL(18, 2)) AS {0}"
"""Two forms of money: whole cents, which can be added up, and what the files hold, which costs nothing to compare."""


def _physical(
    paths: Sequence[Path], columns: Mapping[str, Fact] | Mapping[str, Column], *, money: str = _IN_CENTS
) -> str:
    """SELECT over the files, money in one of two forms; columns that a file lacks are not asked for."""
    files = "[" + ", ".join(_text(str(path)) for path in paths) + "]"
    with _connection() as connection:
        rows = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({files})").fetchall()
    present = {row[0] for row in rows}
    converted = {key: _conversion(key, column.type, money) for key, column in columns.items() if key in present}
    kept = ", ".join([*map(_name, sorted(present - converted.keys())), *converted.values()])
    return f"SELECT {kept} FROM read_parquet({files})"


def _conversion(key: str, kind: str, money: str) -> str:
    if kind == "money":
        return money.format(_name(key))
    kinds = {"int": "BIGINT", "year": "BIGINT", "bool": "BOOLEAN", "date": "DATE", "month": "DATE"}
    return f"CAST({_name(key)} AS {kinds.get(kind, 'VARCHAR')}) AS {_name(key)}"


def _as_written(fact: Fact) -> str:
    """A fact as the contract writes it: money as decimal(18,2) yuan."""
    name = _name(fact.key)
    return f"CAST(CAST({name} AS DECIMAL(20, 0)) * 0.01 AS DECIMAL(18, 2)) AS {name}" if fact.type == "money" else name


def _copy(connection: duckdb.DuckDBPyConnection, query: str, out: Path, about: Mapping[str, str]) -> None:
    notes = ", ".join(f"{_text(key)}: {_text(value)}" for key, value in about.items())
    extra = f", KV_METADATA {{{notes}}}" if about else ""
    options = f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880{extra}"
    connection.execute(f"COPY ({query}) TO {_text(str(out))} ({options})")


def _strings(values: Sequence[str]) -> str:
    return "[" + ", ".join(map(_text, values)) + "]::VARCHAR[]"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _file(path: Path) -> str:
    return f"read_parquet({_text(str(path))})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
