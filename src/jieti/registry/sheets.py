"""Reads the tables that departments send, block after block, as the file has them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, cast

import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine as calamine

from jieti.kit.errors import Refusal
from jieti.registry.archives import Member, members, unpacked
from jieti.registry.arrays import Column, longest
from jieti.registry.blocks import BATCH_ROWS, Block, in_blocks
from jieti.registry.kinds import FileKind, kind_of
from jieti.registry.storing import nameless, opened
from jieti.registry.texts import DAMAGED, encoding_of, text_blocks
from jieti.registry.workbooks import LONGEST_CELL, MOST_COLUMNS

LARGEST_COLUMN = 1 << 30
"""Bytes of one column in one group of rows, unpacked."""
_TEXTS = (pa.string(), pa.large_string(), pa.binary(), pa.large_binary())


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a file: its name (empty where the kind of file has none) and its rows from the file's first on.

    `first` is the number of the first row: 1 as a spreadsheet counts, 0 where the headers are no row of their own.
    `even` tells that a row of another length than the header is damaged (text tables), not just blank at its end.
    """

    name: str
    blocks: Iterator[Block]
    first: int = 1
    even: bool = False


def tell_encoding(path: Path) -> str:
    """The encoding of the text table at `path`, kept encrypted or plain. Raises Refusal: see `texts.encoding_of`."""
    with opened(path) as file:
        return encoding_of(file)


def open_sheets(path: Path, kind: FileKind, encoding: str) -> Iterator[Sheet]:
    """The sheets of a file, kept encrypted or plain, to be read one after another.

    Raises Refusal, also while rows are read.
    """
    with opened(path) as file:
        yield from _sheets(file, kind, encoding)


def _sheets(file: IO[bytes], kind: FileKind, encoding: str) -> Iterator[Sheet]:
    match kind:
        case FileKind.XLSX | FileKind.XLS:
            yield from _workbook_sheets(file)
        case FileKind.PARQUET:
            yield Sheet("", _parquet_blocks(file), first=0)
        case FileKind.CSV:
            yield Sheet("", text_blocks(file, encoding), even=True)
        case FileKind.ZIP:
            yield from _packed_sheets(file)


def _packed_sheets(file: IO[bytes]) -> Iterator[Sheet]:
    """The sheets of every file of an archive, named by file and sheet."""
    packed = members(file)
    if not packed:
        raise Refusal("压缩包是空的。", what_to_do="请检查打包是否完成，重新送数。")
    for member in packed:
        with _unpacked(file, member) as inner, _named(member):
            kind = kind_of(inner, member.name)
            if kind is FileKind.ZIP:
                raise Refusal("又是压缩包。", what_to_do="请解开里层，只打一层包。")
            encoding = encoding_of(inner) if kind is FileKind.CSV else ""
            for sheet in _sheets(inner, kind, encoding):
                name = f"{member.name}·{sheet.name}" if sheet.name else member.name
                yield Sheet(name, _named_blocks(member, sheet.blocks), sheet.first, sheet.even)


@contextmanager
def _named(member: Member) -> Iterator[None]:
    """A refusal says which file of the archive it is about."""
    try:
        yield
    except Refusal as refusal:
        raise Refusal(f"压缩包里的“{member.name}”：{refusal.message}", what_to_do=refusal.what_to_do) from None


def _named_blocks(member: Member, blocks: Iterator[Block]) -> Iterator[Block]:
    with _named(member):
        yield from blocks


@contextmanager
def _unpacked(file: IO[bytes], member: Member) -> Iterator[IO[bytes]]:
    with TemporaryFile() as copy:
        for block in unpacked(file, member.info):
            copy.write(block)
        yield copy


def _workbook_sheets(file: IO[bytes]) -> Iterator[Sheet]:
    file.seek(0)
    with nameless(file) as path:
        try:
            workbook = calamine.CalamineWorkbook.from_path(path)
        except calamine.PasswordError:
            raise Refusal("文件有打开密码。", what_to_do="请去掉密码后重新送数。") from None
        except calamine.CalamineError as error:
            raise Refusal(f"表格打不开（{error}）。", what_to_do=DAMAGED) from None
        for metadata in workbook.sheets_metadata:
            if metadata.typ is not calamine.SheetTypeEnum.WorkSheet:
                continue
            try:
                sheet = workbook.get_sheet_by_name(metadata.name)
            except calamine.CalamineError as error:
                raise Refusal(f"工作表“{metadata.name}”打不开（{error}）。", what_to_do=DAMAGED) from None
            if sheet.width > MOST_COLUMNS:
                _refuse_wide(f"工作表“{metadata.name}”")
            yield Sheet(metadata.name, in_blocks(sheet.iter_rows()))


def _parquet_blocks(file: IO[bytes]) -> Iterator[Block]:
    try:
        file.seek(0)
        schema = pq.read_schema(file)
        _refuse_strange(schema)
        # A value that repeats is kept once, so that a long one repeated a million times stays small.
        texts = [field.name for field in schema if field.type in _TEXTS]
        with pq.ParquetFile(file, read_dictionary=texts) as table:
            _refuse_swollen(table.metadata)
            yield Block(rows=[schema.names])
            for batch in table.iter_batches(batch_size=BATCH_ROWS):
                yield Block(rows=list(zip(*map(_parquet_cells, batch.columns), strict=True)))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise Refusal(f"Parquet 文件已损坏（{str(error).splitlines()[0]}）。", what_to_do=DAMAGED) from None


def _refuse_strange(schema: pa.Schema) -> None:
    if len(schema.names) > MOST_COLUMNS:
        _refuse_wide("Parquet 表")
    nested = [field.name for field in schema if pa.types.is_nested(field.type)]
    if nested:
        raise Refusal(
            f"Parquet 的列“{nested[0]}”不是单个的值。", what_to_do="请把每一列写成文字、数字、日期或是否，重新送数。"
        )


def _refuse_swollen(metadata: pq.FileMetaData) -> None:
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        sizes = (group.column(place).total_uncompressed_size for place in range(group.num_columns))
        if max(sizes, default=0) > LARGEST_COLUMN:
            raise Refusal("Parquet 的一组行解开后过大。", what_to_do="请把每组行数设为100万以内，重新送数。")


def _parquet_cells(column: Column) -> list[object]:
    if isinstance(column, pa.DictionaryArray):
        words: Column = column.dictionary
        if longest(words) > 4 * LONGEST_CELL:
            raise Refusal(f"有一格的内容长于{LONGEST_CELL}字。", what_to_do="请检查是否串列，改正后重新送数。")
        column = pa.DictionaryArray.from_arrays(column.indices, words.cast(pa.string()))
    return cast("list[object]", cast("Column", column).to_pylist())


def _refuse_wide(what: str) -> None:
    raise Refusal(f"{what}多于{MOST_COLUMNS}列。", what_to_do="请删去多余的列，重新送数。")
