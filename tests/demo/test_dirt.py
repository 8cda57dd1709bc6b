import re
import unicodedata
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jieti.demo import dirt
from jieti.demo.dirt import Dirt, Plant, Planter
from jieti.demo.files import Row
from jieti.demo.population import PopulationReport
from jieti.domain import uscc
from tests.demo.deliveries import Line, body, code_column, header_at, is_blank, lines

CODE = "92110116MA00A1B20Y"
OTHERS = ["credit", "annual_reports", "tax", "social_insurance", "intellectual_property", "courts", "suspension"]


def _codes(population: PopulationReport, source: str) -> list[str]:
    return [line[code_column(source)] for line in body(population, source)]


def _register(population: PopulationReport) -> set[str]:
    return {uscc.parse(code) for code in _codes(population, "registration")}


def _planted(population: PopulationReport, source: str, kind: Dirt) -> int:
    return population.planted[source].get(kind, 0)


def test_wrong_check_digits_are_as_many_as_reported(population: PopulationReport) -> None:
    wrong = [code for code in _register(population) if uscc.check_digit_warning(code)]
    assert len(wrong) == _planted(population, "registration", Dirt.WRONG_CHECK_DIGIT) == 2


@pytest.mark.parametrize("source", OTHERS)
def test_orphans_are_as_many_as_reported(source: str, population: PopulationReport) -> None:
    register = _register(population)
    orphans = [code for code in _codes(population, source) if uscc.parse(code) not in register]
    assert len(orphans) == _planted(population, source, Dirt.ORPHAN)


def _without_number(source: str, line: Line) -> Line:
    return line[1:] if source == "tax" else line


@pytest.mark.parametrize("source", ["registration", *OTHERS])
def test_exact_duplicates_are_as_many_as_reported(source: str, population: PopulationReport) -> None:
    counts = Counter(_without_number(source, line) for line in body(population, source))
    assert sum(count - 1 for count in counts.values()) == _planted(population, source, Dirt.EXACT_DUPLICATE)


def test_duplicates_that_disagree_are_as_many_as_reported(population: PopulationReport) -> None:
    different = {(uscc.parse(line[0]), *line[1:]) for line in body(population, "registration")}
    counts = Counter(line[0] for line in different)
    assert sum(counts[code] - 1 for code in counts) == _planted(population, "registration", Dirt.DISAGREEING_DUPLICATE)


@pytest.mark.parametrize("source", ["registration", *OTHERS])
def test_blank_lines_are_as_many_as_reported(source: str, population: PopulationReport) -> None:
    below = lines(population, source)[header_at(population, source) + 1 :]
    assert sum(map(is_blank, below)) == _planted(population, source, Dirt.BLANK_LINE)


@pytest.mark.parametrize("source", OTHERS)
def test_odd_spellings_of_codes_are_as_many_as_reported(source: str, population: PopulationReport) -> None:
    odd = [code for code in _codes(population, source) if code != uscc.parse(code)]
    kinds = [Dirt.LOWER_CASE_CODE, Dirt.SPACED_CODE] + [Dirt.FULL_WIDTH_DIGITS] * (source == "credit")
    assert len(odd) == sum(_planted(population, source, kind) for kind in kinds)


def test_amounts_that_are_no_numbers_are_as_many_as_reported(population: PopulationReport) -> None:
    turnovers = [line[3] for line in body(population, "annual_reports") if line[3] is not None]
    odd = [text for text in turnovers if not text.isdigit()]
    words = [text for text in odd if re.search(r"[万无不详]", text)]
    assert len(words) == _planted(population, "annual_reports", Dirt.TEXT_IN_NUMBER)
    assert len(odd) - len(words) == _planted(population, "annual_reports", Dirt.MONEY_AS_TEXT)


def test_tax_amounts_are_numbers_but_for_the_planted_ones(population: PopulationReport) -> None:
    odd = [line[6] for line in body(population, "tax") if isinstance(line[6], str)]
    kinds = (Dirt.TEXT_IN_NUMBER, Dirt.MONEY_AS_TEXT, Dirt.FULL_WIDTH_DIGITS)
    assert len(odd) == sum(_planted(population, "tax", kind) for kind in kinds)


def test_impossible_and_future_foundings_are_as_many_as_reported(population: PopulationReport) -> None:
    texts = [line[3] for line in body(population, "registration") if isinstance(line[3], str)]
    impossible = [text for text in texts if text in ("2023-02-30", "0000-00-00", "2021-13-01", "1900/2/29")]
    future = [text for text in texts if text > "2100" or text.startswith("2062")]
    assert len(impossible) == _planted(population, "registration", Dirt.IMPOSSIBLE_DATE)
    assert len(future) == _planted(population, "registration", Dirt.FUTURE_DATE)


@pytest.mark.parametrize("source", ["tax", "social_insurance"])
def test_a_total_closes_the_table(source: str, population: PopulationReport) -> None:
    last = lines(population, source)[-1]
    assert last[0] == "合计"
    assert last[1] == f"{population.rows[source]}条"


def test_duplicates_and_orphans_stand_apart_from_their_originals(population: PopulationReport) -> None:
    codes = _codes(population, "registration")
    repeated = [code for code, count in Counter(codes).items() if count > 1]
    assert all(codes[::-1].index(code) < 10 for code in repeated)


ROW: Row = (CODE, date(2020, 1, 1), None)


def test_dirt_comes_on_time_and_waits_for_a_row_that_can_bear_it() -> None:
    planter = Planter((Plant(Dirt.FUTURE_DATE, dirt.edit(2, dirt.one_of("x")), every=100),))
    assert planter.rows((1, 2, 3), dirt.FIRST - 1) == ((1, 2, 3),)
    assert planter.rows(ROW, dirt.FIRST) == (ROW,)
    assert planter.rows((1, 2, 3), dirt.FIRST + 5) == ((1, 2, "x"),)
    assert planter.rows((1, 2, 3), dirt.FIRST + 6) == ((1, 2, 3),)
    assert planter.rows((1, 2, 3), dirt.FIRST + 100) == ((1, 2, "x"),)
    assert planter.planted == {Dirt.FUTURE_DATE: 2}


def test_rows_set_apart_wait_for_the_end() -> None:
    planter = Planter((Plant(Dirt.EXACT_DUPLICATE, dirt.twice, apart=True),))
    assert planter.rows(ROW, dirt.FIRST) == (ROW,)
    assert planter.postponed == [ROW]


def test_a_table_without_dirt_passes_everything() -> None:
    assert Planter(()).rows(ROW, 10_000) == (ROW,)


@given(st.integers(0, 10))
def test_odd_codes_still_write_the_same_code(ordinal: int) -> None:
    for change in (dirt.spaced, dirt.lower_case, dirt.full_width):
        written = change(CODE, ordinal)
        assert isinstance(written, str)
        assert written != CODE
        assert uscc.parse(written) == CODE


@given(st.decimals(0, 10**9, places=2), st.integers(0, 10))
def test_odd_amounts_still_write_the_same_amount(amount: Decimal, ordinal: int) -> None:
    written = dirt.money_as_text(amount, ordinal)
    assert isinstance(written, str)
    assert Decimal(re.sub(r"[,元￥]", "", written)) == amount
    wide = dirt.full_width(amount, ordinal)
    assert isinstance(wide, str)
    assert Decimal(unicodedata.normalize("NFKC", wide)) == amount
