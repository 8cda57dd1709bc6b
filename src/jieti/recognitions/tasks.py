"""Background work, by procrastinate's worker. Its clock is UTC: the hour comes round, the day is `kit.clock`'s.

Everything happens once however often a task runs, so that every hour is as good as once a day.
"""

from collections.abc import Iterable

from procrastinate.contrib.django import app

from jieti.accounts.models import Jurisdiction
from jieti.recognitions import title_calendar, watching


@app.periodic(cron="3 * * * *")
@app.task(name="recognitions.turn", queue="recognitions", queueing_lock="recognitions.turn")
def turn(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """Titles that expire, evaluations that begin, reports to remind of, deadlines that are near or over."""
    for district in _districts():
        title_calendar.turn(district)


@app.periodic(cron="*/10 * * * *")
@app.task(name="recognitions.watch", queue="recognitions", queueing_lock="recognitions.watch")
def watch(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """Every live title held against what was delivered since the last time."""
    for district in _districts():
        watching.follow(district)


def _districts() -> Iterable[Jurisdiction]:
    return Jurisdiction.objects.filter(level=Jurisdiction.Level.DISTRICT).select_related("parent")
