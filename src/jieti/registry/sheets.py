"""Reads the tables that departments send, row after row, as the file has them."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import charset_normalizer
import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine as calamine

from jieti.kit.errors import Refusal
from jieti.registry.kinds import FileKind

BLOCK = 1 << 20
SAMPLE_BYTES = 64 * 1024
BATCH_ROWS = 20_000
ENCODINGS = ("utf-8", "gbk", "gb18030")
DELIMITERS = ",\t;|"
_LONGEST_FIELD = 1 << 20
_DAMAGED = "请重新导出、重新送数。"

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a file: its name (empty where the kind of file has none) and its rows from the file's first on.

    `first` is the number of the first row: 1 as a spreadsheet counts, 0 where the headers are no row of their own.
    `even` tells that a row of another length than the header is damaged (text tables), not just blank at its end.
    """

    name: str
    rows: Iterator[Row]
    first: int = 1
    even: bool = False


def open_sheets(path: Path, kind: FileKind, encoding: str) -> Iterator[Sheet]:
    """The sheets of a file, to be read one after another. Raises Refusal, also while rows are read."""
    match kind:
        case FileKind.XLSX | FileKind.XLS:
            return _workbook_sheets(path)
        case FileKind.PARQUET:
            return iter((Sheet("", _parquet_rows(path), first=0),))
        case FileKind.CSV:
            return iter((Sheet("", _text_rows(path, encoding), even=True),))


def tell_encoding(path: Path) -> str:
    """The encoding of a text table: UTF-8 or UTF-16 with their marks, else the first that decodes every byte.

    Raises Refusal naming what the text looks like when none does.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    if sample.startswith(codecs.BOM_UTF8):
        candidates: tuple[str, ...] = ("utf-8-sig",)
    elif sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ("utf-16",)
    else:
        candidates = ENCODINGS
    for encoding in candidates:
        if _decodes(path, encoding):
            return encoding
    guess = charset_normalizer.from_bytes(sample).best()
    looks = f"，看起来像 {guess.encoding}" if guess else ""
    raise Refusal(
        f"文字编码不是 UTF-8、GBK 或 GB18030{looks}，或者文件已损坏。",
        what_to_do="请另存为 UTF-8 编码的 CSV 后重新送数。",
    )


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _workbook_sheets(path: Path) -> Iterator[Sheet]:
    try:
        workbook = calamine.CalamineWorkbook.from_path(path)
    except calamine.PasswordError:
        raise Refusal("文件有打开密码。", what_to_do="请去掉密码后重新送数。") from None
    except calamine.CalamineError as error:
        raise Refusal(f"表格打不开（{error}）。", what_to_do=_DAMAGED) from None
    for metadata in workbook.sheets_metadata:
        if metadata.typ is not calamine.SheetTypeEnum.WorkSheet:
            continue
        try:
            rows: Iterator[Row] = workbook.get_sheet_by_name(metadata.name).iter_rows()
        except calamine.CalamineError as error:
            raise Refusal(f"工作表“{metadata.name}”打不开（{error}）。", what_to_do=_DAMAGED) from None
        yield Sheet(metadata.name, rows)


def _parquet_rows(path: Path) -> Iterator[Row]:
    try:
        with pq.ParquetFile(path) as file:
            yield file.schema_arrow.names
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise Refusal(f"Parquet 文件已损坏（{str(error).splitlines()[0]}）。", what_to_do=_DAMAGED) from None


def _text_rows(path: Path, encoding: str) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_FIELD)
    with path.open(encoding=encoding, newline="") as file:
        delimiter = _tell_delimiter(list(islice(file, 30)))
        file.seek(0)
        # Strict: a quote that is never closed would swallow the rest of the file as one cell.
        reader = csv.reader(_without_nul(file), delimiter=delimiter, strict=True)
        try:
            yield from reader
        except csv.Error:
            raise Refusal(f"CSV 第{reader.line_num}行的引号不成对。", what_to_do=_DAMAGED) from None


def _without_nul(file: io.TextIOBase) -> Iterator[str]:
    for line in file:
        if "\x00" in line:
            raise Refusal("CSV 里夹有二进制内容，文件已损坏。", what_to_do=_DAMAGED)
        yield line


def _tell_delimiter(lines: Sequence[str]) -> str:
    """The delimiter that cuts the most lines into the same number of cells, more cells first."""

    def fitness(delimiter: str) -> int:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1]
        return max((widths.count(width) * width for width in widths), default=0)

    return max(DELIMITERS, key=fitness)
