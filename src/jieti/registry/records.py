"""The records of a block, column by column, with the numbers of their rows in the file."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from jieti.registry.arrays import flags, joined, longest
from jieti.registry.cells import LONGEST_RAW, shown
from jieti.registry.lanes import Cells, as_texts
from jieti.registry.protected import names_somebody, veiled

SEPARATOR = "\x1f"
"""Stands between the cells of a row that is kept as one text; a cell that holds it is given another sign instead."""
STAND_IN = "\ufffd"


@dataclass(frozen=True, slots=True)
class Records:
    """Rows that are records; all columns of the sheet, whether the source knows them or not."""

    numbers: pa.Int64Array
    columns: Sequence[Cells]

    def __len__(self) -> int:
        return len(self.numbers)

    def number(self, position: int) -> int:
        """The row's number in the file."""
        return int(self.numbers[position].as_py())

    def cell(self, index: int, position: int) -> object:
        """A cell as the file has it."""
        column = self.columns[index]
        return column[position].as_py() if isinstance(column, pa.Array) else column[position]

    def row(self, position: int) -> Sequence[object]:
        """A row as the file has it."""
        return [self.cell(index, position) for index in range(len(self.columns))]

    def mask_without(self, positions: Collection[int]) -> pa.BooleanArray:
        """True but at these positions."""
        mask = bytearray(b"\x01") * len(self)
        for position in positions:
            mask[position] = 0
        return flags(mask)

    def without(self, positions: Collection[int]) -> "Records":
        """The records but those at these positions."""
        return self.filter(self.mask_without(positions)) if positions else self

    def filter(self, keep: pa.BooleanArray) -> "Records":
        """The records at which `keep` is true."""
        wanted: list[bool] = []
        columns: list[Cells] = []
        for column in self.columns:
            if isinstance(column, pa.Array):
                columns.append(column.filter(keep))
                continue
            wanted = wanted or cast("list[bool]", keep.to_pylist())
            columns.append([cell for cell, is_wanted in zip(column, wanted, strict=True) if is_wanted])
        return Records(self.numbers.filter(keep), columns)

    def joined(
        self, indices: Sequence[int], *, veil: Callable[[str], str], leaving_out: Collection[int] = ()
    ) -> pa.StringArray:
        """Each row's cells at these indices as one text; `veil` is put on cells that hold an identity number."""
        empty = pa.array([""] * len(self), pa.string())
        columns = [empty if index in leaving_out else _as_shown(self.columns[index]) for index in indices]
        whole = joined(columns, SEPARATOR)
        return joined([veiled(column, veil) for column in columns], SEPARATOR) if names_somebody(whole) else whole


def _as_shown(column: Cells) -> pa.StringArray:
    texts = as_texts(column)
    if texts is None:
        texts = pa.array([_printable(raw) for raw in column], pa.string())
    if pc.any(pc.match_substring(texts, SEPARATOR)).as_py():
        texts = pc.replace_substring(texts, SEPARATOR, STAND_IN)
    return pc.utf8_slice_codeunits(texts, 0, LONGEST_RAW) if longest(texts) > LONGEST_RAW else texts


def _printable(raw: object) -> str:
    return shown(raw).encode("utf-8", "replace").decode()
