"""The database as the settings name it: kept connections, and moments as they are read."""

import datetime
import subprocess
import sys

import pytest
from django.db import connections

from jieti.config.database import base


@pytest.fixture
def alone(transactional_db: None) -> base.DatabaseWrapper:
    """A connection of its own, which keeps itself and is asked whether it lives."""
    known = connections["default"].settings_dict | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    return base.DatabaseWrapper(known, "default")


def ended(alone: base.DatabaseWrapper) -> None:
    """The database ends the connection, and a new request begins."""
    with alone.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        number = cursor.fetchone()[0]
    with connections["default"].cursor() as other:
        other.execute("select pg_terminate_backend(%s, 5000)", [number])
        assert other.fetchone() == (True,)
    alone.close_if_unusable_or_obsolete()


def test_a_connection_that_rested_and_died_is_made_anew(
    alone: base.DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "RESTED_SECONDS", 0)
    ended(alone)
    with alone.cursor() as cursor:
        cursor.execute("select 1")
        assert cursor.fetchone() == (1,)
    alone.close()


def test_a_connection_in_use_is_not_asked(alone: base.DatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "RESTED_SECONDS", 3600)
    monkeypatch.setattr(alone, "is_usable", lambda: pytest.fail("asked"))
    for _ in range(3):
        alone.close_if_unusable_or_obsolete()
        with alone.cursor() as cursor:
            cursor.execute("select 1")
    alone.close()


@pytest.mark.parametrize(
    "text", ["2026-07-20 01:00:00+00", "2026-07-20 01:00:00.5+00", "1999-12-31 23:59:59.123456+00"]
)
def test_moments_are_read_to_the_microsecond(alone: base.DatabaseWrapper, text: str) -> None:
    with alone.cursor() as cursor:
        cursor.execute("select %s::timestamptz, array[%s::timestamptz], null::timestamptz", [text, text])
        moment, several, none = cursor.fetchone()
    alone.close()
    assert (moment, several, none) == (datetime.datetime.fromisoformat(text), [moment], None)
    assert moment.tzinfo is datetime.UTC


def test_the_settings_name_it() -> None:
    """As a new process sees them: the tests' own database is named by the tests."""
    code = "from jieti.config import settings; print(settings.DATABASES['default']['ENGINE'])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == base.__package__
