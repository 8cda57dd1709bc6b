"""What the worker makes of a delivery when something breaks: tried again, freed from the dead, given up in the end."""

import datetime
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from jieti.accounts.models import User
from jieti.audit.models import Event
from jieti.determinations import actions as determinations
from jieti.kit import clock
from jieti.registry.actions import receive_delivery
from jieti.registry.models import Business, Delivery
from jieti.registry.reading import BROKEN, WORKPLACES, give_up, read_delivery
from jieti.registry.tasks import MOST_ATTEMPTS, RETRIES, SILENCE, requeue_stalled, sweep_leftovers
from tests.factories.tables import register, registered, xlsx
from tests.journeys.worker import bring_forward, empty_queue, take_and_die, work

pytestmark = pytest.mark.django_db(transaction=True)
QUEUE = "registry"
LONG = int(SILENCE.total_seconds()) * 2
"""Seconds of silence after which a worker is dead for certain."""
DAY = datetime.date(2026, 7, 1)


@pytest.fixture(autouse=True)
def queue(transactional_db: None) -> Iterator[None]:
    empty_queue()
    yield
    empty_queue()


def receive(by: User, *numbers: int) -> Delivery:
    """Handed in and queued; the second row of the file goes back."""
    rows = register(*(registered(number) for number in numbers), registered(99, 名称=""))
    return receive_delivery(by=by, source_key="registration", file=xlsx(rows), file_name="名册.xlsx", as_of=DAY)


def again(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def job_of(delivery: Delivery) -> ProcrastinateJob:
    job: ProcrastinateJob = ProcrastinateJob.objects.get(args={"delivery_id": delivery.pk})
    return job


def hide(delivery: Delivery) -> Path:
    """The disk loses the received file; where it went."""
    return delivery.stored_file.rename(delivery.stored_file.with_suffix(".lost"))


def verbs(delivery: Delivery) -> list[str]:
    return list(Event.objects.filter(subject=f"delivery:{delivery.pk}").order_by("pk").values_list("verb", flat=True))


def test_a_fault_of_the_system_is_tried_again(intake_clerk: User) -> None:
    delivery = receive(intake_clerk, 1)
    lost = hide(delivery)
    work(QUEUE)
    job = job_of(delivery)
    assert (job.status, job.attempts) == ("todo", 1)
    assert job.scheduled_at is not None, "not at once: the fault may pass"
    assert again(delivery).is_going
    assert (again(delivery).message, delivery.findings.count()) == ("", 0)
    lost.rename(delivery.stored_file)
    work(QUEUE)
    assert again(delivery).is_going, "not before its time"
    bring_forward()
    work(QUEUE)
    done = again(delivery)
    assert (done.status, done.rows, done.taken, done.refused) == ("checked", 2, 1, 1)
    assert delivery.findings.count() == 1
    assert job_of(delivery).status == "succeeded"
    assert verbs(delivery) == ["registry.receive_delivery", "registry.check_delivery"]


def test_after_the_last_retry_the_delivery_is_refused_with_a_sentence(intake_clerk: User) -> None:
    delivery = receive(intake_clerk, 1)
    lost = hide(delivery)
    for _ in range(RETRIES):
        work(QUEUE)
        assert again(delivery).is_going
        bring_forward()
    work(QUEUE)
    given_up = again(delivery)
    assert (given_up.status, given_up.message) == ("refused", BROKEN)
    assert (given_up.taken, given_up.clean_path, given_up.known_at) == (0, "", None)
    assert (job_of(delivery).status, job_of(delivery).attempts) == ("failed", RETRIES + 1)
    assert not Business.objects.exists()
    assert verbs(delivery) == ["registry.receive_delivery", "registry.give_up_delivery"]
    assert Event.objects.get(verb="registry.give_up_delivery").actor_id is None, "by the system"
    lost.unlink()
    second = receive(intake_clerk, 1)
    assert not second.already_received, "what was given up may be sent anew"
    work(QUEUE)
    assert again(second).status == "checked"


@pytest.mark.parametrize("is_pruned", [False, True], ids=["silent", "pruned"])
def test_a_job_whose_worker_died_is_done_by_another(intake_clerk: User, data_dir: Path, *, is_pruned: bool) -> None:
    delivery = receive(intake_clerk, 1)
    take_and_die(QUEUE, silent_for=0 if is_pruned else LONG)
    # As far as the dead worker got: begun, some rows read, its workplace left behind.
    Delivery.objects.filter(pk=delivery.pk).update(status=Delivery.Status.READING, read=1)
    left = data_dir / WORKPLACES / str(delivery.pk) / "findings.jsonl"
    left.parent.mkdir(parents=True)
    left.write_text('{"half": ', encoding="utf-8")
    if is_pruned:
        # The next worker to start takes away the names of the dead.
        with connection.cursor() as cursor:
            cursor.execute("delete from procrastinate_workers")
    work(QUEUE)
    assert job_of(delivery).status == "doing", "nobody may take what somebody seems to be at"
    requeue_stalled(0)
    assert (job_of(delivery).status, job_of(delivery).worker) == ("todo", None)
    work(QUEUE)
    done = again(delivery)
    assert (done.status, done.read, done.taken, delivery.findings.count()) == ("checked", 2, 1, 1)
    assert job_of(delivery).status == "succeeded"
    assert not left.parent.exists()


def test_a_living_worker_keeps_its_job(intake_clerk: User) -> None:
    delivery = receive(intake_clerk, 1)
    take_and_die(QUEUE, silent_for=int(SILENCE.total_seconds()) // 2)
    requeue_stalled(0)
    assert (job_of(delivery).status, job_of(delivery).attempts) == ("doing", 0)


def test_deliveries_of_a_source_wait_for_a_stalled_one(intake_clerk: User) -> None:
    stalled, next_one = receive(intake_clerk, 1), receive(intake_clerk, 1, 2)
    take_and_die(QUEUE, silent_for=LONG)
    work(QUEUE)
    assert (job_of(stalled).status, again(next_one).status) == ("doing", "received")
    requeue_stalled(0)
    work(QUEUE)
    assert {again(one).status for one in (stalled, next_one)} == {"checked"}


def test_what_kills_one_worker_after_another_is_given_up(intake_clerk: User) -> None:
    delivery = receive(intake_clerk, 1)
    for deaths in range(1, MOST_ATTEMPTS + 1):
        take_and_die(QUEUE, silent_for=LONG)
        requeue_stalled(0)
        assert (again(delivery).is_going, job_of(delivery).attempts) == (True, deaths)
    take_and_die(QUEUE, silent_for=LONG)
    requeue_stalled(0)
    assert (again(delivery).status, again(delivery).message) == ("refused", BROKEN)
    work(QUEUE)
    assert job_of(delivery).status == "succeeded", "the job ends without touching the file again"
    assert again(delivery).status == "refused"
    assert verbs(delivery) == ["registry.receive_delivery", "registry.give_up_delivery"]


def test_stalled_jobs_of_other_queues_are_freed_and_no_delivery_suffers(intake_clerk: User) -> None:
    delivery = receive(intake_clerk, 1)
    app.configure_task(determinations.TASK, queue="determinations").defer(run_id=delivery.pk)
    for _ in range(MOST_ATTEMPTS + 1):
        take_and_die("determinations", silent_for=LONG)
        requeue_stalled(0)
    assert ProcrastinateJob.objects.get(queue_name="determinations").status == "todo"
    assert again(delivery).status == "received"


def test_nothing_is_given_up_that_has_been_read(intake_clerk: User) -> None:
    delivery = read_delivery(receive(intake_clerk, 1))
    give_up(delivery)
    assert (again(delivery).status, again(delivery).message) == (delivery.status, delivery.message)
    assert "registry.give_up_delivery" not in verbs(delivery)


def test_the_hourly_task_takes_away_old_strays_alone(intake_clerk: User, data_dir: Path) -> None:
    known, going = read_delivery(receive(intake_clerk, 1)), receive(intake_clerk, 2)
    young = data_dir / "deliveries" / "young"
    old = data_dir / "deliveries" / "old"
    workplaces = {name: data_dir / WORKPLACES / name for name in (str(going.pk), str(known.pk))}
    for folder in workplaces.values():
        folder.mkdir(parents=True, exist_ok=True)
    for file in (young, old):
        file.write_bytes(b"x")
    days_ago = (clock.now() - datetime.timedelta(days=2)).timestamp()
    for path in (old, known.stored_file, known.clean_file, going.stored_file, *workplaces.values()):
        os.utime(path, (days_ago, days_ago))
    sweep_leftovers(0)
    assert not old.exists()
    assert not workplaces[str(known.pk)].exists(), "its reading is over"
    for path in (young, known.stored_file, known.clean_file, going.stored_file, workplaces[str(going.pk)]):
        assert path.exists(), path
