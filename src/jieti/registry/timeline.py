"""A business's course in time, from the register's records and the departments' tables, as it was known at a moment."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from jieti.accounts.disclosure import Reader, Shown
from jieti.accounts.rulebook_files import folder_of, rulebook_in
from jieti.kit import clock
from jieti.registry.models import Business, BusinessRecord, Delivery
from jieti.registry.sources import BUSINESS, all_sources, register_source
from jieti.registry.supplied import Row, Showing, readable, rows_of
from rulecore.model import Column, Source

STARTS = (
    "decided_on",
    "filed_on",
    "published_on",
    "recognised_on",
    "verified_on",
    "awarded_on",
    "valid_from",
    "obtained_on",
    "month",
    "year",
)
"""Columns that say from when a row holds; the first that a table has counts."""
ENDS = (
    "revoked_on",
    "ended_on",
    "removed_on",
    "restored_on",
    "resumed_on",
    "last_day",
    "valid_to",
    "ends_on",
    "planned_end_on",
)
"""Columns that say until when; the first that is filled counts."""
STATE = ("name", "registration_status", "established_on", "proprietor", "address", "town", "industry")
MOST_DELIVERIES = 60
"""So many deliveries of a source are looked through for when a row was first known; a row of all is known earlier."""


@dataclass(frozen=True, slots=True)
class Detail:
    """A value of an entry; `before` is what it replaced."""

    label: str
    shown: Shown
    before: Shown | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that held of the business: from when until when, and since when we know it from which delivery.

    `day` is None where it is not known or not to be shown. `gone_at` is the moment from which the supplier's table
    had it no longer.
    """

    day: datetime.date | None
    until: datetime.date | None
    title: str
    details: tuple[Detail, ...]
    source: Source
    supplier: str
    delivery: Delivery
    known_at: datetime.datetime
    gone_at: datetime.datetime | None = None


def timeline_of(uscc: str, *, reader: Reader, known_at: datetime.datetime | None = None) -> list[Entry]:
    """The business's entries as far as they were known at `known_at` (by default now), the newest first.

    What the reader may not see is withheld, its dates too. Raises Business.DoesNotExist.
    """
    business = Business.objects.select_related("jurisdiction").get(pk=uscc)
    moment = known_at or clock.now()
    register = register_source(business.jurisdiction)
    records = _records(business, moment)
    told = [one for source in _tables(business) for one in _told(business, source, moment)]
    rows = [*((register, _row(record)) for record in records), *((one.source, one.row) for one in told)]
    showing = Showing(reader, uscc, rows)
    supplier = rulebook_in(folder_of(business.jurisdiction)).organisation
    entries = [*_register_entries(records, register, showing, supplier(register.supplier))]
    entries += [_entry(one, showing, supplier(one.source.supplier)) for one in told]
    return sorted(entries, key=lambda entry: (entry.day is None, -(entry.day or datetime.date.min).toordinal()))


@dataclass(frozen=True, slots=True)
class _Told:
    """A row of a table: the first delivery that has it, and the first after it that has it no longer."""

    source: Source
    row: Row
    first: Delivery
    gone: Delivery | None


def _tables(business: Business) -> list[Source]:
    return [source for source in all_sources(business.jurisdiction).values() if source.rows != BUSINESS]


def _records(business: Business, moment: datetime.datetime) -> list[BusinessRecord]:
    known = BusinessRecord.objects.filter(uscc=business.pk, jurisdiction=business.jurisdiction_id).known_at(moment)
    return list(known.select_related("delivery").order_by("valid_from"))


def _row(record: BusinessRecord) -> Row:
    return {key: getattr(record, key) for key in STATE}


def _register_entries(
    records: Sequence[BusinessRecord], register: Source, showing: Showing, supplier: str
) -> Iterator[Entry]:
    """The first state whole, then what changed; and the time in which the register had the business not."""
    for before, record in pairwise([None, *records]):
        if record is None:
            continue
        absent = before is not None and before.valid_to is not None and before.valid_to < record.valid_from
        first = before is None or absent
        details = _state(record, register, showing) if first else _changes(before, record, register, showing)
        title = "登记情况" if before is None else "重新见于名册" if absent else "登记事项变更"
        if details:
            known = record.known.lower
            yield Entry(record.valid_from, None, title, details, register, supplier, record.delivery, known)
    last = records[-1] if records else None
    if last is not None and last.valid_to is not None:
        yield Entry(last.valid_to, None, "不再见于名册", (), register, supplier, last.delivery, last.known.lower)


def _state(record: BusinessRecord, register: Source, showing: Showing) -> tuple[Detail, ...]:
    values = _row(record)
    shown = (Detail(c.header, showing.of(register, c, values[c.key])) for c in _state_columns(register))
    return tuple(one for one in shown if one.shown.is_withheld or one.shown.value)


def _changes(
    before: BusinessRecord | None, record: BusinessRecord, register: Source, showing: Showing
) -> tuple[Detail, ...]:
    old, new = (_row(before) if before else {}), _row(record)
    return tuple(
        Detail(c.header, showing.of(register, c, new[c.key]), showing.of(register, c, old.get(c.key)))
        for c in _state_columns(register)
        if old.get(c.key) != new[c.key]
    )


def _state_columns(register: Source) -> list[Column]:
    return [register.columns[key] for key in STATE if key in register.columns]


def _told(business: Business, source: Source, moment: datetime.datetime) -> list[_Told]:
    """The rows about the business in the order in which they became known."""
    deliveries = Delivery.objects.of(business.jurisdiction).known_at(moment).of_source(source.key)
    found: dict[tuple[object, ...], _Told] = {}
    for delivery in reversed(deliveries.latest_first()[:MOST_DELIVERIES]):
        rows = {tuple(row.get(c.key) for c in readable(source)): row for row in rows_of(delivery, source, business.pk)}
        for key, one in found.items():
            if key not in rows and one.gone is None:
                found[key] = _Told(source, one.row, one.first, delivery)
        for key, row in rows.items():
            if key not in found or found[key].gone is not None:
                found[key] = _Told(source, row, delivery, None)
    return list(found.values())


def _entry(told: _Told, showing: Showing, supplier: str) -> Entry:
    source, row = told.source, told.row
    details = tuple(Detail(c.header, showing.of(source, c, row.get(c.key))) for c in readable(source))
    known_at = told.first.known_at
    if known_at is None:
        raise ValueError(f"delivery {told.first.pk} does not count")
    return Entry(
        day=_day(source, row, showing, [key for key in STARTS if key in source.columns][:1]),
        until=_day(source, row, showing, ENDS),
        title=source.title,
        details=tuple(one for one in details if one.shown.is_withheld or one.shown.value),
        source=source,
        supplier=supplier,
        delivery=told.first,
        known_at=known_at,
        gone_at=told.gone.known_at if told.gone else None,
    )


def _day(source: Source, row: Row, showing: Showing, keys: Sequence[str]) -> datetime.date | None:
    """The first of the columns that is filled, as a day, unless the reader may not see it."""
    for key in keys:
        value = row.get(key)
        if value is None:
            continue
        if showing.of(source, source.columns[key], value).is_withheld:
            return None
        return value if isinstance(value, datetime.date) else datetime.date(int(str(value)), 1, 1)
    return None
