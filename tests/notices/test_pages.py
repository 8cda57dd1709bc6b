"""Everybody's own notices and wishes; nobody else's."""

import pytest
from django.test import Client

from jieti.accounts.models import Jurisdiction, Organisation, User
from jieti.notices.models import Notice, NoticeRead, Refused
from tests.notices.conftest import EMAIL, PHONE
from tests.notices.test_notify import milestone, remind, tell_change
from tests.web.conftest import downloaded

OWN = ("/my/notices/", "/my/notices.xlsx", "/account/notices/")


def browser(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


@pytest.mark.parametrize("page", [*OWN, "/account/inbox/", "/account/notices/1/", "/officer/notices/"])
def test_nobody_looks_without_signing_in(db: None, page: str) -> None:
    response = browser(None).get(page)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login/")


def test_one_reads_ones_own_and_nobody_elses(home: Jurisdiction, proprietor: User, outsider: User) -> None:
    notice = tell_change(home, proprietor)
    assert notice
    mine = browser(proprietor)
    assert notice.title in mine.get("/my/notices/").content.decode()
    assert notice.body in mine.get(f"/account/notices/{notice.pk}/").content.decode()
    others = browser(outsider)
    assert notice.title not in others.get("/my/notices/").content.decode()
    assert others.get(f"/account/notices/{notice.pk}/").status_code == 404
    assert others.get("/officer/notices/").status_code == 403
    assert downloaded(mine.get("/my/notices.xlsx")).startswith(b"PK")
    assert not NoticeRead.objects.filter(user=outsider).exists()


def test_the_header_counts_what_was_not_opened(home: Jurisdiction, proprietor: User) -> None:
    first = tell_change(home, proprietor)
    tell_change(home, proprietor)
    assert first
    client = browser(proprietor)
    assert "</span>2）" in client.get("/my/notices/").content.decode()
    client.get(f"/account/notices/{first.pk}/")
    assert "</span>1）" in client.get("/my/notices/").content.decode()
    assert first.body[:20] not in client.get("/my/notices/?unread=1").content.decode().partition("未读1条")[0]
    assert client.post("/account/notices/read/").status_code == 302
    assert "未读</span>" not in client.get("/my/notices/").content.decode()
    assert client.get("/account/notices/read/").status_code == 405


def test_looking_ahead_is_not_reading(home: Jurisdiction, proprietor: User) -> None:
    notice = tell_change(home, proprietor)
    assert notice
    browser(proprietor).head(f"/account/notices/{notice.pk}/")
    assert not NoticeRead.objects.exists()


def test_officers_read_those_of_their_body(home: Jurisdiction, district: Organisation, reviewer: User) -> None:
    notice = milestone(home, district)
    assert notice
    client = browser(reviewer)
    assert client.get("/account/inbox/").headers["Location"] == "/officer/notices/"
    assert notice.title in client.get("/officer/notices/").content.decode()
    assert downloaded(client.get("/officer/notices.xlsx")).startswith(b"PK")
    assert client.get(f"/account/notices/{notice.pk}/").status_code == 200


def test_proprietors_are_led_to_their_own(proprietor: User) -> None:
    assert browser(proprietor).get("/account/inbox/").headers["Location"] == "/my/notices/"


def test_wishes(home: Jurisdiction, proprietor: User) -> None:
    client = browser(proprietor)
    page = client.get("/account/notices/").content.decode()
    assert "年度报告提醒（短信）" in page
    assert "分型结果有变更（" in page.partition("必须送达")[2]
    assert "result_changed" not in page
    sent = {"form": "wishes", "refused": ["annual_report_reminder:sms"]}
    assert client.post("/account/notices/", sent).status_code == 302
    assert Refused.objects.get().channel == "sms"
    assert "checked" in client.get("/account/notices/").content.decode()
    for bad in ("result_changed:sms", "annual_report_reminder:pigeon", "x"):
        assert client.post("/account/notices/", {"form": "wishes", "refused": [bad]}).status_code == 422
    assert client.post("/account/notices/", {"form": "wishes"}).status_code == 302
    assert not Refused.objects.exists()


def test_addresses(proprietor: User) -> None:
    client = browser(proprietor)
    page = client.get("/account/notices/").content.decode()
    assert EMAIL in page
    assert PHONE in page
    wrong = client.post("/account/notices/", {"form": "addresses", "email": "x", "phone": "12"})
    assert wrong.status_code == 422
    assert "请填写11位手机号码" in wrong.content.decode()
    assert client.post("/account/notices/", {"form": "addresses", "email": "", "phone": ""}).status_code == 302
    proprietor.refresh_from_db()
    assert (proprietor.email, proprietor.contact_phone) == ("", None)


def test_a_post_that_names_no_form_changes_nothing(home: Jurisdiction, proprietor: User) -> None:
    assert browser(proprietor).post("/account/notices/", {"email": ""}).status_code == 200
    proprietor.refresh_from_db()
    assert proprietor.email == EMAIL


def test_many_notices_come_in_pages(home: Jurisdiction, proprietor: User) -> None:
    for _ in range(25):
        remind(home, proprietor)
    assert Notice.objects.count() == 25
    client = browser(proprietor)
    assert client.get("/my/notices/").content.decode().count("/account/notices/") >= 20
    assert "上一页" in client.get("/my/notices/?page=2").content.decode()
