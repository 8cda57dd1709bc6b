"""What somebody with the keys to the database could do."""

import datetime

import pytest
from django.db import connection

from jieti.audit.actions import record
from jieti.audit.checking import Verification, _links
from jieti.audit.models import Event
from jieti.kit import clock

NOON = datetime.datetime(2026, 7, 1, 4, 0, tzinfo=datetime.UTC)
FIRST, SECOND, THIRD = (datetime.date(2026, 7, day) for day in (1, 2, 3))


def unguarded(sql: str, *parameters: str | int | datetime.date) -> None:
    """A superuser takes the guard away, does as they please, and puts it back."""
    with connection.cursor() as cursor:
        cursor.execute("alter table audit_event disable trigger user")
        cursor.execute(sql, parameters or None)
        cursor.execute("alter table audit_event enable trigger user")


def rehash(*events: Event) -> None:
    """Computes the records' hashes anew, in order, each over the one before: what a careful forger would do."""
    for event in events:
        (link,) = _links(pk=event.pk)
        unguarded("update audit_event set hash = %s where id = %s", link.hash(), event.pk)
        following = Event.objects.filter(day__gte=event.day, previous_hash=event.hash).first()
        event.refresh_from_db()
        if following and following in events:
            unguarded("update audit_event set previous_hash = %s where id = %s", event.hash, following.pk)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime.datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def deeds(count: int = 3) -> list[Event]:
    return [
        record(by=None, verb="test.deed", subject=f"thing:{n}", detail={"n": n, "名": "串串香", "x": [1, None]})
        for n in range(count)
    ]


def days(monkeypatch: pytest.MonkeyPatch, count: int = 3) -> list[list[Event]]:
    """Three deeds a day, from the first of July on."""
    found = []
    for number in range(count):
        at(monkeypatch, NOON + datetime.timedelta(days=number))
        found.append(deeds())
    return found


def place(found: Verification) -> tuple[datetime.date, int, str] | None:
    """Where the first break is, and of what kind."""
    broken = found.broken
    return (broken.day, broken.number, broken.kind.name) if broken else None
