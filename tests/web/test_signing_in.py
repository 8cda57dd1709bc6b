"""Signing in by password and second factor, and how long it lasts."""

import base64
import datetime
import hashlib
import hmac
import re
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from jieti.accounts import second_factor
from jieti.accounts.models import User
from jieti.audit.models import Event
from jieti.kit import clock
from tests.factories.accounts import PASSWORD
from tests.web import district

pytestmark = pytest.mark.django_db
Move = Callable[[int], None]
NEW_PASSWORD = "another horse 阶梯"


@pytest.fixture(autouse=True)
def factor_required(settings: Settings) -> None:
    settings.SECOND_FACTOR = second_factor.REQUIRED


@pytest.fixture
def move_clock(monkeypatch: pytest.MonkeyPatch) -> Move:
    """Sets the one clock some minutes ahead of the real time."""
    real = clock.now

    def move(minutes: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: real() + datetime.timedelta(minutes=minutes))

    return move


def code_of(secret: str, *, later: int = 0) -> str:
    """The six digits that an authenticator app shows now, or some periods later (RFC 6238)."""
    counter = int(time.time()) // 30 + later
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def sign_in(client: Client, username: str, password: str = PASSWORD) -> Any:
    return client.post("/login/", {"username": username, "password": password})


def confirm(client: Client) -> None:
    """Gives the password once more, as changing a factor demands."""
    assert client.post("/account/confirm/", {"password": PASSWORD}).status_code == 302


def set_up_app(client: Client) -> str:
    """Signs an authenticator app up; returns its key."""
    confirm(client)
    shown = client.get("/account/factors/app/")
    assert "no-store" in shown.headers["Cache-Control"]
    page = text(shown)
    found = re.search(r"key-text\">([A-Z2-7]+)<", page)
    assert found
    answer = client.post("/account/factors/app/", {"code": code_of(found[1])})
    assert answer.headers["Location"] == "/account/factors/codes/"
    return found[1]


def text(response: Any) -> str:
    return str(response.content.decode())


def user_of(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


@pytest.fixture
def people(db: None) -> district.People:
    return district.make_people()


@pytest.fixture
def key(people: district.People) -> str:
    """The reviewer's authenticator key, set up in another browser."""
    client = Client()
    sign_in(client, "reviewer")
    return set_up_app(client)


# --- password and second factor


def test_an_officer_signs_in_with_password_and_code(key: str) -> None:
    client = Client()
    assert sign_in(client, "reviewer").headers["Location"] == "/login/code/"
    assert user_of(client) is None
    assert client.get("/officer/").headers["Location"].startswith("/login/")
    wrong = client.post("/login/code/", {"code": "000000"})
    assert "验证码不正确" in text(wrong)
    assert user_of(client) is None
    right = client.post("/login/code/", {"code": code_of(key, later=1)})
    assert right.headers["Location"] == "/home/"
    assert client.get("/officer/").status_code == 200


def test_a_code_opens_once(key: str) -> None:
    code = code_of(key, later=1)
    first, second = Client(), Client()
    sign_in(first, "reviewer")
    assert first.post("/login/code/", {"code": code}).status_code == 302
    sign_in(second, "reviewer")
    assert "验证码不正确或者已经用过" in text(second.post("/login/code/", {"code": f"{code[:3]} {code[3:]}"}))
    assert user_of(second) is None


def test_the_code_of_setting_up_is_spent_as_well(people: district.People) -> None:
    client = Client()
    sign_in(client, "reviewer")
    confirm(client)
    found = re.search(r"key-text\">([A-Z2-7]+)<", text(client.get("/account/factors/app/")))
    assert found
    code = code_of(found[1])
    client.post("/account/factors/app/", {"code": code})
    other = Client()
    sign_in(other, "reviewer")
    assert other.post("/login/code/", {"code": code}).status_code == 200
    assert user_of(other) is None


def test_wrong_codes_are_counted(key: str) -> None:
    client = Client()
    sign_in(client, "reviewer")
    for _ in range(5):
        client.post("/login/code/", {"code": "000000"})
    answer = client.post("/login/code/", {"code": code_of(key, later=1)})
    assert "请15分钟后再试" in text(answer)
    assert user_of(client) is None


def test_a_recovery_code_stands_in_once(key: str) -> None:
    officer = User.objects.get(username="reviewer")
    kept = Authenticator.objects.get(user=officer, type=Authenticator.Type.RECOVERY_CODES)
    code = kept.wrap().get_unused_codes()[0]
    for expected in (302, 200):
        client = Client()
        sign_in(client, "reviewer")
        assert client.post("/login/code/", {"code": code}).status_code == expected


def test_an_officer_without_a_factor_is_led_to_setting_one_up(people: district.People) -> None:
    client = Client()
    sign_in(client, "reviewer")
    page = client.get("/officer/runs/", follow=True)
    assert page.redirect_chain[0][0] == "/account/factors/"
    assert "工作人员账号须先设置第二重验证" in text(page)
    set_up_app(client)
    assert client.get("/officer/runs/").status_code == 200
    codes = text(client.get("/account/factors/codes/"))
    assert len(re.findall(r"<li class=\"code\">\d{8}</li>", codes)) == 10
    download = client.get("/account/factors/codes.txt")
    assert "attachment" in download.headers["Content-Disposition"]
    assert len(re.findall(r"^\d{8}$", text(download), re.MULTILINE)) == 10


def test_a_session_opened_by_force_gives_its_factor_first(key: str) -> None:
    """However a session came about: without the factor it sees no page of work."""
    client = Client()
    client.force_login(User.objects.get(username="reviewer"))
    step = client.get("/officer/").headers["Location"]
    assert step == "/account/confirm/code/?next=%2Fofficer%2F"
    assert client.post(step, {"code": code_of(key, later=1), "next": "/officer/"}).headers["Location"] == "/officer/"
    assert client.get("/officer/").status_code == 200


@pytest.mark.parametrize("path", ["/officer/", "/officer/deliveries/new/", "/officer/norms.xlsx", "/admin/"])
def test_no_page_of_work_without_a_factor(people: district.People, path: str) -> None:
    User.objects.filter(username="reviewer").update(is_staff=True)
    client = Client()
    sign_in(client, "reviewer")
    for answer in (client.get(path), client.post(path)):
        assert answer.headers["Location"] == "/account/factors/"


def test_only_those_who_work_here_owe_one(people: district.People, settings: Settings) -> None:
    client = Client()
    sign_in(client, "laowang")
    assert client.get("/my/").status_code == 200
    assert client.get("/officer/").status_code == 403
    settings.SECOND_FACTOR = second_factor.OPTIONAL
    officer = Client()
    assert "没有强制第二重验证" in text(officer.get("/login/"))
    sign_in(officer, "reviewer")
    assert "没有强制第二重验证" in text(officer.get("/officer/"))


def test_who_has_a_factor_gives_it_on_every_site(key: str, settings: Settings) -> None:
    settings.SECOND_FACTOR = second_factor.OPTIONAL
    assert sign_in(Client(), "reviewer").headers["Location"] == "/login/code/"


def test_factors_are_changed_after_the_password_alone_was_given_again(key: str) -> None:
    client = Client()
    sign_in(client, "reviewer")
    client.post("/login/code/", {"code": code_of(key, later=1)})
    for page in ("app/remove/", "passkeys/add/", "codes/", "codes/new/", "codes.txt"):
        answer = client.get(f"/account/factors/{page}")
        assert answer.headers["Location"].startswith("/account/confirm/"), page
    assert "密码不正确" in text(client.post("/account/confirm/", {"password": "wrong"}))
    confirm(client)
    assert client.get("/account/factors/codes/").status_code == 200


def test_the_last_factor_of_an_officer_stays(key: str) -> None:
    client = Client()
    sign_in(client, "reviewer")
    client.post("/login/code/", {"code": code_of(key, later=1)})
    confirm(client)
    answer = client.post("/account/factors/app/remove/")
    assert "必须保留至少一种" in text(answer)
    assert second_factor.factors_of(User.objects.get(username="reviewer")).exists()


def test_a_proprietor_may_give_a_factor_up(people: district.People) -> None:
    client = Client()
    sign_in(client, "laowang")
    set_up_app(client)
    assert client.post("/account/factors/app/remove/").headers["Location"] == "/account/factors/"
    assert not Authenticator.objects.exists()
    assert sign_in(Client(), "laowang").headers["Location"] == "/home/"


def test_a_new_factor_ends_the_sessions_opened_without_it(people: district.People) -> None:
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client, "laowang")
    set_up_app(first)
    assert first.get("/my/").status_code == 200
    assert second.get("/my/").status_code == 302


def test_keys_are_not_kept_in_the_clear(key: str) -> None:
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert key not in kept
    assert not re.search(r"\b[0-9a-f]{80}\b", kept)


def test_an_administrator_helps_whoever_has_lost_the_factor(key: str, people: district.People) -> None:
    officer = User.objects.get(username="reviewer")
    second_factor.reset(by=people.approver, user=officer)
    assert not Authenticator.objects.filter(user=officer).exists()
    assert not Session.objects.exists()
    assert Event.objects.filter(verb="accounts.reset_second_factor", actor="approver").exists()


def test_there_is_no_other_door(people: district.People) -> None:
    client = Client()
    assert client.get("/admin/login/").headers["Location"].startswith("/login/?next=")
    assert client.post("/admin/login/", {"username": "reviewer", "password": PASSWORD}).status_code == 302
    assert user_of(client) is None
    for path in ("signup/", "password/reset/", "email/", "3rdparty/"):
        assert client.get(f"/account/{path}").status_code == 404


def test_pages_of_the_account_are_for_those_signed_in(people: district.People) -> None:
    pages = ("", "password/", "sessions/", "factors/", "factors/codes.txt", "confirm/", "confirm/code/")
    for page in pages:
        assert Client().get(f"/account/{page}").headers["Location"].startswith("/login/"), page
    for page in (
        "factors/app/",
        "factors/app/remove/",
        "factors/passkeys/add/",
        "factors/codes/",
        "factors/codes/new/",
    ):
        assert Client().get(f"/account/{page}").headers["Location"].startswith("/login/"), page


def test_where_to_after_signing_in_is_never_elsewhere(people: district.People) -> None:
    def goes_to(address: str) -> str:
        data = {"username": "laowang", "password": PASSWORD, "next": address}
        return Client().post("/login/", data).headers["Location"]

    assert goes_to("/my/") == "/my/"
    assert goes_to("https://elsewhere.example/") == "/home/"
    assert goes_to("//elsewhere.example/") == "/home/"


# --- lock-out


def test_five_wrong_passwords_lock_this_account_alone(people: district.People) -> None:
    client = Client()
    answers = [sign_in(client, "laowang", "wrong") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 403]
    locked = sign_in(client, "laowang")
    assert locked.status_code == 403
    assert "约15分钟后" in text(locked)
    assert user_of(client) is None
    assert sign_in(client, "stranger").headers["Location"] == "/home/"


def test_further_tries_do_not_prolong_the_lock(people: district.People) -> None:
    client = Client()
    for _ in range(8):
        sign_in(client, "laowang", "wrong")
    begun = clock.now() - datetime.timedelta(minutes=11)
    AccessAttempt.objects.update(attempt_time=begun)
    assert "约4分钟后" in text(sign_in(client, "laowang"))
    AccessAttempt.objects.update(attempt_time=begun - datetime.timedelta(minutes=5))
    assert sign_in(client, "laowang").status_code == 302


def test_the_password_asked_for_again_counts_as_well(people: district.People) -> None:
    client = Client()
    sign_in(client, "laowang")
    answers = [client.post("/account/confirm/", {"password": "wrong"}).status_code for _ in range(5)]
    assert answers[-1] == 403


# --- how long a session lasts


def test_half_an_hour_without_a_request_ends_a_session(people: district.People, move_clock: Move) -> None:
    client = Client()
    sign_in(client, "laowang")
    for minutes in (29, 58, 87):
        move_clock(minutes)
        assert client.get("/my/").status_code == 200
    move_clock(87 + 30)
    assert client.get("/my/").headers["Location"] == "/login/?next=/my/"
    assert "超过30分钟没有操作" in text(client.get("/login/"))
    assert user_of(client) is None


def test_eight_hours_end_a_session_however_busy(people: district.People, move_clock: Move) -> None:
    client = Client()
    sign_in(client, "laowang")
    for minutes in range(20, 480, 20):
        move_clock(minutes)
        assert client.get("/my/").status_code == 200
    move_clock(480)
    assert client.get("/my/").status_code == 302
    assert "已满8小时" in text(client.get("/login/"))


def test_a_page_that_asks_for_its_own_progress_keeps_nobody_signed_in(
    people: district.People, move_clock: Move
) -> None:
    client = Client()
    sign_in(client, "laowang")
    for minutes in (10, 20):
        move_clock(minutes)
        client.get("/my/", headers={"HX-Request": "true"})
    move_clock(31)
    assert client.get("/my/").status_code == 302


def test_one_sees_and_ends_ones_other_sessions(people: district.People) -> None:
    here, there, elsewhere, other = (Client() for _ in range(4))
    sign_in(other, "stranger")
    agents = {here: "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Edg/140.0", there: "Mozilla/5.0 (iPhone) Safari/604"}
    for client in (here, there, elsewhere):
        client.post(
            "/login/", {"username": "laowang", "password": PASSWORD}, headers={"User-Agent": agents.get(client, "")}
        )
    page = text(here.get("/account/sessions/"))
    assert "现在登录在3处" in page
    assert "Windows 电脑，Edge" in page
    assert "iPhone，Safari" in page
    foreign = UserSession.objects.get(user__username="stranger").pk
    here.post("/account/sessions/", {"place": foreign})
    assert other.get("/my/").status_code == 200
    number = UserSession.objects.get(user_agent=agents[there]).pk
    here.post("/account/sessions/", {"place": number})
    assert there.get("/my/").status_code == 302
    assert elsewhere.get("/my/").status_code == 200
    here.post("/account/sessions/")
    assert elsewhere.get("/my/").status_code == 302
    assert here.get("/my/").status_code == 200


def test_a_deactivated_account_is_out_at_once(people: district.People) -> None:
    client = Client()
    sign_in(client, "laowang")
    User.objects.filter(username="laowang").update(is_active=False)
    assert client.get("/my/").status_code == 302
    answer = client.post("/login/", {"username": "laowang", "password": PASSWORD}, follow=True)
    assert "账号已停用" in text(answer)
    assert user_of(client) is None


def test_a_new_password_ends_every_other_session(people: district.People) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        sign_in(client, "laowang")
    data = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert here.post("/account/password/", data).headers["Location"] == "/account/"
    assert here.get("/my/").status_code == 200
    assert there.get("/my/").status_code == 302
    assert sign_in(Client(), "laowang").status_code == 200
    assert sign_in(Client(), "laowang", NEW_PASSWORD).status_code == 302


# --- passwords


@pytest.mark.parametrize(
    ("password", "complaint"),
    [
        ("Ab3!efgh9kl", "12"),
        ("5938274610293", "全是数字"),
        ("laowang2026!", "与用户名太相似"),
        ("password1234", "太常见"),
        ("阶梯一二三四五六七八九十", None),
    ],
)
def test_weak_passwords(people: district.People, password: str, complaint: str | None) -> None:
    client = Client()
    sign_in(client, "laowang")
    data = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    page = client.post("/account/password/", data)
    if complaint is None:
        assert page.status_code == 302
    else:
        assert complaint in text(page)
        assert "This password" not in text(page)


def test_what_else_a_new_password_may_lack(people: district.People) -> None:
    client = Client()
    sign_in(client, "laowang")
    data = {"oldpassword": "wrong", "password1": NEW_PASSWORD, "password2": PASSWORD}
    page = text(client.post("/account/password/", data))
    assert "当前密码不正确" in page
    assert "两次输入的新密码不一致" in page


def test_a_sign_in_is_recorded_without_its_secrets(key: str) -> None:
    client = Client()
    sign_in(client, "reviewer")
    client.post("/login/code/", {"code": code_of(key, later=1)})
    event = Event.objects.filter(verb="accounts.sign_in").latest("pk")
    assert event.actor == "reviewer"
    assert event.detail == {"means": ["password", "totp"]}
