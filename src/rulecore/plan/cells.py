"""Which truth values the atoms of one fact can take together.

Atoms of one fact are not independent: no founding date is both of this year and two years old. A *group* holds the
atoms that one unknown value moves together (atoms of one fact, and of facts whose unset thresholds are tied); a *cell*
is one combination of their truth values that some value of the fact, and some permitted values of the unset
thresholds, bring about.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from rulecore.model import Rulebook
from rulecore.plan.atom import Atom, Physical

Cell = tuple[bool, ...]
Values = Mapping[str, Physical | None]
_FIRST, _LAST = datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)


@dataclass(frozen=True)
class Group:
    """Atoms (by index) that move together and their feasible cells; `free` when an unset threshold is among them."""

    atoms: tuple[int, ...]
    cells: frozenset[Cell]
    free: bool


def hidden_atoms(rulebook: Rulebook, values: Values, atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
    """Comparisons that no criterion makes but that an unset threshold's permitted range makes necessary.

    Growth 300 000 set, development unset: development must lie above, so a turnover of exactly 300 000 cannot reach it.
    """
    wanted: dict[Atom, None] = {}
    for atom in atoms:
        if atom.unset is not None:
            low, high = _range(rulebook, values, atom.unset)
            for edge in (low if low > 0 else None, high):
                if edge is not None:
                    wanted.setdefault(Atom(atom.fact, "ge", edge))
    return tuple(atom for atom in wanted if atom not in atoms)


def _range(rulebook: Rulebook, values: Values, parameter: str) -> tuple[int, int | None]:
    """The least and greatest whole value that the order of the standard leaves to an unset threshold."""
    return least(rulebook, values, parameter), most(rulebook, values, parameter)


def least(rulebook: Rulebook, values: Values, parameter: str) -> int:
    """The least whole value of a threshold: its own, or what the order leaves while it is unset."""
    value = values[parameter]
    if isinstance(value, int):
        return value
    lower = [key for key, other in rulebook.parameters.items() if other.below == parameter]
    return max((least(rulebook, values, key) + 1 for key in lower), default=0)


def most(rulebook: Rulebook, values: Values, parameter: str) -> int | None:
    """The greatest whole value of a threshold; None: no bound."""
    value = values[parameter]
    if isinstance(value, int):
        return value
    above = rulebook.parameters[parameter].below
    bound = None if above is None else most(rulebook, values, above)
    return None if bound is None else bound - 1


def groups(rulebook: Rulebook, values: Values, atoms: tuple[Atom, ...]) -> tuple[Group, ...]:
    """The atoms in groups, each with its feasible cells."""
    return tuple(_group(rulebook, values, atoms, members) for members in _connected(rulebook, values, atoms))


def _connected(rulebook: Rulebook, values: Values, atoms: tuple[Atom, ...]) -> list[tuple[int, ...]]:
    parent: dict[str, str] = {}

    def find(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for atom in atoms:
        parent[find(f"fact {atom.fact}")] = find(f"parameter {atom.unset}" if atom.unset else f"fact {atom.fact}")
    for low, high in _ties(rulebook, values):
        parent[find(f"parameter {low}")] = find(f"parameter {high}")
    together: dict[str, list[int]] = {}
    for index, atom in enumerate(atoms):
        together.setdefault(find(f"fact {atom.fact}"), []).append(index)
    return [tuple(members) for members in together.values()]


def _ties(rulebook: Rulebook, values: Values) -> Iterator[tuple[str, str]]:
    """Pairs of unset parameters whose order the standard fixes."""
    for key, parameter in rulebook.parameters.items():
        if parameter.below is not None and values[key] is None and values[parameter.below] is None:
            yield key, parameter.below


def _group(rulebook: Rulebook, values: Values, atoms: tuple[Atom, ...], members: tuple[int, ...]) -> Group:
    own = [atoms[index] for index in members]
    facts = sorted({atom.fact for atom in own})
    unset = sorted({atom.unset for atom in own if atom.unset})
    cells = set()
    for chosen in product(*(_representatives(rulebook, values, fact, own) for fact in facts)):
        known = dict(zip(facts, chosen, strict=True))
        for thresholds in _thresholds(rulebook, values, unset, known):
            cells.add(tuple(holds(atom, known[atom.fact], thresholds) for atom in own))
    return Group(members, frozenset(cells), bool(unset))


def holds(atom: Atom, value: Physical, thresholds: Mapping[str, Physical]) -> bool:
    """Whether the comparison is true of a known value and known thresholds."""
    operand = thresholds[atom.unset] if atom.unset else atom.operand
    if atom.op == "in":
        assert isinstance(operand, tuple)
        return value in operand
    return bool(_OPERATORS[atom.op](value, operand))


_OPERATORS = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "ge": lambda a, b: a >= b,
    "gt": lambda a, b: a > b,
    "le": lambda a, b: a <= b,
    "lt": lambda a, b: a < b,
}


def _representatives(rulebook: Rulebook, values: Values, fact: str, own: list[Atom]) -> list[Physical]:
    """Values of the fact such that every combination of truth values that can occur does."""
    kind = rulebook.facts[fact].type
    constants = {
        value
        for atom in own
        if atom.fact == fact and atom.operand is not None
        for value in (atom.operand if isinstance(atom.operand, tuple) else (atom.operand,))
    }
    if kind == "bool":
        return [False, True]
    if kind in ("code", "text", "uscc"):
        declared = set(rulebook.facts[fact].values)
        return sorted(declared | constants if declared else constants | {"\0another"}, key=str)
    if kind in ("date", "month"):
        return list(_dates({c for c in constants if isinstance(c, datetime.date)}))
    return list(_numbers(rulebook, values, {c for c in constants if isinstance(c, int)}, own))


def _dates(constants: set[datetime.date]) -> Iterator[datetime.date]:
    day = datetime.timedelta(days=1)
    around = {c + step * day for c in constants for step in (-1, 0, 1)} | {_FIRST, _LAST}
    return iter(sorted(d for d in around if _FIRST <= d <= _LAST))


def _numbers(rulebook: Rulebook, values: Values, constants: set[int], own: list[Atom]) -> Iterator[int]:
    edges = set(constants)
    for atom in own:
        if atom.unset is not None:
            low, high = _range(rulebook, values, atom.unset)
            edges |= {low} if high is None else {low, high}
    beyond = max(edges, default=0) + 10
    around = {edge + step for edge in edges for step in (-1, 0, 1, 2)} | {0, 1, beyond}
    return iter(sorted(n for n in around if n >= 0))


def _thresholds(
    rulebook: Rulebook, values: Values, unset: list[str], known: Mapping[str, Physical]
) -> Iterator[dict[str, Physical]]:
    """Permitted values of the unset thresholds around the known values of the facts."""
    numbers = [value for value in known.values() if isinstance(value, int)]
    ties = [tie for tie in _ties(rulebook, values) if set(tie) <= set(unset)]
    for chosen in product(*(_candidates(rulebook, values, key, numbers) for key in unset)):
        assigned = dict(zip(unset, chosen, strict=True))
        if all(assigned[low] < assigned[high] for low, high in ties):
            yield dict(assigned)


def _candidates(rulebook: Rulebook, values: Values, parameter: str, numbers: list[int]) -> list[int]:
    low, high = _range(rulebook, values, parameter)
    around = (
        {low, low + 1} | {n + step for n in numbers for step in (-1, 0, 1, 2)} | ({high} if high is not None else set())
    )
    return sorted(n for n in around if n >= low and (high is None or n <= high))
