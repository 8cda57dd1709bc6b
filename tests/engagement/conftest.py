import pytest
from pytest_django import Settings

from jieti.registry.actions import link_proprietor
from tests.engagement.staff import Staff, make_staff
from tests.kept_worlds import kept_world
from tests.web import district


@pytest.fixture(autouse=True)
def simulation(settings: Settings) -> None:
    settings.SIMULATED_CLOCK = True


@pytest.fixture
def staff(db: None) -> Staff:
    return make_register()


@kept_world
def make_register() -> Staff:
    """The small district's register, without a determination, and everybody who deals with owners."""
    people = district.make_people()
    district.deliver(people.clerk, "registration", district.REGISTRATION)
    found = make_staff(people)
    link_proprietor(by=None, user=people.proprietor, business=found.business)
    return found
