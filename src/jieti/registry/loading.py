"""Carries a delivery's rows into PostgreSQL by COPY: the findings, and what the register's table tells."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import connection

from jieti.domain import townships, uscc
from jieti.registry.arrays import Column, texts_or_blank
from jieti.registry.blocks import BATCH_ROWS
from jieti.registry.copying import HEADER, TRAILER, as_rows
from jieti.registry.findings import Finding
from jieti.registry.initials import all_initials
from jieti.registry.models import Delivery, EntityKind
from jieti.registry.protected import cipher_key
from jieti.registry.sources import source_of
from jieti.registry.tables import clean_schema, code_key, in_schema, value_hashes
from rulecore.model import Source

IDENTITY, PHONE, SUCCESSOR = "proprietor_id", "phone", "successor_uscc"
STATED: Mapping[str, pa.DataType] = {"registration_status": pa.string(), "established_on": pa.date32()}
TEXTS = ("proprietor", "address", "town", "industry")
_TEXT: pa.DataType = pa.string()
_INCOMING = """
    create temporary table incoming_business (
        uscc text not null, name text not null, registration_status text, established_on date, proprietor text not null,
        address text not null, town text not null, industry text not null, entity_kind text not null,
        name_initials text not null, identity_hash text, identity_cipher bytea, phone_hash text not null,
        phone_cipher bytea
    )
"""


def load_findings(delivery: Delivery, findings: Iterable[Finding]) -> None:
    """Writes the row-by-row report of a delivery."""
    columns = ("delivery_id", "sheet", "row_number", "column", "value", "reason", "severity", "raw")
    names = ", ".join(f'"{column}"' for column in columns)
    places = ((one, (delivery.pk, one.sheet, max(one.row_number, 1), one.column[:255], one.value)) for one in findings)
    rows = ((*place, one.reason, one.severity, json.dumps(list(one.raw))) for one, place in places)
    with connection.cursor() as cursor, cursor.copy(f"copy registry_refusedrow ({names}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def load_incoming(delivery: Delivery) -> None:
    """Fills the temporary table `incoming_business` with what a delivery of the register tells, one row a business.

    A full delivery tells all of its clean table; a supplement the rows in which it differs from the table it
    supplements. What the jurisdiction's register has no column for is unknown of every business.
    """
    source, base = source_of(delivery.source_key, delivery.jurisdiction), delivery.base
    with connection.cursor() as cursor:
        cursor.execute(_INCOMING)
        # Nothing else may be asked of the database before the copy is done.
        with cursor.copy("copy incoming_business from stdin (format binary)") as copy:
            copy.write(HEADER)
            for batch in _told(source, delivery, base):
                copy.write(as_rows(_incoming(batch)))
            copy.write(TRAILER)
        # Without figures of its own the planner takes a table just filled for an empty one.
        cursor.execute("analyze incoming_business (uscc, identity_hash)")


def _told(source: Source, delivery: Delivery, base: Delivery | None) -> Iterator[pa.RecordBatch]:
    """The rows of which the delivery speaks, the code's column called uscc."""
    known = _hashes(source, base) if base else None
    code = code_key(source)
    for batch in _batches(delivery):
        fresh = batch if known is None else batch.filter(_is_new(source, batch, known))
        yield fresh.rename_columns(["uscc" if name == code else name for name in fresh.schema.names])


def _batches(delivery: Delivery) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(delivery.clean_file) as file:
        yield from file.iter_batches(batch_size=BATCH_ROWS)


def _hashes(source: Source, base: Delivery) -> Column:
    chunks = [pa.array(_row_hashes(source, batch), pa.int64()) for batch in _batches(base)]
    return pa.concat_arrays(chunks) if chunks else pa.array([], pa.int64())


def _is_new(source: Source, batch: pa.RecordBatch, known: Column) -> pa.BooleanArray:
    return pc.invert(pc.is_in(pa.array(_row_hashes(source, batch), pa.int64()), value_set=known))


def _row_hashes(source: Source, batch: pa.RecordBatch) -> Iterator[int]:
    return value_hashes(source, in_schema(batch, clean_schema(source)))


def _incoming(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The columns of `incoming_business`."""
    texts = {key: _column(batch, key) for key in TEXTS}
    texts["town"] = _towns(texts["town"])
    numbers = {**_number(batch, IDENTITY, "identity"), **_number(batch, PHONE, "phone")}
    numbers["phone_hash"] = texts_or_blank(numbers["phone_hash"])
    return pa.record_batch(
        {
            "uscc": batch.column("uscc"),
            "name": batch.column("name"),
            **{key: _column(batch, key, kind) for key, kind in STATED.items()},
            **{key: texts_or_blank(column) for key, column in texts.items()},
            "entity_kind": _entity_kinds(batch),
            "name_initials": all_initials(cast("pa.StringArray", batch.column("name"))),
            **numbers,
        }
    )


def _column(batch: pa.RecordBatch, key: str, kind: pa.DataType = _TEXT) -> Column:
    return batch.column(key) if key in batch.schema.names else pa.array([None] * batch.num_rows, kind)


def _number(batch: pa.RecordBatch, key: str, name: str) -> dict[str, Column]:
    """A protected number's keyed hash and its cipher; both unknown where either is."""
    if not {key, cipher_key(key)} <= set(batch.schema.names):
        nothing = pa.nulls(batch.num_rows, pa.string())
        return {f"{name}_hash": nothing, f"{name}_cipher": nothing}
    hashes, ciphers = batch.column(key), batch.column(cipher_key(key))
    is_whole = pc.and_(hashes.is_valid(), ciphers.is_valid())
    return {
        f"{name}_hash": pc.if_else(is_whole, hashes, pa.scalar(None, pa.string())),
        f"{name}_cipher": pc.if_else(is_whole, ciphers, pa.scalar(None, pa.binary())),
    }


def _entity_kinds(batch: pa.RecordBatch) -> Column:
    """An enterprise is what has an enterprise's code, or was converted and kept its own (国市监注发〔2025〕58号).

    A code that was given up for another still names the individually-owned business that it was given to.
    """
    codes = batch.column("uscc")
    successors = pc.utf8_upper(pc.utf8_trim_whitespace(texts_or_blank(_column(batch, SUCCESSOR))))
    is_enterprise = pc.or_(pc.starts_with(codes, uscc.ENTERPRISE_PREFIX), pc.equal(successors, codes))
    kinds = (pa.scalar(kind.value) for kind in (EntityKind.ENTERPRISE, EntityKind.INDIVIDUAL))
    return cast("Column", pc.if_else(is_enterprise, *kinds))


def _towns(column: Column) -> Column:
    coded = column.dictionary_encode()
    names: Sequence[str | None] = [_town(text) for text in coded.dictionary.to_pylist()]
    return pa.array(names, pa.string()).take(coded.indices)


@cache
def _town(text: str | None) -> str | None:
    """The one name of a town, however departments write it; a place that is none of ours stays as written."""
    area = None if text is None else townships.find(text)
    return text if area is None else area.name
