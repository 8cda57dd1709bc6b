"""Reads the written files back as plainly as can be: the tests' own reader, not the product's."""

import csv
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from jieti.demo.population import PopulationReport

ENCODINGS = {"credit": "gbk", "social_insurance": "utf-8-sig", "courts": "gb18030"}
Line = tuple[Any, ...]


def lines(population: PopulationReport, source: str) -> list[Line]:
    """All lines of a source's file from the top, headings and blank lines too."""
    (path,) = population.files[source]
    if path.suffix == ".xlsx":
        return workbook(path)
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return [tuple(table.column_names), *(tuple(row.values()) for row in table.to_pylist())]
    with path.open(encoding=ENCODINGS[source], newline="") as stream:
        return [tuple(row) for row in csv.reader(stream)]


def workbook(path: Path) -> list[Line]:
    """The lines of all sheets, one after the other."""
    book = CalamineWorkbook.from_path(path)
    return [
        tuple(row) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    ]


def is_blank(line: Line) -> bool:
    return not any(str(value).strip() for value in line)


def body(population: PopulationReport, source: str) -> list[Line]:
    """The data lines below the header, without blank lines and the total."""
    below = lines(population, source)[header_at(population, source) + 1 :]
    return [line for line in below if not is_blank(line) and line[0] != "合计"]


def header_at(population: PopulationReport, source: str) -> int:
    """Index of the header line."""
    names = {"统一社会信用代码", "纳税人识别号"}
    return next(index for index, line in enumerate(lines(population, source)) if names & set(line))


def code_column(source: str) -> int:
    """Index of the column of credit codes."""
    return 1 if source == "tax" else 0
