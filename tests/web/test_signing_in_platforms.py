"""Single sign-on against a real OpenID provider on loopback, and against one that lies."""

import base64
import logging
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.sessions.models import Session
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from jieti.accounts.models import User
from jieti.accounts.signing_in import OFFICERS, PROPRIETORS, link_identity, unlink_identity
from jieti.audit.models import Event
from jieti.kit.errors import Refusal
from jieti.kit.protection import encrypt, keyed_hash
from jieti.registry.models import Business, Person
from jieti.registry.persons import normal_identity
from tests.web import district
from tests.web.identity_platform import CLIENT, Liar, Provider, free_port, provider

pytestmark = pytest.mark.django_db
REFUSED, BAD_GATEWAY = 403, 502


def platform(url: str) -> dict[str, str]:
    return {"name": "样例平台", "url": url, "client": CLIENT, "secret": "s", "scope": "openid profile"}


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with provider() as found:
        yield found


@pytest.fixture
def people(db: None) -> district.People:
    return district.make_people()


@pytest.fixture
def real(running: Provider, settings: Settings) -> Provider:
    settings.IDENTITY_PLATFORMS = {key: platform(running.url) for key in (OFFICERS, PROPRIETORS)}
    return running


@pytest.fixture
def liar(settings: Settings) -> Iterator[Liar]:
    with Liar() as found:
        settings.IDENTITY_PLATFORMS = {OFFICERS: platform(found.url)}
        yield found


def text(response: Any) -> str:
    return str(response.content.decode())


def user_of(client: Client) -> User | None:
    number = client.session.get("_auth_user_id")
    return User.objects.get(pk=number) if number else None


# --- officers


def test_an_officer_linked_by_an_administrator_signs_in(people: district.People, real: Provider) -> None:
    link_identity(by=people.approver, user=people.reviewer, platform=OFFICERS, subject="gov-1")
    client = Client()
    assert real.sign_in(client, OFFICERS, "gov-1").headers["Location"] == "/home/"
    assert user_of(client) == people.reviewer
    assert Event.objects.filter(verb="accounts.sign_in", detail={"means": ["socialaccount"]}).exists()


def test_a_platform_never_makes_an_officer(people: district.People, real: Provider) -> None:
    before = User.objects.count()
    real.knows("gov-2", preferred_username="reviewer", name="王某")
    client = Client()
    answer = real.sign_in(client, OFFICERS, "gov-2")
    assert answer.status_code == REFUSED
    assert "没有与这个身份关联的工作人员账号" in text(answer)
    assert user_of(client) is None
    assert User.objects.count() == before
    assert not SocialAccount.objects.exists()


def test_a_configured_claim_finds_the_officer_by_user_name(
    people: district.People, real: Provider, settings: Settings
) -> None:
    settings.OFFICER_CLAIM = "preferred_username"
    real.knows("gov-3", preferred_username="reviewer")
    client = Client()
    real.sign_in(client, OFFICERS, "gov-3")
    assert user_of(client) == people.reviewer
    assert SocialAccount.objects.get(user=people.reviewer).uid == "gov-3"
    real.knows("gov-4", preferred_username="reviewer")
    assert real.sign_in(Client(), OFFICERS, "gov-4").status_code == REFUSED
    real.knows("gov-5", preferred_username="laowang")
    assert real.sign_in(Client(), OFFICERS, "gov-5").status_code == REFUSED
    real.knows("gov-6", preferred_username=["approver"])
    assert real.sign_in(Client(), OFFICERS, "gov-6").status_code == REFUSED


def test_the_platform_does_not_spare_the_second_factor(
    people: district.People, real: Provider, settings: Settings
) -> None:
    settings.SECOND_FACTOR = "required"
    link_identity(by=None, user=people.reviewer, platform=OFFICERS, subject="gov-7")
    client = Client()
    real.sign_in(client, OFFICERS, "gov-7")
    assert client.get("/officer/").headers["Location"] == "/account/factors/"


def test_a_deactivated_officer_stays_outside(people: district.People, real: Provider) -> None:
    link_identity(by=None, user=people.reviewer, platform=OFFICERS, subject="gov-8")
    User.objects.filter(pk=people.reviewer.pk).update(is_active=False)
    client = Client()
    assert real.sign_in(client, OFFICERS, "gov-8").headers["Location"] == "/login/inactive/"
    assert user_of(client) is None


def test_links_are_one_to_one_and_for_officers_only(people: district.People) -> None:
    link_identity(by=None, user=people.reviewer, platform=OFFICERS, subject="a")
    link_identity(by=None, user=people.reviewer, platform=OFFICERS, subject="a")
    assert Event.objects.filter(verb="accounts.link_identity").count() == 1
    for user, subject in ((people.approver, "a"), (people.reviewer, "b"), (people.outsider, "c")):
        with pytest.raises(Refusal):
            link_identity(by=None, user=user, platform=OFFICERS, subject=subject)
    unlink_identity(by=None, user=people.reviewer, platform=OFFICERS)
    assert link_identity(by=None, user=people.approver, platform=OFFICERS, subject="a").user == people.approver


def test_links_are_made_at_the_command_line(people: district.People) -> None:
    call_command("link_identity", "reviewer", "gov-20")
    assert SocialAccount.objects.get(user=people.reviewer).uid == "gov-20"
    for wrong in (("approver", "gov-20"), ("nobody", "gov-21"), ("stranger", "gov-22"), ("approver",)):
        with pytest.raises(CommandError):
            call_command("link_identity", *wrong)
    call_command("link_identity", "reviewer", unlink=True)
    assert not SocialAccount.objects.exists()


# --- the way there and back


def test_only_configured_platforms_are_on_the_page(people: district.People, real: Provider, settings: Settings) -> None:
    page = text(Client().get("/login/?next=/my/"))
    assert 'href="/login/officers/?next=/my/"' in page
    settings.IDENTITY_PLATFORMS = {}
    assert "/login/officers/" not in text(Client().get("/login/"))
    assert Client().get("/login/officers/").status_code == 404
    assert Client().get("/login/officers/back/?code=c&state=s").status_code == 404


def test_one_comes_back_to_where_one_was_going(people: district.People, real: Provider) -> None:
    link_identity(by=None, user=people.reviewer, platform=OFFICERS, subject="gov-9")
    for asked, reached in (("/officer/runs/", "/officer/runs/"), ("https://elsewhere.example/", "/home/")):
        client = Client()
        there = client.get("/login/officers/", {"next": asked}).headers["Location"]
        assert client.get(real.consents(there, "gov-9")).headers["Location"] == reached


def test_another_site_cannot_start_a_sign_in(real: Provider) -> None:
    answer = Client().get("/login/officers/", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.headers["Location"] == "/login/"


def test_a_wrong_or_used_state_is_refused(people: district.People, real: Provider) -> None:
    link_identity(by=None, user=people.reviewer, platform=OFFICERS, subject="gov-10")
    client = Client()
    back = real.consents(client.get("/login/officers/").headers["Location"], "gov-10")
    stolen = Client().get(back)
    assert stolen.status_code == REFUSED
    assert "没有通过核对" in text(stolen)
    forged = client.get(f"{back}x")
    assert forged.status_code == REFUSED
    assert client.get(back).status_code == 302
    client.post("/logout/")
    assert client.get(back).status_code == REFUSED


def test_an_answer_for_one_platform_is_none_for_the_other(people: district.People, real: Provider) -> None:
    client = Client()
    back = real.consents(client.get("/login/proprietors/").headers["Location"], "gov-11")
    assert client.get(back.replace("proprietors", "officers")).status_code == REFUSED


def test_who_declines_is_told_so(real: Provider) -> None:
    client = Client()
    there = client.get("/login/officers/").headers["Location"]
    state = dict(parse_qsl(urlsplit(there).query))["state"]
    back = real.consents(there, "x", action="deny")
    assert "error=access_denied" in back
    answer = client.get(f"{back}&state={state}")
    assert answer.status_code == REFUSED
    assert "您取消了身份验证" in text(answer)


def test_a_platform_that_is_down_is_said_to_be(settings: Settings) -> None:
    settings.IDENTITY_PLATFORMS = {OFFICERS: platform(f"http://127.0.0.1:{free_port()}")}
    answer = Client().get("/login/officers/")
    assert answer.status_code == BAD_GATEWAY
    assert "暂时连接不上" in text(answer)


def test_a_platform_that_goes_down_on_the_way(people: district.People, real: Provider, settings: Settings) -> None:
    client = Client()
    back = real.consents(client.get("/login/officers/").headers["Location"], "gov-12")
    settings.IDENTITY_PLATFORMS = {OFFICERS: platform(f"http://127.0.0.1:{free_port()}")}
    assert client.get(back).status_code == BAD_GATEWAY


# --- one that lies


def lied_to(liar: Liar, **claims: object) -> Any:
    client = Client()
    there = client.get("/login/officers/").headers["Location"]
    answer = client.get(liar.answers(there, **claims))
    assert (user_of(client) is None) is (answer.status_code != 302)
    return answer


@pytest.fixture
def linked(people: district.People) -> None:
    link_identity(by=None, user=people.reviewer, platform=OFFICERS, subject="s1")


def test_the_truth_opens(liar: Liar, linked: None) -> None:
    assert lied_to(liar).status_code == 302


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://elsewhere.example"},
        {"aud": "another-site"},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"iat": None},
        {"sub": "s2"},
        {"sub": None},
    ],
)
def test_a_token_that_is_not_for_us_now_is_refused(liar: Liar, linked: None, claims: dict[str, object]) -> None:
    answer = lied_to(liar, **claims)
    assert answer.status_code in {REFUSED, BAD_GATEWAY}
    assert "未能登录" in text(answer)


def test_a_token_signed_by_another_is_refused(liar: Liar, linked: None) -> None:
    liar.signed_with = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert lied_to(liar).status_code == REFUSED


def test_a_token_signed_by_nobody_is_refused(liar: Liar, linked: None) -> None:
    liar.signed_with, liar.algorithm = None, "none"
    assert lied_to(liar).status_code == REFUSED


def test_a_token_of_an_unknown_key_is_refused(liar: Liar, linked: None) -> None:
    liar.keys = ["k2"]
    assert lied_to(liar).status_code == REFUSED


def test_user_info_about_somebody_else_is_refused(liar: Liar, linked: None) -> None:
    client = Client()
    back = liar.answers(client.get("/login/officers/").headers["Location"])
    liar.info |= {"sub": "s2"}
    assert client.get(back).status_code == REFUSED


def test_a_platform_that_names_another_issuer_is_not_used(liar: Liar) -> None:
    liar.description = {"issuer": "https://elsewhere.example"}
    answer = Client().get("/login/officers/")
    assert answer.status_code == BAD_GATEWAY
    assert "没有正确答复" in text(answer)


# --- proprietors


NAME, NUMBER = "王建国", "110116197001011232"
OTHER_NUMBER = "110116197001011259"


@pytest.fixture
def own(people: district.People) -> Business:
    """A business whose operator the register knows by identity number."""
    deliver_all(people)
    business = Business.objects.get(pk=district.GROWTH)
    person = Person.objects.create(
        name=NAME, identity_hash=keyed_hash(normal_identity(NUMBER)), identity_cipher=encrypt(NUMBER)
    )
    Business.objects.filter(pk=business.pk).update(person=person, proprietor=NAME)
    return Business.objects.get(pk=business.pk)


def deliver_all(people: district.People) -> None:
    district.deliver(people.clerk, "registration", district.FILES["registration"])


def test_a_proprietor_is_bound_to_the_own_business(own: Business, real: Provider) -> None:
    real.knows("real-1", name=NAME, identity_number=NUMBER)
    client = Client()
    answer = real.sign_in(client, PROPRIETORS, "real-1")
    assert answer.headers["Location"] == "/home/"
    user = user_of(client)
    assert user is not None
    assert user.display_name == NAME
    assert not user.memberships.exists()
    assert not user.has_usable_password()
    assert list(Business.objects.owned_by(user)) == [own]
    page = text(client.get("/home/", follow=True))
    assert "关联了以您为经营者的1户个体工商户" in page
    assert client.get(f"/my/{own.pk}/").status_code == 200
    assert client.get("/officer/").status_code == 403


def test_the_same_person_comes_back_to_the_same_account(own: Business, real: Provider) -> None:
    real.knows("real-2", name=NAME, identity_number=NUMBER)
    first, second = Client(), Client()
    real.sign_in(first, PROPRIETORS, "real-2")
    real.sign_in(second, PROPRIETORS, "real-2")
    assert user_of(first) == user_of(second)


def test_a_business_registered_later_is_bound_at_the_next_sign_in(own: Business, real: Provider) -> None:
    real.knows("real-3", name=NAME, identity_number=NUMBER)
    person = own.person
    Business.objects.filter(pk=own.pk).update(person=None)
    client = Client()
    real.sign_in(client, PROPRIETORS, "real-3")
    user = user_of(client)
    assert user is not None
    assert not Business.objects.owned_by(user).exists()
    Business.objects.filter(pk=own.pk).update(person=person)
    real.sign_in(Client(), PROPRIETORS, "real-3")
    assert list(Business.objects.owned_by(user)) == [own]


def test_a_namesake_gets_nothing(own: Business, real: Provider) -> None:
    real.knows("real-4", name=NAME, identity_number=OTHER_NUMBER)
    client = Client()
    real.sign_in(client, PROPRIETORS, "real-4")
    user = user_of(client)
    assert user is not None
    assert not Business.objects.owned_by(user).exists()
    assert client.get(f"/my/{own.pk}/").status_code == 404


@pytest.mark.parametrize("claims", [{}, {"name": NAME}, {"identity_number": NUMBER}, {"name": 7, "identity_number": 8}])
def test_without_a_verified_identity_there_is_no_account(
    people: district.People, real: Provider, claims: dict[str, object]
) -> None:
    before = User.objects.count()
    real.knows("real-5", **claims)
    client = Client()
    answer = real.sign_in(client, PROPRIETORS, "real-5")
    assert answer.status_code == REFUSED
    assert "没有提供姓名和身份证号码" in text(answer)
    assert User.objects.count() == before


def test_a_number_that_is_none_binds_nothing(own: Business, real: Provider) -> None:
    real.knows("real-6", name=NAME, identity_number="123")
    client = Client()
    real.sign_in(client, PROPRIETORS, "real-6")
    user = user_of(client)
    assert user is not None
    assert not Business.objects.owned_by(user).exists()


@pytest.mark.parametrize("subject", ["real-7", NUMBER])
def test_the_identity_number_is_left_nowhere(
    own: Business, real: Provider, subject: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even where the platform's own key of the person is the number."""
    caplog.set_level(logging.DEBUG)
    real.knows(subject, name=NAME, identity_number=NUMBER, phone_number="13812345678")
    client = Client()
    for _ in range(2):
        real.sign_in(client, PROPRIETORS, subject)
        client.get("/home/", follow=True)
    assert SocialAccount.objects.get().extra_data == {}
    opened = [session.get_decoded() for session in Session.objects.all()]
    rows = serializers.serialize("json", [*SocialAccount.objects.all(), *User.objects.all(), *Event.objects.all()])
    with connection.cursor() as cursor:
        cursor.execute("select value from shared_cache")
        cached = [base64.b64decode(value) for (value,) in cursor.fetchall()]
    kept = f"{opened} {rows} {cached} {[message.value for message in client.cookies.values()]}"
    asked = "POST /users/", "PUT /users/"
    logged = " ".join(line for line in caplog.messages if not any(part in line for part in asked))
    for secret in (NUMBER, "13812345678"):
        assert secret not in kept
        assert secret not in logged
