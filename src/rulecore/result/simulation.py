"""What scenarios would do: counts by result, the base of the quota, who moves, by any division of the population.

A *state* is the set of possible results as text, lowest of the ladder first: `growth`, or `survival|growth`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from rulecore.errors import FactsError, Problem
from rulecore.plan import Plan, Scenarios, Signature

MOST_GROUPS = 5_000_000
"""More groups than this are no division any more but a list of businesses."""

States = Mapping[str, int]
Course = tuple[int, ...]
"""The masks of possible outcomes that a business has in the scenarios, one after the other."""


@dataclass(frozen=True)
class ScenarioCounts:
    """One scenario: rows by state, and the moves from the base's states (only those that change)."""

    values: Mapping[str, Decimal]
    states: States
    moves: Mapping[tuple[str, str], int]
    by: Mapping[str, Mapping[str | None, States]]

    def tiers(self) -> dict[str | None, int]:
        """Rows by tier; None: several results are possible."""
        found: Counter[str | None] = Counter()
        for state, count in self.states.items():
            found[None if "|" in state else state] += count
        return dict(found)

    @property
    def moved(self) -> int:
        """How many rows have another state than in the base."""
        return sum(self.moves.values())


@dataclass(frozen=True)
class Simulation:
    """All scenarios, the base first, over one population."""

    rows: int
    counts: tuple[ScenarioCounts, ...]


def within(states: States, outcomes: Sequence[str]) -> tuple[int, int]:
    """How many rows certainly have one of these results, and how many may have one."""
    asked = set(outcomes)
    certain = sum(count for state, count in states.items() if set(state.split("|")) <= asked)
    return certain, sum(count for state, count in states.items() if set(state.split("|")) & asked)


def tally(scenarios: Scenarios, groups: pa.Table, by: Sequence[str]) -> Simulation:
    """Evaluate every scenario on the groups that an engine counted.

    Raises:
        FactsError: the columns `by` divide the population into more than MOST_GROUPS groups.
    """
    if groups.num_rows > MOST_GROUPS:
        raise FactsError(Problem("by", f"{groups.num_rows} groups; divide by fewer columns", where=", ".join(by)))
    names = groups.column_names[: scenarios.words + len(scenarios.edges)]
    summed = groups.group_by(names).aggregate([("n", "sum")])
    courses = _courses(scenarios, summed)
    numbers = {course: number for number, course in enumerate(dict.fromkeys(courses))}
    numbered = summed.append_column("course", pa.array([numbers[course] for course in courses], pa.int64()))
    total = _sums(numbered, ["course"], "n_sum")
    joined = groups.join(numbered.drop_columns(["n_sum"]), names)
    divided = {name: _sums(joined, ["course", f"g{place}"], "n") for place, name in enumerate(by)}
    counts = (_counts(scenarios, number, list(numbers), total, divided) for number in _numbers(scenarios))
    return Simulation(sum(count for _, count in total), tuple(counts))


def _sums(table: pa.Table, keys: list[str], count: str) -> list[tuple[Any, ...]]:
    """The keys with the sum of the counts."""
    return list(zip(*(c.to_pylist() for c in table.group_by(keys).aggregate([(count, "sum")]).columns), strict=True))


def moves_of(scenarios: Scenarios, groups: pa.Table) -> pa.Table:
    """For each signature that moves in a scenario: the signature, the scenario's number, both states."""
    names = groups.column_names[: scenarios.words + len(scenarios.edges)]
    signatures = groups.group_by(names).aggregate([])
    rows = [
        (*signature, number, _state(scenarios.base, course[0]), _state(scenarios.base, mask))
        for signature, course in zip(_signatures(signatures), _courses(scenarios, signatures), strict=True)
        for number, mask in enumerate(course)
        if mask != course[0]
    ]
    kinds = [*(groups.schema.field(name).type for name in names), pa.int32(), pa.string(), pa.string()]
    fields = zip([*names, "scenario", "was", "becomes"], kinds, strict=True)
    columns = zip(*rows, strict=True) if rows else ([] for _ in kinds)
    return pa.table([pa.array(c, k) for c, k in zip(columns, kinds, strict=True)], schema=pa.schema(list(fields)))


def _numbers(scenarios: Scenarios) -> range:
    return range(len(scenarios.scenarios))


def _signatures(table: pa.Table) -> Iterator[Signature]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _courses(scenarios: Scenarios, summed: pa.Table) -> list[Course]:
    """The masks in all scenarios of each signature."""
    names = summed.column_names[: scenarios.words + len(scenarios.edges)]
    signatures = list(_signatures(summed.select(names)))
    return list(zip(*(map(judge, signatures) for judge in scenarios.judges()), strict=True))


def _counts(
    scenarios: Scenarios,
    number: int,
    courses: Sequence[Course],
    total: Iterable[tuple[int, int]],
    divided: Mapping[str, Iterable[tuple[int, str | None, int]]],
) -> ScenarioCounts:
    plan = scenarios.base
    states, moves = Counter[str](), Counter[tuple[str, str]]()
    by: dict[str, defaultdict[str | None, Counter[str]]] = {name: defaultdict(Counter) for name in divided}
    for course, count in total:
        was, becomes = (_state(plan, courses[course][place]) for place in (0, number))
        states[becomes] += count
        if was != becomes:
            moves[was, becomes] += count
    for name, rows in divided.items():
        for course, value, count in rows:
            by[name][value][_state(plan, courses[course][number])] += count
    return ScenarioCounts(
        scenarios.scenarios[number].values, states, moves, {n: _ordered(own) for n, own in by.items()}
    )


def _ordered(found: Mapping[str | None, States]) -> dict[str | None, States]:
    """By value, the missing one last."""
    return {value: found[value] for value in sorted(found, key=lambda value: (value is None, value or ""))}


def _state(plan: Plan, mask: int) -> str:
    return "|".join(plan.possible_set(mask))


def states_of(plan: Plan, found: Iterable[str]) -> list[str]:
    """States in a stable order: single results in the order of the ladder, then the sets."""
    rank = {key: place for place, key in enumerate(plan.outcomes)}
    return sorted(found, key=lambda state: (state.count("|"), [rank[key] for key in state.split("|")]))
