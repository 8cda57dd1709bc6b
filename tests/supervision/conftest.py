from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from pytest_django import Settings

from jieti.accounts.actions import add_member
from jieti.accounts.models import CITY_REGULATOR, Jurisdiction, Organisation, Role, User
from jieti.kit import clock
from jieti.rulebooks.actions import load_site
from tests.factories.accounts import make_officer, make_user
from tests.kept_worlds import kept_world


@dataclass(frozen=True)
class Staff:
    """One officer of each kind that the year needs."""

    clerk: User
    reviewer: User
    approver: User
    city: User
    home: Jurisdiction


@pytest.fixture
def simulated(settings: Settings) -> None:
    """The day can be chosen."""
    settings.SIMULATED_CLOCK = True


@pytest.fixture
def spring(simulated: None) -> Iterator[None]:
    """A quiet day of the year."""
    with clock.at(date(2026, 3, 2)):
        yield


@pytest.fixture
def staff(spring: None, db: None) -> Staff:
    return make_staff()


@kept_world
def make_staff() -> Staff:
    """The site with all its bodies, and somebody in each office."""
    home = load_site(by=None)
    district = Organisation.objects.get(jurisdiction=home, key="district_regulator")
    city = Organisation.objects.get(jurisdiction=home.parent, key=CITY_REGULATOR)
    return Staff(
        clerk=make_officer(district, Role.INTAKE_CLERK, username="clerk"),
        reviewer=make_officer(district, Role.REVIEWER, username="reviewer"),
        approver=make_officer(district, Role.APPROVER, username="approver"),
        city=make_officer(city, Role.CITY_OFFICER, username="city"),
        home=home,
    )


def give_role(user: User, home: Jurisdiction, key: str, role: Role) -> None:
    add_member(by=None, user=user, organisation=Organisation.objects.get(jurisdiction=home, key=key), role=role)


@pytest.fixture
def stranger(db: None) -> User:
    return make_user("nobody")
