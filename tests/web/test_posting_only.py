"""Addresses that only take what a button sends: opened, they say so and lead back."""

import pytest
from django.test import Client

from jieti.accounts.models import User
from jieti.web.posting_only import page_above
from tests.web import district
from tests.web.conftest import LogIn


@pytest.mark.parametrize(
    ("path", "back"),
    [
        ("/officer/measures/7/retire/", "/officer/measures/7/"),
        ("/my/complaints/5/withdraw/", "/my/complaints/5/"),
        (f"/my/{district.GROWTH}/objections/new/files/abc/forget/", f"/my/{district.GROWTH}/objections/new/"),
        ("/logout/", "/home/"),
        ("/nothing/of/the/kind/", "/home/"),
    ],
)
def test_the_way_back(path: str, back: str) -> None:
    assert page_above(path) == back


def test_an_owner_who_comes_back_from_the_login_reads_what_happened(people: district.People, log_in: LogIn) -> None:
    path = "/my/complaints/5/withdraw/"
    assert log_in(None).get(path).status_code == 302
    response = log_in(people.proprietor).get(path)
    page = response.content.decode()
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert "这个地址不能直接打开，没有办理任何事项" in page
    assert 'href="/my/complaints/5/"' in page


def test_officers_and_heads_get_it_too(people: district.People, log_in: LogIn) -> None:
    client = log_in(people.approver)
    assert "请回到原来的页面" in client.get("/officer/measures/7/retire/").content.decode()
    assert client.head("/officer/measures/7/retire/").status_code == 405


def test_programs_and_senders_get_their_own_answer(db: None, outsider: User, client: Client) -> None:
    assert client.post("/standards/").content == b""
    assert client.post("/standards/").status_code == 405
