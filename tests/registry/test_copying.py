"""What goes to PostgreSQL as bytes of COPY's binary format comes out as it was."""

import datetime
from collections.abc import Sequence

import pyarrow as pa
import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from jieti.registry.copying import HEADER, TRAILER, as_rows

TEXTS = st.none() | st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=20)
DAYS = st.none() | st.dates()
BYTES = st.none() | st.binary(max_size=300)
FIXED = st.sampled_from(["91110116MA00000001", "92110116MA00000002"])
Rows = Sequence[tuple[str | None, datetime.date | None, bytes | None, str]]


@pytest.mark.django_db
@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(TEXTS, DAYS, BYTES, FIXED), max_size=12), st.integers(0, 3))
def test_everything_arrives_as_it_was(rows: Rows, left_out: int) -> None:
    assert _through_postgres(_batch(rows).slice(left_out)) == rows[left_out:]


@pytest.mark.django_db
def test_columns_of_nothing_and_of_one_length() -> None:
    rows: Rows = [(None, None, None, "a"), (None, None, None, "b")]
    assert _through_postgres(_batch(rows)) == rows


def _batch(rows: Rows) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) or [()] * 4
    kinds = (pa.string(), pa.date32(), pa.binary(), pa.string())
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    return pa.record_batch(arrays, names=["text", "day", "bytes", "code"])


def _through_postgres(batch: pa.RecordBatch) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute("create temporary table arrived (place serial, text text, day date, bytes bytea, code text)")
        with cursor.copy("copy arrived (text, day, bytes, code) from stdin (format binary)") as copy:
            for piece in (HEADER, as_rows(batch), TRAILER):
                copy.write(piece)
        cursor.execute("select text, day, bytes, code from arrived order by place")
        found = [(text, day, None if data is None else bytes(data), code) for text, day, data, code in cursor]
        cursor.execute("drop table arrived")
    return found
