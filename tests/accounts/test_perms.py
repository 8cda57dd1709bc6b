"""Who may do what, role by role; everybody else is refused."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext

import pytest
from django.contrib.auth.models import AnonymousUser

from jieti.accounts import perms
from jieti.accounts.memberships import read_once
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
TOWN_OFFICER = (TOWN, R.TOWN_OFFICER)
INTAKE = {(DISTRICT, R.INTAKE_CLERK), (DISTRICT, R.REVIEWER)}
SUPERVISORS = {(DISTRICT, R.REVIEWER), (DISTRICT, R.APPROVER)}
OVERSEERS = SUPERVISORS | {(DISTRICT, R.AUDITOR), CITY_OFFICER}
FOR_THEIR_BODY = (R.DEPARTMENT_OFFICER, R.TOWN_OFFICER, R.ASSOCIATION_WORKER, R.CITY_OFFICER)
SERVING = {
    *((place, role) for place in EVERY_PLACE for role in FOR_THEIR_BODY),
    *((place, role) for place in (DISTRICT, CITY) for role in (R.INTAKE_CLERK, R.REVIEWER)),
}
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
    perms.may_see_recognitions: OF_DISTRICT | {(CITY, role) for role in R} | DEPARTMENTS | {TOWN_OFFICER},
    perms.may_accept_applications: INTAKE,
    perms.may_review_applications: {(DISTRICT, R.REVIEWER)},
    perms.may_visit_applicants: INTAKE | {TOWN_OFFICER},
    perms.may_decide_recognitions: {(DISTRICT, R.APPROVER)},
    perms.may_nominate: DEPARTMENTS,
    perms.may_check_recognitions: {CITY_OFFICER},
    perms.may_serve: SERVING,
    perms.may_supervise: SUPERVISORS,
    perms.may_see_services: SERVING | SUPERVISORS,
    perms.may_enter_awards: {(DISTRICT, R.REVIEWER)} | DEPARTMENTS,
    perms.may_record_conversions: INTAKE,
    perms.may_see_conversions: OF_DISTRICT | {CITY_OFFICER} | DEPARTMENTS,
    perms.may_write_measures: {(DISTRICT, R.REVIEWER)} | DEPARTMENTS,
    perms.may_publish_measures: {(DISTRICT, R.APPROVER)},
    perms.may_oversee_measures: OVERSEERS,
    perms.may_see_reach: OVERSEERS | DEPARTMENTS | {TOWN_OFFICER},
    perms.may_record_receipts: {(DISTRICT, R.REVIEWER), TOWN_OFFICER} | DEPARTMENTS,
    perms.may_see_department_picture: DEPARTMENTS,
    perms.may_export_research: OVERSEERS,
}
OF_SUPPLIER: dict[Question, set[tuple[str, Role]]] = {
    perms.may_deliver_for: {(DISTRICT, R.INTAKE_CLERK), (DISTRICT, R.REVIEWER), (TAX, R.DEPARTMENT_OFFICER)},
    perms.may_confirm_delivery_of: {(DISTRICT, R.REVIEWER), (TAX, R.DEPARTMENT_OFFICER)},
    perms.may_nominate_for: {(TAX, R.DEPARTMENT_OFFICER)},
    perms.may_work_for: {(TAX, role) for role in FOR_THEIR_BODY},
    perms.may_answer_for: {(TAX, R.DEPARTMENT_OFFICER)},
    perms.may_accept_objections_of: {(TAX, R.INTAKE_CLERK), (TAX, R.REVIEWER)},
    perms.may_verify_objections_of: {(TAX, R.REVIEWER)},
    perms.may_decide_objections_of: {(TAX, R.APPROVER)},
    perms.may_manage_feed_of: {(TAX, R.DEPARTMENT_OFFICER)}
    | {(place, R.ADMINISTRATOR) for place in EVERY_PLACE if place != CITY},
}
"""Questions about one organisation, asked of the tax bureau."""
OF_THE_WHOLE_CITY = {perms.may_oversee_objections, perms.may_see_objections, perms.may_see_recognitions}
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


@pytest.fixture(params=["asked each time", "read once"], autouse=True)
def reading(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every answer is the same whether the database gives it or the memberships were read before."""
    with read_once() if request.param == "read once" else nullcontext():
        yield


def test_every_question_is_in_a_table() -> None:
    asked = {name for name in vars(perms) if name.startswith(("may_", "is_"))}
    assert asked == {question.__name__ for question in (*MAY, *OF_SUPPLIER)}


def staff(place: str, home: Jurisdiction | None = None) -> dict[Role, User]:
    """An officer of each role in that place."""
    return {role: make_officer(organisation(place, home), role) for role in Role}


@every_place
def test_roles_in_their_places(place: str) -> None:
    home = make_jurisdiction()
    wrong = []
    for role, user in staff(place).items():
        for question, holders in MAY.items():
            asked = [question(user)] + ([question(user, home)] if place != CITY or in_city(question, role) else [])
            wrong += [(question.__name__, role) for answer in asked if answer is not ((place, role) in holders)]
    assert wrong == []


@every_place
def test_questions_about_a_supplier(place: str) -> None:
    tax = organisation(TAX)
    people = staff(place)
    for question, holders in OF_SUPPLIER.items():
        answers = {role for role, user in people.items() if question(user, tax)}
        assert answers == {role for held_in, role in holders if held_in == place}, question.__name__


def in_city(question: Question, role: Role) -> bool:
    """Whether a member of the city regulator in this role works in the districts too."""
    return role is R.CITY_OFFICER or question in OF_THE_WHOLE_CITY


@every_place
def test_a_role_in_another_district_gives_nothing_here(place: str) -> None:
    """A city officer works in all districts of the city, nobody else in two."""
    here = make_jurisdiction()
    there = make_jurisdiction("110117", "北京市平谷区", "cn-110117-pinggu")
    people = staff(place, there)
    for question, holders in MAY.items():
        answers = {role for role, user in people.items() if question(user, here)}
        of_city = {role for held_in, role in holders if held_in == place == CITY and in_city(question, role)}
        assert answers == of_city, question.__name__


def test_no_role_gives_nothing(outsider: User) -> None:
    make_jurisdiction()
    assert [question.__name__ for question in MAY if question(outsider) or question(AnonymousUser())] == []


def test_a_closed_account_gives_nothing(district: Organisation) -> None:
    for role in Role:
        user = make_officer(district, role)
        user.is_active = False
        user.save()
        assert [question.__name__ for question in MAY if question(user)] == []


def test_a_superuser_has_no_business_rights_of_its_own(outsider: User) -> None:
    outsider.is_superuser = outsider.is_staff = True
    outsider.save()
    assert [question.__name__ for question in MAY if question(outsider)] == []


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
