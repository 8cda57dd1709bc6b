"""The Merkle tree over results: docs/verify.md is its definition, byte by byte.

One leaf a row, ordered by the bytes of its text, so that no engine, row order or split into files changes the root.
Leaves are read in runs of 2¹⁶, each a whole subtree of the tree of RFC 6962, so that memory does not grow with rows.
"""

import hashlib
import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

from rulecore.errors import FactsError, Problem

if TYPE_CHECKING:
    from rulecore.result.leaves import Leaves

SUBTREE = 1 << 16
_ROWS_FOR_PROCESSES = 1_000_000


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


def merkle_root(results: Path) -> bytes:
    """The root over a results file, or a folder of them.

    Raises:
        FactsError: a file holds no results, or a row has no key.
    """
    from rulecore.result.leaves import in_runs, row_count  # slow to load, and not every run has a root

    with TemporaryDirectory() as folder:
        subtrees = in_runs(results, SUBTREE, Path(folder))
        if row_count(results) < _ROWS_FOR_PROCESSES:
            return tree_hash([_subtree(leaves) for leaves in subtrees])
        with multiprocessing.get_context("spawn").Pool() as pool:
            return tree_hash(list(pool.imap(_subtree, subtrees)))


def prove(results: Path, subject: str) -> tuple[Proof, bytes]:
    """The proof of the row with this key, and the root to which it leads.

    Raises:
        FactsError: no row or several rows have this key, or a file holds no results.
    """
    from rulecore.result.leaves import in_runs, places

    roots: list[bytes] = []
    found: list[tuple[int, int, Leaves]] = []
    size = 0
    with TemporaryDirectory() as folder:
        for leaves in in_runs(results, SUBTREE, Path(folder)):
            found += [(len(roots), place, leaves) for place in places(leaves, subject)]
            roots.append(_subtree(leaves))
            size += len(leaves)
    if len(found) != 1:
        raise FactsError(Problem(str(results), f"{len(found)} rows with this key; one is expected", value=subject))
    run, place, leaves = found[0]
    inner = audit_path(_hashes(leaves), place)
    way = (*inner, *audit_path(roots, run))
    return Proof(leaves[place].as_py().decode(), run * SUBTREE + place, size, way), tree_hash(roots)


def _subtree(leaves: "Leaves") -> bytes:
    return tree_hash(_hashes(leaves))


def _hashes(leaves: "Leaves") -> list[bytes]:
    hashed, texts = hashlib.sha256, cast("list[bytes]", leaves.to_pylist())
    return [hashed(b"\x00" + text).digest() for text in texts]
