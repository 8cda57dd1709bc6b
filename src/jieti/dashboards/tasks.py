"""Background work, by procrastinate's worker."""

from procrastinate.contrib.django import app

from jieti.accounts.models import Jurisdiction
from jieti.dashboards import actions


@app.periodic(cron="*/10 * * * *")
@app.task(name="dashboards.follow", queue="dashboards", queueing_lock="dashboards.follow")
def follow(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """The picture after a publication, a decision or a delivery, and once a day."""
    for district in Jurisdiction.objects.filter(level=Jurisdiction.Level.DISTRICT):
        actions.follow(by=None, jurisdiction=district)
