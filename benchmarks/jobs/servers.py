"""Results where a server keeps or makes them: PostgreSQL and Spark."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

import duckdb
import psycopg
import pyarrow.parquet as pq
from sqlglot import exp

from benchmarks import population
from benchmarks.jobs import FOLDER, NotPossibleError, output
from benchmarks.standard import WORK, plan
from benchmarks.stopwatch import Cost, Stopwatch
from jieti.determinations.copying import as_lines
from jieti.kit.embedded_postgres import DATABASE, Cluster, connect
from rulecore.engines import load
from rulecore.sql import results_sql

UNFENCED_ROWS = 20_000
"""The unfenced text is so slow that a slice must do; times are per business."""

_KINDS = {"bool": "boolean", "money": "bigint", "int": "bigint", "date": "date"}


def postgres_fenced(rows: int) -> Cost:
    """rulecore's SQL in PostgreSQL, every stage fenced by OFFSET 0, into a table."""
    return _judged(rows, fenced=True)


def postgres_unfenced(rows: int) -> Cost:
    """The same text without fences: PostgreSQL pulls the stages up and repeats their expressions."""
    return _judged(min(rows, UNFENCED_ROWS), fenced=False)


def _judged(rows: int, *, fenced: bool) -> Cost:
    text = statement(fenced=fenced)
    with _server() as (connection, pid):
        _load_facts(connection, rows)
        connection.execute("DROP TABLE IF EXISTS masks")
        with Stopwatch(servers=(pid,)) as watch:
            connection.execute(f"CREATE TABLE masks AS {text}".encode())
        sums = connection.execute("SELECT sum(t), sum(u), sum(p) FROM masks").fetchone()
        connection.execute("DROP TABLE masks; DROP TABLE facts")
    agrees = tuple(map(int, sums or ())) == _sums(rows)
    watch.cost.more = {"per_row": watch.cost.wall / rows, "judged": rows, "agreeing": rows if agrees else 0}
    return watch.cost


def statement(*, fenced: bool) -> str:
    """rulecore's SQL in PostgreSQL's words."""
    tree = results_sql(plan())
    if fenced:
        for stage in tree.find_all(exp.Subquery):
            stage.this.set("offset", exp.Offset(expression=exp.Literal.number(0)))
    return tree.sql(dialect="postgres")


def _sums(rows: int) -> tuple[int, ...]:
    """The sums of the masks as the default engine finds them."""
    results = output("masks_expected", rows)
    load().run(plan(), population.facts(rows), results)
    bits = " + ".join(
        f"CASE WHEN list_contains(possible, '{key}') THEN {1 << bit} ELSE 0 END"
        for bit, key in enumerate(plan().outcomes)
    )
    query = f"SELECT sum(true_bits), sum(unknown_bits), sum({bits}) FROM read_parquet('{results}')"
    with duckdb.connect() as own:
        return tuple(map(int, own.execute(query).fetchall()[0]))


def _load_facts(connection: "psycopg.Connection[Any]", rows: int) -> None:
    columns = {"uscc": "text", **{key: _KINDS.get(fact.type, "text") for key, fact in plan().facts.items()}}
    text = FOLDER / f"facts-{rows}.csv"
    wanted = ", ".join(f"CAST({key} * 100 AS BIGINT)" if key in ("turnover", "tax_paid") else key for key in columns)
    files = ", ".join(f"'{path}'" for path in population.facts(rows))
    with duckdb.connect() as own:
        own.execute(f"COPY (SELECT {wanted} FROM read_parquet([{files}])) TO '{text}' (HEADER false)")
    kinds = ", ".join(f"{key} {kind}" for key, kind in columns.items())
    connection.execute(f"DROP TABLE IF EXISTS facts; CREATE TABLE facts ({kinds})".encode())
    _copy_file(connection, text)
    connection.execute("ANALYZE facts")
    text.unlink()


def _copy_file(connection: "psycopg.Connection[Any]", text: Path) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY facts FROM STDIN (FORMAT csv)") as copy,
        text.open("rb") as file,
    ):
        while block := file.read(1 << 20):
            copy.write(block)


def postgres_load(rows: int) -> Cost:
    """Results from Parquet into PostgreSQL as the product does it: COPY of lines made column by column."""
    results = output("rulecore_polars", rows)
    if not results.exists():
        load().run(plan(), population.facts(rows), results)
    with _server() as (connection, pid):
        connection.execute("DROP TABLE IF EXISTS results")
        connection.execute(
            "CREATE TABLE results (uscc text, tier text, possible text[], true_bits bigint, unknown_bits bigint)"
        )
        with Stopwatch(servers=(pid,)) as watch:
            _copy_results(connection, results)
        count = connection.execute("SELECT count(*) FROM results").fetchone()
        connection.execute("DROP TABLE results")
    watch.cost.more = {"judged": rows, "agreeing": count[0] if count else 0}
    return watch.cost


def _copy_results(connection: "psycopg.Connection[Any]", results: Path) -> None:
    with connection.cursor() as cursor, cursor.copy("COPY results FROM STDIN") as copy, pq.ParquetFile(results) as file:
        for batch in file.iter_batches(batch_size=50_000):
            copy.write(as_lines(batch))


@contextmanager
def _server() -> "Iterator[tuple[psycopg.Connection[Any], int]]":
    """A connection to a cluster of our own, and the server's pid."""
    folder = WORK / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(folder, {"fsync": "on", "max_parallel_workers_per_gather": "1", "work_mem": "64MB"})
    with cluster.running() as address, connect(address, DATABASE) as connection:
        pid = int((cluster.data / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
        yield connection, pid


def spark(rows: int) -> Cost:
    """The engine spark, local[2], the second run of a session: the first warms it."""
    if which("java") is None:
        raise NotPossibleError("no Java: make spark-extra")
    os.environ["PYSPARK_SUBMIT_ARGS"] = "--master local[2] --driver-memory 4g pyspark-shell"
    engine, bound, facts = load("spark"), plan(), population.facts(rows)
    out = FOLDER / f"spark-{rows}"
    engine.run(bound, facts, out)
    with Stopwatch() as watch:
        engine.run(bound, facts, out)
    watch.cost.more = {"output": str(out / "*.parquet")}
    return watch.cost
