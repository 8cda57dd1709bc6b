"""Who is shown what, with what words in its place, and what is recorded of it."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser

from jieti.accounts.actions import add_member
from jieti.accounts.disclosure import ROUTINE, Reader, Showing, disclosed, labels_of, may_see, reader_of
from jieti.accounts.disclosure_declaration import DataClass, declared
from jieti.accounts.models import CITY_REGULATOR, DISTRICT_REGULATOR, Jurisdiction, OrganisationKind, Role, User
from jieti.audit.models import Event
from jieti.kit.protection import Protected
from tests.factories.accounts import make_district, make_jurisdiction, make_organisation, make_user

pytestmark = pytest.mark.django_db

USCC = "92110116MA00A1B20Y"
OTHER = "92110116MA01EF6DXE"
NUMBER = "110116197001011234"
ON_DUTY = {Role.INTAKE_CLERK, Role.REVIEWER, Role.APPROVER, Role.DEPARTMENT_OFFICER, Role.AUDITOR}
KINDS = {
    "area_102": OrganisationKind.TOWN,
    "business_association": OrganisationKind.ASSOCIATION,
}


def reader(key: str, role: Role, home: Jurisdiction | None = None) -> Reader:
    home = home or make_jurisdiction()
    user = make_user(f"{key}-{role}-{home.code}")
    organisation = make_organisation(key, f"{home.name}{key}", KINDS.get(key, OrganisationKind.DEPARTMENT), home)
    add_member(by=None, user=user, organisation=organisation, role=role)
    return reader_of(user, home)


def owner(*codes: str) -> Reader:
    return reader_of(make_user("owner"), make_jurisdiction(), owns=codes)


def reads() -> list[Event]:
    return list(Event.objects.reads_of(f"business:{USCC}"))


SEEN_BY = {
    "tax_paid": {"tax_bureau", DISTRICT_REGULATOR, CITY_REGULATOR},
    "tax.paid": {"tax_bureau", DISTRICT_REGULATOR, CITY_REGULATOR},
    "turnover": {DISTRICT_REGULATOR, CITY_REGULATOR},
    "insured_headcount": {"human_resources_bureau", DISTRICT_REGULATOR, CITY_REGULATOR},
    "social_insurance.headcount": {"human_resources_bureau", DISTRICT_REGULATOR, CITY_REGULATOR},
    "founder_group_verified": {
        "veterans_bureau", "human_resources_bureau", "civil_affairs_bureau", "agriculture_bureau", DISTRICT_REGULATOR
    },
    "judgment_defaulter": {"district_court", DISTRICT_REGULATOR},
}  # fmt: skip
ORGANISATIONS = (
    "tax_bureau", "human_resources_bureau", "veterans_bureau", "civil_affairs_bureau", "agriculture_bureau",
    "district_court", "commerce_bureau", "city_regulator", "area_102", "business_association", DISTRICT_REGULATOR,
)  # fmt: skip


@pytest.mark.parametrize("organisation", ORGANISATIONS)
def test_only_the_bodies_that_the_clauses_name(organisation: str) -> None:
    one = reader(organisation, Role.DEPARTMENT_OFFICER)
    seen = {item for item in SEEN_BY if may_see(one, item, business=USCC)}
    assert seen == {item for item, bodies in SEEN_BY.items() if organisation in bodies}


@pytest.mark.parametrize("role", Role)
def test_only_in_the_roles_that_work_on_it(role: Role) -> None:
    assert may_see(reader(DISTRICT_REGULATOR, role), "tax_paid", business=USCC) is (role in ON_DUTY)


def test_the_same_body_of_another_district_sees_nothing() -> None:
    home = make_jurisdiction()
    elsewhere = make_jurisdiction("999999", "虚构示例区", "cn-999999-demo-variant")
    stranger = reader("tax_bureau", Role.DEPARTMENT_OFFICER, elsewhere)
    assert may_see(stranger, "tax.paid")
    assert not may_see(reader_of(stranger.user, home), "tax_paid", business=USCC)


def test_proprietors_see_their_own_and_nobody_elses() -> None:
    mine = owner(USCC)
    assert may_see(mine, "tax_paid", business=USCC)
    assert not may_see(mine, "tax_paid", business=OTHER)
    assert not may_see(mine, "tax_paid")


def test_strangers_see_what_is_public_alone() -> None:
    stranger = reader_of(AnonymousUser(), make_jurisdiction())
    assert may_see(stranger, "registration.name")
    assert may_see(stranger, "directory.DirectoryEntry.tier")
    for item in (*SEEN_BY, "registry.Delivery.file_name", "registry.Business.address"):
        assert not may_see(stranger, item), item


def test_one_who_has_left_sees_nothing() -> None:
    one = reader(DISTRICT_REGULATOR, Role.REVIEWER)
    assert isinstance(one.user, User)
    one.user.is_active = False
    assert not may_see(reader_of(one.user, one.jurisdiction), "tax_paid")


def test_what_is_not_declared_is_seen_by_nobody() -> None:
    assert not may_see(reader(DISTRICT_REGULATOR, Role.REVIEWER), "tax.secret_new_column")
    mine = owner(USCC)
    assert not may_see(mine, "tax.secret_new_column", business=USCC)
    shown = disclosed(mine, {"tax.secret_new_column": 5}, business=USCC)
    assert str(shown["tax.secret_new_column"]) == "不予显示"


def test_credentials_are_shown_to_nobody() -> None:
    for role in Role:
        assert not may_see(reader(DISTRICT_REGULATOR, role), "accounts.User.password")


def test_what_is_withheld_says_who_may_see_it() -> None:
    shown = disclosed(reader("area_102", Role.TOWN_OFFICER), {"tax_paid": Decimal("52360.18")}, business=USCC)
    assert shown["tax_paid"].is_withheld
    assert shown["tax_paid"].value is None
    assert str(shown["tax_paid"]) == (
        "仅国家税务总局北京市怀柔区税务局、北京市怀柔区市场监督管理局、北京市市场监督管理局和本人可见"
    )


def test_values_keep_their_order_and_those_that_may_be_seen_their_kind() -> None:
    values = {"turnover": Decimal("1.00"), "registration.name": "老王", "tax_paid": Decimal("2.00")}
    shown = disclosed(reader("tax_bureau", Role.DEPARTMENT_OFFICER), values, business=USCC)
    assert list(shown) == list(values)
    assert [one.value for one in shown.values()] == [None, "老王", Decimal("2.00")]


def test_numbers_are_masked_even_for_those_who_may_see_them() -> None:
    values = {
        "registry.Person.identity_cipher": Protected.of(NUMBER),
        "registry.Person.phone_cipher": Protected.of("13812345678"),
    }
    shown = disclosed(reader(DISTRICT_REGULATOR, Role.REVIEWER), values, business=USCC)
    assert {one.showing for one in shown.values()} == {Showing.MASKED}
    assert [str(one) for one in shown.values()] == ["110116********1234", "138****5678"]
    withheld = disclosed(reader(DISTRICT_REGULATOR, Role.AUDITOR), values, business=USCC)
    assert all(one.is_withheld for one in withheld.values())


def test_a_reading_is_recorded_once_with_body_role_fields_and_reason() -> None:
    one = reader("tax_bureau", Role.DEPARTMENT_OFFICER)
    values = {
        "tax_paid": Decimal("987654.32"),
        "abnormal_taxpayer": False,
        "turnover": Decimal(1),
        "registration.town": "怀柔镇",
    }
    shown = disclosed(one, values, business=USCC)
    (event,) = reads()
    assert event.actor_id == one.user.pk
    assert event.on_behalf_of == "北京市怀柔区tax_bureau（部门工作人员）"
    assert event.detail["fields"] == ["abnormal_taxpayer", "tax_paid"]
    assert event.detail["reason"] == ROUTINE
    assert event.jurisdiction == "110116"
    assert {key for key, one_shown in shown.items() if one_shown.is_recorded} == {"tax_paid", "abnormal_taxpayer"}
    assert "987654" not in str(event.detail)


@pytest.mark.parametrize(
    "values",
    [
        {"registration.name": "老王", "registration.town": "怀柔镇"},
        {"tax_paid": None, "turnover": None},
        {"tax.paid": ""},
        {},
    ],
)
def test_what_tells_nothing_protected_is_not_recorded(values: dict[str, object]) -> None:
    disclosed(reader(DISTRICT_REGULATOR, Role.REVIEWER), values, business=USCC)
    assert not reads()


def test_what_is_withheld_and_what_is_ones_own_is_not_recorded() -> None:
    disclosed(reader("area_102", Role.TOWN_OFFICER), {"tax_paid": Decimal(1)}, business=USCC)
    disclosed(owner(USCC), {"tax_paid": Decimal(1)}, business=USCC)
    assert not reads()


def test_there_is_something_to_write_of_a_value_and_of_one_that_is_withheld() -> None:
    values = {"tax_paid": Decimal(0), "turnover": Decimal(1), "registration.name": "", "registration.town": None}
    shown = disclosed(reader("tax_bureau", Role.DEPARTMENT_OFFICER), values, business=USCC)
    assert [bool(one) for one in shown.values()] == [True, True, False, False]
    assert [str(one) for one in shown.values()][2:] == ["", ""]


def test_an_officer_with_a_shop_is_recorded_at_others_and_not_at_their_own() -> None:
    user = make_user("both")
    add_member(by=None, user=user, organisation=make_district(), role=Role.REVIEWER)
    both = reader_of(user, make_jurisdiction(), owns=(USCC,))
    disclosed(both, {"tax_paid": Decimal(1)}, business=USCC)
    assert not reads()
    disclosed(both, {"tax_paid": Decimal(1)}, business=OTHER)
    assert Event.objects.reads_of(f"business:{OTHER}").count() == 1


def test_items_have_words() -> None:
    named = {
        "tax.paid": "税务信息：实际入库税款",
        "turnover": "上一年度年报填报的销售额或营业收入",
        "registry.Person.phone_cipher": "经营者联系电话",
        "gone.long_ago": "gone.long_ago",
    }
    assert labels_of(named, make_jurisdiction()) == list(named.values())
    assert labels_of(["registry.Business.address", "registry.Business.person"], make_jurisdiction()) == [
        "经营者姓名和经营场所"
    ]


def test_priority_groups_are_special() -> None:
    items = declared("cn-110116-huairou", "2024")
    assert items["founder_groups.founder_group"].data_class is DataClass.SPECIAL
    assert items["founder_group_verified"].data_class is DataClass.SPECIAL
