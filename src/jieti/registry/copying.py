"""Columns as the bytes that PostgreSQL's COPY reads in its binary format, made column by column.

Layout (PostgreSQL documentation, COPY, "Binary Format"): a header; for each row the number of its fields, then for each
field the number of its bytes (-1: null) and these; a trailer. Numbers are big-endian.
"""

import datetime
import struct
from functools import reduce
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from jieti.registry.arrays import Column, joined_bytes

HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
TRAILER = struct.pack(">h", -1)
_NULL = -1
_EPOCH = (datetime.date(2000, 1, 1) - datetime.date(1970, 1, 1)).days
"""PostgreSQL counts days from another day than Arrow."""


def as_rows(batch: pa.RecordBatch) -> memoryview:
    """The rows of a batch of texts, bytes and days."""
    pieces: list[Column | pa.BinaryScalar] = [pa.scalar(struct.pack(">h", batch.num_columns), pa.binary())]
    for column in batch.columns:
        values = _values(column)
        pieces += [_sizes(values), values]
    return memoryview(joined_bytes(pieces, rows=batch.num_rows))


def _values(column: Column) -> pa.BinaryArray:
    if pa.types.is_date32(column.type):
        return _big_endian(pc.subtract(column.view(pa.int32()), pa.scalar(_EPOCH, pa.int32())))
    return cast("pa.BinaryArray", column.cast(pa.binary()))


def _sizes(values: pa.BinaryArray) -> "Column | pa.BinaryScalar":
    """Before each value how many bytes it has; one for all where they are equally long."""
    lengths = pc.binary_length(values)
    most = pc.max(lengths).as_py() or 0
    if not values.null_count and most == pc.min(lengths).as_py():
        return pa.scalar(struct.pack(">i", most), pa.binary())
    return _big_endian(cast("Column", pc.fill_null(lengths, pa.scalar(_NULL, pa.int32()))))


def _big_endian(numbers: Column) -> pa.BinaryArray:
    """Each number as four bytes, the greatest first; null stays null."""
    bits = numbers.view(pa.uint32())
    parts = [_moved(bits, 24 - 16 * place) for place in range(4)]
    masks = (pa.scalar(0xFF << 8 * (3 - place), pa.uint32()) for place in range(4))
    swapped = reduce(pc.bit_wise_or, map(pc.bit_wise_and, parts, masks))
    whole = pa.Array.from_buffers(pa.binary(4), len(swapped), swapped.buffers(), offset=swapped.offset)
    return cast("pa.BinaryArray", whole.cast(pa.binary()))


def _moved(bits: Column, places: int) -> Column:
    """The bits moved up by so many places, down where it is less than none."""
    move = pc.shift_left if places > 0 else pc.shift_right
    return move(bits, pa.scalar(abs(places), pa.uint32()))
