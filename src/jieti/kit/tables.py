"""Tables as XLSX files, safe to open: text stays text, whatever it begins with."""

import datetime
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO

import xlsxwriter
from django.http import FileResponse
from django.utils import timezone
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
LONGEST_TEXT = 32_767
ROWS_OF_A_SHEET = 1_048_576
EXACT_DIGITS = 15


@dataclass(frozen=True, slots=True)
class _Formats:
    head: Format
    literal: Format
    date: Format
    moment: Format


def xlsx_response(filename: str, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> FileResponse:
    """A download of the table, `filename` with its ending.

    Text that a spreadsheet could take for a formula gets the quote mark that says "text", so that it neither runs nor
    changes. Numbers of more than 15 digits are written as text, because a spreadsheet would round them. Rows beyond a
    sheet's limit go on in a further sheet with the same headers. Moments are those of the site's time zone.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    write_xlsx(file, headers, rows)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=filename, content_type=XLSX)


def write_xlsx(file: IO[bytes], headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Writes the table into `file`; see `xlsx_response`."""
    workbook = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
    formats = _Formats(
        head=workbook.add_format({"bold": True, "bottom": 1, "quote_prefix": True}),
        literal=workbook.add_format({"quote_prefix": True}),
        date=workbook.add_format({"num_format": "yyyy-mm-dd"}),
        moment=workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    )
    sheet, line = _new_sheet(workbook, headers, formats), 1
    for row in rows:
        if line == ROWS_OF_A_SHEET:
            sheet, line = _new_sheet(workbook, headers, formats), 1
        for column, value in enumerate(row):
            _write(sheet, line, column, value, formats)
        line += 1
    workbook.close()


def _new_sheet(workbook: xlsxwriter.Workbook, headers: Sequence[str], formats: _Formats) -> Worksheet:
    sheet: Worksheet = workbook.add_worksheet()
    sheet.freeze_panes(1, 0)
    for column, header in enumerate(headers):
        sheet.set_column(column, column, min(40, max(10, 2 * len(header) + 2)))
        sheet.write_string(0, column, header, formats.head)
    return sheet


def _write(sheet: Worksheet, line: int, column: int, value: object, formats: _Formats) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_string(line, column, "是" if value else "否")
        case int() | Decimal():
            _write_number(sheet, line, column, value)
        case datetime.datetime():
            local = value if timezone.is_naive(value) else timezone.make_naive(value)
            sheet.write_datetime(line, column, local, formats.moment)
        case datetime.date():
            sheet.write_datetime(line, column, value, formats.date)
        case _:
            text = str(value)
            literal = formats.literal if text.startswith(FORMULA_STARTS) else None
            sheet.write_string(line, column, text[:LONGEST_TEXT], literal)


def _write_number(sheet: Worksheet, line: int, column: int, value: int | Decimal) -> None:
    exact = Decimal(value)
    if exact.is_finite() and len(exact.as_tuple().digits) <= EXACT_DIGITS:
        sheet.write_number(line, column, value)
    else:
        sheet.write_string(line, column, str(value))
