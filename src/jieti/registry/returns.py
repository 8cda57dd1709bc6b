"""Refused rows as a table that can be mended and sent again."""

import io
from collections.abc import Iterator, Sequence
from itertools import groupby

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from jieti.accounts.disclosure import Reader
from jieti.kit.tables import FORMULA_STARTS, LONGEST_TEXT
from jieti.registry.asides import REASON_HEADER
from jieti.registry.models import Delivery, RefusedRow
from jieti.registry.protected import unsealed
from jieti.registry.refusals import RAW, REASON, WITHHELD, record_reading, sees_rows

SHEET_NAME = "退回行"


def refused_rows_xlsx(delivery: Delivery, *, reader: Reader) -> bytes:
    """The refused rows in their original columns with a further column of reasons, a sheet for each of the file's.

    The table, mended, is received again as a supplement; the column of reasons is not read. A reader who may not see
    the rows gets their places and the columns at fault; that another saw them is recorded.
    """
    is_open = sees_rows(reader, delivery, RAW)
    if is_open and delivery.refused:
        record_reading(reader, delivery, RAW, REASON)
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
    literal = workbook.add_format({"quote_prefix": True})
    for name, headers in delivery.headers.items() or [("", [])]:
        sheet = workbook.add_worksheet(name or SHEET_NAME)
        _write_row(sheet, 0, [*headers, REASON_HEADER], literal)
        for line, (cells, reasons) in enumerate(_rows(delivery, name, is_open=is_open), start=1):
            padded = [*cells, *[""] * (len(headers) - len(cells))]
            _write_row(sheet, line, [*padded, reasons], literal)
    workbook.close()
    return file.getvalue()


def _rows(delivery: Delivery, sheet: str, *, is_open: bool) -> Iterator[tuple[Sequence[str], str]]:
    findings = delivery.findings.filter(severity="refused", sheet=sheet).order_by("row_number", "pk")
    for _, group in groupby(findings.iterator(chunk_size=2_000), key=lambda one: one.row_number):
        row = list(group)
        yield (
            [unsealed(text) if is_open else text and WITHHELD for text in row[0].raw],
            f"原第{row[0].row_number}行：{'；'.join(_reason(one, is_open=is_open) for one in row)}",
        )


def _reason(finding: RefusedRow, *, is_open: bool) -> str:
    reason = finding.reason if is_open else WITHHELD
    return f"{finding.column}：{reason}" if finding.column else reason


def _write_row(sheet: Worksheet, line: int, cells: Sequence[str], literal: Format) -> None:
    for column, text in enumerate(cells):
        if text:
            sheet.write_string(line, column, text[:LONGEST_TEXT], literal if text.startswith(FORMULA_STARTS) else None)
