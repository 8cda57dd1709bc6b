"""All minimal ways from what a business is to what it could be: which facts would have to say something else.

A way is sufficient when, after it, nothing below the target is possible on its day. It is minimal when no other
sufficient way is contained in it: each move of the other is one of its own or a shorter step in the same direction,
and the other waits no longer.
"""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rulecore.explain.diagram import Diagram
from rulecore.explain.timeline import Facts, State, View
from rulecore.plan import Physical


@dataclass(frozen=True)
class Move:
    """A fact takes another value, or, `learned`, an unknown fact turns out to have it."""

    fact: str
    value: Physical
    state: State
    learned: bool


@dataclass(frozen=True)
class Way:
    """Moves after waiting until `on` (None: now)."""

    on: datetime.date | None
    moves: frozenset[Move]


def minimal_moves(view: View, goal: Diagram, facts: Facts) -> list[frozenset[Move]]:
    """Every minimal set of moves that leads to a leaf True of `goal` on the day of `view`."""
    return _Search(view, facts).sets(goal)


class _Search:
    """Walks the diagram once; the sets below each node are worked out once."""

    def __init__(self, view: View, facts: Facts) -> None:
        self._view = view
        self._facts = facts
        self._memo: dict[int, list[frozenset[Move]]] = {}
        self._moves: dict[str, list[Move]] = {}

    def sets(self, node: Diagram) -> list[frozenset[Move]]:
        if isinstance(node, bool):
            return [frozenset()] if node else []
        if id(node) not in self._memo:
            stay = self._view.state(node.fact, self._facts[node.fact])
            found = list(self.sets(node.children[stay]))
            for move in self._moves_of(node.fact, stay):
                found += [rest | {move} for rest in self.sets(node.children[move.state])]
            self._memo[id(node)] = [way.moves for way in minimal((Way(None, moves) for moves in found), self._facts)]
        return self._memo[id(node)]

    def _moves_of(self, fact: str, stay: State) -> list[Move]:
        if fact not in self._moves:
            self._moves[fact] = list(moves(self._view, fact, self._facts[fact], stay))
        return self._moves[fact]


def moves(view: View, fact: str, present: Physical | None, stay: State) -> Iterator[Move]:
    """The moves that may be suggested: to the nearest values of each other state; an unknown fact may turn out anyhow.

    A fact that changes with time only, or never, is not moved; nor is one beyond a bound that nobody has published.
    """
    change = view.plan.rulebook.facts[fact].change
    if present is not None and change in ("never", "time"):
        return
    for state, values in view.domain(fact).items():
        if values and _worth_saying(view, fact, state, None if present is None else stay):
            for value in _nearest(present, values):
                yield Move(fact, value, state, present is None)


def _worth_saying(view: View, fact: str, state: State, stay: State | None) -> bool:
    """Whether a comparison with a published bound tells the states apart; of an unknown fact, whether there is one."""
    if stay is None:
        return bool(view.state(fact, None).unknown & view.named)
    return bool((state.true ^ stay.true) & view.named)


def _nearest(present: Physical | None, values: tuple[Physical, ...]) -> tuple[Physical, ...]:
    """Of an ordered fact the nearest value on each side; of any other, or an unknown one, the first."""
    if present is None or isinstance(present, bool | str):
        return values[:1]
    start = _number(present)
    above = [value for value in values if _number(value) > start]
    below = [value for value in values if _number(value) < start]
    return (*above[:1], *below[-1:])


def minimal(ways: Iterable[Way], facts: Facts) -> list[Way]:
    """The ways that contain no other one."""
    kept: list[Way] = []
    for way in sorted(set(ways), key=_effort):
        if not any(_contains(way, other, facts) for other in kept):
            kept = [other for other in kept if not _contains(other, way, facts)]
            kept.append(way)
    return kept


def _effort(way: Way) -> tuple[object, ...]:
    return len(way.moves), way.on or datetime.date.min, sorted((move.fact, str(move.value)) for move in way.moves)


def _contains(way: Way, other: Way, facts: Facts) -> bool:
    waits = (other.on or datetime.date.min) <= (way.on or datetime.date.min)
    return waits and all(any(_within(step, move, facts) for move in way.moves) for step in other.moves)


def _within(step: Move, move: Move, facts: Facts) -> bool:
    if step.fact != move.fact:
        return False
    if step.value == move.value:
        return True
    present = facts[step.fact]
    if present is None or isinstance(present, bool | str):
        return False
    return _between(present, step.value, move.value)


def _between(present: Physical, step: Physical, far: Physical) -> bool:
    near, middle, end = (_number(value) for value in (present, step, far))
    return near < middle < end or end < middle < near


def _number(value: Physical) -> int:
    if isinstance(value, datetime.date):
        return value.toordinal()
    assert isinstance(value, int)
    return value


def merged(ways: Iterable[Way], order: Iterable[str]) -> list[tuple[Way, dict[str, tuple[State, ...]]]]:
    """Ways that differ only in what one unknown fact turns out to be, as one, with the states that it may have."""
    groups: list[tuple[Way, dict[str, tuple[State, ...]]]] = [
        (way, {move.fact: (move.state,) for move in way.moves if move.learned}) for way in ways
    ]
    for fact in order:
        found: dict[object, tuple[Way, dict[str, tuple[State, ...]]]] = {}
        for way, learned in groups:
            if fact not in learned:
                found[way, tuple(learned.items())] = (way, learned)
                continue
            rest = frozenset((m.fact, m.value) for m in way.moves if m.fact not in learned)
            key = way.on, rest, fact, tuple(sorted((k, v) for k, v in learned.items() if k != fact))
            first, states = found.setdefault(key, (way, {**learned, fact: ()}))
            states[fact] = (*states[fact], *learned[fact])
            found[key] = first, states
        groups = list(found.values())
    return groups
