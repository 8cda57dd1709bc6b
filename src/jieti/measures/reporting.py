"""The quarterly report of each department: what it answers for, and how far it reached (附件二)."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Sum

from jieti.accounts.models import Jurisdiction
from jieti.measures.models import Measure, ReachBatch, ReachEvent


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of a year, 1 to 4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: datetime.date) -> "Quarter":
        """The quarter in which a day lies."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def first(self) -> datetime.date:
        return datetime.date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> datetime.date:
        after = self.next
        return datetime.date(after.year, 3 * after.number - 2, 1) - datetime.timedelta(days=1)

    @property
    def next(self) -> "Quarter":
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def previous(self) -> "Quarter":
        return Quarter(self.year - (self.number == 1), (self.number - 2) % 4 + 1)

    def __str__(self) -> str:
        return f"{self.year}年第{self.number}季度"


@dataclass(frozen=True, slots=True)
class Row:
    """One department's one measure in the quarter: businesses told, and how many took each step."""

    department: str
    measure: Measure
    told: int
    steps: dict[str, int]


def report(jurisdiction: Jurisdiction, quarter: Quarter) -> list[Row]:
    """Every measure of every department in the quarter, those of which nothing happened too, the lead first."""
    days = (quarter.first, quarter.last)
    batches = ReachBatch.objects.told().filter(measure__jurisdiction=jurisdiction, on__range=days)
    told = dict(batches.order_by().values_list("measure").annotate(total=Sum("businesses")))
    events = ReachEvent.objects.of(jurisdiction).filter(on__range=days).order_by()
    steps: dict[int, dict[str, int]] = {}
    for measure, kind, count in events.values_list("measure", "kind").annotate(total=Count("business", distinct=True)):
        steps.setdefault(measure, {})[kind] = count
    return sorted(_rows(jurisdiction, quarter, told, steps), key=lambda row: (row.department, row.measure.order))


def _rows(
    jurisdiction: Jurisdiction, quarter: Quarter, told: dict[int, int], steps: dict[int, dict[str, int]]
) -> Iterator[Row]:
    for one in Measure.objects.of(jurisdiction):
        if one.retired_on is None or one.retired_on >= quarter.first:
            yield Row(one.lead_name or one.department, one, told.get(one.pk, 0), steps.get(one.pk, {}))
