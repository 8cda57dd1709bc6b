"""Rows of a sheet as they come from its file, in blocks: row by row, or column by column where all cells are text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa

BATCH_ROWS = 20_000

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that follow each other. Either `rows`, or `columns` of text that are all equally long."""

    rows: Sequence[Row] = ()
    columns: Sequence[pa.StringArray] = ()

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else len(self.rows)

    def as_rows(self) -> Sequence[Row]:
        """The rows, one by one."""
        if not self.columns:
            return self.rows
        return list(zip(*(column.to_pylist() for column in self.columns), strict=True))


def in_blocks(rows: Iterator[Row]) -> Iterator[Block]:
    """Rows gathered into blocks."""
    while chunk := list(islice(rows, BATCH_ROWS)):
        yield Block(rows=chunk)
