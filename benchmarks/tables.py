"""What the departments would deliver for so many businesses, as clean Parquet tables, by hash."""

from pathlib import Path

import duckdb

from benchmarks.population import uscc
from benchmarks.standard import WORK

Sources = dict[str, list[Path]]


def sources(rows: int) -> Sources:
    """The tables of the first `rows` businesses, written once."""
    folder = WORK / "sources" / str(rows)
    folder.mkdir(parents=True, exist_ok=True)
    return {key: [_written(folder / f"{key}.parquet", text)] for key, text in _queries(rows).items()}


def _written(out: Path, query: str) -> Path:
    if not out.exists():
        unfinished = out.with_suffix(".part")
        with duckdb.connect(config={"threads": 2, "preserve_insertion_order": "false"}) as connection:
            connection.execute(f"COPY ({query}) TO '{unfinished}' (FORMAT parquet, COMPRESSION zstd)")
        unfinished.replace(out)
    return out


def _queries(rows: int) -> dict[str, str]:
    """One query a source; shares are in thousandths."""
    return {**_of_the_regulator(rows), **_of_others(rows)}


def _of_the_regulator(rows: int) -> dict[str, str]:
    some = f"FROM range({rows}) t(i) WHERE {_draw(50)}"
    of_each = f"FROM range({rows}) t(i)"
    return {
        "registration": f"""SELECT {uscc("i")} AS uscc, '商户' || i AS name,
            CASE WHEN {_draw(1)} < 2 THEN NULL WHEN {_draw(1)} < 70 THEN 'deregistered' ELSE 'active' END
                AS registration_status,
            CASE WHEN {_draw(2)} < 3 THEN NULL ELSE DATE '2000-01-01' + CAST(hash(i * 31 + 3) % 9650 AS INT) END
                AS established_on,
            NULL::VARCHAR AS proprietor, NULL::VARCHAR AS address, '怀北镇' AS town, '5212' AS industry,
            CASE WHEN {_draw(4)} < 10 THEN NULL ELSE {_draw(4)} < 100 END AS is_seasonal,
            NULL::VARCHAR AS successor_uscc {of_each}""",
        "credit": f"""SELECT {uscc("i")} AS uscc,
            CASE WHEN {_draw(5)} < 800 THEN 'abnormal_mark' ELSE 'serious_violation' END AS kind,
            NULL::VARCHAR AS penalty_kind, NULL::VARCHAR AS reason,
            DATE '2024-01-01' + CAST(hash(i * 31 + 6) % 900 AS INT) AS decided_on, true AS published,
            CASE WHEN {_draw(7)} < 500 THEN DATE '2025-12-01' ELSE NULL END AS ended_on, NULL::DATE AS restored_on
            {some} < 90""",
        "annual_reports": f"""SELECT {uscc("i")} AS uscc, y::INT AS year, make_date(y + 1, 3, 1) AS filed_on,
            CASE WHEN hash(i * 31 + y) % 100 < 12 THEN NULL
                 ELSE (hash(i * 31 + y + 7) % 100000000 / 100)::DECIMAL(18, 2) END AS turnover, 1::BIGINT AS employees
            FROM range({rows}) t(i), range(2024, 2026) s(y) WHERE hash(i * 31 + y + 9) % 100 < 88""",
        "suspension": f"""SELECT {uscc("i")} AS uscc, DATE '2026-01-01' AS filed_on,
            DATE '2026-04-01' + CAST({_draw(23)} AS INT) % 200 AS planned_end_on,
            CASE WHEN {_draw(24)} < 300 THEN DATE '2026-05-01' ELSE NULL END AS resumed_on, NULL::DATE AS limit_on
            {some} BETWEEN 100 AND 110""",
    }


def _of_others(rows: int) -> dict[str, str]:
    some = f"FROM range({rows}) t(i) WHERE {_draw(50)}"
    return {
        "tax": f"""SELECT {uscc("i")} AS uscc, y::INT AS year, hash(i * 31 + 11) % 1000 < 950 AS tax_registered,
            CASE WHEN {_draw(12)} < 50 THEN 'general' ELSE 'small_scale' END AS taxpayer_kind,
            {_draw(13)} < 40 AS abnormal_taxpayer, (hash(i * 31 + y + 14) % 2000000 / 100)::DECIMAL(18, 2) AS paid,
            CASE WHEN hash(i * 31 + y + 15) % 100 < 2 THEN 100.00 ELSE NULL END::DECIMAL(18, 2) AS refunded
            FROM range({rows}) t(i), range(2024, 2026) s(y) WHERE {_draw(16)} < 750""",
        "social_insurance": f"""SELECT {uscc("i")} AS uscc, make_date(2025, m::INT, 1) AS month,
            CASE WHEN {_draw(17)} < 700 THEN 'unit' ELSE 'flexible' END AS form,
            (1 + hash(i * 31 + m) % 8)::BIGINT AS headcount
            FROM range({rows}) t(i), range(1, 13) s(m) WHERE {_draw(18)} < 100""",
        "intellectual_property": f"""SELECT {uscc("i")} AS uscc,
            CASE WHEN {_draw(19)} < 800 THEN 'trademark' ELSE 'patent' END AS kind, i::VARCHAR AS number,
            NULL::VARCHAR AS title, CASE WHEN {_draw(20)} < 900 THEN 'business' ELSE 'licensor' END AS holder,
            CASE WHEN {_draw(21)} < 900 THEN 'valid' ELSE 'lapsed' END AS status,
            CASE WHEN {_draw(22)} < 100 THEN NULL ELSE {_draw(22)} < 900 END AS in_use {some} < 30""",
    }


def _draw(salt: int) -> str:
    return f"(hash(i * 31 + {salt}) % 1000)"
