"""A database cluster whose tables are made already: all migrations together take a minute, a copy of the result none.

Made once for each content of the migrations and kept under `build/`; the processes of a run copy it. Every run checks
that nothing is left to migrate, as pytest-django does with any database that it finds.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from jieti.kit.embedded_postgres import DATABASE, HOST, SUPERUSER, Cluster, connect

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "build" / "tests-postgres"
NAME = f"test_{DATABASE}"
"""What Django calls the test database."""
QUICK_AND_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
COMMANDS = (("migrate", "--verbosity", "0"), ("createcachetable", "--verbosity", "0"))


@contextmanager
def migrated_cluster() -> Iterator[Cluster]:
    """A copy of the kept cluster for this process, gone afterwards."""
    with _reachable_folder() as folder:
        copy = folder / "postgres"
        _copy(_kept(), copy)
        yield Cluster(copy, options=QUICK_AND_FORGETFUL)


def _kept() -> Path:
    """The cluster of the migrations as they now are; whoever comes first makes it, the others wait."""
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / _stamp()
    with (KEPT / "turn.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not kept.exists():
            for old in KEPT.glob("[0-9a-f]*"):
                shutil.rmtree(old)
            _make(kept)
    return kept


def _stamp() -> str:
    files = [*sorted((ROOT / "src").glob("jieti/*/migrations/*.py")), ROOT / "requirements.txt"]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _make(kept: Path) -> None:
    with _reachable_folder() as folder:
        made = folder / "postgres"
        with Cluster(made, options=QUICK_AND_FORGETFUL).running() as address:
            with connect(address, "postgres") as connection:
                connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(NAME)))
            url = f"postgresql://{SUPERUSER}:{address.password}@{HOST}:{address.port}/{NAME}"
            for command in COMMANDS:
                _manage(command, url)
        partial = kept.with_name(f"partial-{kept.name}")
        shutil.rmtree(partial, ignore_errors=True)
        _copy(made, partial)
    partial.rename(kept)


def _manage(command: tuple[str, ...], url: str) -> None:
    surroundings = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "jieti.config.settings"}
    subprocess.run([sys.executable, "-m", "django", *command], check=True, env=os.environ | surroundings, cwd=ROOT)


def _copy(source: Path, target: Path) -> None:
    """With owners and modes, which the server insists on."""
    subprocess.run(["cp", "-a", source, target], check=True)


@contextmanager
def _reachable_folder() -> Iterator[Path]:
    """A temporary folder through which the database's own account can pass."""
    with tempfile.TemporaryDirectory(prefix="jieti-tests-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder
