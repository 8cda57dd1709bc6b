"""Background work, by procrastinate's worker. Its clock is UTC: the hour comes round, the day is `kit.clock`'s.

Everything is told once however often a task runs; each soon after a full hour, so that a day's first alarms go out just
after midnight in Asia/Shanghai.
"""

from collections.abc import Iterable

from procrastinate.contrib.django import app

from jieti.accounts.models import Jurisdiction
from jieti.supervision import alarms, announcing, obligations, reminding, watching
from jieti.supervision.effects import trace_all


@app.periodic(cron="2 * * * *")
@app.task(name="supervision.raise_alarms", queue="supervision", queueing_lock="supervision.raise_alarms")
def raise_alarms(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """Milestones that are due soon or late."""
    for district in _districts():
        alarms.raise_alarms(district)


@app.periodic(cron="4 * * * *")
@app.task(name="supervision.watch", queue="supervision", queueing_lock="supervision.watch")
def watch(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """What the register and the proprietors wait for."""
    for district in _districts():
        watching.watch(district)


@app.periodic(cron="*/10 * * * *")
@app.task(name="supervision.announce", queue="supervision", queueing_lock="supervision.announce")
def announce(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """Published results, and deadlines that are certain now."""
    for district in _districts():
        announcing.announce(district)


@app.periodic(cron="6 * * * *")
@app.task(name="supervision.remind", queue="supervision", queueing_lock="supervision.remind")
def remind(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """Proprietors whose report is missing or whose result is about to change."""
    for district in _districts():
        reminding.remind(district)


@app.periodic(cron="8 * * * *")
@app.task(name="supervision.trace_effects", queue="supervision", queueing_lock="supervision.trace_effects")
def trace_effects(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """What corrected facts have changed or would change in published results."""
    for district in _districts():
        trace_all(district)


@app.periodic(cron="9 * * * *")
@app.task(name="supervision.follow_measures", queue="supervision", queueing_lock="supervision.follow_measures")
def follow_measures(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """Duties of measures that were published, loaded or retired."""
    for district in _districts():
        obligations.follow(district)


def _districts() -> Iterable[Jurisdiction]:
    return Jurisdiction.objects.filter(level=Jurisdiction.Level.DISTRICT).select_related("parent")
