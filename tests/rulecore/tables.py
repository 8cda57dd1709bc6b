"""Suppliers' tables, clean and crowded around the boundaries: duplicates, ties, gaps, orphans, edges of the year."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rulecore.model import Column, Rulebook, Source
from rulecore.source import source_schema
from tests.rulecore.law import Row

DAYS = [date(2023, 6, 30), date(2023, 7, 1), date(2023, 7, 2), date(2025, 12, 31), date(2026, 1, 1)]
DAYS += [date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 2), date(2024, 2, 29)]
MONTHS = [date(2024, 12, 1), date(2025, 1, 1), date(2025, 7, 1), date(2025, 12, 1), date(2026, 1, 1)]
AMOUNTS = ["0.00", "0.01", "0.07", "100.00", "4999.99", "300000.00", "21474836.48", "123456789.99"]
POOLS: Mapping[str, Sequence[Any]] = {
    "date": DAYS,
    "month": MONTHS,
    "year": [2024, 2025, 2025, 2025, 2026],
    "money": [Decimal(amount) for amount in AMOUNTS],
    "int": [0, 1, 3, 4, 2**31],
    "bool": [True, False],
    "text": ["甲", "乙"],
}

Tables = dict[str, list[Row]]


def uscc(number: int) -> str:
    return f"92110116MA{number:07d}X"


def suppliers_tables(rulebook: Rulebook, seed: int, businesses: int = 300) -> Tables:
    """Rows by source; businesses beyond the register are orphans."""
    random = Random(seed)
    return {
        key: list(_register(source, random, businesses))
        if source.rows == "business"
        else list(_many(source, random, businesses))
        for key, source in rulebook.sources.items()
    }


def _register(source: Source, random: Random, businesses: int) -> Iterator[Row]:
    for number in range(businesses):
        yield {key: _value(column, random, number) for key, column in source.columns.items()}


def _many(source: Source, random: Random, businesses: int) -> Iterator[Row]:
    for number in range(businesses + 10):
        rows = [
            {key: _value(column, random, number) for key, column in source.columns.items()}
            for _ in range(random.choice([0, 1, 1, 2, 3]))
        ]
        yield from rows
        if rows and random.random() < 0.2:
            yield dict(rows[0])


def _value(column: Column, random: Random, number: int) -> Any:
    if column.type == "uscc":
        return uscc(number)
    if not column.required and random.random() < 0.15:
        return None
    return random.choice(list(column.codes) or POOLS[column.type])


def write_tables(rulebook: Rulebook, tables: Tables, folder: Path) -> dict[str, list[Path]]:
    """A Parquet file or two for each source."""
    written: dict[str, list[Path]] = {}
    for key, rows in tables.items():
        half = len(rows) // 2 if rulebook.sources[key].rows == "many" else len(rows)
        schema = source_schema(rulebook.sources[key])
        written[key] = []
        for part, piece in enumerate((rows[:half], rows[half:])):
            path = folder / f"{key}-{part}.parquet"
            pq.write_table(pa.Table.from_pylist(piece, schema=schema), path)
            written[key].append(path)
    return written
