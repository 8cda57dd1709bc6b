"""Downloads open safely and lose nothing."""

import datetime
import io
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from jieti.kit import tables


def sheets(rows: list[list[object]]) -> list[list[list[Any]]]:
    file = io.BytesIO()
    tables.write_xlsx(file, ["甲", "乙"], rows)
    file.seek(0)
    book = CalamineWorkbook.from_filelike(file)
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


def part(rows: list[list[object]], name: str) -> str:
    file = io.BytesIO()
    tables.write_xlsx(file, ["甲"], rows)
    return zipfile.ZipFile(file).read(name).decode()


@pytest.mark.parametrize("text", ["=1+1", "+86 10", "-", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("x")'])
def test_text_never_becomes_a_formula_and_never_changes(text: str) -> None:
    assert "<f>" not in part([[text]], "xl/worksheets/sheet1.xml")
    assert 'quotePrefix="1"' in part([[text]], "xl/styles.xml")
    assert sheets([[text, "x"]])[0][1][0] == text


def test_every_kind_of_value_survives() -> None:
    rows: list[list[object]] = [
        ["92110116MA00A1B20Y", None],
        [7, Decimal("1234567.89")],
        [datetime.date(2026, 7, 1), datetime.datetime(2026, 7, 1, 8, 30, tzinfo=datetime.UTC)],
        [True, False],
    ]
    assert sheets(rows)[0][1:] == [
        ["92110116MA00A1B20Y", ""],
        [7, 1234567.89],
        [datetime.date(2026, 7, 1), datetime.datetime(2026, 7, 1, 16, 30)],  # noqa: DTZ001 - as the file has it
        ["是", "否"],
    ]


@pytest.mark.parametrize("number", [Decimal("1234567890123456.78"), 12345678901234567, Decimal("NaN")])
def test_a_number_that_a_spreadsheet_would_round_is_text(number: object) -> None:
    assert sheets([[number, ""]])[0][1][0] == str(number)


def test_rows_beyond_a_sheet_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "ROWS_OF_A_SHEET", 3)
    first, second = sheets([[n, n] for n in range(3)])
    assert first == [["甲", "乙"], [0, 0], [1, 1]]
    assert second == [["甲", "乙"], [2, 2]]


def test_a_table_without_rows_has_its_headers() -> None:
    assert sheets([]) == [[["甲", "乙"]]]


@pytest.mark.django_db
def test_the_response_is_a_download_with_a_chinese_name() -> None:
    response = tables.xlsx_response("退回明细.xlsx", ["甲"], [["x"]])
    assert response["Content-Type"] == tables.XLSX
    assert "filename*=utf-8''%E9%80%80" in response["Content-Disposition"]
    assert b"".join(response.streaming_content)[:2] == b"PK"  # type: ignore[arg-type]
    response.close()
