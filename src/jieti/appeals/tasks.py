"""Background work, by procrastinate's worker."""

from procrastinate.contrib.django import app

from jieti.appeals import reminding


@app.periodic(cron="7 * * * *")
@app.task(name="appeals.remind", queue="appeals")
def remind(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """Tells of deadlines that are near or over; each is told once, so that every hour is as good as once a day."""
    reminding.remind()


@app.periodic(cron="37 * * * *")
@app.task(name="appeals.sweep", queue="appeals")
def sweep(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """Takes away files of objections that were begun and never filed."""
    reminding.sweep()
