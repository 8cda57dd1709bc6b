"""Whether two results files say the same in any order of rows: `python -m benchmarks.digests FILE FILE`."""

import json
import sys
from typing import Any

import duckdb

_ALL = ("uscc", "tier", "possible", "true_bits", "unknown_bits")
_TEXTS = {
    "uscc": "uscc",
    "tier": "coalesce(tier::VARCHAR, '-')",
    "possible": "array_to_string(possible::VARCHAR[], ',')",
    "true_bits": "true_bits::BIGINT",
    "unknown_bits": "unknown_bits::BIGINT",
}


def digest(path: str, columns: tuple[str, ...] = _ALL) -> str:
    """The number of rows and the sum of the rows' hashes."""
    hashed = ", ".join(_TEXTS[column] for column in columns)
    query = f"SELECT count(*) || ':' || sum(hash({hashed})::HUGEINT) FROM read_parquet('{path}')"
    return str(_connection().execute(query).fetchall()[0][0])


def columns_of(path: str) -> tuple[str, ...]:
    """Which columns of a result the file has."""
    names = {row[0] for row in _connection().execute(f"DESCRIBE FROM read_parquet('{path}')").fetchall()}
    return tuple(column for column in _ALL if column in names)


def compare(ours: str, other: str) -> dict[str, Any]:
    """Both digests over the columns of both, and how many rows differ."""
    columns = columns_of(other)
    digests = [digest(path, columns) for path in (ours, other)]
    same = digests[0] == digests[1]
    return {
        "columns": columns,
        "ours": digests[0],
        "other": digests[1],
        "rows_differing": 0 if same else _differing(ours, other, columns),
    }


def _differing(ours: str, other: str, columns: tuple[str, ...]) -> int:
    """Rows of ours that the other file does not have just so."""
    selected = ", ".join(_TEXTS[column] for column in columns)
    query = f"SELECT {selected} FROM read_parquet('{ours}') EXCEPT SELECT {selected} FROM read_parquet('{other}')"
    return int(_connection().execute(f"SELECT count(*) FROM ({query})").fetchall()[0][0])


def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 2})


if __name__ == "__main__":
    print(json.dumps(compare(sys.argv[1], sys.argv[2])))
