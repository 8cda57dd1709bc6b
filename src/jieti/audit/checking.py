"""Proving the record whole: each record's hash computed anew, each link to the one before, and kept digests besides.

A record that was changed, taken out, put in or moved is named. Whoever rewrites everything up to the end, hashes and
all, leaves a chain that fits; only digests kept elsewhere tell that.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date
from enum import Enum
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from jieti.audit.digests import DayDigest
from jieti.audit.models import FIRST_FORMAT, FORMAT, GENESIS, Event

CHUNK = 2_000


class Kind(Enum):
    """What happened to the record."""

    BENT = "被改动"
    MISSING = "缺失"
    INSERTED = "被插入"


@dataclass(frozen=True, slots=True)
class Break:
    """The first record that does not fit: its place, what happened, why we say so.

    `event` is the record at that place; where one is missing, the next that exists, or None at the chain's end.
    """

    day: date
    number: int
    kind: Kind
    reason: str
    event: Event | None

    def __str__(self) -> str:
        return f"{self.day} 第 {self.number} 条{self.kind.value}：{self.reason}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found: the number of records that fit, the last hash, and the first break if there is one."""

    records: int
    last_hash: str
    broken: Break | None


@dataclass(frozen=True, slots=True)
class _Link:
    """A record with the texts of its JSON as the database writes them, which its hash covers."""

    event: Event
    detail: str
    before: str
    after: str

    def hash(self, *, number: int | None = None) -> str:
        return fingerprint(self.event, self.detail, self.before, self.after, number=number)


def verify(*, day: date | None = None, kept: Iterable[DayDigest] = ()) -> Verification:
    """Reads every record in order, or those of `day`, without the database's help; then compares with kept digests."""
    checked = _check(day)
    digests = (one for one in sorted(kept, key=lambda one: one.day) if day in {None, one.day})
    for one in digests:
        if checked.broken and one.day >= checked.broken.day:
            break
        if found := _against(one):
            return Verification(checked.records, checked.last_hash, found)
    return checked


def fits(event: Event) -> bool:
    """Whether the record's content is what its hash says."""
    link = next(_links(day=event.day, number=event.number), None)
    return link is not None and link.hash() == link.event.hash


def fingerprint(event: Event, detail: str, before: str, after: str, *, number: int | None = None) -> str:
    """The hash of a record: SHA-256 over its fields, each with its length in bytes before it, in a fixed order."""
    fields = [
        event.previous_hash,
        event.day.isoformat(),
        str(event.number if number is None else number),
        event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"),
        event.actor,
        "" if event.actor_id is None else str(event.actor_id),
        event.verb,
        event.subject,
        event.clause,
        detail,
    ]
    if event.version >= FORMAT:
        fields = [str(event.version), *fields]
        fields += [event.on_behalf_of, before, after, event.jurisdiction, event.request_id]
    encoded = (field.encode() for field in fields)
    return hashlib.sha256(b"".join(b"%d:%b" % (len(field), field) for field in encoded)).hexdigest()


def _check(day: date | None) -> Verification:
    previous = None if day is None else next(_links(day__lt=day, newest_first=True), None)
    last_hash, records = previous.event.hash if previous else GENESIS, 0
    for link in _links() if day is None else _day_and_next(day):
        broken = _fault(previous, link)
        beyond = day is not None and link.event.day != day
        if broken and not (beyond and broken.event is link.event and broken.kind is Kind.BENT):
            return Verification(records, last_hash, broken)
        if beyond:
            break
        previous, last_hash, records = link, link.event.hash, records + 1
    return Verification(records, last_hash, None)


def _day_and_next(day: date) -> Iterator[_Link]:
    """The day's records and the one that follows: it holds the hash of the day's last."""
    yield from _links(day=day)
    following = Event.objects.filter(day__gt=day).in_chain_order().values_list("pk", flat=True).first()
    if following is not None:
        yield from _links(pk=following)


def _fault(previous: _Link | None, link: _Link) -> Break | None:
    event, before = link.event, previous.event if previous else None
    expected = before.number + 1 if before and before.day == event.day else 1
    if event.number > expected:
        return Break(event.day, expected, Kind.MISSING, f"其后是第 {event.number} 条", event)
    chained = event.previous_hash == (before.hash if before else GENESIS)
    if _fits(link):
        return None if chained else _unchained(before, event)
    if before and _made_room(before, link):
        return _break(before, Kind.INSERTED, "其后的记录原来紧接在它前面的记录之后")
    return _break(event, Kind.BENT, "内容与散列值不符" if chained else "内容或者次序与散列值不符")


def _fits(link: _Link) -> bool:
    event = link.event
    if event.version == FIRST_FORMAT and (event.on_behalf_of or event.jurisdiction or event.request_id):
        return False
    if event.version == FIRST_FORMAT and (link.before or link.after):
        return False
    return event.version in {FIRST_FORMAT, FORMAT} and link.hash() == event.hash


def _made_room(before: Event, link: _Link) -> bool:
    """Whether this record was moved by one, so that the one before it could be put in."""
    event = link.event
    return event.previous_hash == before.previous_hash and link.hash(number=event.number - 1) == event.hash


def _unchained(before: Event | None, event: Event) -> Break:
    """The record itself is as it was written, so the fault lies before it."""
    if before and before.day == event.day:
        return _break(before, Kind.BENT, "连同散列值被改写，其后的记录不再与它衔接")
    if before and before.previous_hash == event.previous_hash:
        return _break(before, Kind.INSERTED, "其后的记录原来紧接在它前面的记录之后")
    return _break(event, Kind.MISSING, "与上一条记录不衔接：在它之前的记录缺失，或者前一日末条被整条改写")


def _against(kept: DayDigest) -> Break | None:
    day = Event.objects.filter(day=kept.day).in_chain_order()
    first, end, last = day.first(), day.filter(number=kept.records).first(), day.last()
    if first is None or last is None:
        return Break(kept.day, 1, Kind.MISSING, f"摘要记载当日有 {kept.records} 条，现在一条也没有", None)
    if end is None:
        reason = f"摘要记载当日有 {kept.records} 条，现存至第 {last.number} 条，末尾被截去"
        return Break(kept.day, last.number + 1, Kind.MISSING, reason, None)
    if first.hash != kept.first_hash:
        return _break(first, Kind.BENT, "与摘要记载的首条散列值不符，自它起连同散列值被改写")
    if end.hash != kept.digest:
        return _break(end, Kind.BENT, f"与摘要不符，当日第 2 条至第 {kept.records} 条连同散列值被改写")
    if kept.closed and last.number > kept.records:
        extra = day.filter(number__gt=kept.records).first()
        return _break(extra or last, Kind.INSERTED, f"摘要记载当日只有 {kept.records} 条")
    return None


def _break(event: Event, kind: Kind, reason: str) -> Break:
    return Break(event.day, event.number, kind, reason, event)


def _links(*, newest_first: bool = False, **only: Any) -> Iterator[_Link]:
    order = ("-day", "-number") if newest_first else ("day", "number")
    events = Event.objects.annotate(
        detail_text=Cast("detail", TextField()),
        before_text=Cast("before", TextField()),
        after_text=Cast("after", TextField()),
    )
    for event in events.filter(**only).order_by(*order).iterator(chunk_size=1 if newest_first else CHUNK):
        texts = vars(event)
        yield _Link(event, texts["detail_text"], texts["before_text"] or "", texts["after_text"] or "")
