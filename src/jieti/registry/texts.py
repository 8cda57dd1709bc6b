"""Text tables: which encoding, which delimiter, and their cells, block by block."""

import codecs
import contextlib
import csv
import io
from collections.abc import Iterator, Sequence
from typing import IO, cast

import charset_normalizer
import pyarrow as pa
from pyarrow import csv as arrow_csv

from jieti.kit.errors import Refusal
from jieti.registry.arrays import longest
from jieti.registry.blocks import Block, Row
from jieti.registry.workbooks import LONGEST_CELL, MOST_COLUMNS

BLOCK = 4 << 20
FIRST_BLOCK = SAMPLE_BYTES = 64 * 1024
LONGEST_LINE = 4 << 20
"""Bytes between two line ends; a longer line is no row of a table."""
ENCODINGS = ("utf-8", "gbk", "gb18030")
DELIMITERS = ",\t;|"
SAMPLE_LINES = 30
DAMAGED = "请重新导出、重新送数。"
_BOM = codecs.BOM_UTF8


def encoding_of(file: IO[bytes]) -> str:
    """The encoding of a text table: UTF-8 or UTF-16 with their marks, else the first that decodes every byte.

    Raises Refusal naming what the text looks like when none does.
    """
    file.seek(0)
    sample = file.read(SAMPLE_BYTES)
    if sample.startswith(_BOM):
        candidates: tuple[str, ...] = ("utf-8-sig",)
    elif sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ("utf-16",)
    else:
        candidates = ENCODINGS
    for encoding in candidates:
        if _decodes(file, encoding):
            return encoding
    guess = charset_normalizer.from_bytes(sample).best()
    looks = f"，看起来像 {guess.encoding}" if guess else ""
    raise Refusal(
        f"文字编码不是 UTF-8、GBK 或 GB18030{looks}，或者文件已损坏。",
        what_to_do="请另存为 UTF-8 编码的 CSV 后重新送数。",
    )


def text_blocks(file: IO[bytes], encoding: str) -> Iterator[Block]:
    """The rows of a text table. Raises Refusal where a quote stays open or a line or cell has no end.

    Blocks without quotes, of rows of one width, come as columns; the others are cut by Python's reader, which alone
    knows what a quote may do.
    """
    csv.field_size_limit(LONGEST_CELL)
    text = _Text(_chunks(file, encoding))
    delimiter = ""
    while chunk := text.next_chunk():
        if not delimiter:
            delimiter = _tell_delimiter(chunk)
            yield _cut(text, delimiter)
            continue
        columns = _columns(chunk, delimiter)
        yield Block(columns=columns) if columns else _cut(text, delimiter)


def _decodes(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    file.seek(0)
    try:
        while block := file.read(BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _chunks(file: IO[bytes], encoding: str) -> Iterator[bytes]:
    """The text as UTF-8 in chunks of whole lines, the first one small."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    is_utf8 = encoding.startswith("utf-8")
    file.seek(len(_BOM) if encoding == "utf-8-sig" else 0)
    rest, size = b"", FIRST_BLOCK
    while block := file.read(size):
        size = BLOCK
        rest += block if is_utf8 else decoder.decode(block).encode()
        end = rest.rfind(b"\n") + 1 or rest.rfind(b"\r", 0, -1) + 1
        if end:
            yield rest[:end]
            rest = rest[end:]
        if len(rest) > LONGEST_LINE:
            raise Refusal("CSV 有一行长得不像表格的一行。", what_to_do="请检查换行和引号，重新导出、重新送数。")
    if rest:
        yield rest


class _Text:
    """Hands out chunks, and the lines of the chunk that was handed out last; it knows when these are used up."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._lines: list[str] = []
        self._next = 0
        self._chunk = b""
        self._is_split = True
        self.line_number = 0

    def next_chunk(self) -> bytes:
        """The next chunk; empty at the end. The lines of the one before must be used up or not wanted."""
        if not self._is_split:
            self.line_number += self._chunk.count(b"\n")
        self._chunk = next(self._chunks, b"")
        if b"\x00" in self._chunk:
            raise Refusal("CSV 里夹有二进制内容，文件已损坏。", what_to_do=DAMAGED)
        self._lines, self._next, self._is_split = [], 0, False
        return self._chunk

    @property
    def is_used_up(self) -> bool:
        self._split()
        return self._next == len(self._lines)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.is_used_up and not self.next_chunk():
            raise StopIteration
        self._split()
        self._next += 1
        self.line_number += 1
        return self._lines[self._next - 1]

    def _split(self) -> None:
        if not self._is_split:
            self._lines = list(io.StringIO(self._chunk.decode(), newline=""))
            self._is_split = True


def _cut(text: _Text, delimiter: str) -> Block:
    """The rows of the chunk that was handed out, and, where its last row goes on in the next one, of that as well."""
    # Strict: a quote that is never closed would swallow the rest of the file as one cell.
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    rows: list[Row] = []
    try:
        while not text.is_used_up:
            rows.append(next(reader))
            if len(rows[-1]) > MOST_COLUMNS:
                _refuse_wide(text.line_number)
    except csv.Error as error:
        raise _refusal(error, text.line_number) from None
    return Block(rows=rows)


def _refusal(error: csv.Error, line: int) -> Refusal:
    if "field larger" in str(error):
        return Refusal(
            f"CSV 第{line}行有一格的内容长于{LONGEST_CELL}字。",
            what_to_do="请检查引号是否成对、是否串格，改正后重新送数。",
        )
    return Refusal(f"CSV 第{line}行的引号不成对。", what_to_do=DAMAGED)


def _refuse_wide(line: int) -> None:
    raise Refusal(f"CSV 第{line}行多于{MOST_COLUMNS}格。", what_to_do="请检查分隔符，或删去多余的列，重新送数。")


def _columns(chunk: bytes, delimiter: str) -> Sequence[pa.StringArray]:
    """The columns of a chunk in which every line is one row of the same width; else none."""
    if b'"' in chunk or chunk.startswith(_BOM) or chunk.count(b"\r") != chunk.count(b"\r\n"):
        return ()
    width = chunk.count(delimiter.encode(), 0, chunk.find(b"\n") + 1) + 1
    if not 1 < width <= MOST_COLUMNS:
        return ()
    names = [str(index) for index in range(width)]
    try:
        table = arrow_csv.read_csv(
            cast("IO[bytes]", pa.BufferReader(chunk)),
            arrow_csv.ReadOptions(column_names=names, block_size=len(chunk) + 1),
            arrow_csv.ParseOptions(
                delimiter=delimiter, quote_char=False, double_quote=False, escape_char=False, ignore_empty_lines=False
            ),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return ()
    columns = [cast("pa.StringArray", column.combine_chunks()) for column in table.columns]
    return () if any(longest(column) > LONGEST_CELL for column in columns) else columns


def _tell_delimiter(chunk: bytes) -> str:
    """The delimiter that cuts the most lines into the same number of cells, more cells first."""
    lines = list(io.StringIO(chunk.decode(), newline=""))[:SAMPLE_LINES]

    def fitness(delimiter: str) -> int:
        with contextlib.suppress(csv.Error):
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1]
            return max((widths.count(width) * width for width in widths), default=0)
        return 0

    return max(DELIMITERS, key=fitness)
