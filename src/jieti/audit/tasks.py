"""Background work, by procrastinate's worker."""

from procrastinate.contrib.django import app

from jieti.audit.actions import close_day as close

EVERY_HOUR = "5 * * * *"


@app.periodic(cron=EVERY_HOUR)
@app.task(name="audit.close_day", queue="audit", lock="audit.close_day", pass_context=False)
def close_day(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells for which hour it calls
    """Asked every hour; does something once, in a new day's first hour in which the worker runs."""
    close(by=None)
