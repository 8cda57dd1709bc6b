"""The Merkle tree over results: docs/verify.md is its definition, byte by byte.

One leaf a row, ordered by the bytes of its text, so that no engine, row order or split into files changes the root.
Leaves are read in runs of 2¹⁶, each a whole subtree of the tree of RFC 6962, so that memory does not grow with rows.
"""

import hashlib
import itertools
import multiprocessing
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rulecore.errors import FactsError, Problem

SUBTREE = 1 << 16
SORTED_AT_ONCE = 1_000_000
_ROWS_FOR_PROCESSES = 1_000_000
_SAMPLE = 1000
_RESULTS = ("tier", "possible", "true_bits", "unknown_bits")

Leaves: TypeAlias = "pa.Array[Any]"


@dataclass(frozen=True)
class Proof:
    """One leaf, its place among `size` leaves, and the hashes beside its way up to the root, lowest first."""

    leaf: str
    index: int
    size: int
    path: tuple[bytes, ...]


def leaf_hash(text: bytes) -> bytes:
    """SHA-256(0x00 ‖ text)."""
    return hashlib.sha256(b"\x00" + text).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_hash(hashes: Sequence[bytes]) -> bytes:
    """The root over the hashes of leaves or of whole subtrees of one size; of none: SHA-256 of nothing."""
    level = list(hashes)
    while len(level) > 1:
        level = _level_above(level)
    return level[0] if level else hashlib.sha256(b"").digest()


def _level_above(level: list[bytes]) -> list[bytes]:
    """Pairs hashed together; the last without a partner goes up as it is."""
    hashed = hashlib.sha256
    above = [hashed(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
    return above + level[-1:] if len(level) % 2 else above


def audit_path(hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The hashes beside the way from leaf `index` to the root, lowest first."""
    level, path = list(hashes), []
    while len(level) > 1:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        level, index = _level_above(level), index // 2
    return tuple(path)


def proves(proof: Proof, root: bytes) -> bool:
    """Whether the proof leads to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= proof.index < proof.size:
        return False
    index, last, found = proof.index, proof.size - 1, leaf_hash(proof.leaf.encode())
    for beside in proof.path:
        if last == 0:
            return False
        if index % 2 or index == last:
            found = node_hash(beside, found)
            while not index % 2 and index:
                index, last = index // 2, last // 2
        else:
            found = node_hash(found, beside)
        index, last = index // 2, last // 2
    return last == 0 and found == root


def result_files(path: Path) -> list[Path]:
    """The Parquet files of results: one, or all of a folder.

    Raises:
        FactsError: there is none.
    """
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path] if path.is_file() else []
    if not files:
        raise FactsError(Problem(str(path), "there are no results"))
    return files


def merkle_root(results: Path) -> bytes:
    """The root over a results file, or a folder of them.

    Raises:
        FactsError: a file holds no results, or a row has no key.
    """
    rows = sum(pq.read_metadata(file).num_rows for file in result_files(results))
    with TemporaryDirectory() as folder:
        subtrees = _in_runs(_ordered(results, Path(folder)), SUBTREE)
        if rows < _ROWS_FOR_PROCESSES:
            return tree_hash([_subtree(leaves) for leaves in subtrees])
        with multiprocessing.get_context("spawn").Pool() as pool:
            return tree_hash(list(pool.imap(_subtree, subtrees)))


def prove(results: Path, subject: str) -> tuple[Proof, bytes]:
    """The proof of the row with this key, and the root to which it leads.

    Raises:
        FactsError: no row or several rows have this key, or a file holds no results.
    """
    roots: list[bytes] = []
    found: list[tuple[int, int, Leaves]] = []
    size = 0
    with TemporaryDirectory() as folder:
        for leaves in _in_runs(_ordered(results, Path(folder)), SUBTREE):
            found += [(len(roots), place, leaves) for place in _places(leaves, subject)]
            roots.append(_subtree(leaves))
            size += len(leaves)
    if len(found) != 1:
        raise FactsError(Problem(str(results), f"{len(found)} rows with this key; one is expected", value=subject))
    run, place, leaves = found[0]
    inner = audit_path(_hashes(leaves), place)
    way = (*inner, *audit_path(roots, run))
    return Proof(leaves[place].as_py().decode(), run * SUBTREE + place, size, way), tree_hash(roots)


def _places(leaves: Leaves, subject: str) -> list[int]:
    """Where the leaves of the business with this key stand; the key is all before the last four TABs."""
    starts: Any = pc.starts_with(cast("Any", leaves), cast("Any", f"{subject}\t".encode()))
    alike: Any = pc.indices_nonzero(starts).to_pylist()
    return [place for place in alike if leaves[place].as_py().rsplit(b"\t", 4)[0] == subject.encode()]


def _subtree(leaves: Leaves) -> bytes:
    return tree_hash(_hashes(leaves))


def _hashes(leaves: Leaves) -> list[bytes]:
    hashed, texts = hashlib.sha256, cast("list[bytes]", leaves.to_pylist())
    return [hashed(b"\x00" + text).digest() for text in texts]


def leaf_texts(batch: pa.RecordBatch) -> Leaves:
    """For every row: key TAB tier or `-` TAB possible results, with commas TAB true bits TAB unknown bits."""
    subject, tier, possible, true, unknown = batch.columns
    together: Any = pc.binary_join(pc.cast(possible, pa.list_(pa.string())), pa.scalar(","))
    fields: list[Any] = [pc.cast(item, pa.string()) for item in (subject, tier, true, unknown)]
    fields[1:2] = [pc.fill_null(fields[1], "-"), together]
    text: Any = pc.binary_join_element_wise(*fields, pa.scalar("\t"))
    return cast("Leaves", pc.cast(text, pa.large_binary()))


def _batches(results: Path) -> Iterator[Leaves]:
    for path in result_files(results):
        with pq.ParquetFile(path) as file:
            subject = file.schema_arrow.names[0]
            if tuple(file.schema_arrow.names[1:]) != _RESULTS:
                raise FactsError(Problem(str(path), f"these are no results: {', '.join(file.schema_arrow.names)}"))
            for batch in file.iter_batches(batch_size=SUBTREE):
                texts = leaf_texts(batch)
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


def _in_runs(pieces: Iterable[Leaves], length: int) -> Iterator[Leaves]:
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
