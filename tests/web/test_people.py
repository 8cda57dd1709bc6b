"""An administrator's pages: accounts and roles of one jurisdiction, and the first sign-in that follows."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth import authenticate
from django.http import HttpResponse
from django.test import Client, RequestFactory

from jieti.accounts.actions import add_member
from jieti.accounts.administering import (
    deactivate_user,
    give_role,
    issue_password,
    open_account,
    roles_at,
    take_role,
)
from jieti.accounts.models import Membership, Organisation, OrganisationKind, Role, User
from jieti.accounts.signing_in import OFFICERS, is_linked
from jieti.audit.models import Event
from jieti.kit.errors import Refusal
from tests.factories.accounts import PASSWORD, make_district, make_jurisdiction, make_officer, make_organisation
from tests.web.conftest import LogIn, downloaded
from tests.web.test_public import flat, sheet

pytestmark = pytest.mark.django_db
SECRET = re.compile(r"<code>([a-z2-9-]{19})</code>")
NEW_PASSWORD = "梯子 ladder 42 steps"


@pytest.fixture
def client(administrator: User, log_in: LogIn) -> Client:
    return log_in(administrator)


@pytest.fixture
def second(district: Organisation) -> User:
    """Another administrator of the same district."""
    return make_officer(district, Role.ADMINISTRATOR, username="second")


@pytest.fixture
def elsewhere() -> Organisation:
    """The regulator of another district."""
    return make_district(make_jurisdiction("110101", "北京市东城区", "cn-110101-dongcheng"))


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def choice(organisation: Organisation, role: Role) -> str:
    return f"{organisation.pk}:{role.value}"


def page_of(user: User) -> str:
    return f"/officer/people/{user.pk}/"


def do(client: Client, user: User, deed: str, **data: object) -> HttpResponse:
    return client.post(page_of(user), {"deed": deed, **data})  # type: ignore[return-value]


def opened(client: Client, organisation: Organisation, role: Role = Role.REVIEWER) -> tuple[User, str]:
    """An account opened on the page, and its temporary password."""
    data = {"username": "zhang.san", "display_name": "张三", "role": choice(organisation, role)}
    found = SECRET.search(client.post("/officer/people/new/", data).content.decode())
    assert found is not None
    return User.objects.get(username="zhang.san"), found.group(1)


PAGES: list[Callable[[User], str]] = [
    lambda _: "/officer/people/",
    lambda _: "/officer/people.xlsx",
    lambda _: "/officer/people/new/",
    page_of,
]


@pytest.mark.parametrize("page", PAGES)
def test_only_administrators_may_look(
    page: Callable[[User], str], log_in: LogIn, district: Organisation, reviewer: User, outsider: User
) -> None:
    path = page(reviewer)
    stranger = log_in(None).get(path)
    assert (stranger.status_code, stranger.headers["Location"][:13]) == (302, "/login/?next=")
    assert log_in(outsider).get(path).status_code == 403
    found = {}
    for role in Role:
        response = log_in(make_officer(district, role, username=f"a-{role}")).get(path)
        found[role] = response.status_code
        if response.streaming:
            assert downloaded(response)
    assert found == {role: 200 if role is Role.ADMINISTRATOR else 403 for role in Role}


@pytest.mark.parametrize("deed", ["give", "take", "password", "factor", "deactivate", "reactivate"])
def test_nobody_else_may_do_anything(deed: str, log_in: LogIn, auditor: User, reviewer: User, outsider: User) -> None:
    for user in (auditor, outsider):
        assert do(log_in(user), reviewer, deed).status_code == 403
        assert log_in(user).post("/officer/people/new/", {}).status_code == 403
    reviewer.refresh_from_db()
    assert reviewer.is_active
    assert reviewer.check_password(PASSWORD)


def test_an_account_is_opened_and_its_password_shown_once(client: Client, district: Organisation) -> None:
    user, password = opened(client, district)
    assert user.check_password(password)
    assert user.password_is_temporary
    assert [(one.organisation, one.role) for one in user.memberships.all()] == [(district, Role.REVIEWER)]
    assert password not in text(client, page_of(user))
    assert "待本人修改临时密码" in text(client, page_of(user))
    assert not [event for event in Event.objects.all() if password in str(event.detail) + str(event.after)]
    made = Event.objects.get(verb="accounts.create_user", subject=f"user:{user.pk}")
    assert made.actor == "administrator"


def test_the_page_with_the_password_is_not_kept_by_the_browser(client: Client, district: Organisation) -> None:
    data = {"username": "zhang.san", "display_name": "张三", "role": choice(district, Role.REVIEWER)}
    assert "no-store" in client.post("/officer/people/new/", data).headers["Cache-Control"]


def test_the_first_sign_in_leads_to_a_new_password(client: Client, district: Organisation) -> None:
    user, password = opened(client, district)
    theirs = Client()
    theirs.post("/login/", {"login": user.username, "username": user.username, "password": password})
    for path in ("/officer/", "/", "/account/"):
        response = theirs.get(path)
        assert (response.status_code, response.headers["Location"]) == (302, "/account/password/")
    assert "请先修改密码" in text(theirs, "/account/password/")
    same = {"oldpassword": password, "password1": password, "password2": password}
    assert "新密码不能与当前密码相同" in theirs.post("/account/password/", same).content.decode()
    theirs.post("/account/password/", same | {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    user.refresh_from_db()
    assert user.check_password(NEW_PASSWORD)
    assert not user.password_is_temporary
    assert theirs.get("/officer/").status_code == 200


def test_with_a_temporary_password_one_may_still_leave(client: Client, district: Organisation) -> None:
    user, _ = opened(client, district)
    theirs = Client()
    theirs.force_login(user)
    assert theirs.post("/logout/").headers["Location"] != "/account/password/"
    assert theirs.get("/").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"username": ""}, "请填写用户名。"),
        ({"username": "张三"}, "用户名由3至50个字母"),
        ({"username": "a b"}, "用户名由3至50个字母"),
        ({"username": "ok\n"}, "用户名由3至50个字母"),
        ({"username": "reviewer"}, "已经有人使用"),
        ({"display_name": ""}, "请填写姓名。"),
        ({"role": ""}, "请选择单位和角色。"),
        ({"role": "1:superuser"}, "没有这个单位或者角色"),
    ],
)
def test_what_cannot_be_opened_says_why(
    client: Client, district: Organisation, reviewer: User, wrong: dict[str, str], message: str
) -> None:
    before = User.objects.count()
    data = {"username": "zhang.san", "display_name": "张三", "role": choice(district, Role.REVIEWER)} | wrong
    response = client.post("/officer/people/new/", data)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert User.objects.count() == before


def test_roles_fit_their_organisations(client: Client, district: Organisation) -> None:
    town = make_organisation("yanqi", "雁栖镇", OrganisationKind.TOWN)
    tax = make_organisation("tax", "区税务局", OrganisationKind.DEPARTMENT)
    assert roles_at(town) == (Role.TOWN_OFFICER,)
    assert roles_at(tax) == (Role.DEPARTMENT_OFFICER,)
    assert Role.CITY_OFFICER not in roles_at(district)
    data = {"username": "zhang.san", "display_name": "张三", "role": choice(town, Role.APPROVER)}
    assert client.post("/officer/people/new/", data).status_code == 422
    with pytest.raises(Refusal, match="没有“审批人员”这个角色"):
        open_account(
            by=User.objects.get(username="administrator"),
            username="x.y",
            display_name="某",
            organisation=town,
            role=Role.APPROVER,
        )


def test_roles_are_given_and_taken(client: Client, district: Organisation, reviewer: User) -> None:
    do(client, reviewer, "give", role=choice(district, Role.INTAKE_CLERK))
    assert set(reviewer.memberships.values_list("role", flat=True)) == {"reviewer", "intake_clerk"}
    taken = reviewer.memberships.get(role=Role.REVIEWER)
    do(client, reviewer, "take", membership=taken.pk)
    assert set(reviewer.memberships.values_list("role", flat=True)) == {"intake_clerk"}
    recorded = Event.objects.filter(subject=f"user:{reviewer.pk}", actor="administrator").in_chain_order()
    assert [(event.verb, event.jurisdiction) for event in recorded] == [
        ("accounts.add_member", "110116"),
        ("accounts.remove_member", "110116"),
    ]


def test_the_last_role_is_not_taken(client: Client, reviewer: User) -> None:
    response = do(client, reviewer, "take", membership=reviewer.memberships.get().pk)
    assert response.status_code == 409
    assert "请停用账号" in response.content.decode()
    assert reviewer.memberships.count() == 1


def test_nobody_serves_themselves(client: Client, district: Organisation, administrator: User, second: User) -> None:
    for deed in ("give", "password", "factor", "deactivate", "reactivate"):
        response = do(client, administrator, deed, role=choice(district, Role.APPROVER))
        assert response.status_code == 409, deed
    administrator.refresh_from_db()
    assert administrator.is_active
    assert administrator.check_password(PASSWORD)
    assert administrator.memberships.count() == 1
    assert "须由另一位管理员办理" in text(client, page_of(administrator))


def test_the_last_administrator_stays(
    client: Client, district: Organisation, administrator: User, second: User
) -> None:
    for user in (administrator, second):
        add_member(by=None, user=user, organisation=district, role=Role.REVIEWER)
    of = administrator.memberships.get(role=Role.ADMINISTRATOR)
    deactivate_user(by=administrator, user=second)
    response = do(client, administrator, "take", membership=of.pk)
    assert response.status_code == 409
    assert "唯一的管理员" in response.content.decode()
    do(client, second, "reactivate")
    do(client, administrator, "take", membership=of.pk)
    assert not administrator.memberships.filter(role=Role.ADMINISTRATOR).exists()
    assert client.get("/officer/people/").status_code == 403


def test_a_superior_cannot_remove_the_last_administrator_either(
    district: Organisation, administrator: User, elsewhere: Organisation
) -> None:
    """Somebody who administers both districts would leave the other one without anybody."""
    other = make_officer(elsewhere, Role.ADMINISTRATOR, username="other")
    add_member(by=None, user=administrator, organisation=elsewhere, role=Role.ADMINISTRATOR)
    deactivate_user(by=administrator, user=other)
    other.refresh_from_db()
    assert not other.is_active


def test_a_deactivated_account_opens_nothing(client: Client, log_in: LogIn, reviewer: User) -> None:
    theirs = log_in(reviewer)
    assert theirs.get("/officer/").status_code == 200
    assert do(client, reviewer, "deactivate").status_code == 302
    assert theirs.get("/officer/").status_code == 302
    assert authenticate(RequestFactory().post("/"), username="reviewer", password=PASSWORD) is None
    event = Event.objects.get(verb="accounts.deactivate_user")
    assert (event.before, event.after) == ({"is_active": True}, {"is_active": False})
    assert "已停用" in text(client, "/officer/people/")
    do(client, reviewer, "reactivate")
    assert log_in(User.objects.get(pk=reviewer.pk)).get("/officer/").status_code == 200


def test_a_forgotten_password(client: Client, log_in: LogIn, reviewer: User) -> None:
    theirs = log_in(reviewer)
    found = SECRET.search(do(client, reviewer, "password").content.decode())
    assert found is not None
    reviewer.refresh_from_db()
    assert reviewer.check_password(found.group(1))
    assert reviewer.password_is_temporary
    assert theirs.get("/officer/").status_code == 302
    assert Event.objects.filter(verb="accounts.issue_password", subject=f"user:{reviewer.pk}").exists()


def test_passwords_are_long_and_never_the_same(administrator: User, reviewer: User) -> None:
    found = {issue_password(by=administrator, user=reviewer).password for _ in range(20)}
    assert len(found) == 20
    assert all(re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", one) for one in found)


def test_a_lost_second_factor_is_cleared(client: Client, reviewer: User) -> None:
    assert do(client, reviewer, "factor").status_code == 302
    assert Event.objects.filter(verb="accounts.reset_second_factor", subject=f"user:{reviewer.pk}").exists()


def test_an_officers_platform_identity_is_linked_and_unlinked(client: Client, reviewer: User) -> None:
    assert client.post(page_of(reviewer), {"deed": "link", "subject": " "}).status_code == 409
    client.post(page_of(reviewer), {"deed": "link", "subject": "gov-1"})
    assert is_linked(reviewer, OFFICERS)
    assert "解除关联" in text(client, page_of(reviewer))
    client.post(page_of(reviewer), {"deed": "unlink"})
    assert not is_linked(reviewer, OFFICERS)
    assert Event.objects.filter(verb__in=("accounts.link_identity", "accounts.unlink_identity")).count() == 2


def test_nobody_links_an_identity_to_themselves(client: Client, administrator: User) -> None:
    assert client.post(page_of(administrator), {"deed": "link", "subject": "gov-1"}).status_code == 409


def test_another_districts_people_are_not_there(
    client: Client, elsewhere: Organisation, district: Organisation
) -> None:
    theirs = make_officer(elsewhere, Role.REVIEWER, username="theirs")
    assert "theirs" not in text(client, "/officer/people/")
    assert "theirs" not in flat(sheet(client.get("/officer/people.xlsx")))
    assert client.get(page_of(theirs)).status_code == 404
    assert do(client, theirs, "deactivate").status_code == 404
    data = {"username": "zhang.san", "display_name": "张三", "role": choice(elsewhere, Role.REVIEWER)}
    assert client.post("/officer/people/new/", data).status_code == 422
    with pytest.raises(Refusal, match="不归您管理"):
        give_role(
            by=User.objects.get(username="administrator"), user=theirs, organisation=elsewhere, role=Role.APPROVER
        )


def test_who_works_in_two_districts_is_half_ours(
    client: Client, administrator: User, elsewhere: Organisation, reviewer: User
) -> None:
    there = add_member(by=None, user=reviewer, organisation=elsewhere, role=Role.APPROVER)
    page = text(client, page_of(reviewer))
    assert "审核人员" in page
    assert f'value="{there.pk}"' not in page
    assert do(client, reviewer, "take", membership=there.pk).status_code == 404
    for deed in ("password", "factor", "deactivate"):
        response = do(client, reviewer, deed)
        assert response.status_code == 409
        assert "在北京市东城区也有任职" in response.content.decode()
    with pytest.raises(Refusal, match="不归您管理"):
        take_role(by=administrator, membership=there)
    do(client, reviewer, "take", membership=reviewer.memberships.get(role=Role.REVIEWER).pk)
    assert list(reviewer.memberships.all()) == [there]


@pytest.mark.parametrize("right", ["is_staff", "is_superuser"])
def test_accounts_of_the_system_are_not_an_administrators(client: Client, reviewer: User, right: str) -> None:
    setattr(reviewer, right, True)
    reviewer.save()
    for deed in ("password", "factor", "deactivate"):
        assert do(client, reviewer, deed).status_code == 409
    reviewer.refresh_from_db()
    assert reviewer.check_password(PASSWORD)


@pytest.mark.parametrize("data", [{}, {"deed": "delete"}, {"deed": "take"}, {"deed": "take", "membership": "x"}])
def test_what_no_button_says_does_nothing(client: Client, reviewer: User, data: dict[str, str]) -> None:
    assert client.post(page_of(reviewer), data).status_code in {404, 409}
    assert Membership.objects.filter(user=reviewer).count() == 1


def test_a_role_nobody_chose_is_said(client: Client, reviewer: User) -> None:
    response = do(client, reviewer, "give")
    assert response.status_code == 422
    assert "请选择单位和角色。" in response.content.decode()


def test_search_pages_and_table(client: Client, district: Organisation, reviewer: User) -> None:
    for number in range(40):
        make_officer(district, Role.INTAKE_CLERK, username=f"clerk-{number:02}")
    add_member(by=None, user=reviewer, organisation=district, role=Role.INTAKE_CLERK)
    assert "共42人。" in text(client, "/officer/people/")
    assert "clerk-35" not in text(client, "/officer/people/")
    assert "clerk-35" in text(client, "/officer/people/?page=2")
    assert "共1人。" in text(client, "/officer/people/?q=CLERK-07")
    assert "共0人。" in text(client, "/officer/people/?q=%25")
    rows = sheet(client.get("/officer/people.xlsx"))
    assert len(rows) == 1 + 42 + 1
    assert len(sheet(client.get("/officer/people.xlsx?q=reviewer"))) == 3
