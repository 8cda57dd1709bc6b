"""Tasks of the worker: each goes by a name of its own, and a finished day is closed without anybody asking."""

import asyncio
from datetime import timedelta

import pytest
from django.conf import settings
from procrastinate.middleware import compose

from jieti.audit.digests import closed_days
from jieti.audit.models import Event
from jieti.audit.tasks import close_day
from jieti.kit import request_id
from tests.audit.tampering import FIRST, NOON, at, deeds, unguarded

pytestmark = pytest.mark.django_db


def test_every_task_has_its_own_request_name() -> None:
    async def task() -> list[str]:
        return [request_id.current() for _ in range(2)]

    async def job() -> list[str]:
        (around,) = settings.PROCRASTINATE_WORKER_DEFAULTS["worker_middleware"]
        found: list[str] = await compose([around], task, None, None)()
        return found

    outside = request_id.current()
    (first, again), (second, once_more) = asyncio.run(job()), asyncio.run(job())
    assert first == again != second == once_more
    assert outside not in {first, second}


def test_the_hourly_task_closes_a_finished_day_once(monkeypatch: pytest.MonkeyPatch) -> None:
    unguarded("delete from audit_event")
    at(monkeypatch, NOON)
    deeds()
    close_day(0)
    assert closed_days() == []
    at(monkeypatch, NOON + timedelta(days=1))
    for _ in range(2):
        close_day(0)
    assert [one.day for one in closed_days()] == [FIRST]
    assert Event.objects.filter(verb="audit.close_day").count() == 1
