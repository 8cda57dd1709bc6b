"""The lines of COPY hold what the results file holds, as PostgreSQL reads them back."""

import pyarrow as pa
import pytest
from django.db import connection

from jieti.determinations.copying import COLUMNS, as_lines

Row = tuple[str, str | None, list[str], int, int]
ROWS: list[Row] = [
    ("92110116MA0000001X", "growth", ["growth"], 2**62, 0),
    ("92110116MA0000002X", None, ["survival", "growth", "development"], 0, 2**53 + 1),
    ("92110116MA0000003X", "ineligible", ["ineligible"], 1, 2**62 - 1),
]
TABLE = "create temporary table found (run text, uscc text, tier text, possible text[], t bigint, u bigint)"


def batch_of(rows: list[Row], label: pa.DataType) -> pa.RecordBatch:
    kinds = (pa.string(), label, pa.list_(label), pa.uint64(), pa.uint64())
    schema = pa.schema(list(zip(COLUMNS, kinds, strict=True)))
    return pa.RecordBatch.from_pylist([dict(zip(COLUMNS, row, strict=True)) for row in rows], schema=schema)


@pytest.mark.django_db
@pytest.mark.parametrize("label", [pa.string(), pa.large_string()], ids=str)
def test_what_is_copied_is_what_was_found(label: pa.DataType) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        with cursor.copy("copy found from stdin") as copy:
            copy.write(as_lines(batch_of(ROWS, label), "7"))
        cursor.execute("select * from found order by uscc")
        assert cursor.fetchall() == [("7", *row) for row in ROWS]


def test_of_nothing_nothing_is_made() -> None:
    assert as_lines(batch_of([], pa.string()), "7") == b""
