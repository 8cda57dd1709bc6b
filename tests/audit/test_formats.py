"""Records of the first format stay verifiable among those of the second."""

import importlib

import pytest
from django.db import connection

from jieti.audit.checking import verify
from jieti.audit.models import FIRST_FORMAT, Event
from tests.audit.tampering import FIRST, NOON, at, deeds, place, unguarded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty")]


def old_records() -> list[Event]:
    """Three records as the first format's own trigger wrote them; then today's trigger again."""
    first = importlib.import_module("jieti.audit.migrations.0002_chain").FORWARD
    old = first[first.index("create function audit_event_chain()") : first.index("create trigger audit_event_chain")]
    with connection.cursor() as cursor:
        cursor.execute("select pg_get_functiondef('audit_event_chain'::regproc)")
        (today,) = cursor.fetchone()
        cursor.execute(old.replace("create function", "create or replace function"))
        events = deeds()
        unguarded("update audit_event set version = %s, request_id = ''", FIRST_FORMAT)
        cursor.execute(today)
    return events


def test_old_and_new_stand_in_one_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)
    old_records()
    deeds(2)
    found = verify()
    assert (found.records, found.broken) == (5, None)
    assert [event.version for event in Event.objects.in_chain_order()] == [1, 1, 1, 2, 2]


@pytest.mark.parametrize(
    "change",
    [
        "subject = 'other'", "on_behalf_of = 'x'", "before = '{}'", "after = '{}'", "jurisdiction = '1'",
        "request_id = 'x'", "version = 2",
    ],
)  # fmt: skip
def test_nothing_can_be_added_to_an_old_record(monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    at(monkeypatch, NOON)
    bent = old_records()[1]
    unguarded(f"update audit_event set {change} where id = {bent.pk}")
    assert place(verify()) == (FIRST, 2, "BENT")
