"""Background work, by procrastinate's worker."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.job_context import JobContext

from jieti.notices.actions import SEND
from jieti.notices.sending import give_up_interrupted, send

ATTEMPTS = 5
WAIT = 60
"""Seconds before the second attempt; each further one waits as long again."""


@app.task(name=SEND, queue="notices", retry=RetryStrategy(max_attempts=ATTEMPTS, linear_wait=WAIT), pass_context=True)
def send_dispatch(context: JobContext, dispatch_id: int) -> None:
    """Sends one notice to one address; a failure is tried again, and given up in the end."""
    send(dispatch_id, is_last_attempt=context.job.attempts >= ATTEMPTS)


@app.periodic(cron="37 * * * *")
@app.task(name="notices.give_up_interrupted", queue="notices", queueing_lock="notices.give_up_interrupted")
def close_interrupted(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """Closes what was being sent when a worker died."""
    give_up_interrupted()
