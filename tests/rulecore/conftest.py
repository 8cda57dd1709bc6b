"""Each meaning runs on every engine; the reference is the judge."""

import os

import pytest

from rulecore.engines import NAMES, Engine, load
from rulecore.model import Rulebook
from rulecore.plan import Plan
from tests.rulecore.law import huairou, plan_of

ENGINES = os.environ.get("RULECORE_ENGINES", " ".join(NAMES)).split()
"""The engines of the gate; `make test-spark` names another."""


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return load(request.param)


@pytest.fixture(params=NAMES)
def single_file_engine(request: pytest.FixtureRequest) -> Engine:
    """Engines that write one file, and what they say of it into its footer; Spark writes a folder."""
    return load(request.param)


@pytest.fixture
def book() -> Rulebook:
    return huairou()


@pytest.fixture
def plan() -> Plan:
    """Huairou on 1 July 2026 with all four norms published."""
    return plan_of()
