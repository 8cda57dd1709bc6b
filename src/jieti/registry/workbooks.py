"""XLSX workbooks, looked at before they are opened: nothing that runs, points elsewhere, or swells in memory."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from jieti.kit.errors import Refusal
from jieti.registry.archives import Member, members, unpacked

WORKBOOK = "xl/workbook.xml"
MOST_PARTS = 2_000
LONGEST_CELL = 100_000
"""Characters; a spreadsheet itself keeps 32,767."""
MOST_COLUMNS = 500
MOST_ROWS = 1_048_576
SMALLEST_SPARSE = 2_000_000
"""Cells of a sheet's rectangle; below it nobody asks how many are filled."""
SPARSE = 50
_LONGEST_RUN = 4 * LONGEST_CELL
_OVERLAP = 256
_SAVE_PLAIN = "请在电子表格里另存为不带宏的 XLSX，或另存为 CSV，再送来。"
_ROW_FAR = re.compile(rb'r="[A-Z]{0,4}(\d{7,})"')
_ROW_STARTS = re.compile(rb'<(?:\w+:)?row [^>]*?r="(\d+)"')
_WIDE = re.compile(rb' r="([A-Z]{2,})\d')
_CELLS = (b"<c ", b":c ")


def refuse_unsafe(file: IO[bytes], parts: Sequence[Member]) -> None:
    """Raises Refusal for a workbook with macros, links to other files or data connections, or too large to open."""
    names = {part.name.lower() for part in parts}
    if any(name.endswith(("vbaproject.bin", "vbadata.xml")) or name.startswith("xl/macrosheets/") for name in names):
        raise Refusal("工作簿里有宏。宏不会被运行，带宏的文件也不收。", what_to_do=_SAVE_PLAIN)
    if any(name.startswith("xl/externallinks/") for name in names):
        raise Refusal("工作簿里有指向其他文件的链接。", what_to_do="请在“编辑链接”里断开链接，或另存为 CSV，再送来。")
    if "xl/connections.xml" in names:
        raise Refusal("工作簿里有外部数据连接。", what_to_do="请删去数据连接，或另存为 CSV，再送来。")
    for part in parts:
        name = part.name.lower()
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            _look_through(file, part, _Extent())
        elif name.endswith((".xml", ".rels")):
            _look_through(file, part, None)


def parts_of(file: IO[bytes]) -> Sequence[Member]:
    """The parts of a workbook, or the members of a plain archive."""
    return members(file, most=MOST_PARTS)


@dataclass
class _Extent:
    """The rectangle of a sheet, which a reader keeps whole in memory, and how many of its cells are filled."""

    rows: int = 0
    letter: int = 0
    columns: int = 1
    cells: int = 0

    def take(self, block: bytes, fresh: int) -> None:
        """`block` begins with `fresh` bytes less than its length that were seen before."""
        self.cells += sum(block.count(mark, len(block) - fresh) for mark in _CELLS)
        self.rows = max(self.rows, *map(int, _ROW_STARTS.findall(block)), *map(int, _ROW_FAR.findall(block)), 0)
        for letters in set(_WIDE.findall(block)):
            self.columns = max(self.columns, _column_number(letters))
        while self.letter < 26 and (found := re.search(rb' r="([%c-Z])\d' % (65 + self.letter), block)):
            self.letter = found[1][0] - 64
        self.columns = max(self.columns, self.letter)
        self.refuse_swollen()

    def refuse_swollen(self) -> None:
        if self.columns > MOST_COLUMNS:
            raise Refusal(f"工作表多于{MOST_COLUMNS}列。", what_to_do="请删去右边多余的列，重新送数。")
        if self.rows > MOST_ROWS:
            raise Refusal(
                "工作表的行号超出了电子表格的范围，文件已损坏或被改动。", what_to_do="请另存为 CSV 后重新送数。"
            )

    def refuse_sparse(self) -> None:
        area = self.rows * self.columns
        if area > SMALLEST_SPARSE and area > SPARSE * max(self.cells, 1):
            raise Refusal(
                "工作表几乎全是空格，范围却极大。", what_to_do="请删去表外的零星单元格，或另存为 CSV 后重新送数。"
            )


def _look_through(file: IO[bytes], part: Member, extent: _Extent | None) -> None:
    tail, run = b"", 0
    is_start = True
    for block in unpacked(file, part.info):
        if is_start and (b"<!DOCTYPE" in block or b"<!ENTITY" in block):
            raise Refusal("工作簿里有不该有的实体声明，已损坏或被改动。", what_to_do="请另存为 CSV 后重新送数。")
        is_start = False
        run = _refuse_long_run(block, run)
        if extent:
            extent.take(tail + block, len(block))
            tail = block[-_OVERLAP:]
    if extent:
        extent.refuse_sparse()


def _refuse_long_run(block: bytes, before: int) -> int:
    """`before` bytes without a mark stood at the end of the block before; returns how many stand at this one's end."""
    first = block.find(b"<")
    if first < 0:
        first = len(block)
    longest = before + first
    for start in range(first, len(block), _LONGEST_RUN // 2):
        end = block.find(b"<", start)
        longest = max(longest, (len(block) if end < 0 else end) - max(block.rfind(b"<", 0, start), 0))
    if longest > _LONGEST_RUN:
        raise Refusal(f"有一格的内容长于{LONGEST_CELL}字。", what_to_do="请检查该表是否串格，改正后重新送数。")
    last = block.rfind(b"<")
    return before + len(block) if last < 0 else len(block) - last


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters[:4]:
        number = number * 26 + letter - 64
    return number
