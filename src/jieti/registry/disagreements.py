"""Where feeds contradict the register: the same business under another name, the same person under two."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jieti.accounts.models import Jurisdiction
from jieti.registry.feeds import comparisons
from jieti.registry.models import Delivery
from jieti.registry.sources import all_sources, register_source
from rulecore.model import Source

PERSON, NAME = "proprietor_id", "proprietor"
"""The register's columns for who operates a business; the first holds a keyed hash, never the number."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A value that a feed has of a business and the register has otherwise."""

    source: str
    title: str
    uscc: str
    header: str
    value: str
    register_value: str


def disagreements(jurisdiction: Jurisdiction, sources: Iterable[str]) -> list[Disagreement]:
    """What these sources now say otherwise than the register, by source and code; empty without a register."""
    tables = Delivery.objects.of(jurisdiction).accepted().latest_by_source()
    register = register_source(jurisdiction)
    if register.key not in tables:
        return []
    known, wanted = all_sources(jurisdiction), set(sources)
    found: list[Disagreement] = []
    for key, columns in comparisons(jurisdiction).items():
        if key in tables and key in wanted:
            found += _against_register(known[key], tables[key], register, tables[register.key], columns)
    if register.key in wanted:
        found += _names_of_one_person(register, tables[register.key].clean_file)
    return found


def _against_register(
    source: Source, table: Delivery, register: Source, names: Delivery, columns: Mapping[str, str]
) -> Iterator[Disagreement]:
    code, home = _code(source), _code(register)
    for column, counterpart in columns.items():
        theirs = pq.read_table(table.clean_file, columns=[code, column]).rename_columns(["code", "value"])
        ours = pq.read_table(names.clean_file, columns=[home, counterpart]).rename_columns(["code", "register"])
        both = theirs.join(ours, "code", join_type="inner")
        values, registered = (both[name].cast(pa.string()) for name in ("value", "register"))
        differing = both.filter(pc.not_equal(values, registered)).sort_by("code")
        header = source.columns[column].header
        for row in differing.group_by(["code", "value", "register"]).aggregate([]).to_pylist():
            yield Disagreement(source.key, source.title, row["code"], header, str(row["value"]), str(row["register"]))


def _names_of_one_person(register: Source, path: Path) -> Iterator[Disagreement]:
    """Businesses of one identity number whose proprietors are called differently."""
    if not {PERSON, NAME} <= set(pq.read_schema(path).names):
        return
    code = _code(register)
    table = pq.read_table(path, columns=[code, PERSON, NAME])
    table = table.filter(pc.and_(pc.is_valid(table[PERSON]), pc.is_valid(table[NAME])))
    names = table.group_by(PERSON).aggregate([(NAME, "count_distinct"), (NAME, "min")])
    several = names.filter(pc.greater(names[f"{NAME}_count_distinct"], pa.scalar(1, pa.int64())))
    rows = table.join(several, PERSON, join_type="inner").sort_by(code)
    for row in rows.filter(pc.not_equal(rows[NAME], rows[f"{NAME}_min"])).to_pylist():
        header = f"{register.columns[NAME].header}（同一身份证号码）"
        yield Disagreement(register.key, register.title, row[code], header, row[NAME], row[f"{NAME}_min"])


def _code(source: Source) -> str:
    return next(column.key for column in source.columns.values() if column.type == "uscc")
