"""Every operation is called with whatever its description allows and much that it does not."""

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck
from pytest_django import Settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from jieti.api.urls import api
from tests.api.conftest import Caller

CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance, content_type_conformance]
PUBLIC = "/api/v1/directory/"
EXAMPLES = 30


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Calls past Django's test client stay in the test's transaction, as those through it do."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def operations() -> list[tuple[str, str]]:
    """Every path and method of the description."""
    paths = api.get_openapi_schema()["paths"]
    return [(path, method) for path, described in paths.items() for method in described]


@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize(("path", "method"), operations(), ids=str)
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
def test_what_the_description_says_holds(
    path: str, method: str, mode: schemathesis.GenerationMode, tax: Caller, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    headers = {"Authorization": f"Bearer {tax.secret}"}

    @hypothesis.given(case=described[path][method.upper()].as_strategy(generation_mode=mode))
    @hypothesis.settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def calls(case: schemathesis.Case[Any]) -> None:
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    calls()


def test_the_description_is_openapi_3_1_and_says_what_needs_a_key() -> None:
    described = api.get_openapi_schema()
    assert described["openapi"].startswith("3.1")
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert bool(operation.get("security")) is not path.startswith(PUBLIC), path
            assert operation["summary"]
