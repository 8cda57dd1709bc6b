"""What is worked out once for a plan: its function, its timeline, its diagrams."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from rulecore.explain.diagram import Diagram, diagram
from rulecore.explain.timeline import Timeline, View
from rulecore.plan import Physical, Plan, function_of
from rulecore.plan.function import Judgement

_MOST_PLANS = 16


class _Same:
    """A plan as a key of a cache: equal only to itself."""

    def __init__(self, item: Plan) -> None:
        self.item = item

    def __hash__(self) -> int:
        return id(self.item)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.item is self.item


def judge_of(plan: Plan) -> Callable[[Mapping[str, Physical | None]], Judgement]:
    """The plan as one function."""
    return _judge(_Same(plan))


@lru_cache(maxsize=_MOST_PLANS)
def _judge(plan: _Same) -> Callable[[Mapping[str, Physical | None]], Judgement]:
    return function_of(plan.item)


def timeline_of(plan: Plan) -> Timeline:
    """The plan on later days."""
    return _timeline(_Same(plan))


@lru_cache(maxsize=_MOST_PLANS)
def _timeline(plan: _Same) -> Timeline:
    return Timeline(plan.item)


def goal_of(timeline: Timeline, view: View, target: str) -> Diagram:
    """The diagram of `target` on the day of `view`; days with the same formulas share it."""
    if view.plan.possible is timeline.start.plan.possible:
        return _goal(timeline, timeline.start, target)
    return _goal(timeline, view, target)


@lru_cache(maxsize=_MOST_PLANS * 8)
def _goal(timeline: Timeline, view: View, target: str) -> Diagram:  # noqa: ARG001 - a timeline's views live as long as it
    return diagram(view, target)
