"""Writing the record."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction

from jieti.audit.checking import Verification, verify
from jieti.audit.digests import digest_of
from jieti.audit.models import Event
from jieti.audit.verbs import READ_PROTECTED, clause_of
from jieti.kit import clock, request_id

SYSTEM = "系统"
ONE_READING = timedelta(minutes=10)
"""Looking again at the same data within this time is still the same reading."""
# The trigger fills the chain's columns, so they are asked back instead of sent.
INSERT = """
insert into audit_event (at, actor, actor_id, on_behalf_of, verb, subject, clause, detail, before, after, jurisdiction,
    request_id, version)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0)
returning id, version, day, number, previous_hash, hash
"""


def record(
    *,
    by: AbstractBaseUser | None,
    verb: str,
    subject: str,
    detail: Mapping[str, object] | None = None,
    clause: str = "",
    on_behalf_of: str = "",
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    jurisdiction: str = "",
) -> Event:
    """Appends one record. `by` None is the system itself. What is JSON must hold no personal data.

    `jurisdiction` is a division code; left out, it is where the actor works. A clause left out is the verb's own.
    Belongs in the transaction of the deed: both happen or neither.
    """
    event = Event(
        at=clock.now(),
        actor=by.get_username() if by else SYSTEM,
        actor_id=by.pk if by else None,
        on_behalf_of=on_behalf_of,
        verb=verb,
        subject=subject,
        clause=clause or clause_of(verb),
        detail=dict(detail or {}),
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
        jurisdiction=jurisdiction or getattr(by, "jurisdiction_code", ""),
        request_id=request_id.current(),
    )
    with transaction.atomic():
        _insert(event)
    return event


def record_read(
    *,
    by: AbstractBaseUser,
    subject: str,
    fields: Iterable[str],
    reason: str,
    on_behalf_of: str = "",
    jurisdiction: str = "",
) -> Event:
    """Records that `by` read protected fields of `subject`, all in one record: "who read my data, when and why".

    The same fields read again for the same reason in the same browser session within ten minutes are the same
    reading: the earlier record is returned.
    """
    detail = {"fields": sorted(set(fields)), "reason": reason, "session": request_id.session()}
    same = Event.objects.reads_of(subject).filter(
        actor_id=by.pk, on_behalf_of=on_behalf_of, detail=detail, at__gt=clock.now() - ONE_READING
    )
    return same.first() or record(
        by=by,
        verb=READ_PROTECTED,
        subject=subject,
        detail=detail,
        on_behalf_of=on_behalf_of,
        jurisdiction=jurisdiction,
    )


@transaction.atomic
def close_day(*, by: AbstractBaseUser | None) -> Event | None:
    """Closes the last day that has records, if it is over: a record of today takes its digest into the chain.

    Returns that record; None where there is nothing to close.
    """
    last = Event.objects.newest_first().first()
    digest = digest_of(last.day) if last and last.day < clock.today() else None
    if digest is None:
        return None
    return record(by=by, verb="audit.close_day", subject=f"day:{digest.day}", detail=digest.as_json())


def verify_day(*, by: AbstractBaseUser, day: date, jurisdiction: str = "") -> Verification:
    """Proves one day's records whole, and records that somebody had it proved and what was found."""
    found = verify(day=day)
    detail = {"records": found.records, "last_hash": found.last_hash, "broken": str(found.broken or "")}
    record(by=by, verb="audit.verify", subject=f"day:{day}", detail=detail, jurisdiction=jurisdiction)
    return found


def _insert(event: Event) -> None:
    values = (
        event.at,
        event.actor,
        event.actor_id,
        event.on_behalf_of,
        event.verb,
        event.subject,
        event.clause,
        _json(event.detail),
        _json(event.before),
        _json(event.after),
        event.jurisdiction,
        event.request_id,
    )
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)
        event.pk, event.version, event.day, event.number, event.previous_hash, event.hash = cursor.fetchone()
    event._state.adding = False


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)
