"""Cells: what is read, exactly; what is refused; what is unknown."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jieti.registry.cells import Cell, is_blank, parser, shown

DAY = datetime.date(2024, 7, 1)
NAIVE = datetime.datetime(2024, 7, 1)  # noqa: DTZ001 - as spreadsheets give it
CODES = {"active": ("登记在册", "在业"), "deregistered": ("注销",)}


@pytest.mark.parametrize(
    "raw",
    [
        "2024-07-01", "2024-7-1", "2024/7/1", "2024.07.01", "20240701", "2024年7月1日", "2024 年 7 月 1 日",
        "２０２４－０７－０１",
        "2024-07-01 00:00:00", "2024-07-01T13:14:15", "2024/7/1 8:05", 20240701, 20240701.0, DAY,
        NAIVE.replace(hour=23, minute=59), datetime.datetime(2024, 6, 30, 16, 0, tzinfo=datetime.UTC),
    ],
)  # fmt: skip
def test_spellings_of_a_date(raw: object) -> None:
    assert parser("date")(raw) == Cell(DAY)


@pytest.mark.parametrize("raw", ["45474", 45474, 45474.0])
def test_a_serial_number_is_read_as_a_date_but_not_in_silence(raw: object) -> None:
    cell = parser("date")(raw)
    assert cell.value == DAY
    assert "日期序号" in cell.warning


@pytest.mark.parametrize(
    "raw",
    ["2023-02-29", "2024-13-01", "2024-00-10", "1899-12-31", "2101-01-01", "24-7-1", "2024年7-1", "07/01/2024", "明天",
     "12345", datetime.date(1, 1, 1), True],
)  # fmt: skip
def test_no_date(raw: object) -> None:
    cell = parser("date")(raw)
    assert cell.refusal
    assert cell.value is None


def test_the_first_and_the_last_day_that_are_taken() -> None:
    assert parser("date")("1900-01-01").value == datetime.date(1900, 1, 1)
    assert parser("date")("2100-12-31").value == datetime.date(2100, 12, 31)


@pytest.mark.parametrize(
    "raw", ["2025-07", "202507", "2025/7", "2025年7月", "2025.07", 202507.0, "2025-07-31", datetime.date(2025, 7, 9)]
)
def test_spellings_of_a_month(raw: object) -> None:
    assert parser("month")(raw) == Cell(datetime.date(2025, 7, 1))


@pytest.mark.parametrize("raw", ["2025-13", "202500", "七月", "2025", "2025年7", "1899-12"])
def test_no_month(raw: object) -> None:
    assert parser("month")(raw).refusal


@pytest.mark.parametrize(
    ("raw", "yuan"),
    [
        ("12345.67", "12345.67"),
        ("１２，３４５．６７", "12345.67"),
        ("1,234,567", "1234567.00"),
        ("￥5元", "5.00"),
        ("12.5万元", "125000.00"),
        ("0.000001万元", "0.01"),
        ("0", "0.00"),
        (0.0, "0.00"),
        (0.07, "0.07"),
        (100.0, "100.00"),
        (1e5, "100000.00"),
        (3, "3.00"),
        (Decimal("1.500"), "1.50"),
        ("9999999999999999.99", "9999999999999999.99"),
        (" 8 000.5 ", "8000.50"),
    ],
)
def test_money(raw: object, yuan: str) -> None:
    assert str(parser("money")(raw).value) == yuan


@pytest.mark.parametrize(
    "raw",
    ["0.001", 0.001, 0.1 + 0.2, "0.0000001万元", "-1", "－１", -0.5, "(100)", "1,23", "12,3456", "约五万", "1.2E+05",
     "壹佰元", "10000000000000000", 1e15, float("inf"), True, DAY, "1.2.3", "12元整"],
)  # fmt: skip
def test_no_money(raw: object) -> None:
    assert parser("money")(raw).refusal


def test_a_unit_in_the_header_holds_for_plain_numbers_alone() -> None:
    parse = parser("money", ten_thousands=True)
    assert parse(1.25).value == Decimal("12500.00")
    assert parse("1.25万元").value == Decimal("12500.00")
    assert parse("1.25元").value == Decimal("1.25")


@given(st.decimals(min_value=0, max_value=10**11, places=2))
def test_a_cent_survives_every_road(amount: Decimal) -> None:
    """As text, with separators, in 万元, and as the binary number that a spreadsheet keeps."""
    for raw in (str(amount), f"{amount:,.2f}", f"{amount.scaleb(-4):f}万元", float(amount)):
        assert parser("money")(raw).value == amount


@pytest.mark.parametrize(("raw", "number"), [("3", 3), ("３人", 3), (3.0, 3), ("3.00", 3), ("1,000", 1000), (0, 0)])
def test_whole_numbers(raw: object, number: int) -> None:
    assert parser("int")(raw) == Cell(number)


@pytest.mark.parametrize("raw", ["三", "3.5", 3.5, -1, "-1", "约3", "3-4", True, "99999999999", DAY])
def test_no_whole_number(raw: object) -> None:
    assert parser("int")(raw).refusal


@pytest.mark.parametrize("raw", ["2025", 2025, 2025.0, "2025年", "2025年度", "２０２５"])
def test_spellings_of_a_year(raw: object) -> None:
    assert parser("year")(raw) == Cell(2025)


@pytest.mark.parametrize("raw", ["25", "1899", "2101", "2025-01", DAY, "去年", 2025.5])
def test_no_year(raw: object) -> None:
    assert parser("year")(raw).refusal


@pytest.mark.parametrize("raw", ["是", "有", "1", 1, 1.0, True, "Y", "yes", "TRUE", "√", "１"])
def test_yes(raw: object) -> None:
    assert parser("bool")(raw) == Cell(True)


@pytest.mark.parametrize("raw", ["否", "无", "0", 0, 0.0, False, "n", "No", "false", "×"])
def test_no(raw: object) -> None:
    assert parser("bool")(raw) == Cell(False)


@pytest.mark.parametrize("raw", ["可能", "2", 2])
def test_neither_yes_nor_no_is_unknown_with_a_warning(raw: object) -> None:
    cell = parser("bool")(raw)
    assert cell.value is None
    assert cell.warning


@pytest.mark.parametrize("raw", ["登记在册", " 在业", "active", "ACTIVE", "登 记 在 册"])
def test_codes(raw: object) -> None:
    assert parser("code", codes=CODES)(raw) == Cell("active")


def test_a_code_outside_the_table_is_unknown_and_the_warning_lists_the_table() -> None:
    cell = parser("code", codes=CODES)("开着")
    assert cell.value is None
    assert "登记在册、注销" in cell.warning


@pytest.mark.parametrize("raw", [None, "", " ", "\u3000", "-", "——", "NULL", "n/a", "\ufeff", float("nan")])
@pytest.mark.parametrize("kind", ["date", "money", "int", "bool", "month", "year", "text", "uscc", "code"])
def test_nothing_is_unknown_in_every_column(raw: object, kind: str) -> None:
    assert is_blank(raw)
    assert parser(kind)(raw) == Cell()


def test_equal_numbers_of_different_kinds_are_not_taken_for_each_other() -> None:
    parse = parser("money")
    assert parse(1).value == Decimal("1.00")
    assert parse(True).refusal


def test_a_column_of_endless_values_is_not_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jieti.registry.cells.CACHE_LIMIT", 3)
    parse = parser("int")
    assert [parse(number).value for number in (1, 2, 3, 4, 1)] == [1, 2, 3, 4, 1]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (None, ""),
        (True, "是"),
        (3.0, "3"),
        (0.5, "0.5"),
        (DAY, "2024-07-01"),
        (NAIVE, "2024-07-01"),
        (NAIVE.replace(hour=8), "2024-07-01 08:00:00"),
        (" x ", " x "),
    ],
)
def test_a_cell_is_shown_as_its_reader_saw_it(raw: object, text: str) -> None:
    assert shown(raw) == text


def test_text_loses_what_cannot_be_seen_and_keeps_the_rest() -> None:
    assert parser("text")(" 老王\u200b（怀柔）\n 饭馆\x07 ").value == "老王（怀柔） 饭馆"
    assert parser("text")("长" * 500).value == "长" * 500
    assert parser("text")("长" * 501).refusal
