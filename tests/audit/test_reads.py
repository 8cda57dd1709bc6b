"""Reading protected data is a deed: who, when, which fields and why."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from jieti.accounts.models import User
from jieti.audit.actions import record, record_read
from jieti.audit.models import Event
from jieti.audit.verbs import READ_PROTECTED
from jieti.kit import request_id
from tests.audit.tampering import NOON, at
from tests.factories.accounts import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty")]
MINE = "business:92110116MA0000017X"


def read(by: User, fields: Sequence[str] = ("tax_paid", "turnover"), **other: str) -> Event:
    given = {"subject": MINE, "reason": "核对判定结果", **other}
    return record_read(by=by, fields=fields, subject=given.pop("subject"), reason=given.pop("reason"), **given)


def test_many_fields_are_one_record(outsider: User) -> None:
    event = read(outsider, ("turnover", "tax_paid", "turnover"), on_behalf_of="organisation:tax")
    assert event.verb == READ_PROTECTED
    assert event.detail["fields"] == ["tax_paid", "turnover"]
    assert (event.detail["reason"], event.on_behalf_of) == ("核对判定结果", "organisation:tax")
    assert event.clause == "《个人信息保护法》第五十一条"


def test_looking_again_within_ten_minutes_is_the_same_reading(outsider: User, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)
    first = read(outsider)
    at(monkeypatch, NOON + timedelta(minutes=9, seconds=59))
    assert read(outsider, ("turnover", "tax_paid")) == first
    at(monkeypatch, NOON + timedelta(minutes=10))
    assert read(outsider) != first
    assert Event.objects.reads_of(MINE).count() == 2


def test_what_differs_is_another_reading(outsider: User) -> None:
    other = make_user("other")
    with request_id.within(session_key="session-a"):
        first = read(outsider)
        assert read(outsider) == first
        different = [
            read(other),
            read(outsider, ("turnover",)),
            read(outsider, subject="business:x"),
            read(outsider, reason="处理异议"),
            read(outsider, on_behalf_of="organisation:tax"),
        ]
    with request_id.within(session_key="session-b"):
        different.append(read(outsider))
    assert len({first, *different}) == 7


def test_the_session_key_itself_is_not_kept(outsider: User) -> None:
    with request_id.within(session_key="very-secret-session"):
        event = read(outsider)
    assert event.detail["session"]
    assert "very-secret" not in str(event.detail)


def test_who_read_my_data(outsider: User, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)
    first = read(outsider)
    at(monkeypatch, NOON + timedelta(days=1))
    second = read(outsider, reason="处理异议")
    read(outsider, subject="business:other")
    record(by=outsider, verb="test.deed", subject=MINE)
    assert list(Event.objects.reads_of(MINE)) == [second, first]
