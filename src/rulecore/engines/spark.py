"""The engine for what outgrows one machine: Spark SQL runs the same portable text, Parquet folders in and out.

Spark knows no unsigned integers, so `true_bits` and `unknown_bits` are signed 64-bit here: the same values, since a
mask has at most 62 bits. What other engines write into a file's footer stands in `_rulecore.json` of the folder.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn

from rulecore.model import Column, Fact
from rulecore.plan import Plan, Scenarios
from rulecore.result import AssemblyReport, RunReport, metadata, tier_of_mask
from rulecore.sql import assembly_sql, groups_sql, movers_sql, results_sql, text_of

DIALECT = "spark"
METADATA = "_rulecore.json"


def session() -> SparkSession:
    """The session of `spark-submit` where there is one, else one on this machine.

    A wrong sum is worse than a failed one: ANSI mode is on, so overflow raises.
    """
    builder = SparkSession.builder.appName("rulecore")
    for key, value in _SETTINGS.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


_SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}


def run(plan: Plan, facts: Sequence[Path], out: Path) -> RunReport:
    """Judge every row of `facts` and write the results to the folder `out`."""
    spark = session()
    _read(spark, facts, plan.facts).createOrReplaceTempView("facts")
    masks = spark.sql(text_of(results_sql(plan), DIALECT))
    results = masks.select(
        fn.col("subject").alias(plan.rulebook.subject_key),
        _by_mask([fn.lit(tier) for tier in tier_of_mask(plan)]).alias("tier"),
        _by_mask([_strings(plan.possible_set(mask)) for mask in range(1 << len(plan.outcomes))]).alias("possible"),
        fn.col("t").cast("bigint").alias("true_bits"),
        fn.col("u").cast("bigint").alias("unknown_bits"),
    )
    results.write.mode("overwrite").parquet(str(out))
    (out / METADATA).write_text(json.dumps(metadata(plan), ensure_ascii=False), encoding="utf-8")
    tiers = {row["tier"]: row["count"] for row in spark.read.parquet(str(out)).groupBy("tier").count().collect()}
    return RunReport(sum(tiers.values()), tiers)


def groups(scenarios: Scenarios, facts: Sequence[Path], by: Mapping[str, Path | None]) -> pa.Table:
    """How many businesses share each signature, and each value of the columns `by` (None: of the facts)."""
    spark = session()
    subject = scenarios.base.rulebook.subject_key
    _read(spark, facts, scenarios.base.facts).createOrReplaceTempView("facts")
    for place, (name, file) in enumerate(by.items()):
        if file is not None:
            named = spark.read.parquet(str(file)).select(fn.col(subject).alias("k"), fn.col(name).alias("v"))
            named.createOrReplaceTempView(f"by_{place}")
    query = groups_sql(scenarios, list(by), [name for name, file in by.items() if file is not None])
    found: pa.Table = spark.sql(text_of(query, DIALECT)).toArrow()
    return found


def movers(scenarios: Scenarios, facts: Sequence[Path], moves: pa.Table, out: Path) -> int:
    """Write whom each of `moves` (signature, scenario, was, becomes) concerns to the folder `out`; how many rows."""
    spark = session()
    _read(spark, facts, scenarios.base.facts).createOrReplaceTempView("facts")
    spark.createDataFrame(moves).createOrReplaceTempView("moves")
    found = spark.sql(text_of(movers_sql(scenarios), DIALECT))
    found.withColumnRenamed("subject", scenarios.base.rulebook.subject_key).write.mode("overwrite").parquet(str(out))
    return int(spark.read.parquet(str(out)).count())


def assemble(
    plan: Plan,
    sources: Mapping[str, Sequence[Path] | None],
    out: Path,
    *,
    in_order: bool = True,  # noqa: ARG001
) -> AssemblyReport:
    """Write one row of facts for every business of the register to the folder `out`."""
    spark = session()
    delivered = {key: paths for key, paths in sources.items() if paths}
    for key, paths in delivered.items():
        _read(spark, paths, plan.rulebook.sources[key].columns).createOrReplaceTempView(key)
    facts = spark.sql(text_of(assembly_sql(plan, delivered), DIALECT))
    contract = facts.select(plan.rulebook.subject_key, *(_as_written(fact) for fact in plan.facts.values()))
    contract.write.mode("overwrite").parquet(str(out))
    written = spark.read.parquet(str(out))
    missing = [fn.count_if(fn.isnull(key)).alias(key) for key in plan.facts]
    counts = written.agg(fn.count(fn.lit(1)).alias("#"), *missing).first()
    assert counts is not None
    unknowns = counts.asDict()
    return AssemblyReport(unknowns.pop("#"), unknowns)


def _read(spark: SparkSession, paths: Sequence[Path], columns: Mapping[str, Fact] | Mapping[str, Column]) -> DataFrame:
    """The files in physical form: money as whole cents, whole numbers as 64 bits."""
    frame = spark.read.parquet(*(str(path) for path in paths))
    present = set(frame.columns)
    return frame.withColumns({key: _physical(key, column.type) for key, column in columns.items() if key in present})


def _physical(key: str, kind: str) -> SparkColumn:
    if kind == "money":
        return (fn.col(key).cast("decimal(18,2)") * 100).cast("bigint")
    kinds = {"int": "bigint", "year": "bigint", "bool": "boolean", "date": "date", "month": "date"}
    return fn.col(key).cast(kinds.get(kind, "string"))


def _as_written(fact: Fact) -> SparkColumn:
    """A fact as the contract writes it: money as decimal(18,2) yuan."""
    if fact.type == "money":
        return (fn.col(fact.key).cast("decimal(18,0)") / 100).cast("decimal(18,2)").alias(fact.key)
    return fn.col(fact.key)


def _by_mask(values: list[SparkColumn]) -> SparkColumn:
    return fn.element_at(fn.array(*values), fn.col("p").cast("int") + 1)


def _strings(values: Sequence[str]) -> SparkColumn:
    return fn.array(*(fn.lit(value) for value in values)).cast("array<string>")
