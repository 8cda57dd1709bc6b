"""A million businesses, row for row the same on Spark, polars and DuckDB."""

import datetime
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from rulecore.engines import load
from rulecore.plan import bind
from rulecore.result import metadata
from tests.rulecore.law import huairou

ROWS = 1_000_000
NORMS = {
    "growth_turnover": Decimal(300000),
    "growth_tax_paid": Decimal("5000.01"),
    "development_turnover": Decimal(3000000),
    "development_tax_paid": Decimal(50000),
}
COLUMNS: Mapping[str, str] = {
    "registration_status": "['active', 'active', 'active', 'deregistered', NULL][{0} % 5 + 1]",
    "established_on": "CASE WHEN {0} % 50 > 0 THEN DATE '2022-06-25' + ({0} % 1500)::INT END",
    "annual_report_filed": "[true, true, true, false, NULL][{0} % 5 + 1]",
    "abnormal_mark": "[false, false, false, false, false, true, NULL][{0} % 7 + 1]",
    "serious_violation_listing": "[false, false, false, false, false, true, NULL][{0} % 7 + 1]",
    "abnormal_taxpayer": "[false, false, false, false, false, true, NULL][{0} % 7 + 1]",
    "suspended": "[false, false, false, true, NULL][{0} % 5 + 1]",
    "is_seasonal": "[false, false, true, NULL][{0} % 4 + 1]",
    "tax_registered": "[true, true, true, false, NULL][{0} % 5 + 1]",
    "general_vat_taxpayer": "[false, true, NULL][{0} % 3 + 1]",
    "turnover": "[0.00, 299999.99, 300000.00, 2999999.99, 3000000.00, 21474836.48, NULL][{0} % 7 + 1]::DECIMAL(18,2)",
    "tax_paid": "[0.00, 5000.00, 5000.01, 49999.99, 50000.00, NULL][{0} % 6 + 1]::DECIMAL(18,2)",
    "insured_headcount": "[0, 1, 3, 4, 40, NULL][{0} % 6 + 1]::BIGINT",
    "trademarks_in_use": "[0, 0, 0, 0, 0, 1, NULL][{0} % 7 + 1]::BIGINT",
    "patents": "[0, 0, 0, 0, 0, 0, 1, NULL][{0} % 8 + 1]::BIGINT",
}


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Facts in four files, every column dense at its boundaries and often unknown."""
    folder = tmp_path_factory.mktemp("facts")
    columns = ", ".join(
        f"{expression.format(f'CAST(hash(i * 31 + {salt}) >> 3 AS BIGINT)')} AS {key}"
        for salt, (key, expression) in enumerate(COLUMNS.items())
    )
    for part in range(4):
        start, stop = part * ROWS // 4, (part + 1) * ROWS // 4
        query = f"SELECT printf('92110116MA%08d', i) AS uscc, {columns} FROM range({start}, {stop}) t(i)"
        duckdb.execute(f"COPY ({query}) TO '{folder}/part{part}.parquet' (FORMAT parquet)")
    return folder


@pytest.mark.parametrize("norms", [NORMS, {}], ids=["published", "not published"])
def test_a_million_rows_are_the_same(facts: Path, tmp_path: Path, norms: dict[str, Decimal]) -> None:
    plan = bind(huairou(), as_of=datetime.date(2026, 7, 1), norms=norms)
    files = sorted(facts.glob("*.parquet"))
    outputs = {name: tmp_path / f"{name}.parquet" for name in ("spark", "polars", "duckdb")}
    reports = {name: load(name).run(plan, files, out) for name, out in outputs.items()}
    assert {report.rows for report in reports.values()} == {ROWS}
    assert len({frozenset(report.tiers.items()) for report in reports.values()}) == 1
    for other in ("polars", "duckdb"):
        assert _differing(outputs["spark"], outputs[other]) == 0


def test_the_folder_says_what_the_footer_of_a_file_says(facts: Path, tmp_path: Path) -> None:
    plan = bind(huairou(), as_of=datetime.date(2026, 7, 1), norms=NORMS)
    load("spark").run(plan, sorted(facts.glob("*.parquet"))[:1], tmp_path / "out")
    about = json.loads((tmp_path / "out" / "_rulecore.json").read_text(encoding="utf-8"))
    assert about == metadata(plan)
    columns = duckdb.execute(f"DESCRIBE SELECT * FROM read_parquet('{tmp_path}/out/*.parquet')").fetchall()
    assert [(column[0], column[1]) for column in columns] == [
        ("uscc", "VARCHAR"),
        ("tier", "VARCHAR"),
        ("possible", "VARCHAR[]"),
        ("true_bits", "BIGINT"),
        ("unknown_bits", "BIGINT"),
    ]


def _differing(folder: Path, file: Path) -> int:
    """Rows of either side that the other lacks."""
    columns = "uscc, tier, possible, true_bits::UBIGINT, unknown_bits::UBIGINT"
    left = f"SELECT {columns} FROM read_parquet('{folder}/*.parquet')"
    right = f"SELECT {columns} FROM read_parquet('{file}')"
    both = f"SELECT count(*) FROM (({left} EXCEPT {right}) UNION ALL ({right} EXCEPT {left}))"
    return int(duckdb.execute(both).fetchall()[0][0])
