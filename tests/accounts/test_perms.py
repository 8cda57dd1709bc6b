"""Who may do what, role by role; everybody else is refused."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser

from jieti.accounts import perms
from jieti.accounts.models import Organisation, OrganisationKind, Role, User
from tests.factories.accounts import make_officer, make_organisation

pytestmark = pytest.mark.django_db

Question = Callable[[perms.Visitor], bool]
MAY: dict[Question, set[Role]] = {
    perms.is_officer: set(Role),
    perms.may_deliver: {Role.INTAKE_CLERK, Role.REVIEWER},
    perms.may_propose_norm: {Role.REVIEWER},
    perms.may_approve_norm: {Role.APPROVER},
    perms.may_run_determination: {Role.REVIEWER},
    perms.may_publish: {Role.APPROVER},
    perms.may_read_results: {Role.REVIEWER, Role.APPROVER, Role.AUDITOR},
}
every_question = pytest.mark.parametrize("question", MAY, ids=lambda question: question.__name__)


def test_every_question_is_in_the_table() -> None:
    asked = {name for name in vars(perms) if name.startswith(("may_", "is_"))}
    assert asked == {question.__name__ for question in MAY}


@every_question
@pytest.mark.parametrize("role", Role)
def test_roles_in_the_district(question: Question, role: Role, district: Organisation) -> None:
    assert question(make_officer(district, role)) is (role in MAY[question])


@every_question
def test_the_same_role_elsewhere_gives_nothing(question: Question) -> None:
    town = make_organisation("area_001", "泉河街道", OrganisationKind.SUBDISTRICT)
    assert not any(question(make_officer(town, role)) for role in Role)


@every_question
def test_no_role_gives_nothing(question: Question, outsider: User) -> None:
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
def test_a_superuser_has_no_business_rights_of_its_own(question: Question) -> None:
    assert not question(User.objects.create_superuser("root", password="x"))
