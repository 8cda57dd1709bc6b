"""A large register is loaded in the background once it is confirmed: whole or not at all, and once."""

import datetime
from collections.abc import Iterator

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from jieti.accounts.models import User
from jieti.audit.models import Event
from jieti.directory import registering
from jieti.kit.errors import Refusal
from jieti.registry import actions
from jieti.registry import registering as loading
from jieti.registry.actions import (
    NOT_LOADED,
    decline_delivery,
    load_confirmed,
    order_confirmation,
    receive_delivery,
)
from jieti.registry.models import Business, BusinessRecord, Delivery
from jieti.registry.reading import read_delivery
from jieti.registry.tasks import MOST_ATTEMPTS, RETRIES, SILENCE, requeue_stalled
from tests.factories.deliveries import second_officer
from tests.factories.tables import code, register, registered, xlsx
from tests.journeys.worker import bring_forward, empty_queue, take_and_die, work

pytestmark = pytest.mark.django_db(transaction=True)
QUEUE = "registry"
LONG = int(SILENCE.total_seconds()) * 2
DAY = datetime.date(2026, 7, 1)


@pytest.fixture(autouse=True)
def queue(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(actions, "AT_ONCE", 1)
    empty_queue()
    yield
    empty_queue()


def checked(by: User, *numbers: int) -> Delivery:
    rows = register(*(registered(number) for number in numbers))
    found = receive_delivery(by=by, source_key="registration", file=xlsx(rows), file_name="名册.xlsx", as_of=DAY)
    read_delivery(found)
    empty_queue()
    return found


def ordered(by: User, *numbers: int) -> Delivery:
    return order_confirmation(by=second_officer(), delivery=checked(by, *numbers), follow_up=registering.TASK)


def again(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def verbs(delivery: Delivery) -> list[str]:
    found = Event.objects.filter(subject=f"delivery:{delivery.pk}").order_by("pk").values_list("verb", flat=True)
    return [verb.removeprefix("registry.") for verb in found][2:]


def test_a_small_one_is_loaded_at_once(intake_clerk: User) -> None:
    assert ordered(intake_clerk, 1).status == "accepted"
    assert Business.objects.count() == 1
    assert not ProcrastinateJob.objects.exists()


def test_a_large_one_counts_when_all_of_it_is_loaded_and_not_before(intake_clerk: User) -> None:
    delivery = ordered(intake_clerk, 1, 2)
    assert (delivery.status, delivery.known_at, Business.objects.count()) == ("confirming", None, 0)
    assert Delivery.objects.accepted().latest_for("registration") is None
    work(QUEUE)
    done = again(delivery)
    assert (done.status, done.confirmed_by, Business.objects.count()) == ("accepted", second_officer(), 2)
    assert verbs(delivery) == ["order_confirmation", "confirm_delivery"]
    assert Event.objects.get(verb="registry.confirm_delivery").actor_id == second_officer().pk
    follow_up = ProcrastinateJob.objects.get(queue_name="directory")
    assert (follow_up.task_name, follow_up.args) == (registering.TASK, {"delivery_id": delivery.pk})


def test_loaded_twice_is_loaded_once(intake_clerk: User) -> None:
    delivery = ordered(intake_clerk, 1, 2)
    first = load_confirmed(delivery=delivery)
    assert load_confirmed(delivery=delivery).known_at == first.known_at
    assert BusinessRecord.objects.count() == 2
    assert verbs(delivery) == ["order_confirmation", "confirm_delivery"]


def test_nobody_decides_twice_nor_confirms_their_own(intake_clerk: User) -> None:
    with pytest.raises(Refusal, match="送交人不能复核"):
        order_confirmation(by=intake_clerk, delivery=checked(intake_clerk, 1, 2))
    delivery = ordered(intake_clerk, 1, 2)
    for decide in (order_confirmation, decline_delivery):
        with pytest.raises(Refusal, match="正在生效"):
            decide(by=second_officer(), delivery=delivery, reason="再看看")
    other = checked(intake_clerk, 1, 2, 3)
    with pytest.raises(Refusal, match=f"第{delivery.pk}批数据正在生效"):
        order_confirmation(by=second_officer(), delivery=other)
    assert actions.receive_delivery(
        by=intake_clerk,
        source_key="registration",
        file=xlsx({"又一次": register(registered(1), registered(2))}),
        file_name="名册.xlsx",
        as_of=DAY,
    ).is_going, "the same rows in a workbook of other bytes are another delivery"


def test_a_worker_that_dies_leaves_nothing_and_another_does_it(intake_clerk: User) -> None:
    delivery = ordered(intake_clerk, 1, 2)
    take_and_die(QUEUE, silent_for=LONG)
    requeue_stalled(0)
    assert (again(delivery).status, Business.objects.count()) == ("confirming", 0)
    work(QUEUE)
    assert (again(delivery).status, Business.objects.count()) == ("accepted", 2)


def test_a_fault_is_tried_again_and_in_the_end_it_waits_to_be_confirmed(
    intake_clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Delivery) -> None:
        raise OSError("disk full")

    delivery = ordered(intake_clerk, 1, 2)
    # After persons and history are written, so that there is something to take back.
    monkeypatch.setattr(loading, "bring_up_to_date", fail)
    for _ in range(RETRIES):
        work(QUEUE)
        assert (again(delivery).status, BusinessRecord.objects.count()) == ("confirming", 0)
        bring_forward()
    work(QUEUE)
    waiting = again(delivery)
    assert (waiting.status, waiting.confirmed_by) == ("checked", None)
    assert waiting.message.endswith(NOT_LOADED)
    assert verbs(delivery) == ["order_confirmation", "give_up_loading"]
    monkeypatch.undo()
    order_confirmation(by=second_officer(), delivery=waiting)
    work(QUEUE)
    assert Business.objects.count() == 2
    assert NOT_LOADED not in again(delivery).message


def test_what_kills_one_worker_after_another_waits_to_be_confirmed(intake_clerk: User) -> None:
    delivery = ordered(intake_clerk, 1, 2)
    for _ in range(MOST_ATTEMPTS + 1):
        take_and_die(QUEUE, silent_for=LONG)
        requeue_stalled(0)
    assert again(delivery).status == "checked"
    assert NOT_LOADED in again(delivery).message
    work(QUEUE)
    assert not Business.objects.filter(pk=code(1)).exists()
