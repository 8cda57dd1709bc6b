"""Reads a received file's rows into a staged Parquet table, typed, with each row's place in the file beside it.

Works in chunks, column by column; what may not be taken goes to the ledger with its reason.
"""

import json
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jieti.kit.errors import Refusal
from jieti.registry import cells
from jieti.registry.cells import Cell, Parser, shown
from jieti.registry.findings import Finding, Ledger
from jieti.registry.headers import SEARCHED_ROWS, Layout, Placed, find_layout, missing_columns
from jieti.registry.sheets import BATCH_ROWS, Row, Sheet
from jieti.registry.sources import BUSINESS
from rulecore.model import Source

Progress = Callable[[int], None]
Numbered = tuple[int, Row]
ARROW_TYPES: dict[str, pa.DataType] = {
    "uscc": pa.string(),
    "text": pa.string(),
    "code": pa.string(),
    "date": pa.date32(),
    "month": pa.date32(),
    "year": pa.int32(),
    "money": pa.decimal128(18, 2),
    "int": pa.int64(),
    "bool": pa.bool_(),
}
REASON_HEADER = "退回原因"
BLANK_ROW, TOTAL_ROW, REPEATED_HEADER = "空行", "合计行", "重复的表头"
ROW, SHEET, REST, RAW = "_row", "_sheet", "_rest", "_raw"
_PLACE = (pa.field(ROW, pa.int64()), *(pa.field(name, pa.string()) for name in (SHEET, REST, RAW)))
_TOTAL = re.compile(r"(?:本页|本表|累计)?(?:合计|总计|小计|共计).{0,10}")
_NO_IDENTITY = frozenset({"序号", "编号", "行号", "原工作表", "原行号", REASON_HEADER})
_CODE_LENGTH = 15


@dataclass
class Staged:
    """What was read so far: the staged table, a key per staged row for finding repetitions, and notes for the reader.

    A key is a hash: equal rows (in the register: equal codes) have equal keys, the reverse is checked later.
    """

    path: Path
    keys: "array[int]" = field(default_factory=lambda: array("q"))
    notes: list[str] = field(default_factory=list)


def clean_schema(source: Source) -> pa.Schema:
    """The columns of a source's clean table, in the rulebook's order; null is unknown."""
    return pa.schema([pa.field(column.key, ARROW_TYPES[column.type]) for column in source.columns.values()])


def staged_schema(source: Source) -> pa.Schema:
    """The clean columns, then where the row stood and, as text, what else it held."""
    return pa.schema([*clean_schema(source), *_PLACE])


def stage(source: Source, sheets: Iterator[Sheet], path: Path, ledger: Ledger, progress: Progress) -> Staged:
    """Reads every sheet into the table at `path`. Raises Refusal when the file cannot be used at all."""
    staged = Staged(path)
    unread: list[str] = []
    with pq.ParquetWriter(path, staged_schema(source), compression="zstd") as writer:
        for sheet in sheets:
            head = list(islice(sheet.rows, SEARCHED_ROWS))
            layout = find_layout(source, head)
            if layout:
                _read_sheet(_Reading(source, sheet, layout, ledger, staged, writer), head, progress)
            elif any(_has_content(row) for row in head):
                unread.append(_unread(sheet, head))
    if not ledger.headers:
        raise Refusal(_no_header(source, unread), what_to_do="请使用规定的表头，重新送数。")
    staged.notes += [f"工作表“{name}”没有表头，没有读。" for name in unread]
    return staged


@dataclass(frozen=True)
class _Reading:
    """One sheet being read."""

    source: Source
    sheet: Sheet
    layout: Layout
    ledger: Ledger
    staged: Staged
    writer: pq.ParquetWriter

    @cached_property
    def code_index(self) -> int:
        return next(placed.index for placed in self.layout.placed if placed.column.type == "uscc")

    def finding(self, number: int, placed: Placed | None, raw: object, reason: str) -> Finding:
        header = placed.header if placed else ""
        return Finding(self.sheet.name, number, header, shown(raw), reason, "warned")


def _read_sheet(reading: _Reading, head: Sequence[Row], progress: Progress) -> None:
    layout, sheet = reading.layout, reading.sheet
    _refuse_missing(reading)
    reading.ledger.headers[sheet.name] = list(layout.headers)
    rows = chain(head[layout.row_number :], sheet.rows)
    numbered = enumerate(rows, start=layout.row_number + sheet.first)
    parsers = [_parser(placed) for placed in layout.placed]
    while chunk := list(islice(numbered, BATCH_ROWS)):
        reading.ledger.rows += len(chunk)
        _take(reading, parsers, [row for row in chunk if _is_record(reading, row)])
        progress(reading.ledger.rows)


def _parser(placed: Placed) -> Parser:
    return cells.parser(placed.column.type, codes=placed.column.codes, ten_thousands=placed.ten_thousands)


def _refuse_missing(reading: _Reading) -> None:
    source, layout = reading.source, reading.layout
    if missing := missing_columns(source, layout):
        names = "、".join(column.header for column in missing)
        found = "、".join(header for header in layout.headers if header)
        place = f"工作表“{reading.sheet.name}”" if reading.sheet.name else "表"
        raise Refusal(
            f"{place}缺少必需的列：{names}。第{layout.row_number}行的表头是：{found}。",
            what_to_do="请补上所缺的列，重新送数。",
        )
    present = {placed.column.key for placed in layout.placed}
    absent = [column.header for column in source.columns.values() if column.key not in present]
    if absent:
        reading.staged.notes.append(f"没有列：{'、'.join(absent)}（按未知处理）。")


def _is_record(reading: _Reading, numbered: Numbered) -> bool:
    """Whether the row is a record; if not, the ledger has been told what it is instead."""
    _, row = numbered
    layout, ledger = reading.layout, reading.ledger
    if reading.sheet.even and len(row) != len(layout.headers) and _is_uneven(reading, numbered):
        return False
    code = row[reading.code_index] if len(row) > reading.code_index else None
    if isinstance(code, str) and len(code) >= _CODE_LENGTH:
        return True
    if not _has_content(row):
        ledger.skip(BLANK_ROW)
        return False
    return _is_no_aside(reading, numbered)


def _is_no_aside(reading: _Reading, numbered: Numbered) -> bool:
    """Whether the row is neither a total nor the header once more."""
    number, row = numbered
    texts = [shown(raw).strip() for raw in row]
    first = re.sub(r"\s", "", next(text for text in texts if text))
    has_no_code = cells.is_blank(row[reading.code_index])
    if tuple(texts) == reading.layout.headers:
        why, reason = REPEATED_HEADER, "是重复的表头，已略过"
    elif _TOTAL.fullmatch(first) or (has_no_code and any(_TOTAL.fullmatch(text) for text in texts)):
        why, reason = TOTAL_ROW, "是合计行，不是一户的记录，已略过"
    else:
        return True
    reading.ledger.skip(why, Finding(reading.sheet.name, number, "", first, reason, "skipped"))
    return False


def _is_uneven(reading: _Reading, numbered: Numbered) -> bool:
    """Whether a row of a text table has other cells than its header has; such a row is refused."""
    number, row = numbered
    width = len(reading.layout.headers)
    if not _has_content(row) or (len(row) > width and not _has_content(row[width:])):
        return False
    reason = f"这一行有{len(row)}格，表头有{width}格；请检查是否多了或少了分隔符"
    texts = tuple(shown(raw) for raw in row)
    reading.ledger.refuse([Finding(reading.sheet.name, number, "", "", reason, "refused", texts)])
    return True


def _has_content(row: Row) -> bool:
    return any(raw is not None and (not isinstance(raw, str) or raw.strip()) for raw in row)


def _take(reading: _Reading, parsers: Sequence[Parser], records: Sequence[Numbered]) -> None:
    """Parses a chunk column by column, tells the ledger, writes the rows without a refusal."""
    placed = reading.layout.placed
    columns = [[parse(row[one.index]) for _, row in records] for one, parse in zip(placed, parsers, strict=True)]
    refused = _report(reading, records, columns)
    kept = [record for position, record in enumerate(records) if position not in refused]
    values: dict[str, list[cells.Value]] = {
        one.column.key: [cell.value for position, cell in enumerate(column) if position not in refused]
        for one, column in zip(placed, columns, strict=True)
    }
    if kept:
        _write(reading, kept, values)


def _report(reading: _Reading, records: Sequence[Numbered], columns: Sequence[Sequence[Cell]]) -> set[int]:
    """Tells the ledger every refusal and warning of the chunk, row by row; returns the positions refused."""
    found: dict[int, list[tuple[Placed, str, bool]]] = {}
    for placed, column in zip(reading.layout.placed, columns, strict=True):
        required = placed.column.required
        for position, cell in enumerate(column):
            if cell.refusal or (required and cell.value is None and not cell.warning):
                reason = cell.refusal or "必须填写而没有填；请补填后重新送交"
                found.setdefault(position, []).append((placed, reason, True))
            elif cell.warning:
                found.setdefault(position, []).append((placed, cell.warning, False))
    return {position for position in sorted(found) if _tell(reading, records[position], found[position])}


def _tell(reading: _Reading, record: Numbered, faults: Sequence[tuple[Placed, str, bool]]) -> bool:
    number, row = record
    is_refused = any(refuses for _, _, refuses in faults)
    for placed, reason, refuses in faults:
        if not refuses:
            reading.ledger.warn(reading.finding(number, placed, row[placed.index], reason))
    if is_refused:
        texts = tuple(shown(raw) for raw in row)
        name = reading.sheet.name
        reading.ledger.refuse(
            [
                Finding(name, number, placed.header, shown(row[placed.index]), reason, "refused", texts)
                for placed, reason, refuses in faults
                if refuses
            ]
        )
    return is_refused


def _write(reading: _Reading, kept: Sequence[Numbered], values: dict[str, list[cells.Value]]) -> None:
    schema = staged_schema(reading.source)
    size = len(kept)
    is_register = reading.source.rows == BUSINESS
    rest = _rest(reading.layout, kept)
    data: dict[str, Sequence[object]] = {
        **values,
        ROW: [number for number, _ in kept],
        SHEET: [reading.sheet.name] * size,
        REST: rest,
    }
    if is_register:
        data[RAW] = [json.dumps([shown(raw) for raw in row], ensure_ascii=False) for _, row in kept]
    arrays = [pa.array(data[one.name], one.type) if one.name in data else pa.nulls(size, one.type) for one in schema]
    reading.writer.write_batch(pa.record_batch(arrays, schema=schema))
    reading.staged.keys.extend(_keys(reading.source, values, rest))


def _rest(layout: Layout, kept: Sequence[Numbered]) -> list[object]:
    """What a row holds in columns that the source does not know: rows that differ only there are not the same."""
    others = [index for index in layout.rest if layout.headers[index] not in _NO_IDENTITY]
    return ["\x1f".join(shown(row[index]) for index in others) or None for _, row in kept]


def _keys(source: Source, values: dict[str, list[cells.Value]], rest: Sequence[object]) -> Iterator[int]:
    if source.rows == BUSINESS:
        code = next(column.key for column in source.columns.values() if column.type == "uscc")
        return map(hash, values[code])
    return map(hash, zip(*values.values(), rest, strict=True))


def _unread(sheet: Sheet, head: Sequence[Row]) -> str:
    if sheet.name:
        return sheet.name
    return "、".join(shown(raw) for raw in next(row for row in head if _has_content(row)))


def _no_header(source: Source, found: Sequence[str]) -> str:
    wanted = "、".join(column.header for column in source.columns.values())
    what = f"读到的是：{'；'.join(found)[:200]}。" if found else "表里没有内容。"
    return f"前{SEARCHED_ROWS}行没有找到“{source.title}”的表头。应有的列：{wanted}。{what}"
