"""Whoever bends the record past its guard is found, and the record at fault is named."""

import pytest

from jieti.audit.actions import record
from jieti.audit.checking import fits, verify
from jieti.audit.digests import closed_days, digest_of
from jieti.audit.models import Event
from tests.audit.tampering import FIRST, NOON, SECOND, THIRD, at, days, deeds, place, rehash, unguarded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty")]

CHANGES = [
    "verb = 'other'",
    "actor = 'somebody'",
    "actor_id = 7",
    "subject = ''",
    "clause = '第一条'",
    "detail = jsonb_set(detail, '{n}', '9')",
    "at = at + interval '1 microsecond'",
    "on_behalf_of = 'organisation:tax'",
    "before = '{}'",
    "after = 'null'",
    "jurisdiction = '110101'",
    "request_id = 'another-request'",
    "version = 1",
    "version = 3",
    "previous_hash = repeat('b', 64)",
    "hash = repeat('a', 64)",
]


@pytest.mark.parametrize("change", CHANGES)
def test_one_bent_record_is_named_exactly(monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    at(monkeypatch, NOON)
    bent = deeds(5)[2]
    unguarded(f"update audit_event set {change} where id = {bent.pk}")
    found = verify()
    assert found.broken is not None
    assert (found.records, found.broken.event) == (2, bent)
    assert place(found) == (FIRST, 3, "BENT")
    bent.refresh_from_db()
    assert not fits(bent)


def test_a_bent_record_with_its_hash_mended_is_named_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)
    bent = deeds(5)[2]
    unguarded(f"update audit_event set subject = 'thing:9' where id = {bent.pk}")
    rehash(bent)
    assert place(verify()) == (FIRST, 3, "BENT")
    assert fits(bent)


def test_a_record_taken_out_of_the_middle_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)
    gone = deeds(5)[2]
    unguarded(f"delete from audit_event where id = {gone.pk}")
    assert place(verify()) == (FIRST, 3, "MISSING")


def test_a_record_taken_out_and_the_rest_renumbered_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)
    gone = deeds(5)[2]
    unguarded(f"delete from audit_event where id = {gone.pk}")
    for number in (4, 5):
        unguarded("update audit_event set number = %s where number = %s", number - 1, number)
    assert place(verify()) == (FIRST, 3, "BENT")


def test_two_records_that_changed_places_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)
    deeds(5)
    for new, old in ((99, 2), (2, 4), (4, 99)):
        unguarded("update audit_event set number = %s where number = %s", new, old)
    assert place(verify()) == (FIRST, 2, "BENT")


def test_a_record_put_in_between_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)
    events = deeds(4)
    for number in (4, 3):
        unguarded("update audit_event set number = %s where number = %s", number + 1, number)
    unguarded(
        "insert into audit_event (at, actor, verb, subject, clause, detail, on_behalf_of, jurisdiction, request_id,"
        " version, day, number, previous_hash, hash)"
        " select at, actor, 'test.forged', subject, '', detail, '', '', '', version, day, 3, %s, ''"
        " from audit_event where id = %s",
        events[1].hash,
        events[1].pk,
    )
    forged = Event.objects.get(verb="test.forged")
    rehash(forged)
    found = verify()
    assert place(found) == (FIRST, 3, "INSERTED")
    assert found.broken is not None
    assert found.broken.event == forged


def test_a_whole_day_taken_out_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    days(monkeypatch)
    digests = closed_days()
    unguarded("delete from audit_event where day = %s", SECOND)
    assert place(verify()) == (THIRD, 1, "MISSING")
    assert place(verify(kept=digests)) == (SECOND, 1, "MISSING")


def test_the_end_of_a_day_taken_out_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    days(monkeypatch)
    digests = closed_days()
    unguarded("delete from audit_event where day = %s and number = 3", FIRST)
    assert place(verify()) == (SECOND, 1, "MISSING")
    assert place(verify(kept=digests)) == (FIRST, 3, "MISSING")


def test_a_truncated_end_is_proved_by_a_kept_digest_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    days(monkeypatch)
    digests = closed_days()
    unguarded("delete from audit_event where day = %s or (day = %s and number > 1)", THIRD, SECOND)
    assert verify().broken is None
    found = verify(kept=digests)
    assert place(found) == (SECOND, 2, "MISSING")
    assert "记载当日有 3 条，现存至第 1 条" in str(found.broken)
    unguarded("delete from audit_event where day = %s", SECOND)
    assert place(verify(kept=digests)) == (SECOND, 1, "MISSING")


def test_an_open_days_digest_proves_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)
    deeds()
    digest = digest_of(FIRST)
    assert digest is not None
    assert not digest.closed
    deeds(1)
    assert verify(kept=[digest]).broken is None
    unguarded("delete from audit_event where number > 2")
    assert place(verify(kept=[digest])) == (FIRST, 3, "MISSING")


def test_a_chain_rewritten_to_its_end_is_told_by_a_kept_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    written = days(monkeypatch)
    digests = closed_days()
    unguarded("update audit_event set subject = 'thing:9' where id = %s", written[1][1].pk)
    rehash(*written[1][1:], *written[2])
    assert verify().broken is None
    found = verify(kept=digests)
    assert place(found) == (SECOND, 3, "BENT")
    assert "第 2 条至第 3 条" in str(found.broken)


def test_a_day_rewritten_from_its_first_record_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    written = days(monkeypatch)
    digests = closed_days()
    unguarded("update audit_event set subject = 'thing:9' where id = %s", written[1][0].pk)
    rehash(*written[1], *written[2])
    assert verify().broken is None
    assert place(verify(kept=digests)) == (SECOND, 1, "BENT")


def test_a_record_added_to_a_closed_day_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    days(monkeypatch)
    digests = closed_days()
    unguarded("delete from audit_event where day > %s", SECOND)
    at(monkeypatch, NOON.replace(day=2))
    record(by=None, verb="test.deed", subject="late")
    assert verify().broken is None
    assert place(verify(kept=digests)) == (SECOND, 4, "INSERTED")


def test_the_earlier_of_two_faults_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    written = days(monkeypatch)
    digests = closed_days()
    unguarded("update audit_event set actor = 'x' where id = %s", written[0][1].pk)
    unguarded("delete from audit_event where day = %s", SECOND)
    assert place(verify(kept=digests)) == (FIRST, 2, "BENT")


def test_one_day_is_proved_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    written = days(monkeypatch)
    unguarded("update audit_event set actor = 'x' where id = %s", written[2][0].pk)
    assert (verify(day=FIRST).records, verify(day=FIRST).broken) == (3, None)
    assert (verify(day=SECOND).records, verify(day=SECOND).broken) == (3, None)
    assert place(verify(day=THIRD)) == (THIRD, 1, "BENT")


def test_the_next_day_proves_a_days_end(monkeypatch: pytest.MonkeyPatch) -> None:
    written = days(monkeypatch)
    unguarded("update audit_event set actor = 'x' where id = %s", written[1][2].pk)
    rehash(written[1][2])
    found = verify(day=SECOND)
    assert found.broken is not None
    assert "前一日末条" in found.broken.reason


def test_a_day_without_records_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    days(monkeypatch, 1)
    assert (verify(day=SECOND).records, verify(day=SECOND).broken) == (0, None)
