"""Carries a delivery's rows into PostgreSQL by COPY: the findings, and the register's businesses."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import pyarrow.parquet as pq
from django.db import connection

from jieti.domain import townships
from jieti.registry.findings import Finding
from jieti.registry.initials import initials_of
from jieti.registry.models import Delivery
from jieti.registry.sheets import BATCH_ROWS

COLUMNS = ("uscc", "name", "registration_status", "established_on", "proprietor", "address", "town", "industry")
_TEXTS = frozenset({"proprietor", "address", "town", "industry"})
_INCOMING = """
    create temporary table incoming_business (
        uscc text primary key, name text not null, registration_status text, established_on date,
        proprietor text not null, address text not null, town text not null, industry text not null
    )
"""
_NEW_NAMES = """
    select i.uscc, i.name from incoming_business i left join registry_business b using (uscc)
    where b.uscc is null or b.name <> i.name
"""
_UPSERT = """
    insert into registry_business as b (
        uscc, name, registration_status, established_on, proprietor, address, town, industry, name_initials, delivery_id
    )
    select i.uscc, i.name, i.registration_status, i.established_on, i.proprietor, i.address, i.town, i.industry,
           coalesce(n.initials, ''), %(delivery)s
    from incoming_business i left join incoming_initials n using (uscc)
    on conflict (uscc) do update set
        name = excluded.name, registration_status = excluded.registration_status,
        established_on = excluded.established_on, proprietor = excluded.proprietor, address = excluded.address,
        town = excluded.town, industry = excluded.industry,
        name_initials = case when b.name = excluded.name then b.name_initials else excluded.name_initials end,
        delivery_id = excluded.delivery_id, absent_since_id = null
    where (b.name, b.registration_status, b.established_on, b.proprietor, b.address, b.town, b.industry, null::bigint)
        is distinct from
          (excluded.name, excluded.registration_status, excluded.established_on, excluded.proprietor,
           excluded.address, excluded.town, excluded.industry, b.absent_since_id)
"""
_MARK_ABSENT = """
    update registry_business b set absent_since_id = %(delivery)s
    where absent_since_id is null and not exists (select from incoming_business i where i.uscc = b.uscc)
"""


def load_findings(delivery: Delivery, findings: Iterable[Finding]) -> None:
    """Writes the row-by-row report of a delivery."""
    columns = ("delivery_id", "sheet", "row_number", "column", "value", "reason", "severity", "raw")
    places = ((one, (delivery.pk, one.sheet, max(one.row_number, 1), one.column[:255], one.value)) for one in findings)
    rows = ((*place, one.reason, one.severity, json.dumps(list(one.raw))) for one, place in places)
    _copy("registry_refusedrow", columns, rows)


def load_businesses(delivery: Delivery) -> None:
    """Brings the register to the delivery's clean table, writing only rows that are new or differ.

    Businesses that the table no longer has stay, marked absent.
    """
    with connection.cursor() as cursor:
        cursor.execute(_INCOMING)
        cursor.execute("create temporary table incoming_initials (uscc text primary key, initials text not null)")
        _copy("incoming_business", COLUMNS, _businesses(delivery))
        cursor.execute(_NEW_NAMES)
        names = cursor.fetchall()
        _copy("incoming_initials", ("uscc", "initials"), ((uscc, initials_of(name)) for uscc, name in names))
        cursor.execute(_UPSERT, {"delivery": delivery.pk})
        cursor.execute(_MARK_ABSENT, {"delivery": delivery.pk})
        cursor.execute("drop table incoming_business, incoming_initials")


def _businesses(delivery: Delivery) -> Iterator[Sequence[object]]:
    with pq.ParquetFile(delivery.clean_file) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(COLUMNS)):
            columns = batch.to_pydict()
            columns["town"] = [_town(value) for value in columns["town"]]
            values = [
                ["" if value is None else value for value in columns[key]] if key in _TEXTS else columns[key]
                for key in COLUMNS
            ]
            yield from zip(*values, strict=True)


@cache
def _town(text: str | None) -> str | None:
    """The one name of a town, however departments write it; a place that is none of ours stays as written."""
    area = None if text is None else townships.find(text)
    return text if area is None else area.name


def _copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor, cursor.copy(f"copy {table} ({names}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)
