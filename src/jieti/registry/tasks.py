"""Background work, by procrastinate's worker."""

import datetime

from django.db.models import Q
from django.db.models.functions import Now
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.job_context import JobContext
from procrastinate.utils import utcnow

from jieti.registry.actions import LOAD_TASK, TASK, give_up_loading, load_confirmed
from jieti.registry.models import Delivery
from jieti.registry.reading import give_up, read_delivery
from jieti.registry.sweeping import sweep

RETRIES = 3
MOST_ATTEMPTS = 5
"""A job whose worker died this often is what kills the workers."""
SILENCE = datetime.timedelta(seconds=30)
"""A worker without a sign of life for this long is dead; signs come every ten seconds."""
_GIVE_UP = {TASK: give_up, LOAD_TASK: give_up_loading}


@app.task(name=TASK, queue="registry", retry=RetryStrategy(max_attempts=RETRIES, wait=10), pass_context=True)
def read(context: JobContext, delivery_id: int) -> None:
    """Reads a delivery; a fault of the system is tried again, and in the end the delivery is refused."""
    delivery = Delivery.objects.get(pk=delivery_id)
    try:
        read_delivery(delivery)
    except Exception:
        if context.job.attempts >= RETRIES:
            give_up(delivery)
        raise


@app.task(name=LOAD_TASK, queue="registry", retry=RetryStrategy(max_attempts=RETRIES, wait=10), pass_context=True)
def load(context: JobContext, delivery_id: int, follow_up: str) -> None:
    """Loads a confirmed delivery; a fault of the system is tried again, and in the end it waits to be confirmed again.

    A worker that is killed leaves nothing of it: all is one transaction.
    """
    delivery = Delivery.objects.get(pk=delivery_id)
    try:
        load_confirmed(delivery=delivery, follow_up=follow_up)
    except Exception:
        if context.job.attempts >= RETRIES:
            give_up_loading(delivery=delivery)
        raise


@app.periodic(cron="* * * * *")
@app.task(name="registry.requeue_stalled", queue="registry")
def requeue_stalled(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """Frees the jobs of workers that died, of whichever queue, so that they are done from the start."""
    # Signs of life are told in the database's own time, whatever day the site is set to.
    silent = Q(worker=None) | Q(worker__last_heartbeat__lt=Now() - SILENCE)
    for job in ProcrastinateJob.objects.filter(silent, status="doing"):
        if job.attempts >= MOST_ATTEMPTS and job.task_name in _GIVE_UP:
            _GIVE_UP[job.task_name](delivery=Delivery.objects.get(pk=job.args["delivery_id"]))
        app.job_manager.retry_job_by_id(job.pk, retry_at=utcnow())


@app.periodic(cron="17 * * * *")
@app.task(name="registry.sweep", queue="registry")
def sweep_leftovers(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """Takes away what processes that died have left on the disk."""
    sweep(older_than=datetime.timedelta(days=1))
