"""Killed at any moment, an import leaves all of a delivery or nothing of it, and goes on as if nothing had happened."""

import datetime
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow.parquet as pq
import pytest
from django.db import connection

from jieti.accounts.models import User
from jieti.registry.models import Business, BusinessRecord, Delivery, RefusedRow
from jieti.registry.sweeping import sweep
from tests.factories.deliveries import second_officer
from tests.factories.tables import csv, register, registered

ROWS, POINTS, SEED = 20_000, 20, 2024
BAD = 500
"""Every one of so many rows goes back."""
DAY = "2026-07-01"
PATIENCE = 300.0
"""Seconds after which a process or its connection counts as stuck; far more than any of them takes."""
NAME = "nursery"
"""By which the database knows the connections of those that import; others of this process may stay open."""
UNDER_WAY = {Delivery.Status.RECEIVED, Delivery.Status.READING, Delivery.Status.CONFIRMING}
Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class State:
    """Everything that an import leaves, without the numbers that the database gives out."""

    businesses: Rows
    records: Rows
    findings: Rows
    clean: list[dict[str, object]]


@dataclass
class Nursery:
    """The process whose children import, and how to ask it for one."""

    orders: IO[str]
    answers: IO[str]
    order: str

    def start(self) -> int:
        self.orders.write(self.order)
        self.orders.flush()
        return int(self.answers.readline())

    def finish(self) -> float:
        """Lets one import go through; how long it took, in seconds."""
        begun = time.monotonic()
        child = self.start()
        _until(lambda: not _lives(child))
        return time.monotonic() - begun

    def kill_after(self, seconds: float) -> None:
        child = self.start()
        time.sleep(seconds)
        _kill(child)

    def kill_when(self, is_time: Callable[[], bool]) -> None:
        """Kills one as soon as it has come so far."""
        child = self.start()
        _until(lambda: is_time() or not _lives(child))
        _kill(child)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rows = (registered(number, 名称="" if number % BAD == 0 else f"饭馆{number}号") for number in range(ROWS))
    path = tmp_path / "名册.csv"
    path.write_bytes(csv(register(*rows)).getvalue())
    return path


@pytest.fixture
def nursery(intake_clerk: User, file: Path, data_dir: Path) -> Iterator[Nursery]:
    at = connection.settings_dict
    url = f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}?application_name={NAME}"
    surroundings = {
        "DATABASE_URL": url,
        "JIETI_DATA_DIR": str(data_dir),
        "DJANGO_SETTINGS_MODULE": "jieti.config.settings",
    }
    order = f"{intake_clerk.username} {second_officer().username} {file} {DAY}\n"
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.registry.nursery"],
        cwd=root,
        env=os.environ | surroundings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        yield Nursery(process.stdin, process.stdout, order)
        process.stdin.close()
        process.wait()
        # What a failed test leaves running would keep the database busy.
        with connection.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s", [NAME])


@pytest.mark.django_db(transaction=True)
def test_killed_at_twenty_points_it_is_all_or_nothing(nursery: Nursery, data_dir: Path) -> None:
    nursery.finish()
    whole = _state()
    assert (len(whole.businesses), len(whole.findings)) == (ROWS - ROWS // BAD, ROWS // BAD)
    _forget()
    duration = nursery.finish()
    _forget()
    chance = random.Random(SEED)
    for _ in range(POINTS):
        nursery.kill_after(chance.uniform(0, duration))
        # Begun anew from the start where it is over or waits, so that the points fall on every stage. What was killed
        # on its way into the register goes on from there.
        if _check(whole) not in {"", *UNDER_WAY}:
            _forget()
    _forget()
    nursery.kill_when(lambda: Delivery.objects.filter(status=Delivery.Status.CONFIRMING).exists())
    _check(whole)
    nursery.finish()
    assert Delivery.objects.get().status == Delivery.Status.ACCEPTED
    assert _state() == whole
    sweep(older_than=datetime.timedelta(0))
    _check_disk(data_dir)
    nursery.finish()
    assert Delivery.objects.count() == 1, "sent once more, nothing changes"


def _check(whole: State) -> str:
    """What is there is all of it or nothing; the delivery's status, empty where there is none."""
    delivery = Delivery.objects.first()
    if delivery is None or delivery.is_going:
        assert not RefusedRow.objects.exists()
    else:
        assert RefusedRow.objects.count() == len(whole.findings)
        assert pq.read_metadata(delivery.clean_file).num_rows == len(whole.clean)
    accepted = delivery is not None and delivery.status == Delivery.Status.ACCEPTED
    assert Business.objects.count() == (len(whole.businesses) if accepted else 0)
    assert BusinessRecord.objects.count() == (len(whole.records) if accepted else 0)
    assert Delivery.objects.count() <= 1
    return delivery.status if delivery else ""


def _check_disk(data_dir: Path) -> None:
    """Nothing but the received file and its clean table."""
    delivery = Delivery.objects.get()
    folders = ("deliveries", "clean", "reading")
    left = {path for folder in folders for path in (data_dir / folder).rglob("*") if path.is_file()}
    assert left == {delivery.stored_file, delivery.clean_file}


def _state() -> State:
    delivery = Delivery.objects.get()
    texts = ("uscc", "name", "registration_status", "established_on", "proprietor", "address", "town", "industry")
    return State(
        list(Business.objects.order_by("uscc").values_list(*texts, "name_initials", "absent_since")),
        list(BusinessRecord.objects.order_by("uscc").values_list(*texts, "valid_from", "valid_to")),
        list(RefusedRow.objects.order_by("pk").values_list("sheet", "row_number", "column", "value", "reason", "raw")),
        pq.read_table(delivery.clean_file).to_pylist(),
    )


def _forget() -> None:
    """As if the delivery had never been; the files stay, as strays."""
    with connection.cursor() as cursor:
        cursor.execute("truncate registry_delivery, registry_business, registry_businessrecord cascade")


def _kill(child: int) -> None:
    if _lives(child):
        os.kill(child, signal.SIGKILL)
    _until(lambda: not _lives(child) and not _others())


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _others() -> bool:
    """Whether a connection of a dead process is still being cleared away."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_stat_activity where application_name = %s and datname = current_database()", [NAME]
        )
        return bool(cursor.fetchone()[0])


def _until(done: Callable[[], bool]) -> None:
    limit = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < limit, f"{PATIENCE:.0f} s and it has not ended"
        time.sleep(0.01)
