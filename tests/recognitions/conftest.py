from collections.abc import Iterator

import pytest
from pytest_django import Settings

from jieti.kit import clock
from tests.recognitions.bench import FIRST_DAY, Bench, make_bench
from tests.recognitions.intake import OPEN, Intake, make_intake


@pytest.fixture(autouse=True)
def simulation(settings: Settings) -> None:
    settings.SIMULATED_CLOCK = True


@pytest.fixture
def intake(db: None, simulation: None) -> Iterator[Intake]:
    """A campaign that is open, on a day in September."""
    with clock.at(OPEN):
        yield make_intake()


@pytest.fixture
def bench(db: None, simulation: None) -> Iterator[Bench]:
    """A campaign in which applications have passed the review, on a Monday in September."""
    with clock.at(FIRST_DAY):
        yield make_bench()
