"""Who may do what, role by role; everybody else is refused."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser

from jieti.accounts import perms
from jieti.accounts.models import (
    ASSOCIATION,
    CITY_REGULATOR,
    Jurisdiction,
    Organisation,
    OrganisationKind,
    Role,
    User,
)
from jieti.accounts.scope import in_scope, jurisdiction_of, jurisdictions_of
from tests.factories.accounts import make_city, make_district, make_jurisdiction, make_officer, make_organisation

pytestmark = pytest.mark.django_db

Question = Callable[..., bool]
R = Role
DISTRICT, CITY, TAX, TOWN, SOCIETY = "district", "city", "tax", "town", "society"

OF_DISTRICT = {(DISTRICT, role) for role in R}
CITY_OFFICER = (CITY, R.CITY_OFFICER)
DEPARTMENTS = {(place, R.DEPARTMENT_OFFICER) for place in (DISTRICT, CITY, TAX, TOWN, SOCIETY)}
EVERY_PLACE = (DISTRICT, CITY, TAX, TOWN, SOCIETY)
MAY: dict[Question, set[tuple[str, Role]]] = {
    perms.is_member: {(place, role) for place in EVERY_PLACE for role in R},
    perms.is_officer: OF_DISTRICT | {CITY_OFFICER},
    perms.is_city_officer: {CITY_OFFICER},
    perms.is_town_officer: {(TOWN, R.TOWN_OFFICER)},
    perms.is_association_worker: {(SOCIETY, R.ASSOCIATION_WORKER)},
    perms.may_deliver: {(DISTRICT, R.INTAKE_CLERK), (DISTRICT, R.REVIEWER)} | DEPARTMENTS,
    perms.may_see_deliveries: OF_DISTRICT | {CITY_OFFICER} | DEPARTMENTS,
    perms.may_answer_corrections: {(DISTRICT, R.REVIEWER)} | DEPARTMENTS,
    perms.may_oversee_objections: OF_DISTRICT | {(CITY, role) for role in R},
    perms.may_see_objections: OF_DISTRICT | {(CITY, role) for role in R} | DEPARTMENTS,
    perms.may_answer_reports: {(DISTRICT, R.REVIEWER), (DISTRICT, R.APPROVER)},
    perms.may_declare_milestones: {(DISTRICT, R.REVIEWER), (DISTRICT, R.APPROVER), CITY_OFFICER},
    perms.may_propose_norm: {(DISTRICT, R.REVIEWER)},
    perms.may_approve_norm: {(DISTRICT, R.APPROVER)},
    perms.may_run_determination: {(DISTRICT, R.REVIEWER)},
    perms.may_publish: {(DISTRICT, R.APPROVER)},
    perms.may_read_results: {(DISTRICT, R.REVIEWER), (DISTRICT, R.APPROVER), (DISTRICT, R.AUDITOR), CITY_OFFICER},
    perms.may_search_register: OF_DISTRICT | {CITY_OFFICER, (TOWN, R.TOWN_OFFICER), (SOCIETY, R.ASSOCIATION_WORKER)},
    perms.may_read_audit: {(place, role) for place in EVERY_PLACE for role in (R.AUDITOR, R.ADMINISTRATOR)},
    perms.may_administer: {(place, R.ADMINISTRATOR) for place in EVERY_PLACE},
    perms.may_see_department_picture: DEPARTMENTS,
    perms.may_export_research: {(DISTRICT, R.REVIEWER), (DISTRICT, R.APPROVER), (DISTRICT, R.AUDITOR), CITY_OFFICER},
}
OF_SUPPLIER: dict[Question, set[tuple[str, Role]]] = {
    perms.may_deliver_for: {(DISTRICT, R.INTAKE_CLERK), (DISTRICT, R.REVIEWER), (TAX, R.DEPARTMENT_OFFICER)},
    perms.may_confirm_delivery_of: {(DISTRICT, R.REVIEWER), (TAX, R.DEPARTMENT_OFFICER)},
    perms.may_answer_for: {(TAX, R.DEPARTMENT_OFFICER)},
    perms.may_accept_objections_of: {(TAX, R.INTAKE_CLERK), (TAX, R.REVIEWER)},
    perms.may_verify_objections_of: {(TAX, R.REVIEWER)},
    perms.may_decide_objections_of: {(TAX, R.APPROVER)},
    perms.may_manage_feed_of: {(TAX, R.DEPARTMENT_OFFICER)}
    | {(place, R.ADMINISTRATOR) for place in EVERY_PLACE if place != CITY},
}
"""Questions about one organisation, asked of the tax bureau."""
every_question = pytest.mark.parametrize("question", MAY, ids=lambda question: question.__name__)
every_place = pytest.mark.parametrize("place", EVERY_PLACE)


def organisation(place: str, home: Jurisdiction | None = None) -> Organisation:
    kind = OrganisationKind
    match place:
        case "district":
            return make_district(home)
        case "city":
            return make_organisation(CITY_REGULATOR, "市市场监管局", kind.CITY_DEPARTMENT, make_city())
        case "tax":
            return make_organisation("tax_bureau", "区税务局", kind.DEPARTMENT, home)
        case "town":
            return make_organisation("area_001", "泉河街道", kind.SUBDISTRICT, home)
        case _:
            return make_organisation(ASSOCIATION, "区私营个体经济协会", kind.ASSOCIATION, home)


def test_every_question_is_in_a_table() -> None:
    asked = {name for name in vars(perms) if name.startswith(("may_", "is_"))}
    assert asked == {question.__name__ for question in (*MAY, *OF_SUPPLIER)}


@every_question
@every_place
def test_roles_in_their_places(question: Question, place: str) -> None:
    home = make_jurisdiction()
    for role in Role:
        user = make_officer(organisation(place), role)
        wanted = (place, role) in MAY[question]
        assert question(user) is wanted, role
        if place != CITY or in_city(question, role):
            assert question(user, home) is wanted, role


@pytest.mark.parametrize("question", OF_SUPPLIER, ids=lambda question: question.__name__)
@every_place
def test_questions_about_a_supplier(question: Question, place: str) -> None:
    tax = organisation(TAX)
    for role in Role:
        assert question(make_officer(organisation(place), role), tax) is ((place, role) in OF_SUPPLIER[question]), role


def in_city(question: Question, role: Role) -> bool:
    """Whether a member of the city regulator in this role works in the districts too."""
    return role is R.CITY_OFFICER or question in {perms.may_oversee_objections, perms.may_see_objections}


@every_question
@every_place
def test_a_role_in_another_district_gives_nothing_here(question: Question, place: str) -> None:
    """A city officer works in all districts of the city, nobody else in two."""
    here = make_jurisdiction()
    there = make_jurisdiction("110117", "北京市平谷区", "cn-110117-pinggu")
    for role in Role:
        user = make_officer(organisation(place, there), role)
        assert question(user, here) is (place == CITY and (place, role) in MAY[question] and in_city(question, role)), (
            role
        )


@every_question
def test_no_role_gives_nothing(question: Question, outsider: User) -> None:
    make_jurisdiction()
    assert not question(outsider)
    assert not question(AnonymousUser())


@every_question
def test_a_closed_account_gives_nothing(question: Question, district: Organisation) -> None:
    for role in Role:
        user = make_officer(district, role)
        user.is_active = False
        user.save()
        assert not question(user)


@every_question
def test_a_superuser_has_no_business_rights_of_its_own(question: Question, outsider: User) -> None:
    outsider.is_superuser = outsider.is_staff = True
    outsider.save()
    assert not question(outsider)


def test_scope_is_ones_own_district_and_for_city_officers_the_city() -> None:
    here, there = make_jurisdiction(), make_jurisdiction("110117", "北京市平谷区", "cn-110117-pinggu")
    other_city = make_jurisdiction("310101", "上海市黄浦区", "cn-310101-huangpu", in_city=False)
    reviewer = make_officer(make_district(there), R.REVIEWER)
    city_officer = make_officer(organisation(CITY), R.CITY_OFFICER)
    assert jurisdictions_of(reviewer) == (there,)
    assert jurisdiction_of(reviewer) == there
    assert jurisdictions_of(city_officer) == (make_city(), here, there)
    assert jurisdiction_of(city_officer) == here
    assert jurisdiction_of(city_officer, "110117") == there
    assert jurisdiction_of(city_officer, "310101") == here
    assert not in_scope(city_officer, other_city)
    assert in_scope(reviewer, there)
    assert not in_scope(reviewer, here)


def test_an_auditor_at_the_city_does_not_see_the_districts() -> None:
    here = make_jurisdiction()
    assert not in_scope(make_officer(organisation(CITY), R.AUDITOR), here)
