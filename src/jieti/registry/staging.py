"""Reads a received file's rows into a staged Parquet table, typed, with each row's place in the file beside it.

Works in blocks, column by column; what may not be taken goes to the ledger with its reason.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jieti.kit.errors import Refusal
from jieti.registry.arrays import Column, at_least, positions
from jieti.registry.asides import REASON_HEADER, Judge, has_content
from jieti.registry.behind import Behind
from jieti.registry.blocks import Block, Row
from jieti.registry.cells import Cell, shown
from jieti.registry.crosschecks import Deed, failures
from jieti.registry.findings import Finding, Ledger
from jieti.registry.headers import SEARCHED_ROWS, Layout, Placed, find_layout, missing_columns
from jieti.registry.lanes import Lane, as_texts, lane
from jieti.registry.protected import (
    cipher_key,
    ciphers,
    hashed_text,
    hashes,
    is_protected,
    masked,
    masked_text,
    protected_keys,
    sealed_row,
    sealed_text,
)
from jieti.registry.records import Records
from jieti.registry.sheets import Sheet
from jieti.registry.sources import BUSINESS
from jieti.registry.tables import RAW, REST, ROW, SHEET, key_hashes, staged_schema
from rulecore.model import Source

Progress = Callable[[int], None]
MOST_ROWS = 20_000_000
_NO_IDENTITY = frozenset({"序号", "编号", "行号", "原工作表", "原行号", REASON_HEADER})
_CODE_LENGTH = 15


@dataclass
class Staged:
    """What was read so far: the staged table, a key per staged row for finding repetitions, and notes for the reader.

    A key is a hash: equal rows (in the register: equal codes) have equal keys, the reverse is checked later.
    `protected` tells for each sheet where its protected columns stand.
    """

    path: Path
    keys: "array[int]" = field(default_factory=lambda: array("q"))
    notes: list[str] = field(default_factory=list)
    protected: dict[str, list[tuple[int, str]]] = field(default_factory=dict)


def stage(
    source: Source, sheets: Iterator[Sheet], path: Path, ledger: Ledger, progress: Progress, *, deed: Deed | None = None
) -> Staged:
    """Reads every sheet into the table at `path`. Raises Refusal when the file cannot be used at all."""
    staged = Staged(path)
    unread: list[str] = []
    with (
        pq.ParquetWriter(path, staged_schema(source), compression="lz4", use_dictionary=False) as writer,
        ThreadPoolExecutor(max_workers=1) as pool,
    ):
        for sheet in sheets:
            head = _head(sheet)
            rows = [row for block in head for row in block.as_rows()][:SEARCHED_ROWS]
            layout = find_layout(source, rows)
            if layout:
                _refuse_missing(source, sheet, layout, staged)
                reading = _Reading(source, sheet, layout, ledger, staged, writer, deed or Deed(), Behind(pool))
                _read_sheet(reading, chain(head, sheet.blocks), progress)
            elif any(has_content(row) for row in rows):
                unread.append(_unread(sheet, rows))
    if not ledger.headers:
        raise Refusal(_no_header(source, unread), what_to_do="请使用规定的表头，重新送数。")
    staged.notes += [f"工作表“{name}”没有表头，没有读。" for name in unread]
    return staged


def _head(sheet: Sheet) -> list[Block]:
    """The blocks that hold the rows among which the header is looked for."""
    head: list[Block] = []
    for block in sheet.blocks:
        head.append(block)
        if sum(map(len, head)) >= SEARCHED_ROWS:
            break
    return head


@dataclass(frozen=True)
class _Reading:
    """One sheet being read."""

    source: Source
    sheet: Sheet
    layout: Layout
    ledger: Ledger
    staged: Staged
    writer: pq.ParquetWriter
    deed: Deed
    behind: Behind

    @cached_property
    def lanes(self) -> Sequence[Lane]:
        return [lane(placed) for placed in self.layout.placed]

    @cached_property
    def protected(self) -> frozenset[int]:
        return frozenset(placed.index for placed in self.layout.placed if is_protected(placed.column))

    @cached_property
    def judge(self) -> Judge:
        return Judge(self.sheet.name, self.layout, self.ledger, even=self.sheet.even, protected=self.protected)

    @property
    def width(self) -> int:
        return len(self.layout.headers)


def _read_sheet(reading: _Reading, blocks: Iterator[Block], progress: Progress) -> None:
    layout, sheet, ledger = reading.layout, reading.sheet, reading.ledger
    ledger.headers[sheet.name] = list(layout.headers)
    reading.staged.protected[sheet.name] = [
        (placed.index, placed.column.key) for placed in layout.placed if is_protected(placed.column)
    ]
    number = sheet.first + layout.row_number
    for block in _below(blocks, layout.row_number):
        ledger.rows += len(block)
        if ledger.rows > MOST_ROWS:
            raise Refusal(f"多于{MOST_ROWS // 10_000}万行。", what_to_do="请分成几个文件，先送全量、再送补充。")
        _take(reading, _records(reading, block, number))
        number += len(block)
        progress(ledger.rows)
    reading.behind.wait()


def _below(blocks: Iterator[Block], header_rows: int) -> Iterator[Block]:
    """The blocks without the first rows."""
    left = header_rows
    for block in blocks:
        if not left:
            yield block
            continue
        rest = block.as_rows()[left:]
        left -= min(left, len(block))
        if rest:
            yield Block(rows=rest)


def _refuse_missing(source: Source, sheet: Sheet, layout: Layout, staged: Staged) -> None:
    if missing := missing_columns(source, layout):
        names = "、".join(column.header for column in missing)
        found = "、".join(header for header in layout.headers if header)
        place = f"工作表“{sheet.name}”" if sheet.name else "表"
        raise Refusal(
            f"{place}缺少必需的列：{names}。第{layout.row_number}行的表头是：{found[:1000]}。",
            what_to_do="请补上所缺的列，重新送数。",
        )
    present = {placed.column.key for placed in layout.placed}
    absent = [column.header for column in source.columns.values() if column.key not in present]
    if absent:
        staged.notes.append(f"没有列：{'、'.join(absent)}（按未知处理）。")


def _records(reading: _Reading, block: Block, start: int) -> Records:
    """The rows of a block that are records; the ledger is told what the others are. `start` numbers the first row."""
    if len(block.columns) != reading.width:
        return _records_of_rows(reading, enumerate(block.as_rows(), start))
    numbers = pa.array(range(start, start + len(block)), pa.int64())
    has_code = at_least(pc.utf8_length(block.columns[reading.judge.code_index]), _CODE_LENGTH)
    records = Records(numbers, list(block.columns))
    doubtful = positions(pc.invert(has_code))
    return records.without([at for at in doubtful if not reading.judge.is_record(start + at, records.row(at))])


def _records_of_rows(reading: _Reading, numbered: Iterator[tuple[int, Row]]) -> Records:
    kept = [(number, row) for number, row in numbered if reading.judge.is_record(number, row)]
    columns = zip(*(row[: reading.width] for _, row in kept), strict=False) if kept else [()] * reading.width
    texts = [(column, as_texts(column)) for column in columns]
    numbers = pa.array([number for number, _ in kept], pa.int64())
    return Records(numbers, [column if text is None else text for column, text in texts])


def _take(reading: _Reading, records: Records) -> None:
    """Parses a block column by column, tells the ledger, writes the rows without a refusal."""
    if not len(records):
        return
    placed = reading.layout.placed
    parsed = [one_lane.read(records.columns[one.index]) for one_lane, one in zip(reading.lanes, placed, strict=True)]
    values = {one.column.key: read.values for one, read in zip(placed, parsed, strict=True)}
    faults = [_all_faults(one, read.values, read.faults) for one, read in zip(placed, parsed, strict=True)]
    refused = _report(reading, records, faults, failures(reading.source, values, reading.deed))
    if len(refused) == len(records):
        return
    if refused:
        keep = records.mask_without(refused)
        records = records.filter(keep)
        values = {key: column.filter(keep) for key, column in values.items()}
    reading.behind.hand_over(partial(_write, reading, records, values))


def _all_faults(placed: Placed, values: Column, faults: Mapping[int, Cell]) -> Mapping[int, Cell]:
    """The faults of a column, with the cells that must be filled in and are not."""
    if not placed.column.required or not values.null_count:
        return faults
    empty = (at for at in positions(pc.is_null(values)) if at not in faults)
    return {**faults, **{at: Cell(refusal="必须填写而没有填；请补填后重新送交") for at in empty}}


def _report(
    reading: _Reading,
    records: Records,
    faults: Sequence[Mapping[int, Cell]],
    disagreements: Mapping[int, Sequence[tuple[str, Cell]]],
) -> list[int]:
    """Tells the ledger every refusal and warning of the block, row by row; returns the positions refused."""
    found: dict[int, list[tuple[Placed, Cell]]] = {}
    by_key = {placed.column.key: placed for placed in reading.layout.placed}
    for placed, column in zip(reading.layout.placed, faults, strict=True):
        for position, cell in column.items():
            found.setdefault(position, []).append((placed, cell))
    for position, cells_at in disagreements.items():
        found.setdefault(position, []).extend((by_key[key], cell) for key, cell in cells_at)
    return [position for position in sorted(found) if _tell(reading, records, position, found[position])]


def _tell(reading: _Reading, records: Records, position: int, faults: Sequence[tuple[Placed, Cell]]) -> bool:
    name, number = reading.sheet.name, records.number(position)

    def value(placed: Placed) -> str:
        return masked(placed.column, records.cell(placed.index, position))

    for placed, cell in faults:
        if not cell.refusal:
            finding = Finding(name, number, placed.header, value(placed), cell.warning, "warned")
            reading.ledger.warn(finding)
    refusals = [fault for fault in faults if fault[1].refusal]
    if refusals:
        raw = sealed_row(records.row(position), reading.protected)
        reading.ledger.refuse(
            [
                Finding(name, number, placed.header, value(placed), cell.refusal, "refused", raw)
                for placed, cell in refusals
            ]
        )
    return bool(refusals)


def _write(reading: _Reading, kept: Records, values: Mapping[str, Column]) -> None:
    source = reading.source
    schema = staged_schema(source)
    size = len(kept)
    data: dict[str, Column] = {**values, ROW: kept.numbers, SHEET: pa.array([reading.sheet.name] * size)}
    for key in protected_keys(source):
        if key in values:
            numbers = values[key].to_pylist()
            data[key], data[cipher_key(key)] = hashes(numbers), ciphers(numbers)
    others = [index for index in reading.layout.rest if reading.layout.headers[index] not in _NO_IDENTITY]
    if others:
        data[REST] = kept.joined(others, veil=hashed_text)
    if source.rows == BUSINESS:
        data[RAW] = kept.joined(range(reading.width), veil=sealed_text, leaving_out=reading.protected)
    arrays = [data[one.name] if one.name in data else pa.nulls(size, one.type) for one in schema]
    batch = pa.record_batch(arrays, schema=schema)
    reading.writer.write_batch(batch)
    reading.staged.keys.extend(key_hashes(source, batch))


def _unread(sheet: Sheet, head: Sequence[Row]) -> str:
    if sheet.name:
        return sheet.name
    return masked_text("、".join(shown(raw) for raw in next(row for row in head if has_content(row))))


def _no_header(source: Source, found: Sequence[str]) -> str:
    wanted = "、".join(column.header for column in source.columns.values())
    what = f"读到的是：{'；'.join(found)[:200]}。" if found else "表里没有内容。"
    return f"前{SEARCHED_ROWS}行没有找到“{source.title}”的表头。应有的列：{wanted}。{what}"
