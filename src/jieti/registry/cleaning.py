"""From a received file to the clean table of its source, with a ledger of what became of every row."""

import datetime
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jieti.kit.errors import Refusal
from jieti.registry.arrays import flags, in_one
from jieti.registry.behind import Behind
from jieti.registry.blocks import BATCH_ROWS
from jieti.registry.crosschecks import Deed
from jieti.registry.findings import Finding, Ledger
from jieti.registry.kinds import FileKind
from jieti.registry.protected import is_protected
from jieti.registry.repetitions import Dropped, drop_already_held, drop_repetitions
from jieti.registry.sheets import open_sheets
from jieti.registry.sources import BUSINESS
from jieti.registry.staging import Progress, Staged, stage
from jieti.registry.tables import ROW, SHEET, code_key, in_schema, table_schema
from rulecore.model import Source

ORPHAN = "代码不在登记名册里，不计入任何一户；请核对代码，或在名册补上这一户"


@dataclass(frozen=True, slots=True)
class Received:
    """A received file and what it is to be read as.

    `base` is the table that a supplement goes into (None: a whole table of its own), `register` the clean table
    of the register, against which credit codes are looked up (None: not delivered yet), `as_of` the day to which the
    supplier says the file speaks (None: the day it is read). `path` may be kept encrypted or plain.
    """

    path: Path
    kind: FileKind
    encoding: str
    source: Source
    base: Path | None = None
    register: Path | None = None
    as_of: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The clean table: how many rows it has, and notes on the reading in Chinese."""

    rows: int
    notes: list[str]


def clean(received: Received, out: Path, ledger: Ledger, progress: Progress) -> Cleaned:
    """Reads the file and writes the source's clean table to `out`. Raises Refusal when nothing of it can be used."""
    source = received.source
    with tempfile.TemporaryDirectory(dir=out.parent) as work:
        sheets = open_sheets(received.path, received.kind, received.encoding)
        staged = stage(source, sheets, Path(work) / "staged.parquet", ledger, progress, deed=Deed(received.as_of))
        dropped = drop_repetitions(source, staged, ledger)
        if received.base and source.rows != BUSINESS:
            drop_already_held(source, staged, dropped, received.base, ledger)
        _refuse_useless(received, ledger)
        rows = _write(received, staged, dropped, out, ledger)
    notes = list(staged.notes)
    if received.register is None and source.rows != BUSINESS:
        notes.append("登记名册还没有送来，没有核对代码是否在册。")
    return Cleaned(rows, notes)


def _refuse_useless(received: Received, ledger: Ledger) -> None:
    if ledger.taken == 0 and ledger.refused:
        raise Refusal("没有一行可以读入。", what_to_do="请看逐行说明，改正后重新送数。")
    if ledger.taken == 0 and received.source.rows == BUSINESS:
        raise Refusal("名册里没有一户。", what_to_do="请检查导出是否完成，重新送数。")


def _write(received: Received, staged: Staged, dropped: Dropped, out: Path, ledger: Ledger) -> int:
    schema = table_schema(received.source)
    code = received.source.columns[code_key(received.source)]
    register = _codes(received.register, code.key) if received.register else None
    rows = 0
    # The stubs know no list of columns here.
    repeating = cast("bool", _repeating(received.source))
    with (
        pq.ParquetWriter(out, schema, compression="zstd", use_dictionary=repeating) as writer,
        ThreadPoolExecutor(max_workers=1) as pool,
    ):
        behind = Behind(pool)
        for batch in _base_batches(received, staged, dropped, code.key):
            behind.hand_over(partial(writer.write_batch, batch))
            rows += batch.num_rows
        wanted = schema.names if register is None else [*schema.names, ROW, SHEET]
        for batch in _fresh_batches(staged.path, dropped, wanted):
            if register is not None:
                _report_orphans(batch, register, code.key, code.header, ledger)
            behind.hand_over(partial(writer.write_batch, batch.select(schema.names)))
            rows += batch.num_rows
        behind.wait()
    return rows


def _repeating(source: Source) -> list[str]:
    """Columns whose values mostly come again, so that a dictionary of them saves room."""
    return [
        key
        for key, column in source.columns.items()
        if column.type not in ("uscc", "money") and not is_protected(column)
    ]


def _fresh_batches(path: Path, dropped: Dropped, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The staged rows that go on."""
    offset = 0
    has_dropped = any(dropped)
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(names)):
            end = offset + batch.num_rows
            yield batch.filter(_goes_on(dropped[offset:end])) if has_dropped else batch
            offset = end


def _goes_on(dropped: Dropped) -> pa.BooleanArray:
    return pc.invert(flags(dropped))


def _base_batches(received: Received, staged: Staged, dropped: Dropped, key: str) -> Iterator[pa.RecordBatch]:
    """The rows of the table that is supplemented; in the register a code that comes anew replaces the old row."""
    if received.base is None:
        return
    schema = table_schema(received.source)
    fresh = _staged_codes(staged.path, dropped, key) if received.source.rows == BUSINESS else None
    with pq.ParquetFile(received.base) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            kept = batch if fresh is None else batch.filter(pc.invert(pc.is_in(batch.column(key), value_set=fresh)))
            yield in_schema(kept, schema)


def _staged_codes(path: Path, dropped: Dropped, key: str) -> pa.StringArray:
    batches = list(_fresh_batches(path, dropped, [key]))
    return cast("pa.StringArray", in_one(pa.Table.from_batches(batches), key)) if batches else pa.array([], pa.string())


def _codes(register: Path, key: str) -> pa.StringArray:
    return cast("pa.StringArray", in_one(pq.read_table(register, columns=[key]), key))


def _report_orphans(batch: pa.RecordBatch, register: pa.StringArray, key: str, header: str, ledger: Ledger) -> None:
    codes = batch.column(key)
    orphans = pc.invert(pc.is_in(codes, value_set=register))
    found = batch.select([key, ROW, SHEET]).filter(orphans).to_pydict()
    for code, row_number, sheet in zip(found[key], found[ROW], found[SHEET], strict=True):
        ledger.orphans += 1
        ledger.warn(Finding(sheet, row_number, header, code, ORPHAN, "warned"))
