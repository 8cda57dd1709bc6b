"""Gives a directory that was published by an early version its year-by-year history and its first publication."""

from django.core.management.base import BaseCommand

from jieti.accounts.models import Jurisdiction
from jieti.directory.backfilling import backfill


class Command(BaseCommand):
    """`jieti manage backfill_directory`: once after an upgrade; again it changes nothing."""

    help = "write the history and the first publication of a directory that was published before either was kept"

    def handle(self, *_args: object, **_options: object) -> None:
        """Every jurisdiction, one line each."""
        for jurisdiction in Jurisdiction.objects.order_by("pk"):
            done = backfill(by=None, jurisdiction=jurisdiction)
            published = "，名录已首次发布" if done.is_published else ""
            self.stdout.write(f"{jurisdiction.name}：补记{done.versions}条历年分型{published}")
