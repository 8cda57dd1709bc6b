"""Digests of days: what is published, kept, and read again."""

import json
from datetime import timedelta

import pytest

from jieti.audit.actions import close_day
from jieti.audit.checking import verify
from jieti.audit.digests import FORMAT, closed_days, digest_of, kept, written
from jieti.audit.models import Event
from jieti.kit.errors import Refusal
from tests.audit.tampering import FIRST, NOON, SECOND, at, days, deeds

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty")]


def test_a_closed_day_has_its_count_and_both_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, _ = days(monkeypatch)
    newest, oldest = closed_days()
    assert (oldest.day, oldest.records, oldest.first_hash, oldest.digest, oldest.closed) == (
        FIRST, 3, first[0].hash, first[2].hash, True,
    )  # fmt: skip
    assert (newest.day, newest.digest) == (SECOND, second[2].hash)


def test_no_records_no_digests() -> None:
    assert closed_days() == []
    assert digest_of(FIRST) is None


def test_what_was_written_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    days(monkeypatch)
    digests = closed_days()
    assert kept(written(digests)) == digests[::-1]
    assert verify(kept=kept(written(digests))).broken is None


HASH = "a" * 64
WHOLE = {"day": "2026-07-01", "records": 1, "first_hash": HASH, "digest": HASH, "closed": True}


def file_of(*days: object) -> str:
    return json.dumps({"format": FORMAT, "days": days})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "7",
        "null",
        "{}",
        "not json",
        '{"format": "other", "days": []}',
        f'{{"format": "{FORMAT}"}}',
        f'{{"format": "{FORMAT}", "days": 7}}',
        file_of(1),
        file_of({"day": "2026-07-01"}),
        file_of(WHOLE | {"day": "2026-02-30"}),
        file_of(WHOLE | {"records": "many"}),
        file_of(WHOLE | {"digest": "a"}),
        file_of(WHOLE, WHOLE | {"first_hash": None}),
    ],
)
def test_what_is_no_digest_file_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="不是审计摘要文件"):
        kept(text)


def test_a_quiet_day_is_closed_by_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)
    last = deeds()[-1]
    assert close_day(by=None) is None
    assert closed_days() == []
    at(monkeypatch, NOON + timedelta(days=4))
    closing = close_day(by=None)
    assert closing is not None
    assert (closing.subject, closing.detail["digest"]) == (f"day:{FIRST}", last.hash)
    assert [one.digest for one in closed_days()] == [last.hash]
    assert close_day(by=None) is None


def test_closing_an_empty_record_does_nothing() -> None:
    assert close_day(by=None) is None
    assert not Event.objects.exists()


def test_what_is_published_holds_hashes_and_counts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    days(monkeypatch)
    (entry, _) = json.loads(written(closed_days()))["days"]
    assert set(entry) == {"day", "records", "first_hash", "digest", "closed"}
