"""Background work, by procrastinate's worker."""

from procrastinate.contrib.django import app

from jieti.accounts.models import Jurisdiction
from jieti.measures.authoring import QUEUE, TASK, bring_up
from jieti.measures.matching import follow
from jieti.measures.models import Measure
from jieti.measures.telling import tell


@app.task(name=TASK, queue=QUEUE, lock=TASK)
def follow_one(jurisdiction: str) -> None:
    """Brings a jurisdiction's measures to today, matches what has changed since, and tells whom it concerns."""
    home = Jurisdiction.objects.get(pk=jurisdiction)
    bring_up(jurisdiction=home)
    if follow(jurisdiction=home) is not None:
        tell(by=None, jurisdiction=home)


@app.periodic(cron="*/5 * * * *")
@app.task(name="measures.follow_all", queue=QUEUE, lock=TASK)
def follow_all(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """After every publication, delivery, recognition and change of a measure; and once on every new day."""
    for home in Jurisdiction.objects.filter(measures__in=Measure.objects.in_force()).distinct():
        follow_one(home.pk)
