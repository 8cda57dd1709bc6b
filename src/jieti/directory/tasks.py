"""Background work, by procrastinate's worker."""

from procrastinate.contrib.django import app

from jieti.accounts.models import Jurisdiction
from jieti.directory import actions, publications, registering, titles
from jieti.registry.models import Delivery


@app.task(name=publications.TASK, queue="directory")
def publish(jurisdiction: str, cause: str) -> None:
    """A new publication of a large directory."""
    publications.make(by=None, jurisdiction=Jurisdiction.objects.get(pk=jurisdiction), cause=cause)


@app.periodic(cron="*/10 * * * *")
@app.task(name="directory.follow_results", queue="directory", lock="directory.follow_results")
def follow_results(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """Issues again what became another result after its publication: late data, corrections."""
    actions.follow_results(by=None)


@app.periodic(cron="*/10 * * * *")
@app.task(name="directory.follow_titles", queue="directory", lock="directory.follow_titles")
def follow_titles(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time by name
    """The categories of titles that were published, ran out or ended."""
    titles.follow_titles(by=None)


@app.task(name=registering.TASK, queue="directory", lock=registering.TASK)
def follow(delivery_id: int) -> None:
    """The directory after an accepted delivery of the register."""
    actions.follow_register(by=None, delivery=Delivery.objects.select_related("jurisdiction").get(pk=delivery_id))
