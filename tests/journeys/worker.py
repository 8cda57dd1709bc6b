"""The site's worker, as far as a test needs it: takes what is queued, does it, and goes home."""

import asyncio
import threading
from collections.abc import Callable

from django.db import connection, connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.job_context import JobContext
from procrastinate.periodic import PeriodicRegistry
from procrastinate.sql import queries
from procrastinate.worker import Worker

PATIENCE = 50.0


def work(*queues: str) -> None:
    """Does everything that is queued and due, in a thread of its own, as `jieti serve`'s worker would.

    What is due by the time of day is left out: no test shall depend on the minute in which it runs.
    """
    thread = threading.Thread(target=lambda: asyncio.run(_until_idle(queues)))
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), "the worker does not come to an end"


def empty_queue() -> None:
    """Forgets every job and worker; Django's flush leaves the queue's tables alone."""
    with connection.cursor() as cursor:
        cursor.execute("truncate procrastinate_jobs, procrastinate_workers restart identity cascade")


def bring_forward() -> None:
    """What was put off is due now."""
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set scheduled_at = null where status = 'todo'")


def take_and_die(queue: str, *, silent_for: int) -> None:
    """A worker takes the next job and is never heard of again; its last sign of life is so many seconds old."""
    with connection.cursor() as cursor:
        cursor.execute(queries["register_worker"])
        (worker,) = cursor.fetchone()
        cursor.execute(queries["fetch_job"], {"queues": [queue], "worker_id": worker})
        assert cursor.fetchone()[0] is not None, "there is a job to take"
        cursor.execute(
            "update procrastinate_workers set last_heartbeat = now() - make_interval(secs => %s) where id = %s",
            [silent_for, worker],
        )


async def _until_idle(queues: tuple[str, ...]) -> None:
    assert isinstance(app.connector, DjangoConnector)
    own = app.with_connector(app.connector.get_worker_connector())
    own.periodic_registry = PeriodicRegistry()  # type: ignore[no-untyped-call]
    async with own.open_async():
        await own.run_worker_async(
            queues=list(queues),
            wait=False,
            listen_notify=False,
            install_signal_handlers=False,
            task_middleware=[_leaves_no_connection],
        )


def _leaves_no_connection(call_next: Callable[[], object], context: JobContext, worker: Worker) -> object:
    try:
        return call_next()
    finally:
        connections.close_all()
