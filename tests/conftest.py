"""What every test stands on: a real PostgreSQL of its own, no network beyond this machine, and people with roles."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test.client import Client
from pytest_django import Settings

from jieti.accounts.models import Organisation, Role, User
from tests.factories.accounts import make_district, make_officer, make_user
from tests.migrated import migrated_cluster

LOOPBACK = ("127.", "::1", "localhost")


def pytest_configure() -> None:
    """A run that is told to stop still takes its database down."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """A test that reaches beyond this machine fails."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family != socket.AF_UNIX and not str(host).startswith(LOOPBACK):
            pytest.fail(f"a test reached for the network: {address}")
        real(self, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> Iterator[None]:
    """pytest-django's place to say where the test database is: a cluster for this process, gone afterwards."""
    with migrated_cluster() as cluster, cluster.running() as address:
        known = address.settings() | {"ENGINE": settings.DATABASES["default"]["ENGINE"]}
        settings.DATABASES["default"].update(known)
        connections["default"].settings_dict.update(known)
        yield
        connections.close_all()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The cluster comes with its tables."""
    return True


@pytest.fixture(scope="session", autouse=True)
def audit_yields_to_the_flush() -> Iterator[None]:
    """Between tests with real transactions Django empties every table; the audit's guard lets that pass, here only."""
    guarded = "audit_event"
    real = connection.ops.execute_sql_flush

    def flush(sql_list: list[str]) -> None:
        off = f"alter table {guarded} disable trigger user"
        on = f"alter table {guarded} enable trigger user"
        real([off, *sql_list, on])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection.ops, "execute_sql_flush", flush)
        yield


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, settings: Settings) -> Path:
    """Files of a test go to its own folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    settings.DATA_DIR = folder
    settings.MEDIA_ROOT = folder / "media"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    return folder


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Slow hashing guards real passwords; here it would only cost time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def pages_of_this_moment(settings: Settings) -> None:
    """What a test publishes it reads at once; tests/web/test_open_directory.py asks for pages of a moment ago."""
    settings.KEPT_PAGES_SECONDS = 0


@pytest.fixture(autouse=True)
def password_alone(settings: Settings) -> None:
    """Most tests are about what comes after signing in; tests/web/test_signing_in.py asks for the second factor."""
    settings.SECOND_FACTOR = "optional"


@pytest.fixture
def district(db: None) -> Organisation:
    """The district regulator."""
    return make_district()


@pytest.fixture
def intake_clerk(district: Organisation) -> User:
    return make_officer(district, Role.INTAKE_CLERK)


@pytest.fixture
def reviewer(district: Organisation) -> User:
    return make_officer(district, Role.REVIEWER)


@pytest.fixture
def approver(district: Organisation) -> User:
    return make_officer(district, Role.APPROVER)


@pytest.fixture
def auditor(district: Organisation) -> User:
    return make_officer(district, Role.AUDITOR)


@pytest.fixture
def administrator(district: Organisation) -> User:
    return make_officer(district, Role.ADMINISTRATOR)


@pytest.fixture
def outsider(db: None) -> User:
    """Somebody with an account and no role anywhere: what is not public refuses them."""
    return make_user("outsider")


@pytest.fixture
def outsider_client(outsider: User) -> Client:
    """A browser in which the outsider is logged in."""
    client = Client()
    client.force_login(outsider)
    return client
