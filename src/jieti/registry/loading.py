"""Carries a delivery's rows into PostgreSQL by COPY: the findings, and the register's businesses."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import cast

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection
from pyarrow import csv as arrow_csv

from jieti.domain import townships
from jieti.registry.arrays import Column, texts_or_blank
from jieti.registry.blocks import BATCH_ROWS
from jieti.registry.findings import Finding
from jieti.registry.initials import initials_of
from jieti.registry.models import Delivery

COLUMNS = ("uscc", "name", "registration_status", "established_on", "proprietor", "address", "town", "industry")
IDENTITY = "proprietor_id"
_TEXTS = frozenset({"proprietor", "address", "town", "industry"})
WORK_MEMORY = "set local work_mem = '128MB'"
"""For sorting a million rows in memory rather than on disk, until the transaction ends."""
_INCOMING = """
    create temporary table incoming_business (
        uscc text not null, name text not null, registration_status text, established_on date, proprietor text not null,
        address text not null, town text not null, industry text not null, identity_hash text,
        name_initials text not null
    )
"""
_STATE = (
    "jurisdiction_id, name, registration_status, established_on, proprietor, address, town, industry, name_initials,"
    " person_id"
)
_SAID = (
    "%(jurisdiction)s, i.name, i.registration_status, i.established_on, i.proprietor, i.address, i.town, i.industry,"
    " i.name_initials, p.id"
)
_FROM = "incoming_business i left join registry_person p using (identity_hash)"
_CHANGE = f"""
    update registry_business b set ({_STATE}, delivery_id, absent_since_id) = ({_SAID}, %(delivery)s, null)
    from {_FROM} where b.uscc = i.uscc
      and (b.jurisdiction_id, b.name, b.registration_status, b.established_on, b.proprietor, b.address, b.town,
           b.industry, b.name_initials, b.person_id, b.absent_since_id) is distinct from ({_SAID}, null::bigint)
"""  # noqa: S608 - names of our own columns
_ADD = f"""
    insert into registry_business (uscc, entity_kind, {_STATE}, delivery_id)
    select i.uscc, 'individual', {_SAID}, %(delivery)s
    from {_FROM} where not exists (select from registry_business b where b.uscc = i.uscc) order by i.uscc
"""  # noqa: S608 - names of our own columns
_MARK_ABSENT = """
    update registry_business b set absent_since_id = %(delivery)s
    where b.jurisdiction_id = %(jurisdiction)s and b.absent_since_id is null
      and not exists (select from incoming_business i where i.uscc = b.uscc)
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


def load_businesses(delivery: Delivery) -> None:
    """Brings the register to the delivery's clean table, writing only rows that are new or differ.

    Businesses of the jurisdiction that the table no longer has stay, marked absent. Whose each business is, is found
    among the persons that are known already: `load_persons` comes first.
    """
    known: dict[str, int | str] = {"delivery": delivery.pk, "jurisdiction": delivery.jurisdiction_id}
    with connection.cursor() as cursor:
        cursor.execute(WORK_MEMORY)
        cursor.execute(_INCOMING)
        with cursor.copy("copy incoming_business from stdin (format csv)") as copy:
            for batch in _businesses(delivery):
                copy.write(as_csv(batch))
        # Without figures of its own the planner takes a table just filled for an empty one.
        cursor.execute("analyze incoming_business")
        for statement in (_CHANGE, _ADD, "analyze registry_business", _MARK_ABSENT):
            cursor.execute(statement, known)
        cursor.execute("drop table incoming_business")


def as_csv(batch: pa.RecordBatch) -> memoryview:
    """The rows as COPY reads them: text always in quotes, so that nothing without quotes is null."""
    sink = pa.BufferOutputStream()
    arrow_csv.write_csv(batch, sink, arrow_csv.WriteOptions(include_header=False))
    return memoryview(sink.getvalue())


def _businesses(delivery: Delivery) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(delivery.clean_file) as file:
        # Tables of before the register delivered identity numbers have no such column.
        present = [key for key in (*COLUMNS, IDENTITY) if key in file.schema_arrow.names]
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=present):
            columns: dict[str, Column] = {key: batch.column(key) for key in COLUMNS}
            columns["town"] = _towns(columns["town"])
            filled = {key: texts_or_blank(column) if key in _TEXTS else column for key, column in columns.items()}
            names = cast("list[str]", columns["name"].to_pylist())
            filled["identity_hash"] = batch.column(IDENTITY) if IDENTITY in present else _nothing(len(names))
            filled["name_initials"] = pa.array([initials_of(name) for name in names], pa.string())
            yield pa.record_batch(filled)


def _nothing(size: int) -> Column:
    return pa.nulls(size, pa.string())


def _towns(column: Column) -> Column:
    coded = column.dictionary_encode()
    names: Sequence[str | None] = [_town(text) for text in coded.dictionary.to_pylist()]
    return pa.array(names, pa.string()).take(coded.indices)


@cache
def _town(text: str | None) -> str | None:
    """The one name of a town, however departments write it; a place that is none of ours stays as written."""
    area = None if text is None else townships.find(text)
    return text if area is None else area.name
