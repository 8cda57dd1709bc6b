"""The year's board: each milestone of the rulebook's procedure, whose it is, where it stands. 正文三(一)."""

import datetime
from dataclasses import dataclass

from jieti.accounts.models import Jurisdiction
from jieti.domain.milestones import Milestone, MilestoneStatus, days_late, milestones, status
from jieti.kit import clock
from jieti.rulebooks.catalogue import procedure_of
from jieti.supervision.facts import is_declarable, is_ready, seen_done
from jieti.supervision.models import MilestoneDone
from jieti.supervision.people import Addressee, Bodies


@dataclass(frozen=True, slots=True)
class Line:
    """A milestone as it stands today.

    `owner` does it, `alarm` are told when it is late; both are None or empty where the bodies are not loaded.
    `declaration` is there where somebody declared it done; `is_seen` says that nobody needs to: only the system sees
    it, or has seen it already.
    """

    jurisdiction: Jurisdiction
    milestone: Milestone
    status: MilestoneStatus
    done_on: datetime.date | None
    late: int
    owner: Addressee | None
    alarm: tuple[Addressee, ...]
    declaration: MilestoneDone | None
    is_seen: bool

    @property
    def owner_label(self) -> str:
        return self.owner.label if self.owner else self.milestone.owner


def board(jurisdiction: Jurisdiction, year: int) -> list[Line]:
    """Every milestone of the year, in the order of their days."""
    declared = {one.key: one for one in MilestoneDone.objects.of(jurisdiction, year).select_related("declared_by")}
    bodies = Bodies(jurisdiction)
    return [_line(bodies, jurisdiction, one, declared.get(one.key)) for one in milestones_of(jurisdiction, year)]


def milestones_of(jurisdiction: Jurisdiction, year: int) -> tuple[Milestone, ...]:
    """The milestones that the jurisdiction's rulebook sets for a year."""
    return milestones(procedure_of(jurisdiction), year)


def _line(bodies: Bodies, jurisdiction: Jurisdiction, one: Milestone, declaration: MilestoneDone | None) -> Line:
    today = clock.today()
    seen_on = seen_done(jurisdiction, one)
    done_on = seen_on or (declaration.done_on if declaration else None)
    return Line(
        jurisdiction=jurisdiction,
        milestone=one,
        status=status(one, today, done_on, ready=is_ready(jurisdiction, one)),
        done_on=done_on,
        late=days_late(one, today, done_on),
        owner=bodies.named(one.owner),
        alarm=bodies.all_named(one.alarm),
        declaration=declaration,
        is_seen=declaration is None and (seen_on is not None or not is_declarable(one.key)),
    )
