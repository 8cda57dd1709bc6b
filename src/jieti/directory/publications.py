"""Publications of the directory: a file of public lines and the Merkle root over them. docs/verify.md defines a leaf.

A file holds the lines in the order of their leaves, in row groups of 4,096, each a whole subtree of the tree; the
subtrees' roots stand in the file's own metadata, so that one line is proved by reading one row group.
"""

import datetime
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.actions import record
from jieti.directory.models import DirectoryEntry, Publication
from jieti.kit import clock
from rulecore.result import Proof, leaf_hash, tree_hash
from rulecore.result.merkle import audit_path

CLAUSE = "附件一(二)2"
TASK = "directory.publish"
LINES_AT_ONCE = 100_000
"""A directory of up to so many entries is published where it is changed; a larger one by a task, within a minute."""
RUN = 1 << 12
UNKNOWN = "-"
NEW = "new"
ROOTS = b"roots"
FOLDER = "open-data"

_FIELDS: list[tuple[str, pa.DataType]] = [
    ("uscc", pa.string()),
    ("name", pa.string()),
    ("jurisdiction", pa.string()),
    ("year", pa.int16()),
    ("tier", pa.string()),
    ("possible", pa.list_(pa.string())),
    ("status", pa.string()),
    ("is_new", pa.bool_()),
    ("published_on", pa.date32()),
    ("town", pa.string()),
    ("industry", pa.string()),
    ("established_on", pa.date32()),
]
SCHEMA = pa.schema(_FIELDS)
LINES = """
select uscc, name, jurisdiction_id, year, tier, possible, status, is_new,
       (published_at at time zone %(zone)s)::date, town, industry, established_on
from directory_directoryentry where jurisdiction_id = %(jurisdiction)s order by uscc collate "C"
"""


@dataclass(frozen=True, slots=True)
class PublicLine:
    """What anybody may know of one business, as it was published; the fields are those of `SCHEMA`."""

    uscc: str
    name: str
    jurisdiction: str
    year: int
    tier: str | None
    possible: Sequence[str]
    status: str | None
    is_new: bool
    published_on: datetime.date
    town: str
    industry: str
    established_on: datetime.date | None

    @property
    def leaf(self) -> str:
        """Its leaf in the tree: nine fields joined by TABs, the name last."""
        parts = (
            self.uscc,
            self.jurisdiction,
            str(self.year),
            self.tier or UNKNOWN,
            ",".join(self.possible),
            self.status or UNKNOWN,
            NEW if self.is_new else UNKNOWN,
            self.published_on.isoformat(),
            self.name,
        )
        return "\t".join(parts)


def publish(*, by: User | None, jurisdiction: Jurisdiction, cause: str) -> Publication | None:
    """A new publication of what the directory now holds; None where the directory is so large that a task makes it.

    `cause` is that of EntryYear. Called in the transaction that changed the entries.
    """
    if DirectoryEntry.objects.filter(jurisdiction=jurisdiction)[: LINES_AT_ONCE + 1].count() <= LINES_AT_ONCE:
        return make(by=by, jurisdiction=jurisdiction, cause=cause)
    # One waiting task is enough for all changes until it begins.
    deferring = app.configure_task(TASK, queue="directory", queueing_lock=f"{TASK}:{jurisdiction.pk}")
    try:
        with transaction.atomic():
            deferring.defer(jurisdiction=jurisdiction.pk, cause=cause)
    except AlreadyEnqueued:
        return None
    return None


@transaction.atomic
def make(*, by: User | None, jurisdiction: Jurisdiction, cause: str) -> Publication:
    """Writes the file of public lines with their root, and the publication with the next number."""
    _one_at_a_time(jurisdiction)
    latest = Publication.objects.of(jurisdiction).newest()
    number = latest.number + 1 if latest else 1
    path = Path(FOLDER) / jurisdiction.pk / f"{number}.parquet"
    lines, root = _write(Path(settings.DATA_DIR) / path, _blocks(jurisdiction))
    publication = Publication.objects.create(
        jurisdiction=jurisdiction,
        number=number,
        year=DirectoryEntry.objects.latest_year_of(jurisdiction) or clock.today().year,
        published_at=clock.now(),
        entries=lines,
        merkle_root=root.hex(),
        path=str(path),
        cause=cause,
    )
    detail = {"number": number, "entries": lines, "root": root.hex(), "cause": cause}
    subject = f"jurisdiction:{jurisdiction.pk}"
    record(by=by, verb="directory.publish", subject=subject, detail=detail, clause=CLAUSE, jurisdiction=jurisdiction.pk)
    return publication


def lines_of(publication: Publication) -> Iterator[PublicLine]:
    """The public lines in the order of their leaves, block by block."""
    with pq.ParquetFile(publication.file) as file:
        for batch in file.iter_batches(batch_size=RUN):
            yield from _lines(batch)


def prove(publication: Publication, uscc: str) -> Proof | None:
    """That the business's line is in the publication; None where it is not."""
    with pq.ParquetFile(publication.file) as file:
        group = _group_of(file.metadata, uscc)
        if group is None:
            return None
        leaves = [line.leaf for line in _lines(file.read_row_group(group))]
        roots = _roots(file.metadata)
        size = file.metadata.num_rows
    place = next((at for at, leaf in enumerate(leaves) if leaf.startswith(f"{uscc}\t")), None)
    if place is None:
        return None
    inner = audit_path(_hashes(leaves), place)
    return Proof(leaves[place], group * RUN + place, size, (*inner, *audit_path(roots, group)))


def proof_text(publication: Publication, proof: Proof) -> str:
    """The proof as JSON, with the publication whose root it leads to (docs/verify.md)."""
    data = {
        "proof": 1,
        "kind": "directory",
        "jurisdiction": publication.jurisdiction_id,
        "publication": publication.number,
        "published_at": publication.published_at.astimezone(timezone.get_current_timezone()).isoformat("T", "seconds"),
        "leaf": proof.leaf,
        "index": proof.index,
        "leaves": proof.size,
        "path": [item.hex() for item in proof.path],
        "root": publication.merkle_root,
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _group_of(metadata: pq.FileMetaData, uscc: str) -> int | None:
    """The row group that may hold the code; the first column's figures tell."""
    for number in range(metadata.num_row_groups):
        known = cast("Any", metadata.row_group(number).column(0).statistics)
        if known.min <= uscc <= known.max:
            return number
    return None


def _one_at_a_time(jurisdiction: Jurisdiction) -> None:
    """Publications of one jurisdiction wait for each other until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{TASK}:{jurisdiction.pk}"])


def _blocks(jurisdiction: Jurisdiction) -> Iterator[pa.RecordBatch]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(LINES, {"jurisdiction": jurisdiction.pk, "zone": settings.TIME_ZONE})
        while rows := cursor.fetchmany(RUN):
            columns = zip(*rows, strict=True)
            yield pa.record_batch(
                [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
            )


def _write(path: Path, blocks: Iterable[pa.RecordBatch]) -> tuple[int, bytes]:
    """Writes the file whole or not at all; how many lines, and the root over them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    count, roots = 0, list[bytes]()
    with pq.ParquetWriter(unfinished, SCHEMA, compression="zstd") as writer:
        for block in blocks:
            writer.write_batch(block)
            roots.append(tree_hash(_hashes(line.leaf for line in _lines(block))))
            count += block.num_rows
        writer.add_key_value_metadata({ROOTS.decode(): b"".join(roots).hex()})
    unfinished.replace(path)
    return count, tree_hash(roots)


def _lines(block: pa.RecordBatch | pa.Table) -> Iterator[PublicLine]:
    columns = (column.to_pylist() for column in block.columns)
    return (PublicLine(*row) for row in zip(*columns, strict=True))


def _hashes(leaves: Iterable[str]) -> list[bytes]:
    return [leaf_hash(leaf.encode()) for leaf in leaves]


def _roots(metadata: pq.FileMetaData) -> list[bytes]:
    """The roots of the row groups' subtrees, as `_write` left them."""
    whole = bytes.fromhex((metadata.metadata or {})[ROOTS].decode())
    return [whole[at : at + 32] for at in range(0, len(whole), 32)]
