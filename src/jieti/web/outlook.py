"""What lies ahead of a result: the ways to a better one, and the days on which it changes by itself."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from jieti.kit import clock
from rulecore.explain import Change, Counterfactual, Counterfactuals, Explanation, Turn
from rulecore.plan import Plan

FEW = 5
"""Ways that a proprietor is shown."""
ANNUAL_REPORT = "annual_report_filed"
_TAGS = {"owner": "doing", "time": "good", "department": "warn"}


@dataclass(frozen=True)
class Item:
    """One change of a way, as the page shows it."""

    change: Change

    @property
    def tag(self) -> str:
        """The word by which the style sheet knows who can bring the change."""
        return _TAGS[self.change.kind]

    @property
    def needed(self) -> str:
        """What the fact has to be, without the engine's 应为."""
        return self.change.needed_text.removeprefix("应为")


@dataclass(frozen=True)
class Way:
    """One way to a better result: what it takes besides what every way takes."""

    leads_to: str
    items: tuple[Item, ...]
    assumes: tuple[str, ...]


@dataclass(frozen=True)
class Ways:
    """The ways to `target` or above, simplest first: all that are listed need `shared`; `more` are not listed."""

    target: str
    shared: tuple[Item, ...]
    ways: tuple[Way, ...]
    more: int
    unpublished: tuple[str, ...]

    @property
    def total(self) -> int:
        return len(self.ways) + self.more


@dataclass(frozen=True)
class Turning:
    """A day of change; `report_by` is the day by which the annual report prevents it, where that is the cause."""

    turn: Turn
    is_threat: bool
    report_by: datetime.date | None

    @property
    def report_year(self) -> int | None:
        """The year that the report is about: the one before it is due (附件一(三)1)."""
        return self.report_by.year - 1 if self.report_by else None


def ways(found: Counterfactuals | None, *, most: int | None = None) -> Ways | None:
    """The ways to a better result, at most `most` of them; None when nothing is above it."""
    if found is None:
        return None
    listed = found.sets[:most]
    shared = _shared(listed)
    return Ways(
        target=found.target_label,
        shared=tuple(map(Item, shared)),
        ways=tuple(_way(item, shared) for item in listed),
        more=len(found.sets) - len(listed),
        unpublished=found.unpublished,
    )


def turnings(plan: Plan, explanation: Explanation) -> list[Turning]:
    """The next change from today on, and the one after it when it is a threat; later ones hang on too much."""
    today = clock.today()
    coming = [_turning(plan, explanation, turn) for turn in explanation.forecast if turn.on > today]
    return coming[:1] + [turning for turning in coming[1:2] if turning.is_threat]


def _shared(sets: Sequence[Counterfactual]) -> tuple[Change, ...]:
    """The changes that each of several ways takes."""
    if len(sets) < 2:
        return ()
    return tuple(change for change in sets[0].changes if all(change in item.changes for item in sets))


def _way(item: Counterfactual, shared: tuple[Change, ...]) -> Way:
    items = tuple(Item(change) for change in item.changes if change not in shared)
    return Way(item.leads_to_text, items, item.assumes)


def _turning(plan: Plan, explanation: Explanation, turn: Turn) -> Turning:
    rank = plan.outcomes.index
    is_threat = max(map(rank, turn.after)) < min(map(rank, explanation.possible))
    return Turning(turn, is_threat, _report_by(plan, turn) if is_threat else None)


def _report_by(plan: Plan, turn: Turn) -> datetime.date | None:
    """The deadline of the annual report, when the day after it brings the change and the report is a reason."""
    fact, eve = plan.facts.get(ANNUAL_REPORT), turn.on - datetime.timedelta(days=1)
    if fact is None or fact.deadline != (eve.month, eve.day):
        return None
    return eve if any(fact.label in reason for reason in turn.reasons) else None
