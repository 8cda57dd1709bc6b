"""Monthly briefs 简报 and yearly reports: what they say, taken from a snapshot, so that the numbers are the pages'."""

import datetime
from dataclasses import dataclass
from typing import Self

from django.template.loader import render_to_string

from jieti.accounts.models import Jurisdiction
from jieti.dashboards.figures import HIDDEN_MEANS, Figure
from jieti.dashboards.models import Snapshot

MONTHLY, YEARLY = "reports/monthly.txt", "reports/yearly.txt"
OF_A_MONTH = ("tiers", "towns", "objections", "campaign", "quota", "reach")
"""What a brief tells; a yearly report tells everything."""


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a year, from `start` until before `end`."""

    start: datetime.date
    end: datetime.date
    is_year: bool

    @classmethod
    def month(cls, year: int, number: int) -> Self:
        """A calendar month, 1 to 12."""
        start = datetime.date(year, number, 1)
        return cls(start, (start + datetime.timedelta(days=31)).replace(day=1), is_year=False)

    @classmethod
    def whole_year(cls, year: int) -> Self:
        """A calendar year."""
        return cls(datetime.date(year, 1, 1), datetime.date(year + 1, 1, 1), is_year=True)

    @property
    def key(self) -> str:
        """2026 or 2026-11."""
        return str(self.start.year) if self.is_year else f"{self.start:%Y-%m}"

    @property
    def title(self) -> str:
        return f"{self.start.year}年年度报告" if self.is_year else f"{self.start.year}年{self.start.month}月简报"


@dataclass(frozen=True, slots=True)
class Report:
    """What stands on the paper: paragraphs, then each figure with its definition and table, then notes."""

    title: str
    issuer: str
    day: datetime.date
    paragraphs: tuple[str, ...]
    figures: tuple[Figure, ...]
    notes: tuple[str, ...]

    @property
    def date_text(self) -> str:
        """2026年11月22日."""
        return f"{self.day.year}年{self.day.month}月{self.day.day}日"


def report_of(snapshot: Snapshot, period: Period) -> Report:
    """The report of a period from its last snapshot."""
    every = snapshot.all_figures
    keys = every if period.is_year else [key for key in every if key.partition("-")[0] in OF_A_MONTH]
    figures = tuple(every[key] for key in keys if every[key].rows)
    place = snapshot.jurisdiction.name
    context = {"place": place, "period": period, "taken": snapshot.taken_on, "figures": every} | _numbers(every)
    text = render_to_string(YEARLY if period.is_year else MONTHLY, context)
    hidden = any(figure.has_hidden for figure in figures)
    return Report(
        title=f"{place}个体工商户{period.title}",
        issuer=place,
        day=snapshot.taken_on,
        paragraphs=tuple(line.strip() for line in text.splitlines() if line.strip()),
        figures=figures,
        notes=(HIDDEN_MEANS,) if hidden else (),
    )


def months_of(jurisdiction: Jurisdiction) -> list[tuple[Period, datetime.date]]:
    """The months of which there is a snapshot, with the day of the last one, the newest first."""
    last: dict[str, tuple[Period, datetime.date]] = {}
    for day in Snapshot.objects.of(jurisdiction).order_by("taken_on").values_list("taken_on", flat=True):
        period = Period.month(day.year, day.month)
        last[period.key] = (period, day)
    return list(reversed(last.values()))


def years_of(jurisdiction: Jurisdiction) -> list[tuple[Period, datetime.date]]:
    """The years likewise."""
    last = {day.year: day for _, day in reversed(months_of(jurisdiction))}
    return [(Period.whole_year(year), day) for year, day in reversed(last.items())]


def _numbers(figures: dict[str, Figure]) -> dict[str, object]:
    """What the templates name: the last year's tiers, the median life, the campaign's end."""
    tiers, survival, quota = figures.get("tiers"), figures.get("survival"), figures.get("quota")
    last = tiers.rows[-1] if tiers and tiers.rows else None
    named = list(zip(tiers.headers[1:], last[1:], strict=True)) if tiers and last else []
    return {
        "year": last[0] if last else "",
        "counts": [(label, count) for label, count in named[:-1]],
        "total": last[-1] if last else None,
        "median": survival.rows[-1][1] if survival and survival.rows else "",
        "quota": {str(row[0]): row[1] for row in quota.rows} if quota else {},
    }
