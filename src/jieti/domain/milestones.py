"""The year as data: what is due when, whose it is, and who is told when it is late (正文三(一), AMB-16, AMB-17).

The dates are the rulebook's: its `phases`, and its `milestones` for what is due between them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jieti.domain.terms import Term


class MilestoneStatus(Term):
    """Where a milestone stands on a day."""

    UPCOMING = "upcoming", "未开始"
    OPEN = "open", "进行中"
    DONE = "done", "已完成"
    OVERDUE = "overdue", "已逾期"


@dataclass(frozen=True, slots=True)
class Milestone:
    """One thing of the year ``year``. ``opens`` and ``due`` are both included.

    Without a due day it is never late; without an opening day it is open as soon as what it ``requires`` is there.

    ``owner`` is the key of the organisation that does it, ``alarm`` the keys of organisations and roles told when it is
    late. ``requires`` names what must be there before it may open. ``internal``: the day is the district's own.
    """

    key: str
    title: str
    year: int
    opens: date | None
    due: date | None
    owner: str
    clause: str
    alarm: tuple[str, ...] = ()
    requires: str = ""
    internal: bool = False

    def holds(self, day: date) -> bool:
        """Whether the day lies within it: the gate of a phase."""
        return (self.opens is None or self.opens <= day) and (self.due is None or day <= self.due)

    @property
    def last_day(self) -> date:
        """The day by which it is to be done; the opening day of what has no end."""
        return self.due or self.opens or date(self.year, 12, 31)


def milestones(procedure: Mapping[str, Any], year: int) -> tuple[Milestone, ...]:
    """The milestones of a year in the order of their days. Phases that are not held (`closed`) are left out.

    A phase marked `next_year` lies in the year after, as the benefits of a year's recognitions do.
    """
    entries = {**procedure.get("phases", {}), **procedure.get("milestones", {})}
    found = [_milestone(key, entry, year) for key, entry in entries.items() if not entry.get("closed")]
    return tuple(sorted(found, key=lambda one: (one.last_day, one.key)))


def milestone(procedure: Mapping[str, Any], key: str, year: int) -> Milestone:
    """The one of this key. Raises ``KeyError`` when the rulebook does not hold it."""
    found = next((one for one in milestones(procedure, year) if one.key == key), None)
    if found is None:
        raise KeyError(key)
    return found


def status(one: Milestone, today: date, done_on: date | None = None, *, ready: bool = True) -> MilestoneStatus:
    """Where it stands; what is done is done, however late (`days_late` says how late).

    ``ready`` says whether what it ``requires`` is there: until then it is upcoming, and yet overdue after its day.
    """
    if done_on is not None:
        return MilestoneStatus.DONE
    if one.due is not None and today > one.due:
        return MilestoneStatus.OVERDUE
    return MilestoneStatus.OPEN if ready and one.holds(today) else MilestoneStatus.UPCOMING


def days_late(one: Milestone, today: date, done_on: date | None = None) -> int:
    """Whole days past the due day, 0 if in time."""
    return max(0, ((done_on or today) - one.due).days) if one.due else 0


def _milestone(key: str, entry: Mapping[str, Any], year: int) -> Milestone:
    of = year + 1 if entry.get("next_year") else year
    due = month_day(of, entry["to"]) if "to" in entry else None
    return Milestone(
        key=key,
        title=entry["label"],
        year=year,
        opens=month_day(of, entry["from"]) if "from" in entry else None,
        due=due,
        owner=entry.get("owner", ""),
        clause=entry["clause"],
        alarm=tuple(entry.get("alarm", ())),
        requires=entry.get("requires", ""),
        internal=bool(entry.get("internal")),
    )


def month_day(year: int, text: str) -> date:
    """`02-29` is the last day of February in other years."""
    month, day = (int(part) for part in text.split("-"))
    if (month, day) == (2, 29):
        return date.fromordinal(date(year, 3, 1).toordinal() - 1)
    return date(year, month, day)
