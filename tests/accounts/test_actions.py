"""Accounts are opened and roles given by audited actions."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from jieti.accounts.actions import add_member, create_user, load_organisations, remove_member
from jieti.accounts.models import Membership, Organisation, Role, User
from jieti.audit.actions import record
from jieti.audit.models import Event
from tests.factories.accounts import PASSWORD, make_jurisdiction, make_user

pytestmark = pytest.mark.django_db

ORGANISATIONS = [
    {"key": "district_regulator", "name": "区市场监督管理局", "kind": "department"},
    {"key": "townships", "name": "各镇乡街道", "kind": "collective"},
]


def verbs() -> list[str]:
    return list(Event.objects.order_by("id").values_list("verb", flat=True))


def test_a_new_account_has_a_hashed_password_and_no_role() -> None:
    user = create_user(by=None, username="li", display_name="李四", password=PASSWORD)
    assert user.check_password(PASSWORD)
    assert PASSWORD not in user.password
    assert not user.memberships.exists()
    assert verbs() == ["accounts.create_user"]


def test_a_taken_name_leaves_nothing_behind() -> None:
    make_user("li")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user("li")
    assert verbs() == ["accounts.create_user"]


def test_a_role_given_twice_is_recorded_once(district: Organisation, outsider: User) -> None:
    for _ in range(2):
        add_member(by=None, user=outsider, organisation=district, role=Role.AUDITOR)
    assert Membership.objects.count() == 1
    assert verbs().count("accounts.add_member") == 1


def test_a_role_taken_away_stays_in_the_record(reviewer: User) -> None:
    remove_member(by=None, membership=reviewer.memberships.get())
    assert not reviewer.memberships.exists()
    assert Event.objects.get(verb="accounts.remove_member").detail["role"] == "reviewer"


def test_organisations_are_loaded_once_and_groups_left_out() -> None:
    assert load_organisations(by=None, jurisdiction=make_jurisdiction(), organisations=ORGANISATIONS) == 1
    assert load_organisations(by=None, jurisdiction=make_jurisdiction(), organisations=ORGANISATIONS) == 0
    assert list(Organisation.objects.values_list("key", flat=True)) == ["district_regulator"]


def test_a_renamed_organisation_is_renamed() -> None:
    load_organisations(by=None, jurisdiction=make_jurisdiction(), organisations=ORGANISATIONS)
    assert (
        load_organisations(
            by=None, jurisdiction=make_jurisdiction(), organisations=[ORGANISATIONS[0] | {"name": "新名"}]
        )
        == 1
    )
    assert Organisation.objects.get().name == "新名"


def test_an_unknown_kind_loads_nothing() -> None:
    with pytest.raises(ValueError, match="guild"):
        load_organisations(
            by=None,
            jurisdiction=make_jurisdiction(),
            organisations=[*ORGANISATIONS, {"key": "x", "name": "x", "kind": "guild"}],
        )
    assert not Organisation.objects.exists()


@pytest.mark.parametrize("change", [{"role": "emperor"}, {"role": ""}])
def test_the_database_refuses_unknown_roles(change: dict[str, str], reviewer: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        reviewer.memberships.update(**change)


@pytest.fixture
def superuser_client() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password=PASSWORD))
    return client


def test_the_admin_gives_and_takes_roles_through_the_actions(
    superuser_client: Client, district: Organisation, outsider: User
) -> None:
    new = {"user": outsider.pk, "organisation": district.pk, "role": "auditor"}
    assert superuser_client.post(reverse("admin:accounts_membership_add"), new).status_code == 302
    given = Membership.objects.get()
    superuser_client.post(reverse("admin:accounts_membership_delete", args=[given.pk]), {"post": "yes"})
    assert not Membership.objects.exists()
    assert verbs()[-2:] == ["accounts.add_member", "accounts.remove_member"]


@pytest.mark.parametrize("page", ["user", "organisation", "membership"])
def test_admin_pages_open_for_superusers_alone(page: str, superuser_client: Client, outsider_client: Client) -> None:
    address = reverse(f"admin:accounts_{page}_changelist")
    assert superuser_client.get(address).status_code == 200
    assert outsider_client.get(address).status_code == 302


def test_the_admin_cannot_touch_the_audit_record(superuser_client: Client) -> None:
    event = record(by=None, verb="test.deed", subject="x")
    assert superuser_client.get(reverse("admin:audit_event_change", args=[event.pk])).status_code == 200
    for action in ("delete", "change"):
        address = reverse(f"admin:audit_event_{action}", args=[event.pk])
        assert superuser_client.post(address, {"post": "yes"}).status_code == 403
    assert superuser_client.get(reverse("admin:audit_event_add")).status_code == 403
