"""People and organisations."""

from jieti.accounts.actions import add_member, create_user
from jieti.accounts.models import DISTRICT_REGULATOR, Organisation, OrganisationKind, Role, User

PASSWORD = "correct horse 阶梯"


def make_user(username: str, *, display_name: str = "") -> User:
    """An account without a role; its password is PASSWORD."""
    return create_user(by=None, username=username, display_name=display_name or username, password=PASSWORD)


def make_organisation(key: str, name: str, kind: OrganisationKind) -> Organisation:
    return Organisation.objects.get_or_create(key=key, defaults={"name": name, "kind": kind})[0]


def make_district() -> Organisation:
    """The district regulator."""
    return make_organisation(DISTRICT_REGULATOR, "区市场监管局", OrganisationKind.DEPARTMENT)


def make_officer(organisation: Organisation, role: Role, *, username: str = "") -> User:
    """An account with one role."""
    user = make_user(username or role.value)
    add_member(by=None, user=user, organisation=organisation, role=role)
    return user
