"""Reads a column of cells at once.

Plain spellings are taken by the fast lane, whole columns at a time; every other cell goes to the parser of `cells`,
which alone explains, and goes there once for each different text. Both lanes give the same, cell by cell.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from jieti.domain import uscc
from jieti.registry import cells
from jieti.registry.arrays import Column, at_most, equals, integers, texts_or_blank
from jieti.registry.cells import Cell, Parser
from jieti.registry.headers import Placed
from jieti.registry.protected import kind_of

Cells = pa.StringArray | Sequence[object]
Fast = Callable[[pa.StringArray], tuple[Column, pa.BooleanArray]]
ARROW_TYPES: dict[str, pa.DataType] = {
    "uscc": pa.string(),
    "text": pa.string(),
    "code": pa.string(),
    "identity": pa.string(),
    "phone": pa.string(),
    "date": pa.date32(),
    "month": pa.date32(),
    "year": pa.int32(),
    "money": pa.decimal128(18, 2),
    "int": pa.int64(),
    "bool": pa.bool_(),
}
# Letters that every Unicode version calls printable and that no normalisation touches.
_PLAIN = r"[!-~\x{4e00}-\x{9fef}\x{3001}\x{3002}\x{300a}\x{300b}\x{3010}\x{3011}\x{b7}\x{201c}\x{201d}（），：；]"
_PLAIN_TEXT = rf"^{_PLAIN}+(?: {_PLAIN}+)*$"
_NO_BLANK = r"[0-9\x{4e00}-\x{7a79}\x{7a7b}-\x{9fef}]"
"""A text with one of these is none of the marks for "nothing", of which only 空 is a word."""
_PLAIN_USCC = r"^[0-9]{8}[0-9A-HJ-NPQRTUWXY]{8}[0-9X][0-9A-HJ-NPQRTUWXY]$"
_PLAIN_MONEY = r"^[0-9]{1,15}(?:\.[0-9]{1,2})?$"
_DAY = r"(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])(?:29|30)|(?:0[13578]|1[02])31)"
_PLAIN_IDENTITY = rf"^[1-9][0-9]{{5}}(?:19|20)[0-9]{{2}}{_DAY}[0-9]{{3}}[0-9X]$"
_PLAIN_PHONE = r"^1[3-9][0-9]{9}$"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A column's values, null where unknown or at fault, and the cells with a warning or a refusal, by position."""

    values: Column
    faults: Mapping[int, Cell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lane:
    """How one column of a sheet is read."""

    type: pa.DataType
    parse: Parser
    fast: Fast | None = None

    def read(self, column: Cells) -> Parsed:
        """The column's values and faults."""
        texts = as_texts(column)
        if texts is None:
            return self._one_by_one(cast("Sequence[object]", column))
        return self._by_text(texts, self.fast)

    def read_slowly(self, column: Cells) -> Parsed:
        """The same by the parser of `cells` alone."""
        return self._one_by_one(column.to_pylist() if isinstance(column, pa.Array) else column)

    def _one_by_one(self, column: Sequence[object]) -> Parsed:
        found = [self.parse(raw) for raw in column]
        faults = {position: cell for position, cell in enumerate(found) if cell.refusal or cell.warning}
        return Parsed(pa.array([cell.value for cell in found], self.type), faults)

    def _by_text(self, texts: pa.StringArray, fast: Fast | None) -> Parsed:
        if fast is None:
            return self._each_text_once(texts)
        values, is_done = fast(texts)
        is_left = pc.invert(is_done)
        left = pc.indices_nonzero(is_left)
        if not len(left):
            return Parsed(values)
        slow = self._each_text_once(texts.take(left))
        places = integers(left) if slow.faults else []
        faults = {places[position]: cell for position, cell in slow.faults.items()}
        return Parsed(pc.replace_with_mask(values, is_left, slow.values), faults)

    def _each_text_once(self, texts: pa.StringArray) -> Parsed:
        coded = texts.dictionary_encode()
        found = [self.parse(text) for text in coded.dictionary.to_pylist()]
        values = pa.array([cell.value for cell in found], self.type).take(coded.indices)
        faulty = {index: cell for index, cell in enumerate(found) if cell.refusal or cell.warning}
        if not faulty:
            return Parsed(values)
        at = pc.indices_nonzero(pc.is_in(coded.indices, value_set=pa.array(list(faulty), coded.indices.type)))
        indices = integers(coded.indices.take(at))
        return Parsed(values, {place: faulty[index] for place, index in zip(integers(at), indices, strict=True)})


def lane(placed: Placed) -> Lane:
    """The lane of a column as the sheet has it."""
    kind = kind_of(placed.column)
    parse = cells.parser(kind, codes=placed.column.codes, ten_thousands=placed.ten_thousands)
    fast = None if kind == "money" and placed.ten_thousands else _FAST.get(kind)
    return Lane(ARROW_TYPES[kind], parse, fast)


def as_texts(column: Cells) -> pa.StringArray | None:
    """The column as text, nothing as the empty text; None where a cell is anything else."""
    if not isinstance(column, pa.Array):
        try:
            column = pa.array(column, pa.string())
        except (pa.ArrowException, UnicodeEncodeError):
            return None
    return texts_or_blank(column) if column.null_count else column


def _taken(values: Column, is_done: pa.BooleanArray) -> tuple[Column, pa.BooleanArray]:
    """Values where they are done, null elsewhere."""
    return pc.if_else(is_done, values, pa.scalar(None, values.type)), is_done


def _text(texts: pa.StringArray) -> tuple[Column, pa.BooleanArray]:
    is_plain = pc.and_(pc.match_substring_regex(texts, _PLAIN_TEXT), pc.match_substring_regex(texts, _NO_BLANK))
    is_plain = pc.and_(is_plain, at_most(pc.utf8_length(texts), cells.LONGEST_TEXT))
    is_blank = equals(texts, "")
    if pc.all(is_plain).as_py():
        return texts, is_plain
    return pc.if_else(is_plain, texts, pa.scalar(None, pa.string())), pc.or_(is_plain, is_blank)


def _uscc(texts: pa.StringArray) -> tuple[Column, pa.BooleanArray]:
    def is_right(codes: pa.StringArray) -> pa.BooleanArray:
        whole = _weighted(codes, 18, _USCC_VALUES, _USCC_WEIGHTS)
        organisation = _weighted(codes, 18, _ORGANISATION_VALUES, _ORGANISATION_WEIGHTS)
        check = _weighted(codes, 18, _IDENTITY_VALUES, _ORGANISATION_CHECK)
        return pc.and_(_divides(31, whole), _divides(11, pc.add(organisation, check)))

    return _checked(texts, _PLAIN_USCC, is_right)


def _identity(texts: pa.StringArray) -> tuple[Column, pa.BooleanArray]:
    def is_right(numbers: pa.StringArray) -> pa.BooleanArray:
        return _divides(11, pc.subtract(_weighted(numbers, 18, _IDENTITY_VALUES, _IDENTITY_WEIGHTS), 1))

    return _checked(texts, _PLAIN_IDENTITY, is_right)


def _phone(texts: pa.StringArray) -> tuple[Column, pa.BooleanArray]:
    return _taken(texts, pc.match_substring_regex(texts, _PLAIN_PHONE))


def _money(texts: pa.StringArray) -> tuple[Column, pa.BooleanArray]:
    is_plain = pc.match_substring_regex(texts, _PLAIN_MONEY)
    plain = pc.if_else(is_plain, texts, pa.scalar(None, pa.string()))
    return plain.cast(ARROW_TYPES["money"]), is_plain


def _checked(
    texts: pa.StringArray, shape: str, is_right: Callable[[pa.StringArray], pa.BooleanArray]
) -> tuple[Column, pa.BooleanArray]:
    """Texts of this shape whose check characters are right."""
    has_shape = pc.match_substring_regex(texts, shape)
    right = is_right(texts.filter(has_shape))
    return _taken(texts, pc.replace_with_mask(has_shape, has_shape, right))


def _weighted(texts: pa.StringArray, length: int, values: pa.Int32Array, weights: Sequence[int]) -> Column:
    """For texts of `length` ASCII characters: the sum of each character's value times its place's weight."""
    size = len(texts)
    _, offsets, data = texts.buffers()
    if not size or data is None or offsets is None:
        return pa.array([], pa.int64())
    start = memoryview(offsets).cast("i")[texts.offset]
    characters = pa.Array.from_buffers(pa.uint8(), size * length, [None, data.slice(start, size * length)])
    # Made for more rows than these, so that blocks of nearly the same size share them.
    tiled, places = _tiled(tuple(weights), 1 << size.bit_length())
    products = pc.multiply(values.take(characters), tiled.slice(0, size * length))
    sums = pc.cumulative_sum(pc.cast(products, pa.int64()))
    ends = sums.take(places.slice(0, size))
    before = pa.concat_arrays([pa.array([0], pa.int64()), ends.slice(0, size - 1)])
    return pc.subtract(ends, before)


@lru_cache(maxsize=16)
def _tiled(weights: tuple[int, ...], rows: int) -> tuple[pa.Int32Array, pa.Int64Array]:
    """The weights once for each row, and where each row ends."""
    length = len(weights)
    ends = pa.array(range(length - 1, rows * length, length), pa.int64())
    return pa.array(list(weights) * rows, pa.int32()), ends


def _divides(number: int, sums: Column) -> pa.BooleanArray:
    return pc.equal(pc.multiply(pc.divide(sums, number), number), sums)


def _values(alphabet: str) -> pa.Int32Array:
    """What each byte counts: its place in the alphabet."""
    return pa.array([alphabet.find(chr(byte)) % 64 for byte in range(256)], pa.int32())


_USCC_VALUES = _values(uscc.ALPHABET)
_USCC_WEIGHTS = (*(pow(3, place, 31) for place in range(17)), 1)
_IDENTITY_VALUES = _values("0123456789X")
_IDENTITY_WEIGHTS = (*cells.IDENTITY_WEIGHTS, 1)
_ORGANISATION_WEIGHTS = (*[0] * 8, 3, 7, 9, 10, 5, 8, 4, 2, 0, 0)
_ORGANISATION_CHECK = (*[0] * 16, 1, 0)
_ORGANISATION_VALUES = _values("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_FAST: dict[str, Fast] = {
    "text": _text,
    "uscc": _uscc,
    "identity": _identity,
    "phone": _phone,
    "money": _money,
}
