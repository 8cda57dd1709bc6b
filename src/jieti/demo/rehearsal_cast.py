"""Who acts in a rehearsal: the district regulator's officers, one of each supplier, proprietors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jieti.accounts.actions import add_member, create_user
from jieti.accounts.models import DISTRICT_REGULATOR, Jurisdiction, Organisation, Role, User
from jieti.accounts.scope import regulator_of
from jieti.demo.accounts import SAMPLE_PASSWORD
from jieti.registry.actions import link_proprietor
from jieti.registry.models import Business, Feed

OFFICERS: Mapping[str, tuple[Role, ...]] = {
    "clerk": (Role.INTAKE_CLERK,),
    "checker": (Role.INTAKE_CLERK, Role.REVIEWER),
    "proposer": (Role.REVIEWER,),
    "approver": (Role.APPROVER,),
    "publisher": (Role.REVIEWER, Role.APPROVER),
}


@dataclass(frozen=True)
class Cast:
    """The officers by their part, and the officers of suppliers by the key of their body."""

    clerk: User
    checker: User
    proposer: User
    approver: User
    publisher: User
    suppliers: Mapping[str, User]


def make_cast(jurisdiction: Jurisdiction) -> Cast:
    """Opens the accounts and gives the roles."""
    regulator = regulator_of(jurisdiction)
    officers = {name: _officer(name, regulator, roles) for name, roles in OFFICERS.items()}
    suppliers = {DISTRICT_REGULATOR: officers["proposer"]}
    for feed in Feed.objects.filter(jurisdiction=jurisdiction).select_related("supplier"):
        key = feed.supplier.key
        if key not in suppliers:
            suppliers[key] = _officer(f"of-{key}", feed.supplier, (Role.DEPARTMENT_OFFICER,))
    return Cast(**officers, suppliers=suppliers)


def make_proprietor(business: Business) -> User:
    """The account of a business's proprietor."""
    known = User.objects.filter(proprietorships__business=business).first()
    if known is not None:
        return known
    name = f"p-{business.pk}"
    user = create_user(by=None, username=name, display_name=business.proprietor or name, password=SAMPLE_PASSWORD)
    link_proprietor(by=None, user=user, business=business)
    return user


def _officer(name: str, organisation: Organisation, roles: Sequence[Role]) -> User:
    user = create_user(by=None, username=name, display_name=name, password=SAMPLE_PASSWORD)
    for role in roles:
        add_member(by=None, user=user, organisation=organisation, role=role)
    return user
