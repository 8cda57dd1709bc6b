"""A basis date and an annual norm turn a rulebook into a plan."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from rulecore.errors import NormsError
from rulecore.model import Rulebook
from rulecore.plan import bind
from rulecore.plan.bind import years_back
from rulecore.source import load_rulebook
from tests.rulecore.law import AS_OF, NORMS, copy_of_huairou, edit


def test_parameters_follow_from_the_basis_date(book: Rulebook) -> None:
    values = bind(book, as_of=date(2026, 7, 1), norms=NORMS).values
    assert values["basis_date"] == date(2026, 7, 1)
    assert values["prior_year"] == 2025
    assert values["prior_year_first_day"] == date(2025, 1, 1)
    assert values["prior_year_last_day"] == date(2025, 12, 31)
    assert values["year_first_day"] == date(2026, 1, 1)
    assert values["two_year_cutoff"] == date(2024, 7, 1)
    assert values["suspension_limit_cutoff"] == date(2023, 7, 1)


def test_money_is_whole_cents(book: Rulebook) -> None:
    values = bind(book, as_of=AS_OF, norms={"growth_turnover": Decimal("300000.5")}).values
    assert values["growth_turnover"] == 30_000_050


@pytest.mark.parametrize(
    ("day", "years", "wanted"),
    [
        (date(2024, 2, 29), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 4, date(2020, 2, 29)),
        (date(2023, 2, 28), 3, date(2020, 2, 28)),
        (date(2024, 3, 1), 2, date(2022, 3, 1)),
    ],
)
def test_years_back_are_calendar_years(day: date, years: int, wanted: date) -> None:
    assert years_back(day, years) == wanted


def test_a_missing_norm_is_not_published(book: Rulebook) -> None:
    plan = bind(book, as_of=AS_OF, norms={"growth_turnover": Decimal(1)})
    assert plan.unset == {"growth_tax_paid", "development_turnover", "development_tax_paid"}


def test_a_norm_of_zero_is_published(book: Rulebook) -> None:
    assert "growth_tax_paid" not in bind(book, as_of=AS_OF, norms={"growth_tax_paid": Decimal(0)}).unset


@pytest.mark.parametrize("amount", ["-0.01", "0.001", "NaN", "Infinity", "-Infinity", "sNaN"])
def test_no_amount(book: Rulebook, amount: str) -> None:
    with pytest.raises(NormsError, match="growth_tax_paid"):
        bind(book, as_of=AS_OF, norms={"growth_tax_paid": Decimal(amount)})


def test_a_norm_beyond_what_money_columns_hold_is_refused(book: Rulebook) -> None:
    with pytest.raises(NormsError, match="growth_tax_paid"):
        bind(book, as_of=AS_OF, norms={"growth_tax_paid": Decimal("1e30")})


@pytest.mark.parametrize("key", ["basis_date", "growth_headcount_to", "growth"])
def test_what_is_no_norm(book: Rulebook, key: str) -> None:
    with pytest.raises(NormsError, match=key) as caught:
        bind(book, as_of=AS_OF, norms={key: Decimal(1)})
    assert "growth_turnover" in str(caught.value)


@pytest.mark.clause("附件一(三)2(3)A")
@pytest.mark.parametrize("development", ["299999.99", "300000.00"])
def test_the_development_threshold_is_above_the_growth_one(book: Rulebook, development: str) -> None:
    norms = NORMS | {"development_turnover": Decimal(development)}
    with pytest.raises(NormsError, match=r"growth_turnover: must be below development_turnover \(found 300000\.00\)"):
        bind(book, as_of=AS_OF, norms=norms)


def test_every_wrong_norm_is_named(book: Rulebook) -> None:
    with pytest.raises(NormsError) as caught:
        bind(book, as_of=AS_OF, norms={"growth_tax_paid": Decimal(-1), "other": Decimal(1)})
    assert {problem.where for problem in caught.value.problems} == {"growth_tax_paid", "other"}


def test_bits_follow_the_order_of_the_file(book: Rulebook) -> None:
    plan = bind(book, as_of=AS_OF, norms=NORMS)
    assert [(item.bit, item.criterion.key) for item in plan.criteria] == list(enumerate(book.criteria))
    assert len(set(plan.atom_bits)) == len(plan.atoms)


def test_the_same_input_gives_the_same_plan(book: Rulebook) -> None:
    assert bind(book, as_of=AS_OF, norms=NORMS) == bind(book, as_of=AS_OF, norms=dict(NORMS))


def test_a_count_can_be_left_to_the_annual_norm(tmp_path: Path) -> None:
    folder = copy_of_huairou(tmp_path)
    edit(folder / "parameters.yaml", "    value: 4\n", "    published: false\n    annual_norm: true\n")
    book = load_rulebook(folder)
    plan = bind(book, as_of=date(2026, 7, 1), norms={"development_headcount_from": Decimal(5)})
    assert plan.values["development_headcount_from"] == 5
    assert "development_headcount_from" in bind(book, as_of=date(2026, 7, 1), norms={}).unset
    with pytest.raises(NormsError, match=r"development_headcount_from: a whole number is expected, not 4\.5"):
        bind(book, as_of=date(2026, 7, 1), norms={"development_headcount_from": Decimal("4.5")})
