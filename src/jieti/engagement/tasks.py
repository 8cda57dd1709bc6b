"""Background work, by procrastinate's worker."""

from procrastinate.contrib.django import app

from jieti.engagement import reminding


@app.periodic(cron="47 * * * *")
@app.task(name="engagement.remind", queue="engagement")
def remind(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """Tells of deadlines and escalates; each is told once, so that every hour is as good as once a day."""
    reminding.remind()


@app.periodic(cron="52 19 * * *")
@app.task(name="engagement.sweep", queue="engagement")
def sweep(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """Takes away files that belong to no grievance."""
    reminding.sweep()
