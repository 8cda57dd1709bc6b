"""Worlds that many tests begin with: built once by a process, put back from a copy whenever another test asks.

A copy holds what the builder left in the tables, in the data folder and in its hands. It is put back into an empty
database alone; where something stands already the world is built anew. Sequences never go back, so that what is put
back keeps its numbers and nothing new collides with them.
"""

import pickle
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from django.conf import settings
from django.core import mail
from django.db import connection, transaction
from psycopg import Cursor, sql

from jieti.kit import clock


@dataclass(frozen=True)
class _Copy:
    rows: dict[str, bytes]
    """Of every table that the builder filled, as COPY writes it."""
    files: tempfile.TemporaryDirectory[str]
    made: bytes


P = ParamSpec("P")
T = TypeVar("T")
_copies: dict[tuple[object, ...], _Copy] = {}


def kept_world(build: Callable[P, T]) -> Callable[P, T]:
    """The builder of a world, which builds it or puts back what it built and returned before."""

    @wraps(build)
    def world(*args: P.args, **kwargs: P.kwargs) -> T:
        key = (build, args, *sorted(kwargs.items()), *_circumstances())
        if _filled() or any(Path(settings.DATA_DIR).rglob("*.*")):
            return build(*args, **kwargs)
        if key in _copies:
            return cast("T", _put_back(_copies[key]))
        made = build(*args, **kwargs)
        _copies[key] = _copied(made)
        return made

    return world


def _circumstances() -> tuple[object, ...]:
    """Whatever a world depends on besides its builder."""
    return clock.today(), settings.RULEBOOKS_DIR, settings.SIMULATED_CLOCK, connection.in_atomic_block


def _copied(made: object) -> _Copy:
    assert not mail.outbox, "letters are not kept"
    files = tempfile.TemporaryDirectory()
    shutil.copytree(settings.DATA_DIR, files.name, dirs_exist_ok=True)
    with connection.cursor() as cursor:
        rows = {table: _read(cursor.cursor, table) for table in sorted(_filled())}
    return _Copy(rows, files, pickle.dumps(made))


def _put_back(copy: _Copy) -> object:
    shutil.copytree(copy.files.name, settings.DATA_DIR, dirs_exist_ok=True)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        for table, rows in copy.rows.items():
            _write(cursor.cursor, table, rows)
        cursor.execute("set local session_replication_role = origin")
    return pickle.loads(copy.made)  # noqa: S301  # written by this very process


def _read(cursor: Cursor[tuple[object, ...]], table: str) -> bytes:
    with cursor.copy(sql.SQL("copy {} to stdout").format(sql.Identifier(table))) as stream:
        return b"".join(bytes(block) for block in stream)


def _write(cursor: Cursor[tuple[object, ...]], table: str, rows: bytes) -> None:
    with cursor.copy(sql.SQL("copy {} from stdin").format(sql.Identifier(table))) as stream:
        stream.write(rows)


def _filled() -> set[str]:
    """The tables that hold rows, but for those that come filled with the migrations."""
    with connection.cursor() as cursor:
        cursor.execute(_question())
        return {row[0] for row in cursor.fetchall()}


@cache
def _question() -> str:
    given = {"django_content_type", "auth_permission", "django_migrations", "django_site", "procrastinate_version"}
    with connection.cursor() as cursor:
        tables = sorted(set(connection.introspection.table_names(cursor)) - given)
    return " union all ".join(
        f"select '{table}' where exists (select from \"{table}\")" for table in tables
    )  # names of our own tables
