"""What the facts of a business will be on later days if nothing happens but what is already known."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rulecore.explain.timeline import Facts, Timeline
from rulecore.model import Fact, Scalar
from rulecore.plan import Physical, physical

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Event:
    """From the day `on` the fact has this value (of the fact contract), because of `reason` (Chinese)."""

    fact: str
    value: Scalar | None
    on: datetime.date
    reason: str


class Course:
    """The facts on each day from the basis date on, physical.

    With `renewing`, facts of the prior year (`period: prior_year`) are unknown again from each 1 January on, unless an
    event of that year gives them; from the day after its `deadline` one that has not come counts as its `no_row`.
    Without it they stay what they are: the question is then what waiting alone would change.
    """

    def __init__(self, timeline: Timeline, facts: Facts, events: Sequence[Event], *, renewing: bool) -> None:
        self._timeline = timeline
        self._facts = facts
        self._renewing = renewing
        plan = timeline.start.plan
        self._as_of = plan.as_of
        self._known = plan.facts
        later = [event for event in events if event.on > self._as_of and event.fact in plan.facts]
        self.events = sorted(later, key=lambda event: event.on)

    def facts_on(self, day: datetime.date) -> dict[str, Physical | None]:
        """The facts on `day`, a day not before the basis date."""
        facts = dict(self._facts)
        if day.year > self._as_of.year:
            facts |= {fact.key: self._renewed(fact, day) for fact in self.renewed}
        for event in self.events:
            if event.on <= day and self._still_holds(event, day):
                fact = self._known[event.fact]
                facts[fact.key] = None if event.value is None else physical(event.value, fact.type)
        return facts

    @cached_property
    def renewed(self) -> tuple[Fact, ...]:
        """The facts that each 1 January makes unknown."""
        return tuple(fact for fact in self._known.values() if fact.period and self._renewing)

    def _renewed(self, fact: Fact, day: datetime.date) -> Physical | None:
        late = fact.deadline is not None and day > datetime.date(day.year, *fact.deadline)
        missing = fact.derivation.no_row
        return physical(missing, fact.type) if late and missing is not None else None

    def _still_holds(self, event: Event, day: datetime.date) -> bool:
        return self._known[event.fact] not in self.renewed or event.on.year == day.year

    def turning_days(self, until: datetime.date) -> list[datetime.date]:
        """Every day after the basis date, up to `until`, on which what the facts say can differ from the day before."""
        breaks = {day for day in self._breaks(until) if self._as_of < day <= until}
        versions = [self.facts_on(day) for day in (self._as_of, *sorted(breaks))]
        moving = list(self._timeline.moving)
        distinct = {tuple(version[fact] for fact in moving): version for version in versions}
        turns = {day for version in distinct.values() for day in self._timeline.turns(version, until)}
        return sorted(breaks | turns)

    def _breaks(self, until: datetime.date) -> Iterator[datetime.date]:
        yield from (event.on for event in self.events)
        if self.renewed:
            for year in range(self._as_of.year + 1, until.year + 1):
                yield datetime.date(year, 1, 1)
                yield from (datetime.date(year, *f.deadline) + _DAY for f in self.renewed if f.deadline)
