"""Everybody who deals with owners in the small district, through the product's own actions."""

from dataclasses import dataclass

from jieti.accounts.actions import add_member
from jieti.accounts.models import CITY_REGULATOR, Jurisdiction, Organisation, OrganisationKind, Role, User
from jieti.registry.actions import link_proprietor
from jieti.registry.models import Business
from jieti.rulebooks.actions import load_site
from tests.factories.accounts import make_city, make_officer, make_organisation, make_user
from tests.web import district


@dataclass(frozen=True)
class Staff:
    """One worker of each body that deals with owners, and the owners."""

    people: district.People
    site: Jurisdiction
    human_resources: User
    development: User
    commerce: User
    economy: User
    tax: User
    town: User
    association: User
    discipline: User
    city: User
    other_owner: User

    def body(self, key: str) -> Organisation:
        """A body of the district, or of the city."""
        found = Organisation.objects.filter(key=key, jurisdiction__in=(self.site, self.site.parent))
        return found.order_by("-jurisdiction").first() or found.get()

    @property
    def business(self) -> Business:
        """The growth business, whose proprietor is `people.proprietor`."""
        return Business.objects.select_related("jurisdiction").get(pk=district.GROWTH)

    @property
    def other(self) -> Business:
        """Another proprietor's business."""
        return Business.objects.select_related("jurisdiction").get(pk=district.DEVELOPMENT)


def make_staff(people: district.People) -> Staff:
    """After the small district's register is there."""
    site = load_site(by=None)

    def of(key: str, role: Role) -> User:
        return make_officer(Organisation.objects.get(jurisdiction=site, key=key), role, username=f"of-{key}")

    regulator = make_organisation(CITY_REGULATOR, "市市场监管局", OrganisationKind.CITY_DEPARTMENT, make_city())
    officer = Role.DEPARTMENT_OFFICER
    city = make_officer(regulator, Role.CITY_OFFICER, username="of-city")
    staff = Staff(
        people=people,
        site=Jurisdiction.objects.select_related("parent").get(pk=site.pk),
        human_resources=of("human_resources_bureau", officer),
        development=of("development_reform_commission", officer),
        commerce=of("commerce_bureau", officer),
        economy=of("economy_information_bureau", officer),
        tax=of("tax_bureau", officer),
        town=of("area_004", Role.TOWN_OFFICER),
        association=of("business_association", Role.ASSOCIATION_WORKER),
        discipline=of("discipline_office", officer),
        city=city,
        other_owner=make_user("laoli"),
    )
    link_proprietor(by=None, user=staff.other_owner, business=staff.other)
    return staff


def also_works_for(user: User, organisation: Organisation, role: Role) -> None:
    """One more role elsewhere."""
    add_member(by=None, user=user, organisation=organisation, role=role)
