"""Suppliers' tables become the same facts on every engine, and what nobody delivered stays unknown."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rulecore.engines import Engine, load
from rulecore.model import Rulebook
from rulecore.plan import Plan
from rulecore.source import contract
from tests.rulecore.law import Row, huairou, plan_of
from tests.rulecore.tables import suppliers_tables, uscc, write_tables

SUPPLIED = [key for key, source in huairou().sources_of().items() if source.rows == "many"]
BASIS_DATES = [date(2026, 7, 1), date(2028, 2, 29), date(2026, 1, 1), date(2025, 12, 31)]


def assembled(
    engine: Engine, plan: Plan, sources: Mapping[str, Sequence[Path] | None], folder: Path, name: str = "facts"
) -> tuple[list[Row], Mapping[str, int]]:
    out = folder / f"{name}.parquet"
    report = engine.assemble(plan, sources, out)
    table = pq.read_table(out)
    assert report.businesses == table.num_rows
    assert report.unknowns == {key: table.column(key).null_count for key in plan.facts}
    return sorted(table.to_pylist(), key=lambda row: str(row["uscc"])), report.unknowns


@pytest.mark.parametrize(("seed", "as_of"), list(enumerate(BASIS_DATES)))
def test_engines_agree_with_the_reference(
    engine: Engine, seed: int, as_of: date, book: Rulebook, tmp_path: Path
) -> None:
    plan = plan_of(as_of=as_of)
    sources = write_tables(book, suppliers_tables(book, seed), tmp_path)
    wanted, unknown = assembled(load("reference"), plan, sources, tmp_path, "wanted")
    found, gaps = assembled(engine, plan, sources, tmp_path)
    different = [(f, w) for f, w in zip(found, wanted, strict=True) if f != w]
    assert different == []
    assert gaps == unknown


@pytest.mark.parametrize("seed", range(4))
def test_a_source_that_holds_no_business_twice_gives_the_same(
    engine: Engine, seed: int, book: Rulebook, tmp_path: Path
) -> None:
    plan = plan_of(as_of=BASIS_DATES[seed])
    tables = suppliers_tables(book, seed, 400)
    once = {key: list({row["uscc"]: row for row in reversed(rows)}.values()) for key, rows in tables.items()}
    assert any(len(once[key]) < len(tables[key]) for key in SUPPLIED)
    assert all(len(once[key]) <= 400 for key in SUPPLIED), "the quick way is open to every source"
    sources = write_tables(book, once, tmp_path)
    wanted, _ = assembled(load("reference"), plan, sources, tmp_path, "wanted")
    found, _ = assembled(engine, plan, sources, tmp_path)
    assert [(f, w) for f, w in zip(found, wanted, strict=True) if f != w] == []


def test_without_order_the_facts_are_the_same(engine: Engine, plan: Plan, book: Rulebook, tmp_path: Path) -> None:
    sources = write_tables(book, suppliers_tables(book, 5), tmp_path)
    wanted, unknowns = assembled(engine, plan, sources, tmp_path)
    report = engine.assemble(plan, sources, tmp_path / "loose.parquet", in_order=False)
    found = pq.read_table(tmp_path / "loose.parquet").to_pylist()
    assert sorted(found, key=lambda row: str(row["uscc"])) == wanted
    assert report.unknowns == unknowns


@pytest.mark.parametrize(
    ("absent", "way"), [*((key, "no entry") for key in SUPPLIED), ("tax", "none"), ("credit", "no file")]
)
def test_what_is_not_delivered_is_unknown_and_nothing_else(
    engine: Engine, plan: Plan, absent: str, way: str, tmp_path: Path
) -> None:
    book = plan.rulebook
    sources: dict[str, list[Path] | None] = dict(write_tables(book, suppliers_tables(book, 9, 60), tmp_path))
    full, _ = assembled(engine, plan, sources, tmp_path, "full")
    if way == "no entry":
        del sources[absent]
    else:
        sources[absent] = None if way == "none" else []
    found, unknown = assembled(engine, plan, sources, tmp_path)
    own = {key for key, fact in plan.facts.items() if fact.source == absent}
    for row, before in zip(found, full, strict=True):
        assert row == before | dict.fromkeys(own)
    assert all(unknown[key] == 60 for key in own)


@pytest.mark.parametrize(
    "keys",
    [
        ["92110116MA00000B10", "92110116MA00000A10", "92110116MA00000A0Z"],
        ["92110116MA00000B10", "91110116MA00000C10", "92110116MA00000A10"],
        ["92110116MA00000B10", "92110116MA00000B1", "92110116MA00000B100"],
        ["9211011600000002", "9211011600000001", "甲乙丙丁戊0"],
        ["b", "a", "ab"],
        [],
    ],
    ids=["one front", "two fronts", "several lengths", "high bytes", "short", "none"],
)
def test_facts_stand_in_the_order_of_their_keys(engine: Engine, plan: Plan, keys: list[str], tmp_path: Path) -> None:
    """In one file; the folder that a cluster writes has no order (docs/spark.md), but every key."""
    rows = [
        row | {"uscc": key}
        for row, key in zip(suppliers_tables(plan.rulebook, 3, 20)["registration"], keys, strict=False)
    ]
    out = tmp_path / "facts.parquet"
    engine.assemble(plan, write_tables(plan.rulebook, {"registration": rows}, tmp_path), out)
    found = [str(key) for key in pq.read_table(out)["uscc"].to_pylist()]
    wanted = sorted(keys, key=str.encode)
    assert (found if out.is_file() else sorted(found, key=str.encode)) == wanted


def test_with_the_register_alone_its_own_facts_are_known(engine: Engine, plan: Plan, tmp_path: Path) -> None:
    tables = suppliers_tables(plan.rulebook, 3, 20)
    sources = write_tables(plan.rulebook, {"registration": tables["registration"]}, tmp_path)
    found, _ = assembled(engine, plan, sources, tmp_path)
    assert len(found) == 20
    own = {"uscc", "registration_status", "established_on", "is_seasonal"}
    assert all(value is None for row in found for key, value in row.items() if key not in own)


def test_facts_have_the_types_of_the_contract(engine: Engine, plan: Plan, tmp_path: Path) -> None:
    sources = write_tables(plan.rulebook, suppliers_tables(plan.rulebook, 2, 50), tmp_path)
    assembled(engine, plan, sources, tmp_path)
    found = pq.read_table(tmp_path / "facts.parquet").schema
    plain = {f.name: pa.string() if pa.types.is_large_string(f.type) else f.type for f in found}
    assert plain == {field.name: field.type for field in contract(plan.rulebook)}


def test_assembled_facts_can_be_judged(engine: Engine, plan: Plan, tmp_path: Path) -> None:
    sources = write_tables(plan.rulebook, suppliers_tables(plan.rulebook, 4, 80), tmp_path)
    assembled(engine, plan, sources, tmp_path)
    report = engine.run(plan, [tmp_path / "facts.parquet"], tmp_path / "results.parquet")
    assert report.rows == 80


def village(*held: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    """Registered businesses, each with the rows that suppliers hold of it; every source was delivered."""
    shop = {"name": "某店", "registration_status": "active", "established_on": date(2020, 1, 1)}
    tables: dict[str, list[Row]] = {}
    for key, source in huairou().sources.items():
        blank = dict.fromkeys(source.columns)
        tables[key] = [
            blank | {"uscc": uscc(number)} | row
            for number, rows in enumerate(held)
            for row in ([shop] if source.rows == "business" else rows.get(key, []))
        ]
    return tables


TAX = {"year": 2025, "tax_registered": True, "abnormal_taxpayer": False, "taxpayer_kind": "general"}
REPORT = {"year": 2025, "filed_on": date(2026, 3, 1)}
MARK = {"kind": "abnormal_mark", "decided_on": date(2025, 5, 1)}
LEAVE = {"filed_on": date(2025, 1, 1), "planned_end_on": date(2026, 12, 31)}
BRAND = {"kind": "trademark", "status": "valid", "holder": "business", "in_use": True}
SHARE = {"form": "unit", "month": date(2025, 12, 1), "headcount": 2}


def paid(amount: str | None, refunded: str | None = None, year: int = 2025) -> Row:
    cells = {"paid": amount, "refunded": refunded}
    return TAX | {"year": year} | {key: None if value is None else Decimal(value) for key, value in cells.items()}


def turnover(amount: str | None, filed_on: date | None) -> Row:
    return REPORT | {"filed_on": filed_on, "turnover": None if amount is None else Decimal(amount)}


WORKED: list[tuple[str, list[Row], str, Any]] = [
    ("tax", [], "tax_paid", Decimal("0.00")),
    ("tax", [paid("100"), paid("0.01")], "tax_paid", Decimal("100.01")),
    ("tax", [paid("100", "100.01")], "tax_paid", Decimal("0.00")),
    ("tax", [paid("100", "30"), paid("5", None)], "tax_paid", Decimal("75.00")),
    ("tax", [paid("100"), paid(None)], "tax_paid", None),
    ("tax", [paid("100"), paid(None, year=2024), paid("7", year=2026)], "tax_paid", Decimal("100.00")),
    ("tax", [], "tax_registered", False),
    ("tax", [TAX, TAX | {"year": 2024, "tax_registered": False}], "tax_registered", True),
    ("tax", [TAX, TAX | {"tax_registered": False}], "tax_registered", None),
    ("tax", [TAX, TAX], "tax_registered", True),
    ("tax", [TAX | {"taxpayer_kind": None}], "general_vat_taxpayer", None),
    ("tax", [TAX | {"taxpayer_kind": "small_scale"}], "general_vat_taxpayer", False),
    ("annual_reports", [], "annual_report_filed", False),
    ("annual_reports", [REPORT | {"filed_on": None}], "annual_report_filed", None),
    ("annual_reports", [REPORT | {"filed_on": None}, REPORT], "annual_report_filed", True),
    ("annual_reports", [REPORT | {"filed_on": date(2026, 7, 1)}], "annual_report_filed", True),
    ("annual_reports", [REPORT | {"filed_on": date(2026, 7, 2)}], "annual_report_filed", False),
    ("annual_reports", [REPORT | {"year": 2024}], "annual_report_filed", False),
    ("annual_reports", [], "turnover", None),
    ("annual_reports", [turnover("1", date(2026, 3, 1)), turnover("2", date(2026, 3, 2))], "turnover", Decimal("2.00")),
    ("annual_reports", [turnover("1", date(2026, 3, 1)), turnover("2", date(2026, 3, 1))], "turnover", None),
    ("annual_reports", [turnover("2", date(2026, 3, 1)), turnover("2", date(2026, 3, 1))], "turnover", Decimal("2.00")),
    ("annual_reports", [turnover("1", date(2026, 3, 1)), turnover(None, date(2026, 3, 1))], "turnover", None),
    ("annual_reports", [turnover("1", date(2026, 3, 1)), turnover(None, date(2026, 3, 2))], "turnover", None),
    ("credit", [MARK], "abnormal_mark", True),
    ("credit", [MARK | {"ended_on": date(2026, 6, 30)}], "abnormal_mark", False),
    ("credit", [MARK | {"ended_on": date(2026, 7, 1)}], "abnormal_mark", False),
    ("credit", [MARK | {"ended_on": date(2026, 7, 2)}], "abnormal_mark", True),
    ("credit", [MARK | {"decided_on": date(2026, 7, 2)}], "abnormal_mark", False),
    ("credit", [MARK | {"kind": "serious_violation"}], "abnormal_mark", False),
    ("suspension", [LEAVE], "suspended", True),
    ("suspension", [LEAVE | {"planned_end_on": date(2026, 7, 1)}], "suspended", True),
    ("suspension", [LEAVE | {"planned_end_on": date(2026, 6, 30)}], "suspended", False),
    ("suspension", [LEAVE | {"filed_on": date(2023, 7, 1)}], "suspended", False),
    ("suspension", [LEAVE | {"filed_on": date(2023, 7, 2)}], "suspended", True),
    ("suspension", [LEAVE | {"resumed_on": date(2026, 7, 1)}], "suspended", False),
    ("social_insurance", [], "insured_headcount", 0),
    ("social_insurance", [SHARE, SHARE | {"headcount": 3}], "insured_headcount", 3),
    ("social_insurance", [SHARE | {"month": date(2026, 1, 1)}], "insured_headcount", 0),
    ("social_insurance", [SHARE | {"month": date(2024, 12, 1)}], "insured_headcount", 0),
    ("social_insurance", [SHARE | {"form": "flexible", "headcount": None}], "insured_headcount", 0),
    ("social_insurance", [SHARE, SHARE | {"headcount": None}], "insured_headcount", None),
    ("intellectual_property", [BRAND, BRAND], "trademarks_in_use", 2),
    ("intellectual_property", [BRAND | {"in_use": None}], "trademarks_in_use", 0),
    ("intellectual_property", [BRAND | {"holder": None}], "trademarks_in_use", None),
    ("intellectual_property", [BRAND | {"holder": "licensor"}], "trademarks_in_use", 0),
    ("intellectual_property", [BRAND | {"kind": "patent", "status": "pending"}], "patents", 0),
    ("intellectual_property", [BRAND | {"kind": "patent", "in_use": None}], "patents", 1),
]


def test_worked_by_hand(engine: Engine, plan: Plan, tmp_path: Path) -> None:
    tables = village(*({source: rows} for source, rows, _, _ in WORKED))
    found, _ = assembled(engine, plan, write_tables(plan.rulebook, tables, tmp_path), tmp_path)
    wrong = [
        (source, rows, fact, row[fact])
        for row, (source, rows, fact, wanted) in zip(found, WORKED, strict=True)
        if row[fact] != wanted or type(row[fact]) is not type(wanted)
    ]
    assert wrong == []


def test_rows_of_others_never_reach_a_business(engine: Engine, plan: Plan, tmp_path: Path) -> None:
    tables = village({"credit": [MARK], "tax": [TAX]})
    for key in SUPPLIED:
        tables[key] = [row | {"uscc": uscc(2)} for row in tables[key]]
    [found], _ = assembled(engine, plan, write_tables(plan.rulebook, tables, tmp_path), tmp_path)
    assert found["uscc"] == uscc(0)
    assert (found["abnormal_mark"], found["tax_registered"]) == (False, False)
