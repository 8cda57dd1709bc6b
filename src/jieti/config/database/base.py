"""PostgreSQL as Django knows it, with less work for each statement.

A kept connection is asked whether it lives once it has rested, not for every request: one that answered a moment ago
lives, and one that dies in between costs the one request that finds out. Moments are read by `fromisoformat`,
which is much quicker than what psycopg does for one with a time zone of Django's.
"""

import datetime
import math
import time
from collections.abc import Mapping
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg.abc import Buffer
from psycopg.adapt import Loader

RESTED_SECONDS = 1.0


class MomentLoader(Loader):
    """`2026-07-20 01:00:00+00` as a datetime. Django asks for the time zone, which is that of its connections."""

    timezone = datetime.UTC

    def load(self, data: Buffer) -> datetime.datetime:
        return datetime.datetime.fromisoformat(bytes(data).decode())


class DatabaseWrapper(base.DatabaseWrapper):
    """What Django calls a connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._used_at = -math.inf

    def get_new_connection(self, conn_params: Mapping[str, Any]) -> Connection:
        """A connection that reads moments quickly."""
        connection: Connection = super().get_new_connection(conn_params)
        connection.adapters.register_loader("timestamptz", MomentLoader)
        return connection

    def close_if_health_check_failed(self) -> None:
        """Called before each statement; asks only after a rest."""
        now = time.monotonic()
        if now - self._used_at >= RESTED_SECONDS:
            super().close_if_health_check_failed()
        self._used_at = now
