"""The tables that a delivery becomes: the staged one, with places, and the clean one, whose rows count."""

from collections.abc import Iterator

import pyarrow as pa

from jieti.registry.arrays import Column, joined
from jieti.registry.lanes import ARROW_TYPES
from jieti.registry.protected import cipher_key, protected_keys
from jieti.registry.sources import BUSINESS
from rulecore.model import Source

ROW, SHEET, REST, RAW = "_row", "_sheet", "_rest", "_raw"
_PLACE = (pa.field(ROW, pa.int64()), *(pa.field(name, pa.string()) for name in (SHEET, REST, RAW)))


def clean_schema(source: Source) -> pa.Schema:
    """The columns of a source's table, in the rulebook's order; null is unknown.

    A protected column holds the keyed hash of what was delivered.
    """
    return pa.schema([pa.field(column.key, ARROW_TYPES[column.type]) for column in source.columns.values()])


def table_schema(source: Source) -> pa.Schema:
    """The clean table as it is kept: its columns, then the encrypted values of the protected ones."""
    return pa.schema(
        [*clean_schema(source), *(pa.field(cipher_key(key), pa.binary()) for key in protected_keys(source))]
    )


def staged_schema(source: Source) -> pa.Schema:
    """The table as it is kept, then where the row stood and, as text, what else it held."""
    return pa.schema([*table_schema(source), *_PLACE])


def in_schema(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with the columns of today; one that an older table did not have is unknown."""
    have = set(batch.schema.names)
    arrays = [batch.column(one.name) if one.name in have else pa.nulls(batch.num_rows, one.type) for one in schema]
    return pa.record_batch(arrays, schema=schema)


def key_hashes(source: Source, batch: pa.RecordBatch) -> Iterator[int]:
    """For each staged row a number that is the same where rows repeat each other; in the register, where codes do."""
    if source.rows == BUSINESS:
        return map(hash, batch.column(code_key(source)).to_pylist())
    return map(hash, _joined([*_values(source, batch), batch.column(REST)]).to_pylist())


def value_hashes(source: Source, batch: pa.RecordBatch) -> Iterator[int]:
    """For each row of a clean or staged table a number that is the same where its values are."""
    return map(hash, _joined(_values(source, batch)).to_pylist())


def code_key(source: Source) -> str:
    """The column of the credit code."""
    return next(column.key for column in source.columns.values() if column.type == "uscc")


def _values(source: Source, batch: pa.RecordBatch) -> list[Column]:
    return [batch.column(key) for key in clean_schema(source).names]


def _joined(columns: list[Column]) -> pa.StringArray:
    return joined([column.cast(pa.string()) for column in columns], "\x1f", null="\x00")
