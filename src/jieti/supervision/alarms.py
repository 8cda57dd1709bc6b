"""What is due soon and what is late, told to those whom the rulebook names; each threshold once. 正文三(一)."""

from django.urls import reverse

from jieti.accounts.models import Jurisdiction
from jieti.domain.milestones import MilestoneStatus
from jieti.kit import clock
from jieti.notices.actions import notify
from jieti.rulebooks.models import AnnualNorm
from jieti.supervision.board import Line, board
from jieti.supervision.people import Addressee

SOON_DAYS = (1, 3, 7)
"""Days before the due day, nearest first."""
AGAIN_DAYS = 7
"""As long as it is late, it is told again each week."""
DUE_SOON, OVERDUE = "milestone_due_soon", "milestone_overdue"
OVERDUE_NOTICE_KINDS = {"national_upload": "export_overdue"}
"""Milestones whose alarm has words of its own."""


def raise_alarms(jurisdiction: Jurisdiction) -> int:
    """Tells of every milestone that is due soon or late; how many notices are new. Any number of times a day."""
    return sum(_tell(line) for year in _years(jurisdiction) for line in board(jurisdiction, year))


def _years(jurisdiction: Jurisdiction) -> list[int]:
    """This year, and the last one where it was worked on here: a new site does not owe the years before it."""
    last = clock.today().year - 1
    return [last, last + 1] if AnnualNorm.objects.of(jurisdiction).approved().filter(year=last).exists() else [last + 1]


def _tell(line: Line) -> int:
    due = line.milestone.due
    if due is None or line.status == MilestoneStatus.DONE:
        return 0
    owner = [line.owner] if line.owner else []
    if line.status == MilestoneStatus.OVERDUE:
        kind = OVERDUE_NOTICE_KINDS.get(line.milestone.key, OVERDUE)
        week = (line.late - 1) // AGAIN_DAYS
        return _send(line, kind, to=[*owner, *line.alarm], days=line.late, which=f"late-{week}")
    days = (due - clock.today()).days
    threshold = next((one for one in SOON_DAYS if days <= one), None)
    return 0 if threshold is None else _send(line, DUE_SOON, to=owner, days=days, which=f"soon-{threshold}")


def _send(line: Line, kind: str, *, to: list[Addressee], days: int, which: str) -> int:
    one, jurisdiction = line.milestone, line.jurisdiction
    subject = f"milestone:{jurisdiction.pk}:{one.year}:{one.key}"
    values = {"title": one.title, "year": one.year, "due": one.due, "days": days}
    told = [
        notify(
            jurisdiction=jurisdiction,
            kind=kind,
            subject=subject,
            organisation=body.organisation,
            role=body.role,
            values=values | {"owner": line.owner_label},
            link=f"{reverse('officer:milestones')}?year={one.year}",
            once=f"{subject}:{which}:{body.organisation.pk}:{body.role}",
        )
        for body in dict.fromkeys(to)
    ]
    return sum(notice is not None for notice in told)
