from datetime import date
from pathlib import Path

import pytest

from jieti.demo.population import PopulationReport, write_population

BASIS = date(2026, 7, 1)


@pytest.fixture(scope="session")
def population(tmp_path_factory: pytest.TempPathFactory) -> PopulationReport:
    out: Path = tmp_path_factory.mktemp("population")
    return write_population(businesses=2_000, out=out, basis_date=BASIS)
