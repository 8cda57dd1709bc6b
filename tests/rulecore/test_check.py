"""A rulebook that contradicts itself is refused: every problem with file, line and key."""

from pathlib import Path

import pytest

from rulecore.check import check
from rulecore.errors import RulebookError
from rulecore.model import Rulebook
from rulecore.plan import bind
from rulecore.source import load_rulebook
from tests.rulecore.law import AS_OF, copy_of_huairou, edit

SEASONAL = "{fact: is_seasonal, is: true}"
REPORT = "{fact: annual_report_filed, is: true}"
STATUS = "{fact: registration_status, in: [active]}"
TURNOVER = "{fact: turnover, at_least: {parameter: growth_turnover}}"
TWO_YEARS = "{fact: established_on, on_or_before: {parameter: two_year_cutoff}}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of_huairou(tmp_path)


def complaints(folder: Path) -> list[str]:
    with pytest.raises(RulebookError) as caught:
        check(load_rulebook(folder))
    return [str(problem) for problem in caught.value.problems]


def test_huairou_is_well_formed(book: Rulebook) -> None:
    check(book)


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        (SEASONAL, "{fact: is_seasnal, is: true}", "seasonal", "is_seasnal"),
        (TURNOVER, "{fact: turnover, at_least: {parameter: grwth}}", "growth_turnover_met", "grwth"),
        (SEASONAL, "{criterion: sesonal}", "seasonal", "sesonal"),
        (SEASONAL, "{fact: is_seasonal, at_least: 1}", "seasonal", "no order"),
        (SEASONAL, "{fact: is_seasonal, is: 1}", "seasonal", "not a bool"),
        (SEASONAL, '{fact: is_seasonal, is: "true"}', "seasonal", "not a bool"),
        (REPORT, "{fact: annual_report_filed, is: {parameter: growth_turnover}}", "annual_report", "growth_turnover"),
        (TURNOVER, "{fact: turnover, at_least: {parameter: growth_headcount_to}}", "growth_turnover_met", "int"),
        (TURNOVER, "{fact: turnover, at_least: {parameter: basis_date}}", "growth_turnover_met", "date"),
        (TWO_YEARS, "{fact: established_on, on_or_before: 2024}", "two_years", "not a date"),
        (STATUS, "{fact: registration_status, in: [activ]}", "registered", "activ"),
        (STATUS, "{fact: registration_status, more_than: active}", "registered", "no order"),
        (STATUS, "{fact: registration_status, in: [active, 1]}", "registered", "1 is not a code"),
        (SEASONAL, "{fact: is_seasonal, missing: true}", "seasonal", "missing"),
        (SEASONAL, "{fact: is_seasonal, is: true, missing_is: false}", "seasonal", "missing"),
        (SEASONAL, "{at_least: 2, of: [{fact: is_seasonal, is: true}]}", "seasonal", "at_least 2 of 1"),
    ],
)
def test_names_and_types_of_criteria(folder: Path, old: str, new: str, key: str, said: str) -> None:
    line = edit(folder / "tiers.yaml", f"when: {old}", f"when: {new}")
    [complaint] = complaints(folder)
    assert f"tiers.yaml:{line}: criteria.{key}" in complaint
    assert said in complaint


def test_a_threshold_with_a_point_on_a_yes_or_no_is_refused(folder: Path) -> None:
    line = edit(folder / "tiers.yaml", SEASONAL, "{fact: is_seasonal, is: 0.5}")
    with pytest.raises(RulebookError, match=rf"tiers\.yaml:{line}: criteria\.seasonal"):
        check(load_rulebook(folder))


@pytest.mark.parametrize("amount", ["12.345", '"12.345"', '"much"'])
def test_money_finer_than_a_cent_is_refused(folder: Path, amount: str) -> None:
    line = edit(folder / "tiers.yaml", TURNOVER, f"{{fact: turnover, at_least: {amount}}}")
    with pytest.raises(RulebookError, match=rf"tiers\.yaml:{line}: criteria\.growth_turnover_met"):
        check(load_rulebook(folder))


def test_a_parameter_of_money_written_as_text_is_an_amount(folder: Path) -> None:
    """The schema asks for amounts as text; a rulebook that fixes one must bind."""
    edit(
        folder / "parameters.yaml",
        "    clause: 附件一(三)2(2)B\n    published: false\n    annual_norm: true\n",
        '    clause: 附件一(三)2(2)B\n    value: "5000.50"\n',
    )
    plan = bind(load_rulebook(folder), as_of=AS_OF, norms={})
    assert plan.values["growth_tax_paid"] == 500_050


def test_a_criterion_that_depends_on_itself(folder: Path) -> None:
    line = edit(folder / "tiers.yaml", SEASONAL, "{criterion: seasonal}")
    [complaint] = complaints(folder)
    found = int(complaint.split("tiers.yaml:")[1].split(":")[0])
    assert line - 6 <= found <= line
    assert "criteria.seasonal" in complaint
    assert "seasonal → seasonal" in complaint


def test_a_circle_over_several_criteria_is_told_once_with_its_way(folder: Path) -> None:
    edit(folder / "tiers.yaml", SEASONAL, "{criterion: base_standard}")
    [complaint] = complaints(folder)
    assert "depends on itself" in complaint
    assert "base_standard → seasonal → base_standard" in complaint or "seasonal → base_standard → seasonal" in complaint


def test_the_last_outcome_must_take_the_rest(folder: Path) -> None:
    edit(folder / "tiers.yaml", "    otherwise: true\n", "    when: {criterion: seasonal}\n")
    [complaint] = complaints(folder)
    assert "tiers.yaml:" in complaint
    assert "otherwise" in complaint


def test_only_the_last_outcome_takes_the_rest(folder: Path) -> None:
    line = edit(folder / "tiers.yaml", "    when: {criterion: founded_this_year}\n", "    otherwise: true\n")
    [complaint] = complaints(folder)
    assert f"tiers.yaml:{line - 3}: outcomes.1" in complaint


@pytest.mark.parametrize(
    "ladder", ["[ineligible, survival, growth]", "[ineligible, survival, growth, development, more]"]
)
def test_the_ladder_holds_every_outcome(folder: Path, ladder: str) -> None:
    line = edit(folder / "tiers.yaml", "[ineligible, survival, growth, development]", ladder)
    [complaint] = complaints(folder)
    assert f"tiers.yaml:{line}: ladder" in complaint


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        ("{row: registration, take: is_seasonal}", "{row: registration, take: seasonal}", "is_seasonal", "seasonal"),
        ("{row: registration, take: is_seasonal}", "{row: register, take: is_seasonal}", "is_seasonal", "register"),
        ("{row: registration, take: is_seasonal}", "{row: credit, take: published}", "is_seasonal", "rows"),
        ("take: paid, less: refunded", "take: paid, less: refund", "tax_paid", "refund"),
        ("take: {column: taxpayer_kind, is: general}", "take: {column: taxpayer_kind, is: big}", "general", "big"),
        ("{latest: tax, by: year, take: tax_registered", "{latest: tax, by: yr, take: tax_registered", "tax_", "yr"),
    ],
)
def test_names_and_types_of_facts(folder: Path, old: str, new: str, key: str, said: str) -> None:
    line = edit(folder / "facts.yaml", old, new)
    [complaint] = complaints(folder)
    assert f"facts.yaml:{line}: facts.{key}" in complaint
    assert said in complaint


def test_no_row_has_the_type_of_the_fact(folder: Path) -> None:
    line = edit(folder / "facts.yaml", "take: tax_registered, no_row: false", "take: tax_registered, no_row: 0")
    [complaint] = complaints(folder)
    assert f"facts.yaml:{line}: facts.tax_registered" in complaint


@pytest.mark.parametrize("column", ["tax_registered", "taxpayer_kind"])
def test_a_fact_takes_a_column_of_its_own_type(folder: Path, column: str) -> None:
    """Money taken from a yes-or-no column would differ from engine to engine."""
    edit(folder / "facts.yaml", "{sum: tax, take: paid,", f"{{sum: tax, take: {column},")
    [complaint] = complaints(folder)
    assert "facts.tax_paid" in complaint


def test_below_names_a_parameter_of_the_same_type(folder: Path) -> None:
    edit(folder / "parameters.yaml", "below: development_turnover", "below: growth_headcount_to")
    [complaint] = complaints(folder)
    assert "parameters.growth_turnover" in complaint


def test_every_problem_is_told_at_once(folder: Path) -> None:
    edit(folder / "tiers.yaml", SEASONAL, "{fact: nobody, is: true}")
    edit(folder / "tiers.yaml", TURNOVER, "{fact: turnover, at_least: {parameter: nothing}}")
    edit(folder / "facts.yaml", "less: refunded", "less: never")
    assert len(complaints(folder)) == 3


def _criterion(number: int, when: str) -> str:
    return f"  more_{number}:\n    label: 又一条\n    clause: 附件一(三)1\n    sentence: 又一条。\n    when: {when}\n"


def test_more_criteria_than_a_mask_holds(folder: Path) -> None:
    more = "".join(_criterion(number, SEASONAL) for number in range(41))
    edit(folder / "tiers.yaml", "criteria:\n", f"criteria:\n{more}")
    [complaint] = complaints(folder)
    assert "tiers.yaml" in complaint
    assert "62" in complaint


def test_more_comparisons_than_a_mask_holds(folder: Path) -> None:
    """Few criteria, but together they compare more than 62 different things."""
    many = ", ".join(f"{{fact: patents, at_least: {number}}}" for number in range(2, 52))
    edit(folder / "tiers.yaml", "criteria:\n", f"criteria:\n{_criterion(0, f'{{any: [{many}]}}')}")
    with pytest.raises(RulebookError, match="62"):
        bind(load_rulebook(folder), as_of=AS_OF, norms={})
