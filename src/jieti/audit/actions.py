"""Writing the record, and proving it whole."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import TextField
from django.db.models.functions import Cast

from jieti.audit.models import GENESIS, Event
from jieti.kit import clock

SYSTEM = "系统"
# The trigger fills the chain's columns, so they are asked back instead of sent.
INSERT = """
insert into audit_event (at, actor, actor_id, verb, subject, clause, detail) values (%s, %s, %s, %s, %s, %s, %s)
returning id, day, number, previous_hash, hash
"""


@dataclass(frozen=True, slots=True)
class Break:
    """The first record that does not fit its chain, and why."""

    event: Event
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found: the number of records that fit, the last hash, and the first break if there is one."""

    records: int
    last_hash: str
    broken: Break | None


def record(
    *,
    by: AbstractBaseUser | None,
    verb: str,
    subject: str,
    detail: Mapping[str, object] | None = None,
    clause: str = "",
) -> Event:
    """Appends one record. `by` None is the system itself. `detail` must be JSON; it must hold no personal data.

    Belongs in the transaction of the deed: both happen or neither.
    """
    event = Event(
        at=clock.now(),
        actor=by.get_username() if by else SYSTEM,
        actor_id=by.pk if by else None,
        verb=verb,
        subject=subject,
        clause=clause,
        detail=dict(detail or {}),
    )
    with transaction.atomic():
        _insert(event)
    return event


def verify() -> Verification:
    """Reads every record in order and computes its hash anew, without the database's help."""
    previous, day, number, records = GENESIS, None, 0, 0
    for event, detail_text in _chain():
        number = number + 1 if event.day == day else 1
        reason = _fault(event, detail_text, previous, number)
        if reason:
            return Verification(records, previous, Break(event, reason))
        previous, day, records = event.hash, event.day, records + 1
    return Verification(records, previous, None)


def digest(event: Event, detail_text: str) -> str:
    """The hash of a record: SHA-256 over its fields, each with its length in bytes before it, in a fixed order."""
    fields = (
        event.previous_hash,
        event.day.isoformat(),
        str(event.number),
        event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"),
        event.actor,
        "" if event.actor_id is None else str(event.actor_id),
        event.verb,
        event.subject,
        event.clause,
        detail_text,
    )
    encoded = (field.encode() for field in fields)
    return hashlib.sha256(b"".join(b"%d:%b" % (len(field), field) for field in encoded)).hexdigest()


def _fault(event: Event, detail_text: str, previous: str, number: int) -> str:
    if event.number != number:
        return f"记录缺失：应为当日第 {number} 条"
    if event.previous_hash != previous:
        return "与上一条记录的散列值不衔接"
    if event.hash != digest(event, detail_text):
        return "内容与散列值不符"
    return ""


def _chain() -> Iterator[tuple[Event, str]]:
    events = Event.objects.annotate(detail_text=Cast("detail", TextField())).order_by("day", "number")
    for event in events.iterator(chunk_size=2_000):
        yield event, event.detail_text


def _insert(event: Event) -> None:
    values = (
        event.at,
        event.actor,
        event.actor_id,
        event.verb,
        event.subject,
        event.clause,
        json.dumps(event.detail, ensure_ascii=False),
    )
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)
        event.pk, event.day, event.number, event.previous_hash, event.hash = cursor.fetchone()
    event._state.adding = False
