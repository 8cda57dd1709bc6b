"""What the departments' tables say of one business, value by value: whose it is, of which day, and who may read it."""

import datetime
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import pyarrow.compute as pc
import pyarrow.dataset as ds

from jieti.accounts.disclosure import Reader, Shown, disclosed
from jieti.accounts.disclosure import Showing as ShowingKind
from jieti.accounts.models import Jurisdiction, Organisation
from jieti.accounts.rulebook_files import folder_of, rulebook_in
from jieti.accounts.scope import regulator_of
from jieti.registry.models import Business, Delivery, Feed
from jieti.registry.sources import BUSINESS, all_sources
from rulecore.model import Column, Source

Row = Mapping[str, object]
ROW_DIGITS = 10
IDENTITY_CLASS = "identity"
"""Columns of this class hold hashes in the clean tables; nothing of them is shown."""


@dataclass(frozen=True, slots=True)
class SuppliedValue:
    """One value: `item` names it in a correction request, `shown` is what the reader gets of it, in words."""

    item: str
    label: str
    shown: Shown

    @property
    def is_known(self) -> bool:
        return self.shown.is_withheld or bool(self.shown.value)


@dataclass(frozen=True, slots=True)
class Supply:
    """A source's rows about the business as the delivery has them; no rows: the supplier delivered none about it."""

    source: Source
    supplier: str
    delivery: Delivery
    rows: tuple[tuple[SuppliedValue, ...], ...]


def supplies_of(business: Business, *, reader: Reader, deliveries: Mapping[str, Delivery]) -> list[Supply]:
    """What `deliveries`, by source, say of the business, in the rulebook's order; what is protected is recorded."""
    found = [
        (source, deliveries[key], rows_of(deliveries[key], source, business.pk))
        for key, source in all_sources(business.jurisdiction).items()
        if key in deliveries
    ]
    shown = Showing(reader, business.pk, [(source, row) for source, _, rows in found for row in rows])
    names = rulebook_in(folder_of(business.jurisdiction))
    return [
        Supply(
            source, names.organisation(source.supplier), delivery, tuple(_values(source, row, shown) for row in rows)
        )
        for source, delivery, rows in found
    ]


def rows_of(delivery: Delivery, source: Source, uscc: str) -> list[Row]:
    """The rows of a delivery's clean table about one business, without protected numbers."""
    code = next(column.key for column in source.columns.values() if column.type == "uscc")
    table = ds.dataset(delivery.clean_file, format="parquet")
    keys = [column.key for column in readable(source) if column.key in table.schema.names]
    found = table.to_table(columns=keys, filter=pc.field(code) == uscc)
    return list(found.to_pylist())


def readable(source: Source) -> list[Column]:
    """The columns of a source that people read: not its code, not its protected numbers."""
    return [one for one in source.columns.values() if one.type != "uscc" and one.data_class != IDENTITY_CLASS]


class Showing:
    """What a reader gets of every column that some rows fill; protected columns are recorded once for all rows."""

    def __init__(self, reader: Reader, uscc: str, rows: Iterable[tuple[Source, Row]]) -> None:
        filled = {
            f"{source.key}.{key}": value
            for source, row in rows
            for key, value in row.items()
            if value not in (None, "")
        }
        self._verdicts = disclosed(reader, filled, business=uscc)

    def of(self, source: Source, column: Column, value: object) -> Shown:
        """The value in words; nothing where it is unknown."""
        verdict = self._verdicts.get(f"{source.key}.{column.key}")
        if verdict is None or value in (None, ""):
            return Shown(ShowingKind.VALUE, "")
        return verdict if verdict.is_withheld else Shown(ShowingKind.VALUE, text_of(column, value))


def text_of(column: Column, value: object) -> str:
    """A clean value as people write it; nothing for one that is not known."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case Decimal():
            return f"{value:,.2f}元"
        case datetime.date() if column.type == "month":
            return f"{value.year}年{value.month}月"
        case datetime.date():
            return value.isoformat()
        case int() if column.type == "year":
            return f"{value}年"
        case _:
            return column.codes.get(str(value), (str(value),))[0]


def item_of(source: Source, column: Column, row: Row) -> str:
    """The name of a value in correction requests: its column, and in a table with many rows a digest of the row."""
    if source.rows == BUSINESS:
        return column.key
    text = "\x1f".join(f"{key}={value}" for key, value in sorted(row.items()))
    return f"{column.key}-{hashlib.sha256(text.encode()).hexdigest()[:ROW_DIGITS]}"


def supplier_of(jurisdiction: Jurisdiction, source: Source) -> Organisation:
    """The body that answers for a source: its feed's supplier, else the one that the rulebook names.

    A supplier that the document names only as a group has no officers; the district regulator answers in its place.
    """
    feed = Feed.objects.filter(jurisdiction=jurisdiction, source_key=source.key).select_related("supplier").first()
    if feed:
        return feed.supplier
    homes = [jurisdiction.pk, jurisdiction.parent_id]
    named = Organisation.objects.filter(jurisdiction__in=homes, key=source.supplier).first()
    return named or regulator_of(jurisdiction)


def _values(source: Source, row: Row, showing: Showing) -> tuple[SuppliedValue, ...]:
    return tuple(
        SuppliedValue(item_of(source, column, row), column.header, showing.of(source, column, row.get(column.key)))
        for column in readable(source)
    )
