"""What would have to be different for a better result: every minimal way, each change marked by who can bring it."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from rulecore.explain.cache import goal_of, timeline_of
from rulecore.explain.course import Course, Event
from rulecore.explain.reasons import reasons, turned
from rulecore.explain.search import Move, Way, merged, minimal, minimal_moves
from rulecore.explain.timeline import Facts, State, Timeline, View
from rulecore.explain.wording import date_text, plain, range_text, value_text
from rulecore.model import TIERS, Compare, CriterionRef, Expression, Fact, ParameterRef, Standard, walk
from rulecore.plan import Physical, Plan

HORIZON_DAYS = 1100
"""How far ahead waiting is considered, in days: three years and a little."""

KINDS: Mapping[str, str] = {
    "owner": "经营者可自行改变",
    "time": "随时间自动满足",
    "department": "需部门更正或提供",
}


@dataclass(frozen=True)
class Change:
    """One fact that would have to say something else, or (`kind` time) a day to wait for.

    `value` and `needed` are physical values (money in cents). `learned`: the fact is unknown now and would have to turn
    out so; `options` then has one value for each range in which it may lie, `needed` the first of them. `source` is the
    document that sets the threshold, `clause` where the requirement stands.
    """

    kind: str
    fact: str
    label: str
    value: Physical | None
    value_text: str
    needed: Physical | None
    needed_text: str
    criterion: str
    clause: str
    source: str
    supplier: str
    how: str
    type: str = "text"
    learned: bool = False
    options: tuple[Physical, ...] = ()
    on: datetime.date | None = None

    @property
    def kind_text(self) -> str:
        """经营者可自行改变, 随时间自动满足 or 需部门更正或提供."""
        return KINDS[self.kind]

    @property
    def brief(self) -> str:
        """The change in a few words."""
        if self.kind == "time":
            return self.needed_text
        return f"数据到位后{self.label}若{self.needed_text}" if self.learned else f"{self.label}{self.needed_text}"

    def as_json(self) -> dict[str, object]:
        """Plain data; keys as documented at `Explanation.as_json`."""
        return {
            "kind": self.kind,
            "kind_text": self.kind_text,
            "fact": self.fact,
            "label": self.label,
            "value": plain(self.type, self.value),
            "value_text": self.value_text,
            "needed": plain(self.type, self.needed),
            "needed_text": self.needed_text,
            "learned": self.learned,
            "options": plain(self.type, self.options),
            "criterion": self.criterion,
            "clause": self.clause,
            "source": self.source,
            "supplier": self.supplier,
            "how": self.how,
            "on": self.on.isoformat() if self.on else None,
        }


@dataclass(frozen=True)
class Counterfactual:
    """One minimal set of changes; after it, on `on` (None: now), only outcomes of `leads_to` are possible.

    `assumes` are labels of facts of the prior year that must by then still be what they are, when the wait crosses a
    year's end.
    """

    changes: tuple[Change, ...]
    leads_to: tuple[str, ...]
    leads_to_text: str
    on: datetime.date | None
    assumes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Plain data; keys as documented at `Explanation.as_json`."""
        return {
            "on": self.on.isoformat() if self.on else None,
            "leads_to": list(self.leads_to),
            "leads_to_text": self.leads_to_text,
            "assumes": list(self.assumes),
            "changes": [change.as_json() for change in self.changes],
        }


@dataclass(frozen=True)
class Counterfactuals:
    """Every minimal set of changes that leads to `target` or above; `unpublished` says which paths cannot be judged."""

    heading: str
    target: str
    target_label: str
    sets: tuple[Counterfactual, ...]
    unpublished: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Plain data; keys as documented at `Explanation.as_json`."""
        return {
            "target": self.target,
            "target_label": self.target_label,
            "sets": [item.as_json() for item in self.sets],
            "unpublished": list(self.unpublished),
        }


def counterfactuals(
    plan: Plan,
    facts: Mapping[str, Physical | None],
    *,
    target: str | None = None,
    events: Sequence[Event] = (),
    horizon_days: int = HORIZON_DAYS,
) -> Counterfactuals | None:
    """Every minimal set of changes that makes `target`, or better, certain.

    `facts` are physical, each fact of the plan a key; `target` is an outcome of the ladder, by default the one above
    the lowest possible now. A set is sufficient when after it nothing below the target is possible, whatever the
    remaining unknown facts and unpublished norms are. Waiting means the basis date moves on, at most `horizon_days`,
    with the facts as they are and the `events`. Never suggested: a fact that its rulebook marks `change: never`, a wish
    about a date that only time changes, another law, a number below an unpublished norm.

    Returns None when nothing is above what is certain.

    Raises:
        ValueError: the target is no outcome of the ladder.
    """
    timeline = timeline_of(plan)
    chosen = target or _next(plan, timeline.start.possible(timeline.start.states(facts).values()))
    if chosen is None:
        return None
    if chosen not in plan.outcomes:
        raise ValueError(f"{chosen} is none of {', '.join(plan.outcomes)}")
    course = Course(timeline, facts, events, renewing=False)
    until = plan.as_of + datetime.timedelta(days=horizon_days)
    ways = _ways(timeline, course, chosen, until)
    writer = _Writer(timeline, course)
    return Counterfactuals(
        heading="怎样可以到更高一型" if plan.standard.key == TIERS else "怎样可以达到",
        target=chosen,
        target_label=plan.standard.label(chosen),
        sets=tuple(sorted((writer.counterfactual(*way) for way in ways), key=_ease)),
        unpublished=tuple(_unpublished(plan, chosen)),
    )


def _next(plan: Plan, possible: tuple[str, ...]) -> str | None:
    above = plan.outcomes[plan.outcomes.index(possible[0]) + 1 :]
    return above[0] if above else None


def _ways(
    timeline: Timeline, course: Course, target: str, until: datetime.date
) -> list[tuple[Way, dict[str, tuple[State, ...]]]]:
    """The minimal ways, now or on a later day; none when nothing has to change."""
    start = timeline.start.plan.as_of
    found: list[Way] = []
    for day in (start, *course.turning_days(until)):
        view = timeline.on(day)
        sets = minimal_moves(view, goal_of(timeline, view, target), course.facts_on(day))
        found += [Way(None if day == start else day, moves) for moves in sets]
        if frozenset() in sets:
            break
    ways = [way for way in minimal(found, course.facts_on(start)) if way.moves or way.on]
    return merged(ways, timeline.start.facts)


def _ease(item: Counterfactual) -> tuple[object, ...]:
    """Few changes first, then those that need no department, then the soonest."""
    departments = sum(change.kind == "department" for change in item.changes)
    return len(item.changes), departments, item.on or datetime.date.min


def _unpublished(plan: Plan, target: str) -> Iterator[str]:
    """The norms that the target's own conditions name and that nobody has published."""
    named = {
        node.right.name: None
        for outcome in plan.standard.outcomes
        if outcome.key == target and outcome.when is not None
        for node in _expanded(plan.standard, outcome.when)
        if isinstance(node, Compare) and isinstance(node.right, ParameterRef)
    }
    for key in named:
        if key in plan.unset:
            parameter = plan.rulebook.parameters[key]
            yield f"{parameter.label}：当年认定标准尚未公布（{parameter.clause}），暂不能据此给出建议"


def _expanded(standard: Standard, item: Expression) -> Iterator[Expression]:
    for node in walk(item):
        yield node
        if isinstance(node, CriterionRef):
            yield from _expanded(standard, standard.criteria[node.name].when)


class _Writer:
    """Says a way in the words that an owner reads."""

    def __init__(self, timeline: Timeline, course: Course) -> None:
        self._timeline = timeline
        self._course = course
        self._plan = timeline.start.plan

    def counterfactual(self, way: Way, learned: Mapping[str, tuple[State, ...]]) -> Counterfactual:
        view = self._timeline.on(way.on or self._plan.as_of)
        facts = self._course.facts_on(view.plan.as_of)
        changes = [self._wait(way.on)] if way.on else []
        order = list(self._plan.facts)
        ordered = sorted(way.moves, key=lambda move: order.index(move.fact))
        changes += [self._change(view, facts, move, learned.get(move.fact)) for move in ordered]
        possible = self._after(view, facts, way, learned)
        return Counterfactual(
            changes=tuple(changes),
            leads_to=possible,
            leads_to_text="或".join(map(self._plan.standard.label, possible)),
            on=way.on,
            assumes=tuple(self._assumes(way)),
        )

    def _after(self, view: View, facts: Facts, way: Way, learned: Mapping[str, tuple[State, ...]]) -> tuple[str, ...]:
        states = view.states(facts) | {move.fact: move.state for move in way.moves}
        options = [[(fact, state) for state in found] for fact, found in learned.items()]
        reached = {key for choice in product(*options) for key in view.possible((states | dict(choice)).values())}
        return tuple(key for key in self._plan.outcomes if key in reached)

    def _assumes(self, way: Way) -> Iterator[str]:
        """Facts of the prior year, when by then the prior year is another one."""
        if way.on and way.on.year > self._plan.as_of.year:
            moved = {move.fact for move in way.moves}
            yield from (fact.label for fact in self._plan.facts.values() if fact.period and fact.key not in moved)

    def _change(self, view: View, facts: Facts, move: Move, learned: tuple[State, ...] | None) -> Change:
        fact = self._plan.facts[move.fact]
        found = reasons(view.plan, fact.key, facts[fact.key], move.value)
        nearest = min(found, key=lambda reason: reason.distance)
        return Change(
            kind="department" if learned else fact.change,
            fact=fact.key,
            label=fact.label,
            value=facts[fact.key],
            value_text=value_text(fact, facts[fact.key]),
            needed=move.value,
            needed_text=self._turned_out(view, fact, learned) if learned else nearest.needed,
            criterion=nearest.label,
            clause=nearest.clause,
            source=nearest.source,
            supplier=self._plan.rulebook.organisation(fact.supplier),
            type=fact.type,
            how=f"由{self._plan.rulebook.organisation(fact.supplier)}提供数据。" if learned else fact.how,
            learned=bool(learned),
            options=tuple(view.domain(fact.key)[state][0] for state in learned or ()),
        )

    def _turned_out(self, view: View, fact: Fact, states: tuple[State, ...]) -> str:
        chosen = [value for state in states for value in view.domain(fact.key)[state]]
        every = [value for values in view.domain(fact.key).values() for value in values]
        return range_text(fact, chosen, every)

    def _wait(self, day: datetime.date) -> Change:
        """What happens on `day`: an event, or a date that by then says something else."""
        before = self._course.facts_on(day - datetime.timedelta(days=1))
        event = next((event for event in self._course.events if event.on == day), None)
        if event is not None:
            return self._event(event, before)
        view, earlier = self._timeline.on(day), self._timeline.on(day - datetime.timedelta(days=1))
        key = next(f for f in view.facts if view.state(f, before[f]) != earlier.state(f, before[f]))
        fact, value = self._plan.facts[key], before[key]
        found = list(turned(earlier.plan, view.plan, key, value))
        texts = "、".join(dict.fromkeys(f"{reason.label}{reason.verdict}" for reason in found))
        return Change(
            kind="time",
            fact=key,
            label=fact.label,
            value=value,
            value_text=value_text(fact, value),
            needed=value,
            needed_text=f"到{date_text(day)}：{texts}",
            criterion=found[0].label,
            clause=found[0].clause,
            source=found[0].source,
            supplier=self._plan.rulebook.organisation(fact.supplier),
            type=fact.type,
            how="不需办理手续，到期自动满足。",
            on=day,
        )

    def _event(self, event: Event, before: Mapping[str, Physical | None]) -> Change:
        fact = self._plan.facts[event.fact]
        value = self._course.facts_on(event.on)[event.fact]
        found = reasons(self._plan, fact.key, before[fact.key], value)
        return Change(
            kind="time",
            fact=fact.key,
            label=fact.label,
            value=before[fact.key],
            value_text=value_text(fact, before[fact.key]),
            needed=value,
            needed_text=f"到{date_text(event.on)}：{event.reason}",
            criterion=found[0].label if found else "",
            clause=found[0].clause if found else "",
            source=found[0].source if found else "",
            supplier=self._plan.rulebook.organisation(fact.supplier),
            type=fact.type,
            how="不需办理手续，到期自动满足。",
            on=event.on,
        )
