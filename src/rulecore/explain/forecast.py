"""When a result will be another one if nothing happens but what is already known."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rulecore.explain.cache import timeline_of
from rulecore.explain.counterfactual import HORIZON_DAYS
from rulecore.explain.course import Course, Event
from rulecore.explain.reasons import turned
from rulecore.explain.timeline import Timeline, View
from rulecore.explain.wording import date_text, value_text
from rulecore.model import Fact
from rulecore.plan import Physical, Plan


@dataclass(frozen=True)
class Turn:
    """From the day `on` the possible outcomes are `after` instead of `before`; `reasons` (Chinese) say why."""

    on: datetime.date
    before: tuple[str, ...]
    before_text: str
    after: tuple[str, ...]
    after_text: str
    reasons: tuple[str, ...]

    @property
    def tier(self) -> str | None:
        """The outcome from then on; None while several are possible."""
        return self.after[0] if len(self.after) == 1 else None

    def as_json(self) -> dict[str, object]:
        """Plain data; keys as documented at `Explanation.as_json`."""
        return {
            "on": self.on.isoformat(),
            "before": list(self.before),
            "before_text": self.before_text,
            "after": list(self.after),
            "after_text": self.after_text,
            "reasons": list(self.reasons),
        }


def forecast(
    plan: Plan,
    facts: Mapping[str, Physical | None],
    *,
    events: Sequence[Event] = (),
    horizon_days: int = HORIZON_DAYS,
) -> tuple[Turn, ...]:
    """Every day within the horizon on which the possible outcomes differ from the day before, soonest first.

    `facts` are physical and stay as they are, but for what the rulebook says of time: what follows from the basis date
    moves with it; a fact with `period: prior_year` is unknown again from each 1 January on, and from the day after its
    `deadline`, when still nothing has come, counts as the value for *no row* of its derivation (a report not filed).
    `events` add what else is known beforehand, such as the planned end of a suspension. The norms stay as they are.
    The first day is exact: on no earlier day would the standard answer otherwise.
    """
    timeline = timeline_of(plan)
    course = Course(timeline, facts, events, renewing=True)
    until = plan.as_of + datetime.timedelta(days=horizon_days)
    return tuple(_turns(timeline, course, until))


def _turns(timeline: Timeline, course: Course, until: datetime.date) -> Iterator[Turn]:
    day = timeline.start.plan.as_of
    before = _possible(timeline.start, course.facts_on(day))
    for day in course.turning_days(until):
        after = _possible(timeline.on(day), course.facts_on(day))
        if after != before:
            yield _turn(timeline, course, day, before, after)
        before = after


def _possible(view: View, facts: Mapping[str, Physical | None]) -> tuple[str, ...]:
    return view.possible(view.states(facts).values())


def _turn(
    timeline: Timeline, course: Course, day: datetime.date, before: tuple[str, ...], after: tuple[str, ...]
) -> Turn:
    label = timeline.start.plan.standard.label
    return Turn(
        on=day,
        before=before,
        before_text=_text([label(key) for key in before]),
        after=after,
        after_text=_text([label(key) for key in after]),
        reasons=tuple(_Reasons(timeline, course, day, after).texts()),
    )


def _text(labels: list[str]) -> str:
    return labels[0] if len(labels) == 1 else f"待数据（可能为：{'、'.join(labels)}）"


class _Reasons:
    """What is different on a day from the day before, as far as it matters to the result."""

    def __init__(self, timeline: Timeline, course: Course, day: datetime.date, after: tuple[str, ...]) -> None:
        eve = day - datetime.timedelta(days=1)
        self._course = course
        self._day = day
        self._after = after
        self._view, self._earlier = timeline.on(day), timeline.on(eve)
        self._now, self._then = course.facts_on(day), course.facts_on(eve)

    def texts(self) -> Iterator[str]:
        plan = self._view.plan
        changed = [fact for fact in self._view.facts if self._differs(fact)]
        decisive = [fact for fact in changed if self._decides(fact)] or changed
        renewed = [plan.facts[key] for key in decisive if self._lapsed(plan.facts[key])]
        if renewed:
            labels = "、".join(fact.label for fact in renewed)
            yield f"“上一年度”改为{self._day.year - 1}年，尚无该年度的数据：{labels}"
        for key in decisive:
            if plan.facts[key] not in renewed:
                yield from self._of(plan, plan.facts[key])

    def _differs(self, fact: str) -> bool:
        return self._view.state(fact, self._now[fact]) != self._earlier.state(fact, self._then[fact])

    def _decides(self, fact: str) -> bool:
        """The result would be another one had this fact alone stayed as it was, or had it alone changed."""
        then, now = self._earlier.states(self._then), self._view.states(self._now)
        kept = self._view.possible((now | {fact: then[fact]}).values())
        alone = self._view.possible((then | {fact: now[fact]}).values())
        return kept != self._after or alone != self._view.possible(then.values())

    def _lapsed(self, fact: Fact) -> bool:
        return bool(fact.period) and self._now[fact.key] is None and self._then[fact.key] is not None

    def _of(self, plan: Plan, fact: Fact) -> Iterator[str]:
        event = next((e for e in self._course.events if e.on == self._day and e.fact == fact.key), None)
        value = value_text(fact, self._now[fact.key])
        if event is not None:
            yield f"{event.reason}：{fact.label}为“{value}”"
        elif self._now[fact.key] != self._then[fact.key]:
            eve = date_text(self._day - datetime.timedelta(days=1))
            yield f"截至{eve}没有数据的，按“{value}”计：{fact.label}"
        else:
            for reason in turned(self._earlier.plan, plan, fact.key, self._now[fact.key]):
                yield f"{reason.label}{reason.verdict}（{reason.clause}）"
