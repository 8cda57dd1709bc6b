from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

import pytest
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from pytest_django import Settings

from jieti.accounts.models import User
from jieti.determinations.models import Run
from tests.web import district

LogIn = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def static_root(data_dir: Path, settings: Settings) -> None:
    """The folder of collected static files exists, as `jieti serve` makes it."""
    settings.STATIC_ROOT = data_dir / "static"
    settings.STATIC_ROOT.mkdir()


@pytest.fixture
def published(db: None) -> tuple[district.People, Run]:
    """The small district's people and its run of the year, published."""
    return district.make_published()


@pytest.fixture
def people(request: pytest.FixtureRequest, db: None) -> district.People:
    """Those of the published run where the test asks for that, else people without anything."""
    if "run" in request.fixturenames:
        found: tuple[district.People, Run] = request.getfixturevalue("published")
        return found[0]
    return district.make_people()


@pytest.fixture
def run(published: tuple[district.People, Run], people: district.People) -> Run:
    """The published run of `people`."""
    return published[1]


def downloaded(response: HttpResponseBase) -> bytes:
    """The bytes of a file that was answered; reading them to the end closes it."""
    assert isinstance(response, StreamingHttpResponse)
    return b"".join(cast("Iterable[bytes]", response.streaming_content))


@pytest.fixture
def log_in() -> LogIn:
    """A browser in which the user has logged in; None: nobody has."""

    def open_for(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return open_for
