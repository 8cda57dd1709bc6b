"""The audit record on the screen: for those whose duty it is, of their own jurisdiction."""

import datetime
from collections.abc import Callable

import pytest
from django.test import Client

from jieti.accounts.actions import add_member
from jieti.accounts.models import Organisation, Role, User
from jieti.audit.actions import record, record_read
from jieti.audit.models import Event
from jieti.kit import clock
from tests.audit.tampering import NOON, SECOND, THIRD, at, days, unguarded
from tests.factories.accounts import make_district, make_jurisdiction, make_officer
from tests.web.conftest import LogIn, downloaded
from tests.web.test_public import flat, sheet

HERE = "110116"
pytestmark = pytest.mark.django_db


@pytest.fixture
def elsewhere() -> Organisation:
    """The regulator of another district."""
    return make_district(make_jurisdiction("110101", "北京市东城区", "cn-110101-dongcheng"))


@pytest.fixture
def client(auditor: User, log_in: LogIn) -> Client:
    return log_in(auditor)


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def changed(by: User | None = None, jurisdiction: str = HERE) -> Event:
    return record(
        by=by,
        verb="rulebooks.approve_norm",
        subject="annual_norm:7",
        on_behalf_of="organisation:district_regulator",
        before={"status": "waiting", "growth_turnover": "300000.00"},
        after={"status": "approved", "growth_turnover": "300000.00", "approved_by": None},
        detail={"year": 2026, "note": "样例<script>"},
        jurisdiction=jurisdiction,
    )


PAGES: dict[str, Callable[[], str]] = {
    "list": lambda: "/officer/audit/",
    "table": lambda: "/officer/audit.xlsx",
    "event": lambda: f"/officer/audit/{changed().pk}/",
    "verify": lambda: "/officer/audit/verify/",
}


@pytest.mark.parametrize("page", PAGES)
def test_only_auditors_and_administrators_may_look(
    page: str, log_in: LogIn, district: Organisation, elsewhere: Organisation, outsider: User
) -> None:
    path = PAGES[page]()
    stranger = log_in(None).get(path)
    assert (stranger.status_code, stranger.headers["Location"][:13]) == (302, "/login/?next=")
    assert log_in(outsider).get(path).status_code == 403
    found = {}
    for role in Role:
        response = log_in(make_officer(district, role)).get(path)
        found[role] = response.status_code
        if response.streaming:
            assert downloaded(response)
    allowed = {Role.AUDITOR, Role.ADMINISTRATOR}
    assert found == {role: 200 if role in allowed else 403 for role in Role}


def test_verifying_is_refused_to_others(log_in: LogIn, reviewer: User, outsider: User) -> None:
    for user in (reviewer, outsider):
        assert log_in(user).post("/officer/audit/verify/", {"day": "2026-07-01"}).status_code == 403
    assert log_in(None).post("/officer/audit/verify/").status_code == 302


def test_a_deed_is_told_in_words(client: Client, auditor: User) -> None:
    changed(auditor)
    found = text(client, "/officer/audit/")
    assert "批准当年认定标准" in found
    assert "当年认定标准 7" in found
    assert "代表单位 district_regulator" in found
    assert "附件一(三)2" in found


def test_nobody_sees_another_districts_deeds(
    client: Client, elsewhere: Organisation, log_in: LogIn, auditor: User
) -> None:
    theirs = changed(jurisdiction="110101")
    assert f"/officer/audit/{theirs.pk}/" not in text(client, "/officer/audit/")
    assert client.get(f"/officer/audit/{theirs.pk}/").status_code == 404
    assert "annual_norm" not in flat(sheet(client.get("/officer/audit.xlsx")))
    other = log_in(make_officer(elsewhere, Role.AUDITOR, username="other"))
    assert other.get(f"/officer/audit/{theirs.pk}/").status_code == 200
    assert other.get(f"/officer/audit/{changed().pk}/").status_code == 404


def test_a_role_elsewhere_opens_nothing_here(elsewhere: Organisation, log_in: LogIn, reviewer: User) -> None:
    add_member(by=None, user=reviewer, organisation=elsewhere, role=Role.AUDITOR)
    assert log_in(reviewer).get("/officer/audit/").status_code == 403


def test_the_systems_own_deeds_are_read_where_the_system_is_run(
    client: Client, elsewhere: Organisation, log_in: LogIn
) -> None:
    own = record(by=None, verb="measures.loaded", subject="x")
    assert client.get(f"/officer/audit/{own.pk}/").status_code == 200
    other = log_in(make_officer(elsewhere, Role.AUDITOR, username="other"))
    assert other.get(f"/officer/audit/{own.pk}/").status_code == 404
    assert other.get("/officer/audit/?jurisdiction=common").status_code == 422


def test_the_actors_own_jurisdiction_is_recorded(district: Organisation, auditor: User, outsider: User) -> None:
    assert record(by=auditor, verb="test.deed", subject="x").jurisdiction == HERE
    assert record(by=outsider, verb="test.deed", subject="x").jurisdiction == ""


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("subject=annual_norm:7", 1),
        ("subject=7&verb=rulebooks.approve_norm", 1),
        ("subject=92110116MA00", 2),
        ("subject=92110116MA0000017X", 1),
        ("subject=MA0000017X", 0),
        ("verb=registry.read_protected", 2),
        ("verb=registry.read_protected&actor=NOBODY", 0),
        ("verb=registry.read_protected&actor=AUDI", 2),
        ("day=2026-07-02", 1),
        ("day=2026-07-02&verb=registry.read_protected", 0),
        ("day=2026-07-02&jurisdiction=110116", 1),
        ("day=2026-07-02&jurisdiction=common", 0),
    ],
)
def test_filters(client: Client, auditor: User, monkeypatch: pytest.MonkeyPatch, query: str, count: int) -> None:
    unguarded("delete from audit_event")
    with monkeypatch.context() as patch:
        at(patch, NOON)
        for code in ("92110116MA0000017X", "92110116MA00000258"):
            record_read(by=auditor, subject=f"business:{code}", fields=["tax_paid"], reason="核对")
        at(patch, NOON + datetime.timedelta(days=1))
        changed()
    assert f"共{count}条。" in text(client, f"/officer/audit/?{query}")
    assert len(sheet(client.get(f"/officer/audit.xlsx?{query}"))) == count + 1


@pytest.mark.parametrize(
    "query", ["day=yesterday", "day=2026-02-30", "verb=no.such", "jurisdiction=110101", f"actor={'a' * 201}"]
)
def test_a_filter_that_cannot_be_is_said(client: Client, query: str) -> None:
    response = client.get(f"/officer/audit/?{query}")
    assert response.status_code == 422
    assert "请先更正以下问题" in response.content.decode()
    assert len(sheet(client.get(f"/officer/audit.xlsx?{query}"))) == 1


def test_what_is_asked_for_is_no_pattern(client: Client) -> None:
    changed()
    assert "共0条。" in text(client, "/officer/audit/?subject=%25")
    assert "共0条。" in text(client, "/officer/audit/?actor=%25")


def test_pages(client: Client) -> None:
    for _ in range(60):
        changed()
    first = text(client, "/officer/audit/?verb=rulebooks.approve_norm")
    assert "共60条。" in first
    assert "?verb=rulebooks.approve_norm&amp;page=2" in first
    second = text(client, "/officer/audit/?verb=rulebooks.approve_norm&page=2")
    assert second.count("annual_norm") == 0
    assert second.count("当年认定标准 7") == 10


def test_an_event_shows_before_and_after_and_its_place(client: Client) -> None:
    event = changed()
    found = text(client, f"/officer/audit/{event.pk}/")
    assert '<th scope="row">status</th>' in found
    assert "<strong>approved</strong>" in found
    assert "<strong>300000.00</strong>" not in found
    assert f"第{event.number}条" in found
    assert event.hash in found
    assert event.previous_hash in found
    assert "相符" in found
    assert event.request_id in found
    assert "<script>" not in found.split("<main")[1]


def test_a_bent_event_says_so(client: Client) -> None:
    event = changed()
    unguarded(f"update audit_event set actor = 'x' where id = {event.pk}")
    assert "记录被改动过" in text(client, f"/officer/audit/{event.pk}/")


def test_the_table_is_in_local_time_and_safe_to_open(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        at(patch, datetime.datetime(2026, 7, 1, 17, 30, tzinfo=datetime.UTC))
        record(by=None, verb="measures.loaded", subject="=cmd|' /C calc'!A0", jurisdiction=HERE)
    rows = sheet(client.get("/officer/audit.xlsx?verb=measures.loaded"))
    assert str(rows[1][0]).startswith("2026-07-02 01:30")
    assert "=cmd" in flat(rows)


def verified(client: Client, day: str) -> str:
    return client.post("/officer/audit/verify/", {"day": day}).content.decode()


def test_a_whole_day_is_said_to_be_whole(client: Client, auditor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    unguarded("delete from audit_event")
    with monkeypatch.context() as patch:
        written = days(patch)
    found = verified(client, "2026-07-02")
    assert "2026年7月2日的3条记录逐条相符" in found
    assert written[1][2].hash in found
    noted = Event.objects.get(verb="audit.verify")
    assert (noted.actor, noted.subject, noted.jurisdiction) == (auditor.username, f"day:{SECOND}", HERE)
    assert noted.detail["broken"] == ""


def test_a_bent_day_is_said_to_be_bent(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    unguarded("delete from audit_event")
    with monkeypatch.context() as patch:
        written = days(patch)
    bent = written[2][1]
    unguarded(f"update audit_event set actor = 'x' where id = {bent.pk}")
    assert "逐条相符" in verified(client, "2026-07-02")
    found = verified(client, "2026-07-03")
    assert "2026年7月3日第2条被改动" in found
    assert f"/officer/audit/{bent.pk}/" in found
    assert str(THIRD) in Event.objects.filter(verb="audit.verify").latest("pk").detail["broken"]


def test_a_day_without_records_is_said(client: Client) -> None:
    assert "2020年1月1日没有记录" in verified(client, "2020-01-01")


@pytest.mark.parametrize("day", ["", "x", "2026-02-30", (clock.today() + datetime.timedelta(days=1)).isoformat()])
def test_a_day_that_cannot_be_is_said(client: Client, day: str) -> None:
    response = client.post("/officer/audit/verify/", {"day": day})
    assert response.status_code == 422
    assert 'href="#id_day"' in response.content.decode()
    assert not Event.objects.filter(verb="audit.verify").exists()
