import pytest
from pytest_django import Settings

from tests.appeals.court import Court, make_court


@pytest.fixture(autouse=True)
def simulation(settings: Settings) -> None:
    settings.SIMULATED_CLOCK = True


@pytest.fixture
def court(db: None) -> Court:
    return make_court()
