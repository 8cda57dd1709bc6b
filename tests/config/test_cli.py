"""The command `jieti` as scripts use it: exit codes and one clear line."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from jieti.audit.actions import record
from tests.audit.tampering import SECOND, days, unguarded

Jieti = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def jieti(tmp_path: Path) -> Jieti:
    """Runs the command in a process of its own; `url` is its database."""

    def run(*arguments: str, url: str = "postgresql://nobody@127.0.0.1:1/none") -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"JIETI_DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": url}
        command = Path(sys.executable).with_name("jieti")
        return subprocess.run([command, *arguments], check=False, capture_output=True, text=True, env=environment)

    return run


@pytest.fixture
def url(transactional_db: None) -> str:
    """The test database's own address."""
    here = connection.settings_dict
    return f"postgresql://{here['USER']}:{here['PASSWORD']}@{here['HOST']}:{here['PORT']}/{here['NAME']}"


def test_demo_data_needs_no_database_and_is_the_same_every_time(jieti: Jieti, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        options = ("--businesses", "50", "--seed", "7", "--basis-date", "2026-07-01", "--out", str(folder))
        done = jieti("demo-data", *options)
        assert done.returncode == 0, done.stderr
    first, second = ({file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders)
    assert len(first) > 8
    assert first == second


@pytest.mark.parametrize(
    "wrong", [("--businesses", "0"), ("--businesses", "x"), ("--businesses", "1"), ("--basis-date", "2026-02-30")]
)
def test_unusable_options_end_with_code_2(wrong: tuple[str, str], jieti: Jieti, tmp_path: Path) -> None:
    done = jieti("demo-data", "--out", str(tmp_path / "out"), *wrong)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_audit_verify(jieti: Jieti, url: str) -> None:
    record(by=None, verb="test.deed", subject="x")
    bent = record(by=None, verb="test.deed", subject="y")
    whole = jieti("audit", "verify", url=url)
    assert (whole.returncode, bent.hash in whole.stdout) == (0, True)
    with connection.cursor() as cursor:
        cursor.execute("alter table audit_event disable trigger user")
        cursor.execute("update audit_event set subject = 'z' where id = %s", [bent.pk])
        cursor.execute("alter table audit_event enable trigger user")
    broken = jieti("audit", "verify", url=url)
    assert (broken.returncode, f"audit record {bent.pk}" in broken.stderr) == (1, True)


def test_audit_digest_proves_a_truncated_end(
    jieti: Jieti, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        days(patch)
    printed = jieti("audit", "digest", url=url)
    assert printed.returncode == 0, printed.stderr
    assert [one["day"] for one in json.loads(printed.stdout)["days"]] == ["2026-07-03", "2026-07-02", "2026-07-01"]
    file = tmp_path / "digests.json"
    file.write_text(printed.stdout)
    assert jieti("audit", "verify", "--digests", str(file), url=url).returncode == 0
    unguarded("delete from audit_event where day > %s or (day = %s and number > 1)", SECOND, SECOND)
    assert jieti("audit", "verify", url=url).returncode == 0
    found = jieti("audit", "verify", "--digests", str(file), url=url)
    assert (found.returncode, "2026-07-02 第 2 条缺失" in found.stderr) == (1, True)


def test_audit_digest_of_one_day(jieti: Jieti, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        days(patch)
    (one,) = json.loads(jieti("audit", "digest", "--day", "2026-07-02", url=url).stdout)["days"]
    assert (one["day"], one["records"], one["closed"]) == ("2026-07-02", 3, True)
    empty = jieti("audit", "digest", "--day", "2020-01-01", url=url)
    assert (empty.returncode, "没有审计记录" in empty.stderr) == (2, True)


@pytest.mark.parametrize("text", ["", "{}", "not json"])
def test_audit_verify_refuses_what_is_no_digest_file(jieti: Jieti, url: str, tmp_path: Path, text: str) -> None:
    file = tmp_path / "digests.json"
    file.write_text(text)
    done = jieti("audit", "verify", "--digests", str(file), url=url)
    assert (done.returncode, "这不是审计摘要文件" in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_manage_passes_everything_on(jieti: Jieti, url: str) -> None:
    done = jieti("manage", "makemigrations", "--check", "--dry-run", url=url)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_day_is_chosen_where_that_is_allowed_alone(jieti: Jieti, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = jieti("clock", "2026-07-01")
    assert (refused.returncode, "SIMULATED_CLOCK" in refused.stderr) == (2, True)
    monkeypatch.setenv("JIETI_SIMULATED_CLOCK", "1")
    assert jieti("clock", "2026-07-01").stdout == "2026-07-01\n"
    assert jieti("clock").stdout != "2026-07-01\n"


def test_a_database_that_does_not_answer_is_said_in_one_line(jieti: Jieti) -> None:
    done = jieti("audit", "verify")
    assert done.returncode == 2
    assert "connection" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_database_address_is_said_in_one_line(jieti: Jieti) -> None:
    done = jieti("audit", "verify", url="mysql://x/y")
    assert done.returncode == 2
    assert "DATABASE_URL must begin with postgresql://" in done.stderr
    assert "Traceback" not in done.stderr
