"""Results as the lines that PostgreSQL's COPY reads, made column by column; row by row a million would take minutes."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

COLUMNS = ("uscc", "tier", "possible", "true_bits", "unknown_bits")
"""What a results file and the table of results have in common."""
NULL = r"\N"
_TEXT: pa.DataType = pa.string()


def as_lines(batch: pa.RecordBatch, *before: str) -> bytes:
    """A line for each result: the fields `before`, then `COLUMNS`. Codes, labels and numbers need no escaping."""
    if not batch.num_rows:
        return b""
    columns: list[Any] = [batch.column(name) for name in COLUMNS]
    code, tier, possible, *bits = columns
    labels: Any = pc.binary_join(possible.cast(pa.list_(_TEXT)), ",")
    fields: list[Any] = [
        *map(pa.scalar, before),
        code.cast(_TEXT),
        pc.fill_null(tier.cast(_TEXT), NULL),
        pc.binary_join_element_wise(pa.scalar("{"), labels, pa.scalar("}"), pa.scalar("")),
        *(mask.cast(_TEXT) for mask in bits),
    ]
    lines: Any = pc.binary_join_element_wise(*fields, pa.scalar("\t"))
    whole: Any = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines), "\n")
    text: str = whole[0].as_py()
    return text.encode() + b"\n"
