"""Writers of the file kinds that departments send: bounded memory, and the same bytes for the same rows."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

Cell = str | int | Decimal | date | bool | None
Row = tuple[Cell, ...]

ROWS_PER_SHEET = 1_048_000
"""Rows a sheet is given before another is begun; Excel holds 1,048,576."""

CREATED = datetime(2026, 7, 1, tzinfo=UTC)
"""Date that every workbook states as its creation, so that the same content is the same file."""

ISO, SLASHES, CHINESE = (
    "{d.year}-{d.month:02d}-{d.day:02d}",
    "{d.year}/{d.month}/{d.day}",
    "{d.year}年{d.month}月{d.day}日",
)
"""Ways of writing a date in text files."""


class TableFile(Protocol):
    """A file being written row by row; the header is written when it is opened."""

    path: Path

    def add(self, row: Row) -> None:
        """Write one row; a row of ``None`` alone is a blank line."""

    def close(self) -> None:
        """Finish the file."""


def said(value: Cell, date_style: str = ISO) -> str:
    """``value`` as a text file writes it: 是 and 否, dates in ``date_style``, nothing for ``None``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return date_style.format(d=value) if isinstance(value, date) else str(value)


class CsvFile:
    """Comma-separated text in one of the encodings that departments use."""

    def __init__(self, path: Path, headers: Sequence[str], *, encoding: str, date_style: str = ISO) -> None:
        self.path = path
        self._style = date_style
        self._stream = path.open("w", encoding=encoding, newline="")
        self._writer = csv.writer(self._stream, lineterminator="\r\n")
        self._writer.writerow(headers)

    def add(self, row: Row) -> None:
        """Write one row."""
        if any(value is not None for value in row):
            self._writer.writerow([said(value, self._style) for value in row])
        else:
            self._stream.write("\r\n")

    def close(self) -> None:
        """Finish the file."""
        self._stream.close()


@dataclass(frozen=True, slots=True)
class Heading:
    """Merged rows above the header: a title and, below it, a note on who sends what as of when."""

    title: str
    note: str = ""

    @property
    def rows(self) -> tuple[str, ...]:
        """Texts of the merged rows from the top."""
        return (self.title, self.note) if self.note else (self.title,)


class XlsxFile:
    """A workbook; after ``rows_per_sheet`` rows another sheet with the same heading and header is begun."""

    def __init__(
        self,
        path: Path,
        headers: Sequence[str],
        *,
        heading: Heading | None = None,
        rows_per_sheet: int = ROWS_PER_SHEET,
    ) -> None:
        self.path = path
        self._headers, self._heading, self._limit = tuple(headers), heading, rows_per_sheet
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        self._book.set_properties({"created": CREATED})
        self._bold: Format = self._book.add_format({"bold": True, "align": "center"})
        self._dates: Format = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        self._sheet: Worksheet = self._book.add_worksheet()
        texts = self._heading.rows if self._heading else ()
        for number, text in enumerate(texts):
            self._sheet.merge_range(number, 0, number, len(self._headers) - 1, text, self._bold)
        for column, header in enumerate(self._headers):
            self._sheet.write_string(len(texts), column, header, self._bold)
        self._next, self._written = len(texts) + 1, 0

    def add(self, row: Row) -> None:
        """Write one row."""
        if self._written == self._limit:
            self._begin_sheet()
        for column, value in enumerate(row):
            self._write(column, value)
        self._next += 1
        self._written += 1

    def _write(self, column: int, value: Cell) -> None:
        if value is None:
            return
        if isinstance(value, str | bool):
            self._sheet.write_string(self._next, column, said(value))
        elif isinstance(value, date):
            self._sheet.write_datetime(self._next, column, value, self._dates)
        else:
            self._sheet.write_number(self._next, column, value)

    def close(self) -> None:
        """Finish the file."""
        self._book.close()


@dataclass(slots=True)
class ParquetFile:
    """Columns of declared types, in row groups of ``group`` rows; text columns keep whatever was typed in."""

    path: Path
    schema: pa.Schema
    group: int = 50_000
    _rows: list[Row] = field(default_factory=list)
    _writer: pq.ParquetWriter | None = None

    def add(self, row: Row) -> None:
        """Write one row; a blank line has no place in Parquet and is a row of nulls."""
        self._rows.append(row)
        if len(self._rows) == self.group:
            self._flush()

    def _flush(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, self.schema, compression="zstd")
        columns = zip(*self._rows, strict=True) if self._rows else ((),) * len(self.schema)
        arrays = [pa.array(values, field.type) for values, field in zip(columns, self.schema, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self.schema))
        self._rows.clear()

    def close(self) -> None:
        """Finish the file."""
        self._flush()
        if self._writer is not None:
            self._writer.close()


def schema(types: Mapping[str, pa.DataType]) -> pa.Schema:
    """The Arrow schema of these headers."""
    return pa.schema(list(types.items()))


Opener = Callable[[Path], TableFile]
"""Opens the file of a table under the given path."""
