"""Arrow's functions as the registry uses them, with types that say what comes out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    Column: TypeAlias = pa.Array[Any]
    Single: TypeAlias = pa.Scalar[Any]
else:
    Column, Single = pa.Array, pa.Scalar


def equals(column: Column, value: int | str) -> pa.BooleanArray:
    """Where the column has this value."""
    return pc.equal(column, pa.scalar(value, column.type))


def at_least(column: Column, value: int) -> pa.BooleanArray:
    """Where the column has this value or a larger one."""
    return pc.greater_equal(column, pa.scalar(value, column.type))


def at_most(column: Column, value: int) -> pa.BooleanArray:
    """Where the column has this value or a smaller one."""
    return pc.less_equal(column, pa.scalar(value, column.type))


def exceeds(column: Column, limit: Column | Single) -> pa.BooleanArray:
    """Where the column has a larger value than its limit; false where either is unknown."""
    return cast("pa.BooleanArray", pc.fill_null(pc.greater(column, cast("Any", limit)), pa.scalar(False)))


def positions(mask: pa.BooleanArray) -> list[int]:
    """Where the mask is true."""
    return integers(pc.indices_nonzero(mask))


def integers(column: Column) -> list[int]:
    """A column without nulls as numbers."""
    return cast("list[int]", column.to_pylist())


def texts_or_blank(column: Column) -> pa.StringArray:
    """The column with the empty text where it is null."""
    return cast("pa.StringArray", pc.fill_null(column, pa.scalar("", pa.string())))


def longest(column: Column) -> int:
    """Bytes of the longest text or bytes; 0 in an empty column."""
    return pc.max(pc.binary_length(cast("pa.StringArray", column))).as_py() or 0


def joined(columns: Sequence[Column], separator: str, *, null: str = "") -> pa.StringArray:
    """Each row's texts as one, `null` for nothing."""
    join = cast("Any", pc.binary_join_element_wise)
    return cast("pa.StringArray", join(*columns, separator, null_handling="replace", null_replacement=null))


def joined_bytes(columns: Sequence["Column | Single"], *, rows: int) -> pa.Buffer:
    """All bytes of the first row, then all of the second, and so on; a single value stands in every row."""
    join = cast("Any", pc.binary_join_element_wise)
    whole = join(*columns, b"", null_handling="replace", null_replacement=b"")
    _, offsets, data = whole.buffers()
    if not rows or data is None:
        return pa.py_buffer(b"")
    first, *_, last = memoryview(offsets).cast("i")[whole.offset : whole.offset + rows + 1]
    return cast("pa.Buffer", data.slice(first, last - first))


def flags(marks: bytearray) -> pa.BooleanArray:
    """True where a byte is not 0; a view of the bytes is read at once."""
    numbers = pa.Array.from_buffers(pa.uint8(), len(marks), [None, pa.py_buffer(marks)])
    return cast("pa.BooleanArray", pc.cast(numbers, pa.bool_()))


def in_one(table: pa.Table, key: str) -> Column:
    """A column of a table in one piece."""
    return table.column(key).combine_chunks()
