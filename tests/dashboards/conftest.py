from pathlib import Path

import pytest
from pytest_django import Settings

from jieti.accounts.models import Jurisdiction
from jieti.dashboards.actions import take_snapshot
from jieti.dashboards.models import Snapshot
from tests.dashboards.population import populate
from tests.factories.accounts import make_jurisdiction


@pytest.fixture
def home(db: None) -> Jurisdiction:
    return make_jurisdiction()


@pytest.fixture
def snapshot(home: Jurisdiction) -> Snapshot:
    """The picture of a made-up district of three years."""
    populate(businesses=2_500)
    return take_snapshot(by=None, jurisdiction=home)


@pytest.fixture(autouse=True)
def static_root(data_dir: Path, settings: Settings) -> None:
    """The folder of collected static files exists, as `jieti serve` makes it."""
    settings.STATIC_ROOT = data_dir / "static"
    settings.STATIC_ROOT.mkdir(exist_ok=True)
