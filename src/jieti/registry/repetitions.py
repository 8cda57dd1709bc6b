"""Rows that say the same thing twice, and rows of one business that contradict each other.

Rows are told apart by a hash of eight bytes each; what shares a hash is then compared in full, share by share of all
hashes, so that memory stays bounded however many rows repeat.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jieti.registry.arrays import equals, integers, positions
from jieti.registry.blocks import BATCH_ROWS
from jieti.registry.cells import shown
from jieti.registry.findings import Finding, Ledger
from jieti.registry.protected import cipher_key, is_protected, masked_text, protected_keys, sealed_cipher
from jieti.registry.records import SEPARATOR
from jieti.registry.sources import BUSINESS
from jieti.registry.staging import Staged
from jieti.registry.tables import RAW, REST, ROW, SHEET, clean_schema, code_key, table_schema, value_hashes
from rulecore.model import Source

REPEATED, ALREADY_HELD = "重复行", "已收过的行"
SHARE = 100_000
"""Rows that are compared in full at a time."""
Values = tuple[object, ...]
Dropped = bytearray
"""For each staged row whether it does not go on."""


@dataclass(frozen=True, slots=True)
class _Staged:
    """A staged row that may be repeated."""

    position: int
    row_number: int
    sheet: str
    rest: str
    raw: str
    ciphers: Mapping[str, bytes | None]
    values: Values


def drop_repetitions(source: Source, staged: Staged, ledger: Ledger) -> Dropped:
    """Which staged rows may not go on: collapsed repetitions, and contradicting rows of the register.

    Equal rows are taken once. Two rows of the register with one code that disagree are both refused: nobody but
    the supplier can tell which is right.
    """
    dropped = Dropped(len(staged.keys))
    for suspects in _suspects(staged):
        groups: dict[object, list[_Staged]] = {}
        for row in _rows_at(source, staged.path, suspects):
            groups.setdefault(_identity(source, row), []).append(row)
        for rows in groups.values():
            differ = len({row.values for row in rows}) > 1
            for position in _refuse(source, staged, rows, ledger) if differ else _collapse(rows, ledger):
                dropped[position] = 1
    return dropped


def drop_already_held(source: Source, staged: Staged, dropped: Dropped, base: Path, ledger: Ledger) -> None:
    """Marks in `dropped` further rows: those that a supplement repeats from the table it supplements."""
    keys = _hashes(source, staged.path)
    for share in _shares(len(keys)):
        here = positions(share.holds(keys))
        fresh: dict[Values, list[_Staged]] = {}
        for row in _rows_at(source, staged.path, here):
            if not dropped[row.position]:
                fresh.setdefault(row.values, []).append(row)
        for values in _held(source, base, keys.take(pa.array(here, pa.int64()))):
            for row in fresh.pop(values, ()):
                dropped[row.position] = 1
                reason = "与以前收到的一行完全相同，没有重复计入"
                ledger.skip(ALREADY_HELD, Finding(row.sheet, row.row_number, "", "", reason, "warned"))


@dataclass(frozen=True, slots=True)
class _Share:
    """One of `count` shares of all hashes."""

    number: int
    count: int

    def holds(self, keys: pa.Int64Array) -> pa.BooleanArray:
        """Which of the hashes are in it."""
        rest = pc.bit_wise_and(keys, pa.scalar(self.count - 1, pa.int64()))
        return equals(rest, self.number)


def _shares(rows: int) -> Iterator[_Share]:
    """As many shares, a power of two, as keep each to about `SHARE` rows."""
    count = 1 << max(0, (rows // SHARE).bit_length())
    return (_Share(number, count) for number in range(count))


def _identity(source: Source, row: _Staged) -> object:
    if source.rows == BUSINESS:
        return row.values[clean_schema(source).names.index(code_key(source))]
    return (row.values, row.rest)


def _suspects(staged: Staged) -> Iterator[Sequence[int]]:
    """Positions whose key occurs more than once, ascending, share by share."""
    keys = _as_array(staged.keys)
    counts = [pc.value_counts(keys.filter(share.holds(keys))) for share in _shares(len(keys) // 8)]
    repeated = pa.concat_arrays(
        [one.field(0).filter(pc.greater(one.field(1), pa.scalar(1, pa.int64()))) for one in counts]
    )
    if not len(repeated):
        return
    at = pc.indices_nonzero(pc.is_in(keys, value_set=repeated))
    suspected = keys.take(at)
    for share in _shares(len(at)):
        here = integers(at.filter(share.holds(suspected)))
        if here:
            yield here


def _as_array(keys: "array[int]") -> pa.Int64Array:
    return cast("pa.Int64Array", pa.Array.from_buffers(pa.int64(), len(keys), [None, pa.py_buffer(keys)]))


def _hashes(source: Source, path: Path) -> pa.Int64Array:
    keys: array[int] = array("q")
    for batch in _batches(path, clean_schema(source).names):
        keys.extend(value_hashes(source, batch))
    return _as_array(keys)


def _held(source: Source, base: Path, fresh: pa.Int64Array) -> Iterator[Values]:
    """The rows of a clean table whose hashes are among the fresh ones."""
    names = clean_schema(source).names
    for batch in _batches(base, names):
        hashes = pa.array(value_hashes(source, batch), pa.int64())
        columns = batch.filter(pc.is_in(hashes, value_set=fresh)).to_pydict()
        yield from zip(*(columns[key] for key in names), strict=True)


def _batches(path: Path, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=BATCH_ROWS, columns=list(names))


def _rows_at(source: Source, path: Path, wanted: Sequence[int]) -> Iterator[_Staged]:
    """The staged rows at these ascending positions."""
    keys, protected = clean_schema(source).names, protected_keys(source)
    offset = 0
    for batch in _batches(path, [*table_schema(source).names, ROW, SHEET, REST, RAW]):
        here = wanted[bisect_left(wanted, offset) : bisect_left(wanted, offset + batch.num_rows)]
        rows = batch.take(pa.array([position - offset for position in here], pa.int64())).to_pydict() if here else {}
        for at, position in enumerate(here):
            yield _Staged(
                position=position,
                row_number=rows[ROW][at],
                sheet=rows[SHEET][at],
                rest=rows[REST][at] or "",
                raw=rows[RAW][at] or "",
                ciphers={key: rows[cipher_key(key)][at] for key in protected},
                values=tuple(rows[key][at] for key in keys),
            )
        offset += batch.num_rows


def _collapse(rows: Sequence[_Staged], ledger: Ledger) -> Iterator[int]:
    kept, *others = rows
    for row in others:
        reason = f"与{_place(kept)}完全相同，只取一次；请核对是否重复填报"
        ledger.skip(REPEATED, Finding(row.sheet, row.row_number, "", "", reason, "warned"))
        yield row.position


def _refuse(source: Source, staged: Staged, rows: Sequence[_Staged], ledger: Ledger) -> Iterator[int]:
    columns = list(source.columns.values())
    differing = [index for index in range(len(columns)) if len({row.values[index] for row in rows}) > 1]
    names = "、".join(columns[index].header for index in differing)
    for row in rows:
        others = _places([other for other in rows if other is not row])
        reason = f"同一代码还有{others}，{names}不一致，都退回；请核实后只保留一行"
        first = columns[differing[0]]
        value = "" if is_protected(first) else masked_text(shown(row.values[differing[0]]))
        place = (row.sheet, row.row_number, first.header, value)
        ledger.refuse([Finding(*place, reason, "refused", _raw(staged, row))])
        yield row.position


def _raw(staged: Staged, row: _Staged) -> Sequence[str]:
    """The row as it came; what is protected is sealed."""
    cells = row.raw.split(SEPARATOR)
    for index, key in staged.protected[row.sheet]:
        cipher = row.ciphers[key]
        cells[index] = sealed_cipher(cipher) if cipher else ""
    return cells


def _places(rows: Sequence[_Staged]) -> str:
    most = 10
    more = f"等{len(rows)}处" if len(rows) > most else ""
    return "、".join(map(_place, rows[:most])) + more


def _place(row: _Staged) -> str:
    return f"工作表“{row.sheet}”第{row.row_number}行" if row.sheet else f"第{row.row_number}行"
