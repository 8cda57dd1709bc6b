"""Results as the leaves of a Merkle tree: a text for every row, in the order of their bytes."""

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rulecore.errors import FactsError, Problem

READ_AT_ONCE = 1 << 16
SORTED_AT_ONCE = 1_000_000
_SAMPLE = 1000
_RESULTS = ("tier", "possible", "true_bits", "unknown_bits")

Leaves: TypeAlias = "pa.Array[Any]"


def row_count(results: Path) -> int:
    """How many rows a results file, or a folder of them, has.

    Raises:
        FactsError: there is no file.
    """
    return sum(pq.read_metadata(file).num_rows for file in _files(results))


def in_runs(results: Path, length: int, folder: Path) -> Iterator[Leaves]:
    """All leaves in order, in pieces of `length`, the last one shorter; `folder` takes what memory should not hold.

    Raises:
        FactsError: a file holds no results, or a row has no key.
    """
    return _cut(_ordered(results, folder), length)


def places(leaves: Leaves, subject: str) -> list[int]:
    """Where the leaves of the business with this key stand; the key is all before the last four TABs."""
    starts: Any = pc.starts_with(cast("Any", leaves), cast("Any", f"{subject}\t".encode()))
    alike: Any = pc.indices_nonzero(starts).to_pylist()
    return [place for place in alike if leaves[place].as_py().rsplit(b"\t", 4)[0] == subject.encode()]


def _files(path: Path) -> list[Path]:
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path] if path.is_file() else []
    if not files:
        raise FactsError(Problem(str(path), "there are no results"))
    return files


def _texts(batch: pa.RecordBatch) -> Leaves:
    """For every row: key TAB tier or `-` TAB possible results, with commas TAB true bits TAB unknown bits."""
    subject, tier, possible, true, unknown = batch.columns
    together: Any = pc.binary_join(pc.cast(possible, pa.list_(pa.string())), pa.scalar(","))
    fields: list[Any] = [pc.cast(item, pa.string()) for item in (subject, tier, true, unknown)]
    fields[1:2] = [pc.fill_null(fields[1], "-"), together]
    text: Any = pc.binary_join_element_wise(*fields, pa.scalar("\t"))
    return cast("Leaves", pc.cast(text, pa.large_binary()))


def _batches(results: Path) -> Iterator[Leaves]:
    for path in _files(results):
        with pq.ParquetFile(path) as file:
            subject = file.schema_arrow.names[0]
            if tuple(file.schema_arrow.names[1:]) != _RESULTS:
                raise FactsError(Problem(str(path), f"these are no results: {', '.join(file.schema_arrow.names)}"))
            for batch in file.iter_batches(batch_size=READ_AT_ONCE):
                texts = _texts(batch)
                if texts.null_count:
                    raise FactsError(Problem(str(path), "a row without a key or without a result", where=subject))
                yield texts


def _ordered(results: Path, folder: Path) -> Iterator[Leaves]:
    """All leaves in the order of their bytes, in pieces of any length, with bounded memory."""
    in_order, count, sample = _survey(results)
    if in_order:
        yield from _batches(results)
        return
    wanted = max(1, -(-count // SORTED_AT_ONCE))
    edges = [sample[len(sample) * number // wanted] for number in range(1, wanted)]
    for piece in _partitions(results, edges, folder):
        yield piece.take(pc.sort_indices(piece))


def _survey(results: Path) -> tuple[bool, int, list[bytes]]:
    """Whether the leaves stand in order already, how many there are, and every thousandth, sorted."""
    in_order, count, sample, last = True, 0, [], b""
    for leaves in _batches(results):
        sample += [bytes(leaf.as_py()) for leaf in leaves[::_SAMPLE]]
        count += len(leaves)
        if len(leaves) and in_order:
            rising = pc.all(pc.less_equal(leaves[:-1], leaves[1:])).as_py()
            in_order = rising is not False and last <= leaves[0].as_py()
            last = leaves[-1].as_py()
    return in_order, count, sorted(sample)


def _partitions(results: Path, edges: list[bytes], folder: Path) -> Iterator[Leaves]:
    """The leaves apart at the edges: all below the first, then all below the second, and so on."""
    schema = pa.schema([("leaf", pa.large_binary())])
    files = [folder / f"{number}.arrow" for number in range(len(edges) + 1)]
    writers = [pa.ipc.new_file(str(file), schema) for file in files]
    for leaves in _batches(results):
        ordered = leaves.take(pc.sort_indices(leaves))
        cuts = [0, *(bisect_left(_Bytes(ordered), edge) for edge in edges), len(ordered)]
        for writer, (start, end) in zip(writers, itertools.pairwise(cuts), strict=True):
            if start < end:
                writer.write_batch(pa.record_batch([ordered[start:end]], schema=schema))
    for writer in writers:
        writer.close()
    for file in files:
        yield pa.ipc.open_file(str(file)).read_all().column(0).combine_chunks()
        file.unlink()


class _Bytes(Sequence[bytes]):
    """An Arrow array as a sequence, one value at a time, for bisection."""

    def __init__(self, array: Leaves) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, index: int) -> bytes:  # type: ignore[override]  # bisection asks for no slices
        return bytes(self._array[index].as_py())


def _cut(pieces: Iterable[Leaves], length: int) -> Iterator[Leaves]:
    """The same leaves in pieces of `length`, the last one shorter."""
    held: list[Leaves] = []
    size = 0
    for piece in pieces:
        start = 0
        while size + len(piece) - start >= length:
            end = start + length - size
            yield pa.concat_arrays([*held, piece[start:end]])
            held, size, start = [], 0, end
        if start < len(piece):
            held.append(piece[start:])
            size += len(piece) - start
    if held:
        yield pa.concat_arrays(held)
