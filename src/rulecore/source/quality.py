"""What no column type can refuse: amounts and counts below zero, days out of this age, codes nobody declared."""

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rulecore.errors import FactsError, Problem
from rulecore.model import Fact

FIRST, LAST = datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)
MOST_NAMED = 20
"""So many bad rows of a column are named; then their number is said."""


def refuse_impossible(facts: Mapping[str, Fact], subject: str, files: Sequence[Path]) -> None:
    """Refuse files that hold impossible values.

    A file's own statistics mostly show that there are none; a row group is read only where they do not.

    Raises:
        FactsError: each impossible value with file, row and the subject it stands beside.
    """
    problems = [problem for file in files for problem in _impossible(facts, subject, file)]
    if problems:
        raise FactsError(*problems)


def _impossible(facts: Mapping[str, Fact], subject: str, file: Path) -> Iterator[Problem]:
    with pq.ParquetFile(file) as parquet:
        columns = {parquet.metadata.schema.column(i).path: i for i in range(parquet.metadata.num_columns)}
        row = 0
        for group in range(parquet.num_row_groups):
            about = parquet.metadata.row_group(group)
            doubtful = [
                key
                for key, fact in facts.items()
                if key in columns and not _shown_possible(about.column(columns[key]), fact.type)
            ]
            for key in doubtful:
                table = parquet.read_row_group(group, columns=[subject, key])
                yield from _bad_rows(file, row, facts[key], table)
            row += about.num_rows


def _shown_possible(column: Any, kind: str) -> bool:
    """Whether the statistics of a row group prove every value of the column possible."""
    if kind not in ("money", "int", "year", "date", "month"):
        return True
    statistics = column.statistics
    if statistics is None or not statistics.has_min_max:
        return statistics is not None and statistics.null_count == column.num_values
    return _possible(statistics.min, kind) and _possible(statistics.max, kind)


def _possible(value: Any, kind: str) -> bool:
    if kind in ("date", "month"):
        return isinstance(value, datetime.date) and FIRST <= value <= LAST
    return bool(value >= 0)


def _bad_rows(file: Path, before: int, fact: Fact, table: pa.Table) -> Iterator[Problem]:
    """The impossible values of a table's second column, named by its first; `before` rows stand above it."""
    subjects, values = (table.column(index).to_pylist() for index in range(2))
    bad = [i for i, value in enumerate(values) if value is not None and not _possible(value, fact.type)]
    expected = "a day between 1900 and 2100" if fact.type in ("date", "month") else "no number below zero"
    for i in bad[:MOST_NAMED]:
        where = f"{fact.key} of {subjects[i]}"
        yield Problem(str(file), f"{expected} is expected", before + i + 1, where, str(values[i]))
    if len(bad) > MOST_NAMED:
        yield Problem(str(file), f"and {len(bad) - MOST_NAMED} further rows of this row group", where=fact.key)


def strangers(facts: Mapping[str, Fact], files: Sequence[Path]) -> Counter[tuple[str, str]]:
    """How often each code occurs that its fact does not declare; judging treats it as unknown."""
    coded = {key: set(fact.values) for key, fact in facts.items() if fact.values}
    found: Counter[tuple[str, str]] = Counter()
    for file in files:
        with pq.ParquetFile(file, read_dictionary=list(coded)) as parquet:
            present = [key for key in coded if key in parquet.schema_arrow.names]
            for batch in parquet.iter_batches(columns=present):
                for key in present:
                    found.update({(key, code): count for code, count in _undeclared(batch.column(key), coded[key])})
    return found


def _undeclared(column: Any, declared: set[str]) -> Iterator[tuple[str, int]]:
    """Codes are counted only where a column's dictionary has one that is not declared."""
    if not pa.types.is_dictionary(column.type) or declared.issuperset(column.dictionary.to_pylist()):
        return
    for item in column.value_counts().to_pylist():
        if item["values"] is not None and item["values"] not in declared:
            yield item["values"], item["counts"]
