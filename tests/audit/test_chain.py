"""The audit record: chained, and refused to whoever would bend it."""

import datetime

import pytest
from django.db import DatabaseError, connection, transaction

from jieti.accounts.models import User
from jieti.audit.actions import record
from jieti.audit.checking import verify
from jieti.audit.models import FORMAT, GENESIS, Event
from tests.audit.tampering import FIRST, NOON, at, deeds

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty")]


def test_an_untouched_chain_is_whole() -> None:
    events = deeds()
    found = verify()
    assert (found.records, found.broken) == (3, None)
    assert found.last_hash == events[-1].hash
    assert events[0].previous_hash == GENESIS
    assert {event.version for event in events} == {FORMAT}


def test_an_empty_chain_is_whole() -> None:
    assert verify().records == 0


def test_who_for_whom_what_and_why_are_kept(outsider: User) -> None:
    written = record(
        by=outsider,
        verb="test.deed",
        subject="x",
        clause="第三条",
        on_behalf_of="organisation:tax",
        before={"name": "旧", "amount": "1.50"},
        after={"name": "新", "amount": None},
        jurisdiction="110116",
    )
    event = Event.objects.get(pk=written.pk)
    assert (event.actor, event.actor_id, event.clause) == ("outsider", outsider.pk, "第三条")
    assert (event.on_behalf_of, event.jurisdiction) == ("organisation:tax", "110116")
    assert (event.before, event.after) == ({"name": "旧", "amount": "1.50"}, {"name": "新", "amount": None})
    assert event.hash == written.hash
    assert verify().broken is None


def test_nothing_before_is_not_an_empty_before() -> None:
    record(by=None, verb="test.deed", subject="x")
    record(by=None, verb="test.deed", subject="y", before={}, after={})
    assert [event.before for event in Event.objects.in_chain_order()] == [None, {}]
    assert verify().broken is None


def test_the_verbs_own_clause_is_taken_where_the_deed_names_none() -> None:
    assert record(by=None, verb="measures.loaded", subject="x").clause == "附件二"


def test_the_day_is_shanghais(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, datetime.datetime(2026, 6, 30, 16, 0, tzinfo=datetime.UTC))
    assert record(by=None, verb="test.deed", subject="x").day == FIRST


def test_numbers_begin_anew_each_day(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)
    assert [event.number for event in deeds()] == [1, 2, 3]
    at(monkeypatch, NOON + datetime.timedelta(days=1))
    assert [event.number for event in deeds()] == [1, 2, 3]
    assert verify().broken is None


def test_a_clock_that_goes_back_does_not_reopen_a_closed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)
    record(by=None, verb="test.deed", subject="x")
    at(monkeypatch, NOON - datetime.timedelta(days=1))
    late = record(by=None, verb="test.deed", subject="y")
    assert (late.day, late.number) == (FIRST, 2)
    assert verify().broken is None


@pytest.mark.parametrize(
    "sql", ["update audit_event set verb = 'x'", "delete from audit_event", "truncate audit_event"]
)
def test_the_database_refuses_to_change_or_drop(sql: str) -> None:
    deeds()
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert verify().records == 3


def test_rows_written_around_the_action_are_chained_as_well() -> None:
    deeds()
    Event.objects.bulk_create(
        [
            Event(at=NOON, actor="x", verb="v", subject="s", version=1, day=FIRST, number=77, hash="forged")
            for _ in range(2)
        ]
    )
    found = verify()
    assert (found.records, found.broken) == (5, None)


def test_a_temporary_table_of_the_same_name_does_not_mislead_the_chain() -> None:
    last = deeds()[-1]
    with connection.cursor() as cursor:
        cursor.execute("create temporary table audit_event (like public.audit_event)")
        cursor.execute("insert into pg_temp.audit_event select * from public.audit_event where number = 1")
        cursor.execute(
            "insert into public.audit_event (at, actor, verb, subject, clause, detail, on_behalf_of, jurisdiction,"
            " request_id, version) values (now(), 'x', 'v', 's', '', '{}', '', '', '', 0)"
        )
        cursor.execute("drop table pg_temp.audit_event")
    assert Event.objects.newest_first()[0].previous_hash == last.hash
    assert verify().broken is None


def test_a_deed_that_fails_leaves_no_record() -> None:
    with transaction.atomic():
        record(by=None, verb="test.deed", subject="x")
        transaction.set_rollback(True)
    assert verify().records == 0
