"""The picture as it was taken: pages read the newest, reports the last of their month or year."""

from datetime import date
from typing import Self

from django.db import models

from jieti.accounts.models import Jurisdiction
from jieti.dashboards.figures import Figure
from jieti.kit.models import TimeStamped


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)

    def newest(self) -> "Snapshot | None":
        return self.order_by("-taken_on").first()

    def last_of(self, start: date, end: date) -> "Snapshot | None":
        """The last one taken from `start` until before `end`."""
        return self.filter(taken_on__gte=start, taken_on__lt=end).newest()


class Snapshot(TimeStamped):
    """The figures of a jurisdiction on a day, with small counts already hidden: nothing else is ever shown.

    `figures` are `dashboards.figures.Figure` as JSON; `basis` names what was newest when they were counted, so that
    the same is not counted twice.
    """

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="snapshots"
    )
    taken_on = models.DateField("统计日期")
    taken_at = models.DateTimeField("统计时间")
    basis = models.CharField("依据", max_length=100)
    figures = models.JSONField("统计结果", default=list)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = "统计快照"
        verbose_name_plural = "统计快照"
        ordering = ("-taken_on",)
        constraints = (
            models.UniqueConstraint(fields=("jurisdiction", "taken_on"), name="dashboards_snapshot_once_a_day"),
        )

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.taken_on}"

    @property
    def all_figures(self) -> dict[str, Figure]:
        """The figures by key, in their order."""
        return {kept["key"]: Figure.of_json(kept) for kept in self.figures}
