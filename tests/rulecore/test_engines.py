"""What every engine does alike: criteria, boundaries, masks, files."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rulecore.engines import NAMES, Engine, load
from rulecore.plan import Plan, bind
from tests.rulecore.law import (
    AS_OF,
    NORMS,
    NOTHING_KNOWN,
    Row,
    judged,
    metadata_of,
    numbered,
    ordinary,
    outcomes,
    plan_of,
    write_facts,
)

ORDINARY_OUTCOMES = {
    "registered": True,
    "founded_this_year": False,
    "annual_report": True,
    "no_abnormal_mark": True,
    "no_serious_violation": True,
    "no_abnormal_taxpayer": True,
    "suspended_now": False,
    "seasonal": False,
    "base_standard": True,
    "two_years": True,
    "tax_registration": True,
    "growth_turnover_met": False,
    "growth_tax_met": False,
    "growth_insurance_met": False,
    "growth_standard": False,
    "development_turnover_met": False,
    "general_taxpayer": False,
    "development_tax_met": False,
    "development_insurance_met": False,
    "development_trademark_met": False,
    "development_patent_met": False,
    "development_standard": False,
}

HAND_WORKED: list[tuple[Row, dict[str, bool | None]]] = [
    ({}, {}),
    ({"registration_status": None}, {"registered": None, "base_standard": None}),
    (
        {"registration_status": None, "abnormal_mark": True},
        {"registered": None, "no_abnormal_mark": False, "base_standard": False},
    ),
    ({"registration_status": "deregistered"}, {"registered": False, "base_standard": False}),
    (
        {"established_on": None},
        {"founded_this_year": None, "two_years": None},
    ),
    (
        {"established_on": None, "annual_report_filed": False},
        {"founded_this_year": None, "annual_report": False, "base_standard": None, "two_years": None},
    ),
    (
        {"established_on": date(2026, 1, 1), "annual_report_filed": None},
        {"founded_this_year": True, "annual_report": None, "two_years": False},
    ),
    ({"suspended": True}, {"suspended_now": True, "base_standard": False}),
    ({"suspended": True, "is_seasonal": None}, {"suspended_now": True, "seasonal": None, "base_standard": None}),
    ({"suspended": None, "is_seasonal": True}, {"suspended_now": None, "seasonal": True}),
    ({"suspended": None}, {"suspended_now": None, "base_standard": None}),
    (
        {"turnover": None},
        {
            "growth_turnover_met": None,
            "growth_standard": None,
            "development_turnover_met": None,
            "development_standard": None,
        },
    ),
    (
        {"turnover": None, "insured_headcount": 2},
        {
            "growth_turnover_met": None,
            "growth_insurance_met": True,
            "growth_standard": True,
            "development_turnover_met": None,
            "development_standard": None,
        },
    ),
    (
        {"insured_headcount": None},
        {
            "growth_insurance_met": None,
            "growth_standard": None,
            "development_insurance_met": None,
            "development_standard": None,
        },
    ),
    (
        {"tax_paid": None},
        {"growth_tax_met": None, "growth_standard": None, "development_tax_met": None},
    ),
    (
        {"general_vat_taxpayer": None, "tax_paid": Decimal("50000.00")},
        {
            "growth_tax_met": True,
            "growth_standard": True,
            "general_taxpayer": None,
            "development_tax_met": True,
            "development_standard": None,
        },
    ),
    (
        {"tax_registered": False, "trademarks_in_use": 1, "patents": None},
        {"tax_registration": False, "development_trademark_met": True, "development_patent_met": None},
    ),
]


def test_criteria_are_three_valued_as_worked_by_hand(engine: Engine, plan: Plan, tmp_path: Path) -> None:
    results = judged(engine, plan, [ordinary(**changes) for changes, _ in HAND_WORKED], tmp_path)
    for (changes, wanted), result in zip(HAND_WORKED, results, strict=True):
        assert outcomes(plan, result) == ORDINARY_OUTCOMES | wanted, changes


def test_of_a_business_unknown_altogether_every_criterion_is_unknown(
    engine: Engine, plan: Plan, tmp_path: Path
) -> None:
    [result] = judged(engine, plan, [NOTHING_KNOWN], tmp_path)
    assert set(outcomes(plan, result).values()) == {None}
    assert result["unknown_bits"] == plan.criteria_mask


def test_an_unpublished_norm_makes_its_criterion_unknown_whatever_the_amount(engine: Engine, tmp_path: Path) -> None:
    plan = plan_of(())
    rows = [ordinary(turnover=amount) for amount in (Decimal(0), Decimal("999999999999.99"), None)]
    for result in judged(engine, plan, rows, tmp_path):
        found = outcomes(plan, result)
        assert found["growth_turnover_met"] is None
        assert found["development_turnover_met"] is None
        assert found["growth_standard"] is None


@pytest.mark.clause("附件一(三)2(2)A")
@pytest.mark.parametrize(
    ("fact", "norm", "criterion"),
    [
        ("turnover", "growth_turnover", "growth_turnover_met"),
        ("turnover", "development_turnover", "development_turnover_met"),
        ("tax_paid", "growth_tax_paid", "growth_tax_met"),
        ("tax_paid", "development_tax_paid", "development_tax_met"),
    ],
)
def test_a_threshold_includes_the_number_itself(
    engine: Engine, plan: Plan, fact: str, norm: str, criterion: str, tmp_path: Path
) -> None:
    rows = [ordinary(**{fact: NORMS[norm] + Decimal("0.01") * step}) for step in (-1, 0, 1)]
    found = [outcomes(plan, result)[criterion] for result in judged(engine, plan, rows, tmp_path)]
    assert found == [False, True, True]


@pytest.mark.clause("附件一(三)2(2)")
@pytest.mark.parametrize(
    ("as_of", "last_day"),
    [
        (date(2026, 7, 1), date(2024, 7, 1)),
        (date(2026, 2, 28), date(2024, 2, 28)),
        (date(2028, 2, 29), date(2026, 2, 28)),
        (date(2026, 3, 1), date(2024, 3, 1)),
    ],
)
def test_two_years_are_whole_calendar_years(engine: Engine, as_of: date, last_day: date, tmp_path: Path) -> None:
    plan = plan_of(as_of=as_of)
    days = [date.fromordinal(last_day.toordinal() + step) for step in (-1, 0, 1)]
    results = judged(engine, plan, [ordinary(established_on=day) for day in days], tmp_path)
    assert [outcomes(plan, result)["two_years"] for result in results] == [True, True, False]


@pytest.mark.clause("附件一(三)1.a", "附件一(三)1.b")
def test_this_year_begins_on_new_years_day(engine: Engine, plan: Plan, tmp_path: Path) -> None:
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 7, 1)]
    results = judged(engine, plan, [ordinary(established_on=day, patents=5) for day in days], tmp_path)
    assert [outcomes(plan, result)["founded_this_year"] for result in results] == [False, True, True]
    assert [result["tier"] for result in results] == ["survival"] * 3


@pytest.mark.parametrize("amount", ["21474836.48", "21474836.49", "42949672.96", "9999999999999999.99"])
def test_every_amount_that_the_contract_holds_is_exact(engine: Engine, plan: Plan, amount: str, tmp_path: Path) -> None:
    [result] = judged(engine, plan, [ordinary(turnover=Decimal(amount))], tmp_path)
    assert result["tier"] == "development"


def test_cents_beyond_what_a_float_can_tell_apart(engine: Engine, tmp_path: Path) -> None:
    plan = plan_of()
    exact = Decimal("90071992547409.93")
    norms = {"growth_turnover": exact, "development_turnover": exact + Decimal("0.01")}
    plan = bind(plan.rulebook, as_of=AS_OF, norms=NORMS | norms)
    rows = [ordinary(turnover=exact + Decimal("0.01") * step) for step in (-1, 0, 1)]
    assert [result["tier"] for result in judged(engine, plan, rows, tmp_path)] == ["survival", "growth", "development"]


def test_results_have_the_promised_columns(single_file_engine: Engine, plan: Plan, tmp_path: Path) -> None:
    judged(single_file_engine, plan, [ordinary(), NOTHING_KNOWN], tmp_path)
    schema = pq.read_schema(tmp_path / "results.parquet")
    assert {field.name: field.type for field in schema} == {
        "uscc": pa.string(),
        "tier": pa.string(),
        "possible": pa.list_(pa.string()),
        "true_bits": pa.uint64(),
        "unknown_bits": pa.uint64(),
    }


def test_the_file_lists_the_criteria_with_their_bits(single_file_engine: Engine, plan: Plan, tmp_path: Path) -> None:
    judged(single_file_engine, plan, [ordinary()], tmp_path)
    criteria = json.loads(metadata_of(tmp_path / "results.parquet")[b"rulecore.criteria"])
    assert [item["bit"] for item in criteria] == list(range(len(plan.rulebook.criteria)))
    assert [item["key"] for item in criteria] == list(plan.rulebook.criteria)
    assert all(item["clause"] and item["label"] for item in criteria)


def test_the_list_of_criteria_comes_along_when_the_table_is_read(
    single_file_engine: Engine, plan: Plan, tmp_path: Path
) -> None:
    judged(single_file_engine, plan, [ordinary()], tmp_path)
    metadata = pq.read_table(tmp_path / "results.parquet").schema.metadata or {}
    assert b"rulecore.criteria" in metadata


def test_results_say_which_law_they_applied(single_file_engine: Engine, plan: Plan, tmp_path: Path) -> None:
    judged(single_file_engine, plan, [ordinary()], tmp_path)
    about = json.loads(metadata_of(tmp_path / "results.parquet")[b"rulecore.rulebook"])
    assert about["sha256"] == plan.rulebook.sha256
    assert about["as_of"] == "2026-07-01"
    assert about["norms"] == {key: str(value) for key, value in NORMS.items()}


def test_the_report_counts_every_row(engine: Engine, plan: Plan, tmp_path: Path) -> None:
    rows = [ordinary(), ordinary(patents=1), ordinary(insured_headcount=2), ordinary(abnormal_mark=True), NOTHING_KNOWN]
    facts = write_facts(numbered(rows), tmp_path / "facts.parquet")
    report = engine.run(plan, [facts], tmp_path / "results.parquet")
    assert report.rows == 5
    assert dict(report.tiers) == {"survival": 1, "development": 1, "growth": 1, "ineligible": 1, None: 1}


def test_no_rows_give_an_empty_result(engine: Engine, plan: Plan, tmp_path: Path) -> None:
    facts = write_facts([], tmp_path / "facts.parquet")
    report = engine.run(plan, [facts], tmp_path / "results.parquet")
    assert (report.rows, dict(report.tiers)) == (0, {})
    assert pq.read_table(tmp_path / "results.parquet").num_rows == 0


def test_several_files_are_one_population(engine: Engine, plan: Plan, tmp_path: Path) -> None:
    rows = numbered([ordinary(patents=number) for number in range(4)])
    files = [write_facts(rows[:1], tmp_path / "a.parquet"), write_facts(rows[1:], tmp_path / "b.parquet")]
    report = engine.run(plan, files, tmp_path / "results.parquet")
    assert dict(report.tiers) == {"survival": 1, "development": 3}


def test_an_apostrophe_in_a_path_or_code_does_no_harm(engine: Engine, plan: Plan, tmp_path: Path) -> None:
    folder = tmp_path / "o'clock"
    folder.mkdir()
    facts = write_facts([{"uscc": "it's", **ordinary()}], folder / "facts.parquet")
    engine.run(plan, [facts], folder / "results.parquet")
    assert pq.read_table(folder / "results.parquet").column("uscc").to_pylist() == ["it's"]


@pytest.mark.parametrize("name", ["abacus", "", "Polars"])
def test_an_engine_that_does_not_exist_is_refused_with_those_that_do(name: str) -> None:
    with pytest.raises(ValueError, match="polars, duckdb"):
        load(name)


def test_every_named_engine_keeps_the_protocol() -> None:
    loaded: list[Any] = [load(name) for name in NAMES]
    assert all(callable(engine.run) and callable(engine.assemble) for engine in loaded)
