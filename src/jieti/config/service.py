"""The site as processes: database, web server and worker, started and stopped together."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import NoReturn

SETTINGS = "jieti.config.settings"
PATIENCE = 15.0
GLANCE = 0.2


class ServiceError(RuntimeError):
    """The site cannot start or went down; the message says why."""


def set_up() -> None:
    """Django set up, for work that needs no database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django

    django.setup()


@contextlib.contextmanager
def database(*, collected_static: bool = False) -> Iterator[None]:
    """Django set up over a running database: the one DATABASE_URL names, else our own until the last user leaves."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    if collected_static:
        os.environ["JIETI_COLLECTED_STATIC"] = "1"
    import django
    from django.conf import settings

    with contextlib.ExitStack() as stack:
        if "DATABASE_URL" not in os.environ:
            address = stack.enter_context(settings.EMBEDDED_POSTGRES.running())
            settings.DATABASES["default"].update(address.settings())
        django.setup()
        yield


def prepare() -> None:
    """Brings tables and static files up to date, and makes sure that the database can search Chinese names."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from jieti.kit.embedded_postgres import check_trigrams

    call_command("migrate", verbosity=0)
    if settings.COLLECTED_STATIC:
        call_command("collectstatic", verbosity=0, interactive=False)
    connection.ensure_connection()
    check_trigrams(connection.connection)
    connection.close()


def check_tables() -> None:
    """Raises ServiceError where the site has never been started."""
    from django.db import connection

    if "audit_event" not in connection.introspection.table_names():
        raise ServiceError("the database has no tables yet: run `jieti serve` or `jieti manage migrate` first")


def check_port(host: str, port: int) -> None:
    """Raises ServiceError when another program already listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServiceError(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port") from error


def serve(host: str, port: int) -> None:
    """Web server and worker until this process is told to stop; raises ServiceError when one of them ends by itself."""
    processes = [_start(_web(host, port)), _start([sys.executable, "-m", "django", "procrastinate", "worker"])]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        _watch(processes)
    except KeyboardInterrupt:
        return
    finally:
        _stop(processes)


def _web(host: str, port: int) -> list[str]:
    workers = str(min(4, os.cpu_count() or 1))
    return [
        sys.executable, "-m", "granian", "jieti.config.wsgi:application",
        "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", workers, "--blocking-threads", "2", "--log-level", "warning",
    ]  # fmt: skip


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    # Own sessions, so that ctrl-C reaches this process alone and the order of stopping is ours.
    return subprocess.Popen(command, start_new_session=True)


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _watch(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    while True:
        for process in processes:
            if process.poll() is not None:
                raise ServiceError(f"{_name(process)} ended by itself with code {process.returncode}")
        time.sleep(GLANCE)


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _name(process: subprocess.Popen[bytes]) -> str:
    arguments = process.args
    return " ".join(str(part) for part in arguments[2:4]) if isinstance(arguments, list) else str(arguments)
