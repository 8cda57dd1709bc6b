"""People and organisations."""

from jieti.accounts.actions import add_member, create_user, load_jurisdiction
from jieti.accounts.models import DISTRICT_REGULATOR, Jurisdiction, Organisation, OrganisationKind, Role, User

PASSWORD = "correct horse 阶梯"


def make_user(username: str, *, display_name: str = "") -> User:
    """An account without a role; its password is PASSWORD."""
    return create_user(by=None, username=username, display_name=display_name or username, password=PASSWORD)


def make_jurisdiction(
    code: str = "110116", name: str = "北京市怀柔区", rulebook: str = "cn-110116-huairou", *, in_city: bool = True
) -> Jurisdiction:
    """A district, by default the site's own, in the city of Beijing."""
    parent = make_city() if in_city else None
    return load_jurisdiction(
        by=None,
        code=code,
        name=name,
        level=Jurisdiction.Level.DISTRICT,
        rulebook=rulebook,
        edition="2024",
        parent=parent,
    )


def make_city() -> Jurisdiction:
    """The city above the districts."""
    return load_jurisdiction(
        by=None,
        code="110000",
        name="北京市",
        level=Jurisdiction.Level.CITY,
        rulebook="cn-110000-beijing",
        edition="2024",
    )


def make_organisation(
    key: str, name: str, kind: OrganisationKind, jurisdiction: Jurisdiction | None = None
) -> Organisation:
    """A body of the jurisdiction, by default of the site's own."""
    home = jurisdiction or make_jurisdiction()
    return Organisation.objects.get_or_create(jurisdiction=home, key=key, defaults={"name": name, "kind": kind})[0]


def make_district(jurisdiction: Jurisdiction | None = None) -> Organisation:
    """The district regulator."""
    return make_organisation(DISTRICT_REGULATOR, "区市场监管局", OrganisationKind.DEPARTMENT, jurisdiction)


def make_officer(organisation: Organisation, role: Role, *, username: str = "") -> User:
    """An account with one role."""
    user = make_user(username or role.value)
    add_member(by=None, user=user, organisation=organisation, role=role)
    return user
