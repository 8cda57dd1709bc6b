"""Many people at the same moment, each with a connection of their own, on a real PostgreSQL."""

import datetime
import threading
import uuid
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from jieti.audit.models import Event
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions import deciding, visiting
from jieti.recognitions.models import Application, NumberSeries, Recognition, Visit
from tests.factories.recognitions import make_recognition
from tests.recognitions.bench import DAY, FIRST_DAY, Bench, make_bench, seen_of

TOGETHER = 64


@pytest.fixture
def crowd(transactional_db: None, simulation: None) -> Iterator[Bench]:
    with clock.at(FIRST_DAY):
        yield make_bench(ceiling=3)


def together(*deeds: Callable[[], object]) -> list[object]:
    """What each deed came to: what it returned, or the refusal."""
    found: list[object] = [None] * len(deeds)
    start = threading.Barrier(len(deeds))

    def do(number: int, deed: Callable[[], object]) -> None:
        start.wait()
        try:
            found[number] = deed()
        except Refusal as refused:
            found[number] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def on(day: datetime.date, deed: Callable[[], object]) -> Callable[[], object]:
    """The deed on that day, which each thread has to be told."""

    def done() -> object:
        with clock.at(day):
            return deed()

    return done


@pytest.mark.clause("附件三(四).c")
def test_of_64_at_once_one_gets_the_last_place(crowd: Bench) -> None:
    """Two of three places are taken; 64 decisions on 64 businesses come together."""
    for _ in range(2):
        make_recognition(recognised_on=FIRST_DAY)
    cases = [crowd.case("proposed", decided_category="renowned", category_reason="有据") for _ in range(TOGETHER)]
    for one in cases:
        Visit.objects.create(
            application=one,
            planned_on=FIRST_DAY,
            planned_by=crowd.clerk,
            visitor=crowd.visitor,
            client_key=uuid.uuid4(),
            started_at=clock.now(),
            sent_at=clock.now(),
            note="情况属实",
        )
    notice = crowd.noticed(*cases)
    Application.objects.update(state="deciding")
    day = notice.closes_on + DAY

    def decision(one: Application) -> Callable[[], object]:
        return on(
            day, lambda: deciding.recognise(by=crowd.approver, application=one, version=one.version, reason="有据")
        )

    found = together(*map(decision, notice.applications.all()))
    given = [one for one in found if isinstance(one, Recognition)]
    refused = [one for one in found if isinstance(one, Refusal)]
    assert (len(given), len(refused)) == (1, TOGETHER - 1), [str(one) for one in found]
    assert all("数量已满" in one.message for one in refused)
    assert Recognition.objects.unended().count() == 3
    assert {one.last for one in NumberSeries.objects.all()} == {1}


def test_a_double_click_gives_one_title_and_one_event(crowd: Bench) -> None:
    case = crowd.deciding()
    day = case.notices.get().closes_on + DAY
    again = on(
        day,
        lambda: deciding.recognise(by=crowd.approver, application=case, version=case.version, reason="有据"),
    )
    found = together(*[again] * 4)
    assert len([one for one in found if isinstance(one, Recognition)]) == 1
    assert Recognition.objects.count() == 1
    assert Event.objects.filter(verb="recognitions.give_title").count() == 1
    assert Event.objects.filter(verb="recognition.recognise").count() == 1
    assert {one.last for one in NumberSeries.objects.all()} == {1}


def test_a_phone_that_sends_twice_at_once_is_kept_once(crowd: Bench) -> None:
    (visit,) = crowd.planned(crowd.case("visiting"))
    seen = seen_of(visit)
    send = on(FIRST_DAY, lambda: visiting.record_visit(by=crowd.visitor, visit=visit, seen=seen))
    found = together(*[send] * 4)
    assert all(isinstance(one, Visit) for one in found)
    assert Visit.objects.get().photos.count() == 1
    assert Event.objects.filter(verb="recognitions.record_visit").count() == 1
