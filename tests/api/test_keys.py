"""A key acts for its officer at its organisation, for as long as both stand."""

from datetime import date, timedelta

import pytest
from django.test.client import Client

from jieti.accounts.actions import remove_member
from jieti.accounts.api_keys import issue_api_key, revoke_api_key
from jieti.accounts.models import ApiKey, OrganisationKind, Role, User
from jieti.audit.models import Event
from jieti.kit import clock
from jieti.kit.errors import Refusal
from tests.api.conftest import Caller, caller
from tests.factories.accounts import make_organisation
from tests.web.conftest import downloaded

FEEDS = "/api/v1/feeds"


def test_a_key_opens_its_own_organisations_feeds(tax: Caller) -> None:
    answer = tax.client.get(FEEDS)
    assert answer.status_code == 200
    assert [feed["source"] for feed in answer.json()] == ["tax"]
    assert "实际入库税款" in {column["header"] for column in answer.json()[0]["columns"]}


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong", "Basic eDp5", "bearer\twrong"])
@pytest.mark.django_db
def test_no_key_or_a_wrong_one_is_told_where_to_get_one(header: str) -> None:
    answer = Client(headers={"Authorization": header} if header else {}).get(FEEDS)
    assert answer.status_code == 401
    assert "申请密钥" in answer.json()["detail"]
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_database_holds_no_secret(tax: Caller) -> None:
    kept = ApiKey.objects.values().get()
    assert all(tax.secret not in str(value) for value in kept.values())
    assert all(tax.secret not in str(event.detail) for event in Event.objects.all())


def test_a_revoked_key_ends_at_once_and_twice_is_once(tax: Caller) -> None:
    revoke_api_key(by=tax.user, key=tax.key)
    revoke_api_key(by=tax.user, key=tax.key)
    assert tax.client.get(FEEDS).status_code == 401
    assert Event.objects.filter(verb="accounts.revoke_api_key").count() == 1


def test_the_last_day_counts_and_the_next_does_not(tax: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: tax.key.expires_on)
    assert tax.client.get(FEEDS).status_code == 200
    monkeypatch.setattr(clock, "today", lambda: tax.key.expires_on + timedelta(days=1))
    assert tax.client.get(FEEDS).status_code == 401


def test_whoever_leaves_the_organisation_leaves_the_key(tax: Caller) -> None:
    remove_member(by=None, membership=tax.user.memberships.get())
    assert tax.client.get(FEEDS).status_code == 401


def test_a_closed_account_closes_its_keys(tax: Caller) -> None:
    User.objects.filter(pk=tax.user.pk).update(is_active=False)
    assert tax.client.get(FEEDS).status_code == 401


def test_nobody_gets_a_key_for_another_organisation(tax: Caller, outsider: User) -> None:
    with pytest.raises(Refusal, match="不是"):
        issue_api_key(by=outsider, organisation=tax.organisation, name="x", expires_on=clock.today())


@pytest.mark.parametrize("days", [-1, 367])
def test_a_key_ends_within_a_year(tax: Caller, days: int) -> None:
    ends = clock.today() + timedelta(days=days)
    with pytest.raises(Refusal, match="一年之内"):
        issue_api_key(by=tax.user, organisation=tax.organisation, name="x", expires_on=ends)


def test_a_key_needs_a_purpose(tax: Caller) -> None:
    with pytest.raises(Refusal, match="用途"):
        issue_api_key(by=tax.user, organisation=tax.organisation, name=" ", expires_on=clock.today())


def test_the_page_shows_the_secret_once(tax: Caller, client: Client) -> None:
    client.force_login(tax.user)
    form = {"organisation": tax.organisation.pk, "name": "税务专线", "expires_on": date.isoformat(clock.today())}
    page = client.post("/officer/keys/", form)
    secret = ApiKey.objects.latest("pk")
    assert page.status_code == 200
    assert "只显示这一次" in page.content.decode()
    again = client.get("/officer/keys/").content.decode()
    assert "只显示这一次" not in again
    assert "税务专线" in again
    client.post(f"/officer/keys/{secret.pk}/revoke/")
    assert "已停用" in client.get("/officer/keys/").content.decode()
    assert downloaded(client.get("/officer/keys.xlsx")).startswith(b"PK")


def test_another_department_cannot_revoke_or_see_it(tax: Caller, client: Client) -> None:
    civil = make_organisation("civil_affairs_bureau", "区民政局", OrganisationKind.DEPARTMENT)
    client.force_login(caller(civil, Role.DEPARTMENT_OFFICER).user)
    assert client.post(f"/officer/keys/{tax.key.pk}/revoke/").status_code == 404
    assert "区税务局" not in client.get("/officer/keys/").content.decode()


def test_strangers_have_no_keys(client: Client, outsider_client: Client) -> None:
    assert client.get("/officer/keys/").status_code == 302
    assert outsider_client.get("/officer/keys/").status_code == 403
