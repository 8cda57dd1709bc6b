"""The public page of the audit's digests: anybody may read and keep them, and they prove what they say."""

import datetime
import json

import pytest
from django.test import Client

from jieti.audit.checking import verify
from jieti.audit.digests import kept
from jieti.audit.models import Event
from tests.audit.tampering import NOON, SECOND, at, days, deeds, place, unguarded
from tests.web.test_public import flat, sheet

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def three_days(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    unguarded("delete from audit_event")
    with monkeypatch.context() as patch:
        days(patch)


def test_anybody_may_read_the_closed_days(client: Client) -> None:
    found = client.get("/integrity/").content.decode()
    for day, listed in (("2026-07-01", True), ("2026-07-02", True), ("2026-07-03", False)):
        assert (day in found) is listed
    assert Event.objects.get(day=SECOND, number=3).hash in found


def test_what_is_downloaded_proves_the_record_later(client: Client) -> None:
    response = client.get("/integrity.json")
    assert "attachment" in response.headers["Content-Disposition"]
    digests = kept(response.content.decode())
    assert verify(kept=digests).broken is None
    unguarded("delete from audit_event where day > '2026-07-01'")
    assert verify().broken is None
    assert place(verify(kept=digests)) == (SECOND, 1, "MISSING")


def test_the_table(client: Client) -> None:
    rows = sheet(client.get("/integrity.xlsx"))
    assert len(rows) == 3
    assert Event.objects.get(day=SECOND, number=1).hash in flat(rows)


def test_nothing_of_the_deeds_is_told(client: Client) -> None:
    shown = client.get("/integrity/").content.decode() + client.get("/integrity.json").content.decode()
    assert not [word for word in ("test.deed", "thing:", "串串香", "系统<") if word in shown]
    assert set(json.loads(client.get("/integrity.json").content)) == {"format", "algorithm", "days"}


def test_no_days_yet(client: Client) -> None:
    unguarded("delete from audit_event")
    assert "每天的摘要在次日公布" in client.get("/integrity/").content.decode()
    assert kept(client.get("/integrity.json").content.decode()) == []


def test_a_page_holds_a_month(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        for number in range(3, 40):
            at(patch, NOON + datetime.timedelta(days=number))
            deeds(1)
    first, second = (client.get(f"/integrity/?page={page}").content.decode() for page in (1, 2))
    assert first.count('<th scope="row"') == 31
    assert second.count('<th scope="row"') == 39 - 31
    assert client.get("/integrity/?page=x").status_code == 200


def test_reading_only(client: Client) -> None:
    for path in ("/integrity/", "/integrity.json", "/integrity.xlsx"):
        assert client.post(path).status_code == 405
