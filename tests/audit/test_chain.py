"""The audit record: chained, and refused to whoever would bend it."""

import datetime

import pytest
from django.db import DatabaseError, connection, transaction

from jieti.accounts.models import User
from jieti.audit.actions import record, verify
from jieti.audit.models import GENESIS, Event
from jieti.kit import clock

pytestmark = pytest.mark.django_db

NOON = datetime.datetime(2026, 7, 1, 4, 0, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def empty(db: None) -> None:
    """Fixtures of other tests may write records; here the chain begins new."""
    unguarded("delete from audit_event")


def unguarded(sql: str) -> None:
    """What somebody with the keys to the database could do."""
    with connection.cursor() as cursor:
        cursor.execute("alter table audit_event disable trigger user")
        cursor.execute(sql)
        cursor.execute("alter table audit_event enable trigger user")


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime.datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def three() -> list[Event]:
    return [
        record(by=None, verb="test.deed", subject=f"thing:{n}", detail={"n": n, "名": "串串香", "x": [1, None]})
        for n in range(3)
    ]


def test_an_untouched_chain_is_whole() -> None:
    events = three()
    found = verify()
    assert (found.records, found.broken) == (3, None)
    assert found.last_hash == events[-1].hash
    assert events[0].previous_hash == GENESIS


def test_an_empty_chain_is_whole() -> None:
    assert verify().records == 0


def test_the_actor_is_kept_as_text_and_number(outsider: User) -> None:
    event = record(by=outsider, verb="test.deed", subject="x", clause="第三条")
    event.refresh_from_db()
    assert (event.actor, event.actor_id, event.clause) == ("outsider", outsider.pk, "第三条")


@pytest.mark.parametrize(
    "change",
    [
        "verb = 'other'",
        "actor = 'somebody'",
        "actor_id = 7",
        "subject = ''",
        "clause = '第一条'",
        "detail = jsonb_set(detail, '{n}', '9')",
        "at = at + interval '1 microsecond'",
        "hash = repeat('a', 64)",
    ],
)
def test_verify_names_the_first_bent_record(change: str) -> None:
    bent = three()[1]
    unguarded(f"update audit_event set {change} where id = {bent.pk}")
    found = verify()
    assert found.broken is not None
    assert (found.records, found.broken.event.pk) == (1, bent.pk)


def test_verify_misses_a_record_taken_out() -> None:
    _, gone, after = three()
    unguarded(f"delete from audit_event where id = {gone.pk}")
    broken = verify().broken
    assert broken is not None
    assert broken.event.pk == after.pk
    assert "缺失" in broken.reason


def test_verify_misses_a_whole_day_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(3):
        at(monkeypatch, NOON + datetime.timedelta(days=day))
        record(by=None, verb="test.deed", subject="x")
    unguarded("delete from audit_event where day = '2026-07-02'")
    broken = verify().broken
    assert broken is not None
    assert broken.event.day == datetime.date(2026, 7, 3)


def test_the_day_is_shanghais(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, datetime.datetime(2026, 6, 30, 16, 0, tzinfo=datetime.UTC))
    assert record(by=None, verb="test.deed", subject="x").day == datetime.date(2026, 7, 1)


def test_numbers_begin_anew_each_day(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)
    assert [event.number for event in three()] == [1, 2, 3]
    at(monkeypatch, NOON + datetime.timedelta(days=1))
    assert [event.number for event in three()] == [1, 2, 3]
    assert verify().broken is None


def test_a_clock_that_goes_back_does_not_reopen_a_closed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)
    record(by=None, verb="test.deed", subject="x")
    at(monkeypatch, NOON - datetime.timedelta(days=1))
    late = record(by=None, verb="test.deed", subject="y")
    assert (late.day, late.number) == (datetime.date(2026, 7, 1), 2)
    assert verify().broken is None


@pytest.mark.parametrize(
    "sql", ["update audit_event set verb = 'x'", "delete from audit_event", "truncate audit_event"]
)
def test_the_database_refuses_to_change_or_drop(sql: str) -> None:
    three()
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert verify().records == 3


def test_rows_written_around_the_action_are_chained_as_well() -> None:
    three()
    Event.objects.bulk_create(
        [Event(at=NOON, actor="x", verb="v", subject="s", day=NOON.date(), number=77, hash="forged") for _ in range(2)]
    )
    found = verify()
    assert (found.records, found.broken) == (5, None)


def test_a_deed_that_fails_leaves_no_record() -> None:
    with transaction.atomic():
        record(by=None, verb="test.deed", subject="x")
        transaction.set_rollback(True)
    assert verify().records == 0
