"""Workflows as frozen tables: which step leads from where to where, who may take it, by which clause, until when.

A table knows no person, no database and no day. `jieti.kit.advance` takes the steps; a rulebook's `procedure.yaml`
says which optional parts are held and how long the limits are.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations
from typing import Any

SYSTEM = "system"
"""The role of steps that no person takes: the calendar or a program does."""


class DueKind(StrEnum):
    """Where the deadline comes from that the case has after a step."""

    LIMIT = "limit"
    PHASE = "phase"
    GIVEN = "given"
    KEPT = "kept"
    RESUMED = "resumed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Due:
    """The deadline after a step; ``key`` names a limit or a phase of the rulebook's procedure."""

    kind: DueKind
    key: str = ""


KEPT = Due(DueKind.KEPT)
"""The deadline stays the one the case had."""
RESUMED = Due(DueKind.RESUMED)
"""The clock that a step stopped runs on with the working days it had left."""
GIVEN = Due(DueKind.GIVEN)
"""The step names the day: the end of a validity, for instance."""
NONE = Due(DueKind.NONE)
"""The case is closed and waits for nothing."""


def within(limit: str) -> Due:
    """The deadline is the rulebook's limit of this key, counted from the day of the step."""
    return Due(DueKind.LIMIT, limit)


def until(phase: str) -> Due:
    """The deadline is the last day of the rulebook's phase of this key, in the case's year."""
    return Due(DueKind.PHASE, phase)


@dataclass(frozen=True, slots=True)
class State:
    """Where a case can be; in a final state it is closed."""

    key: str
    label: str
    final: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table. Without ``sources`` it opens a case.

    ``role`` is the key of the question that says who may; ``clause`` what the step rests on; ``due`` the deadline
    after it. ``needs_reason``: not without a written reason. ``stops_clock``: the deadline it leaves behind is laid
    aside with the working days left. ``not_by``: nobody who took one of these steps in the case may take this one
    (two persons). ``after_due``: only once the deadline of the case has passed. ``parts``: only where the rulebook
    holds all of them; ``skips``: only where the rulebook lets each of them be left out.
    """

    key: str
    label: str
    sources: tuple[str, ...]
    target: str
    role: str
    clause: str
    due: Due
    needs_reason: bool = False
    stops_clock: bool = False
    after_due: bool = False
    not_by: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    skips: frozenset[str] = frozenset()

    @property
    def opens(self) -> bool:
        """Whether it begins a case."""
        return not self.sources


@dataclass(frozen=True, slots=True)
class Parts:
    """Optional parts of a procedure: which are held at all, and which of those may not be left out."""

    held: frozenset[str]
    needed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Workflow:
    """A kind of case: its states and steps. ``role_labels`` names the roles on screen."""

    key: str
    label: str
    clause: str
    states: Mapping[str, State]
    steps: tuple[Step, ...]
    role_labels: Mapping[str, str]

    def step(self, key: str) -> Step:
        """The step of this key. Raises ``KeyError`` when there is none."""
        return next((step for step in self.steps if step.key == key), None) or _no_step(self.key, key)

    @property
    def openings(self) -> tuple[Step, ...]:
        """Steps that begin a case."""
        return tuple(step for step in self.steps if step.opens)

    @property
    def initial(self) -> tuple[str, ...]:
        """States in which a case can begin."""
        return tuple(dict.fromkeys(step.target for step in self.openings))

    @property
    def final(self) -> tuple[str, ...]:
        """States in which a case is closed."""
        return tuple(key for key, state in self.states.items() if state.final)

    def steps_from(self, state: str) -> tuple[Step, ...]:
        """What can be done in a state."""
        return tuple(step for step in self.steps if state in step.sources)

    def optional_parts(self) -> frozenset[str]:
        """Every part that some step depends on."""
        return frozenset[str]().union(*(step.parts | step.skips for step in self.steps))

    def switched(self, parts: Parts) -> "Workflow":
        """The table of a rulebook with these parts: without the steps it leaves out and states that only they reach."""
        kept = tuple(step for step in self.steps if step.parts <= parts.held and not step.skips & parts.needed)
        reached = reachable(kept)
        left = {key: state for key, state in self.states.items() if key in reached}
        return replace(self, steps=tuple(_pruned(kept, reached)), states=left)

    def variants(self) -> tuple["Workflow", ...]:
        """The table under every choice of a rulebook that leaves a way in: each part left out, optional, or needed."""
        skippable = frozenset[str]().union(*(step.skips for step in self.steps))
        choices = (
            Parts(frozenset(held), frozenset(needed))
            for held in _subsets(sorted(self.optional_parts()))
            for needed in _subsets(sorted(skippable.intersection(held)))
        )
        found = (self.switched(parts) for parts in choices)
        return tuple(table for table in found if table.openings)


def workflow(
    key: str, label: str, clause: str, *, states: Iterable[State], steps: Iterable[Step], roles: Mapping[str, str]
) -> Workflow:
    """A table from its rows. Raises ``ValueError`` where two states or steps have the same key."""
    listed, rows = tuple(states), tuple(steps)
    for keys in ([state.key for state in listed], [step.key for step in rows]):
        if len(set(keys)) < len(keys):
            raise ValueError(f"{key}: a key stands twice in {keys}")
    return Workflow(key, label, clause, {state.key: state for state in listed}, rows, roles)


def parts_of(procedure: Mapping[str, Any], *, path: str) -> Parts:
    """The parts that a rulebook's `procedure.yaml` holds on a path of recognition (`steps`)."""
    entries = procedure.get("steps", {})
    held = {key: entry for key, entry in entries.items() if path in entry.get("paths", (path,))}
    return Parts(frozenset(held), frozenset(key for key, entry in held.items() if entry["needed"]))


def reachable(steps: Collection[Step]) -> frozenset[str]:
    """The states that some row of steps leads to."""
    found = {step.target for step in steps if step.opens}
    while more := {step.target for step in steps if found & set(step.sources)} - found:
        found |= more
    return frozenset(found)


def _pruned(steps: Iterable[Step], reached: frozenset[str]) -> Iterable[Step]:
    for step in steps:
        sources = tuple(source for source in step.sources if source in reached)
        if step.opens or sources:
            yield replace(step, sources=sources)


def _subsets(names: Iterable[str]) -> Iterable[tuple[str, ...]]:
    listed = tuple(names)
    return (chosen for size in range(len(listed) + 1) for chosen in combinations(listed, size))


def _no_step(workflow_key: str, key: str) -> Step:
    raise KeyError(f"{workflow_key} has no step {key}")
