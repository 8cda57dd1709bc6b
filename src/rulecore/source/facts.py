"""The fact contract: files of facts that others made → Parquet files that engines can trust.

CSV and XLSX are read cell by cell as text, so that money stays exact; Parquet is taken as it is once its columns fit.
"""

import csv
import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine

from rulecore.errors import FactsError, Problem
from rulecore.model import TIERS, Fact, Rulebook, Source
from rulecore.source.quality import FIRST, LAST, refuse_impossible

MOST_PROBLEMS = 50
"""After so many bad cells reading stops: the file as a whole is wrong."""

_ARROW: Mapping[str, pa.DataType] = {
    "bool": pa.bool_(),
    "int": pa.int64(),
    "year": pa.int64(),
    "money": pa.decimal128(18, 2),
    "date": pa.date32(),
    "month": pa.date32(),
}
_TRUE, _FALSE = frozenset({"true", "1", "是"}), frozenset({"false", "0", "否"})


def contract(rulebook: Rulebook, standard: str = TIERS) -> pa.Schema:
    """The Arrow schema of a facts file: the subject's key and every fact of the standard, null where unknown."""
    facts = [(key, arrow_type(fact.type)) for key, fact in rulebook.facts_of(standard).items()]
    return pa.schema([(rulebook.subject_key, pa.string()), *facts])


def source_schema(source: Source) -> pa.Schema:
    """The Arrow schema of a supplier's table once it is clean."""
    return pa.schema([(key, arrow_type(column.type)) for key, column in source.columns.items()])


def arrow_type(kind: str) -> pa.DataType:
    """The Arrow type of a type of the language."""
    return _ARROW.get(kind, pa.string())


def facts_as_parquet(rulebook: Rulebook, path: Path, workspace: Path, standard: str = TIERS) -> list[Path]:
    """Parquet files with the facts of `path` (a CSV, XLSX or Parquet file, or a folder of Parquet files).

    `workspace` is an existing folder for what has to be written.

    Raises:
        FactsError: the columns or types do not fit the contract, all of them named, or cells cannot be read, each
            with row, column and value.
    """
    if path.is_dir():
        files = sorted(path.rglob("*.parquet"))
        if not files:
            raise FactsError(Problem(str(path), "holds no Parquet file"))
        return _checked(rulebook, standard, files)
    if not path.is_file():
        raise FactsError(Problem(str(path), "there is no such file"))
    kind = path.suffix.lower()
    if kind == ".parquet":
        return _checked(rulebook, standard, [path])
    readers: Mapping[str, Callable[[Path], Iterator[list[str]]]] = {".csv": _csv_rows, ".xlsx": _xlsx_rows}
    if kind not in readers:
        raise FactsError(Problem(str(path), "facts are .csv, .xlsx or .parquet"))
    out = workspace / f"{path.stem}.parquet"
    _convert(rulebook, standard, path, readers[kind](path), out)
    return [out]


def _checked(rulebook: Rulebook, standard: str, files: list[Path]) -> list[Path]:
    _raise_if(problem for file in files for problem in _schema_problems(contract(rulebook, standard), file))
    refuse_impossible(rulebook.facts_of(standard), rulebook.subject_key, files)
    return files


def _raise_if(problems: Iterator[Problem]) -> None:
    found = list(problems)
    if found:
        raise FactsError(*found)


def _schema_problems(wanted: pa.Schema, path: Path) -> Iterator[Problem]:
    try:
        found = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        yield Problem(str(path), f"is not a Parquet file: {error}")
        return
    for field in wanted:
        index = found.get_field_index(field.name)
        if index < 0:
            yield Problem(str(path), "this column is missing (write nulls where the fact is unknown)", where=field.name)
        elif not _fits(found.field(index).type, field.type):
            yield Problem(
                str(path), f"this column is to be {field.type}", where=field.name, value=str(found.field(index).type)
            )


def _fits(found: pa.DataType, wanted: pa.DataType) -> bool:
    """A column of nulls fits any type; whole numbers and decimals fit when nothing can be lost."""
    if pa.types.is_dictionary(found):
        found = found.value_type
    if pa.types.is_null(found):
        return True
    if pa.types.is_string(wanted):
        return pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_string_view(found)
    if pa.types.is_decimal(wanted):
        return pa.types.is_decimal(found) and found.scale <= 2 and found.precision - found.scale <= 16
    if pa.types.is_integer(wanted):
        return pa.types.is_integer(found) and found != pa.uint64()
    return found == wanted


def _csv_rows(path: Path) -> Iterator[list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.reader(file, strict=True)
    except UnicodeDecodeError as error:
        raise FactsError(Problem(str(path), "is not UTF-8; save it as CSV UTF-8")) from error
    except csv.Error as error:
        raise FactsError(Problem(str(path), f"is not valid CSV: {error}")) from error


def _xlsx_rows(path: Path) -> Iterator[list[str]]:
    try:
        sheet = python_calamine.load_workbook(path).get_sheet_by_index(0)
    except (python_calamine.CalamineError, OSError) as error:
        raise FactsError(Problem(str(path), f"is not a readable XLSX file: {error}")) from error
    for row in sheet.iter_rows():
        yield [_cell_text(cell) for cell in row]


def _cell_text(cell: Any) -> str:
    """A cell as text; a whole number loses the `.0` that spreadsheets give it."""
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    if isinstance(cell, bool):
        return str(cell).lower()
    text = str(cell).strip()
    return text[:-2] if not isinstance(cell, str) and text.endswith(".0") else text


def _convert(rulebook: Rulebook, standard: str, path: Path, rows: Iterator[list[str]], out: Path) -> None:
    header = next(rows, None)
    if header is None:
        raise FactsError(Problem(str(path), "is empty"))
    names = [name.strip() for name in header]
    wanted = contract(rulebook, standard)
    _raise_if(
        Problem(str(path), "this column is missing (leave cells empty where the fact is unknown)", where=name)
        for name in wanted.names
        if name not in names
    )
    twice = sorted({name for name in wanted.names if names.count(name) > 1})
    _raise_if(Problem(str(path), "this column is given twice", where=name) for name in twice)
    reader = _CellReader(rulebook, standard, path, names)
    with pq.ParquetWriter(out, wanted) as writer:
        for chunk in _chunks(rows):
            writer.write_table(reader.table(chunk, wanted))
    _raise_if(iter(reader.problems))


def _chunks(rows: Iterator[list[str]], size: int = 20_000) -> Iterator[list[list[str]]]:
    chunk: list[list[str]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    yield chunk


class _CellReader:
    """Reads the cells of one file, keeping account of those that cannot be read."""

    def __init__(self, rulebook: Rulebook, standard: str, path: Path, names: Sequence[str]) -> None:
        self._facts = rulebook.facts_of(standard)
        self._path = path
        self._names = names
        self._subject = rulebook.subject_key
        self._row = 1
        self.problems: list[Problem] = []

    def table(self, rows: list[list[str]], wanted: pa.Schema) -> pa.Table:
        read = []
        for row in rows:
            self._row += 1
            if any(row):
                read.append(self._read(row))
        return pa.Table.from_pylist(read, schema=wanted)

    def _read(self, row: list[str]) -> dict[str, Any]:
        if any(cell.strip() for cell in row[len(self._names) :]):
            self._complain("", f"{len(row)} cells, {len(self._names)} columns: is an amount written with a comma?", "")
        cells = dict(zip(self._names, [*row, *[""] * (len(self._names) - len(row))], strict=False))
        record: dict[str, Any] = {self._subject: cells[self._subject].strip()}
        for key, fact in self._facts.items():
            record[key] = self._value(fact, cells[key].strip())
        if not record[self._subject]:
            self._complain(self._subject, "a row without a key", "")
        return record

    def _value(self, fact: Fact, text: str) -> Any:
        if not text:
            return None
        try:
            return parse(fact.type, text)
        except ValueError as error:
            self._complain(fact.key, str(error), text)
            return None

    def _complain(self, column: str, message: str, value: str) -> None:
        self.problems.append(Problem(str(self._path), message, self._row, column, value))
        if len(self.problems) >= MOST_PROBLEMS:
            raise FactsError(*self.problems)


def parse(kind: str, text: str) -> bool | int | str | Decimal | datetime.date:
    """The value that a cell says.

    Raises:
        ValueError: it says none of that type; the message says what is expected.
    """
    match kind:
        case "bool":
            return _parse_bool(text)
        case "money":
            return _parse_money(text)
        case "int" | "year":
            if not re.fullmatch(r"\d{1,15}", text):
                raise ValueError("a whole number, zero or more, is expected")
            return int(text)
        case "date" | "month":
            return _parse_date(text)
        case _:
            return text


def _parse_bool(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError("true or false is expected")


def _parse_money(text: str) -> Decimal:
    try:
        amount = Decimal(text) if re.fullmatch(r"\d{1,16}(\.\d{1,2}0*)?", text) else None
    except InvalidOperation:
        amount = None
    if amount is None:
        raise ValueError("an amount in yuan, not negative, with at most two decimals is expected")
    return amount.quantize(Decimal("0.01"))


def _parse_date(text: str) -> datetime.date:
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError("a date like 2024-07-01 is expected") from None
    if not FIRST <= day <= LAST:
        raise ValueError("a date between 1900 and 2100 is expected")
    return day
