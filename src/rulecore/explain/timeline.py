"""One plan seen on other days: what of its comparisons holds when the basis date moves on.

Only comparisons with parameters that follow from the basis date move. As long as the same combinations of truth values
stay possible, the plan's formulas stay exact and are used again; where they do not, the rulebook is bound anew.
Masks here are over atoms: bit n belongs to atom n of the plan.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

from rulecore.model import Compare, DateRule, Literal, Member, Rulebook, Scalar, walk
from rulecore.plan import Atom, Physical, Plan, bind, physical
from rulecore.plan.bind import derived
from rulecore.plan.cells import holds
from rulecore.plan.formula import Formula, OneOf, Terms, TogetherOf

_FIRST, _LAST = datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)
_DAY = datetime.timedelta(days=1)
ANOTHER = "\0another"
"""A text that no operand equals."""
_MOST_DAYS = 4096

Facts = Mapping[str, Physical | None]


class State(NamedTuple):
    """What a fact's value says: the atoms that it makes true and those that it leaves undecided."""

    true: int
    unknown: int


def atom_of(rulebook: Rulebook, values: Mapping[str, Physical | None], node: Compare | Member) -> Atom:
    """What a comparison of the standard asks; the operand is None where no norm is published."""
    fact = rulebook.facts[node.left.name]
    if isinstance(node, Member):
        return Atom(fact.key, "in", tuple(physical(option, fact.type) for option in node.options))
    if isinstance(node.right, Literal):
        return Atom(fact.key, node.op, physical(node.right.value, fact.type))
    value = values[node.right.name]
    return Atom(fact.key, node.op, value, node.right.name if value is None else None)


class View:
    """A plan on one day, asked fact by fact."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._atoms_of: dict[str, list[tuple[int, Atom]]] = {}
        for index, atom in enumerate(plan.atoms):
            self._atoms_of.setdefault(atom.fact, []).append((1 << index, atom))
        self._domains: dict[str, dict[State, tuple[Physical, ...]]] = {}

    @property
    def facts(self) -> Iterable[str]:
        """The facts that an atom asks for."""
        return self._atoms_of

    @cached_property
    def named(self) -> int:
        """The atoms that the standard itself names; the others follow from the order of unpublished norms."""
        plan = self.plan
        nodes = {node for item in plan.standard.expressions() for node in walk(item)}
        own = {atom_of(plan.rulebook, plan.values, node) for node in nodes if isinstance(node, Compare | Member)}
        return sum(1 << index for index, atom in enumerate(plan.atoms) if atom in own and not atom.unset)

    def state(self, fact: str, value: Physical | None) -> State:
        """What this value says; None says nothing."""
        true = unknown = 0
        for bit, atom in self._atoms_of[fact]:
            if value is None or atom.unset:
                unknown |= bit
            elif holds(atom, value, {}):
                true |= bit
        return State(true, unknown)

    def states(self, facts: Facts) -> dict[str, State]:
        """What the value of each fact says."""
        return {fact: self.state(fact, facts[fact]) for fact in self._atoms_of}

    def domain(self, fact: str) -> Mapping[State, tuple[Physical, ...]]:
        """Every state that some value brings about, with the proper values around its boundaries, least first.

        Proper are declared codes and amounts that are not negative; a state without any has no values.
        """
        if fact not in self._domains:
            found: dict[State, list[Physical]] = {}
            for value in self.candidates(fact):
                own = found.setdefault(self.state(fact, value), [])
                if value != ANOTHER and not (type(value) is int and value < 0):
                    own.append(value)
            self._domains[fact] = {state: tuple(values) for state, values in found.items()}
        return self._domains[fact]

    def candidates(self, fact: str) -> list[Physical]:
        """Values around every operand, such that every state occurs, in their order."""
        declared = self.plan.rulebook.facts[fact]
        operands = {value for _, atom in self._atoms_of[fact] for value in _operands(atom)}
        if declared.type == "bool":
            return [False, True]
        if declared.type in ("date", "month"):
            days = {c for c in operands if isinstance(c, datetime.date)} or {self.plan.as_of}
            around = {day + step * _DAY for day in days for step in (-1, 0, 1)}
            return sorted(day for day in around if _FIRST <= day <= _LAST)
        if declared.type in ("code", "text", "uscc"):
            return [*dict.fromkeys([*declared.values, *sorted(map(str, operands)), ANOTHER])]
        numbers = {0, *(c for c in operands if isinstance(c, int))}
        return sorted({c + step for c in numbers for step in (-1, 0, 1)})

    def possible(self, states: Iterable[State]) -> tuple[str, ...]:
        """The outcomes that some completion of the unknown brings about, lowest of the ladder first."""
        true = unknown = 0
        for state in states:
            true |= state.true
            unknown |= state.unknown
        maybe = true | unknown
        return tuple(key for key in self.plan.outcomes if _holds(self.plan.possible[key], true, maybe))


def _operands(atom: Atom) -> tuple[Physical, ...]:
    if atom.operand is None:
        return ()
    return atom.operand if isinstance(atom.operand, tuple) else (atom.operand,)


def _holds(formula: Formula, true: int, maybe: int) -> bool:
    match formula:
        case Terms(wanted, unwanted):
            return all(maybe >> atom & 1 for atom in wanted) and not any(true >> atom & 1 for atom in unwanted)
        case TogetherOf(items):
            return all(_holds(item, true, maybe) for item in items)
        case OneOf(items):
            return any(_holds(item, true, maybe) for item in items)


def _order(bounds: list[int]) -> tuple[list[int], list[int]]:
    """The rank of each bound, and the gaps between neighbours as far as they matter: touching, or room between."""
    ranked = sorted(set(bounds))
    return [ranked.index(bound) for bound in bounds], [min(b - a, 2) for a, b in pairwise(ranked)]


class Timeline:
    """A plan on every day from its basis date on."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.start = View(plan)
        self.on = lru_cache(maxsize=_MOST_DAYS)(self._on)
        self._reshapings: dict[datetime.date, list[datetime.date]] = {}

    def _on(self, day: datetime.date) -> View:
        if day == self._plan.as_of:
            return self.start
        return View(self._moved(day) or self._bound(day))

    def _bound(self, day: datetime.date) -> Plan:
        plan = self._plan
        return bind(plan.rulebook, as_of=day, norms=plan.norms, standard=plan.standard.key)

    def _moved(self, day: datetime.date) -> Plan | None:
        """The plan with its derived operands of that day; None where its formulas would not be exact."""
        if self._ties_norms or self._shape(day) != self._start_shape:
            return None
        values = self._values(day)
        moves = {self._atom(self._plan.values, node): self._atom(values, node) for node in self._comparisons}
        atoms = tuple(moves.get(atom, atom) for atom in self._plan.atoms)
        return replace(self._plan, as_of=day, values=values, atoms=atoms)

    def _values(self, day: datetime.date) -> dict[str, Physical | None]:
        return {**self._plan.values, **{key: derived(rule, day) for key, rule in self._rules.items()}}

    def _shape(self, day: datetime.date) -> object:
        """How the bounds of each moving fact lie to each other: their order, and whether they touch.

        Which truth values its atoms can take together, and which of them coincide, follows from that alone.
        """
        values = self._values(day)
        return [_order([*self._bounds(nodes, values)]) for nodes in self._nodes.values()]

    def _bounds(self, nodes: Iterable[Compare | Member], values: Mapping[str, Physical | None]) -> Iterator[int]:
        for node in nodes:
            for operand in _operands(atom_of(self._plan.rulebook, values, node)):
                assert isinstance(operand, int | datetime.date), node
                yield operand if isinstance(operand, int) else operand.toordinal()

    @cached_property
    def _nodes(self) -> dict[str, list[Compare | Member]]:
        """The comparisons of each moving fact."""
        every = dict.fromkeys(node for item in self._plan.standard.expressions() for node in walk(item))
        return {
            fact: [node for node in every if isinstance(node, Compare | Member) and node.left.name == fact]
            for fact in self.moving
        }

    def _atom(self, values: Mapping[str, Physical | None], node: Compare) -> Atom:
        return atom_of(self._plan.rulebook, values, node)

    @cached_property
    def _start_shape(self) -> object:
        return self._shape(self._plan.as_of)

    @cached_property
    def _ties_norms(self) -> bool:
        """Whether an unpublished norm decides about a moving fact, so that its cells reach beyond the fact."""
        return any(atom.unset and atom.fact in self.moving for atom in self._plan.atoms)

    @cached_property
    def _rules(self) -> dict[str, DateRule]:
        parameters = self._plan.rulebook.parameters
        return {key: item.derive for key, item in parameters.items() if item.derive is not None}

    @cached_property
    def moving(self) -> dict[str, tuple[DateRule, ...]]:
        """The facts that are compared with what follows from the basis date, and the rules by which it does."""
        found: dict[str, dict[DateRule, None]] = {}
        for node in self._comparisons:
            if not isinstance(node.right, Literal) and node.right.name in self._rules:
                found.setdefault(node.left.name, {})[self._rules[node.right.name]] = None
        return {fact: tuple(rules) for fact, rules in found.items()}

    @cached_property
    def _comparisons(self) -> tuple[Compare, ...]:
        nodes = (node for item in self._plan.standard.expressions() for node in walk(item))
        return tuple(dict.fromkeys(node for node in nodes if isinstance(node, Compare)))

    def turns(self, facts: Facts, until: datetime.date) -> list[datetime.date]:
        """The days after the basis date, up to `until`, on which a date or year of `facts` changes what it says.

        An unknown date says nothing on any day; what can be said of it changes only with the possible combinations.
        """
        found = set()
        for fact, rules in self.moving.items():
            value = facts[fact]
            for rule in rules:
                if value is not None:
                    found |= {self._first(rule, value, strictly=strictly, until=until) for strictly in (False, True)}
        if any(facts[fact] is None for fact in self.moving):
            found |= set(self._reshaped(until))
        return sorted(day for day in found if day is not None)

    def _reshaped(self, until: datetime.date) -> list[datetime.date]:
        """The days on which other combinations become possible than the day before."""
        if until not in self._reshapings:
            count = (until - self._plan.as_of).days
            days = [self._plan.as_of + step * _DAY for step in range(count + 1)]
            shapes = [self._shape(day) for day in days]
            changed = [day for day, (old, new) in zip(days[1:], pairwise(shapes), strict=True) if old != new]
            self._reshapings[until] = changed
        return self._reshapings[until]

    def _first(self, rule: DateRule, value: Scalar, *, strictly: bool, until: datetime.date) -> datetime.date | None:
        """The first day after the basis date on which the rule gives `value` or more (or more, strictly)."""

        def reached(day: datetime.date) -> bool:
            given = derived(rule, day)
            return given > value if strictly else given >= value  # type: ignore[operator]  # both dates or both years

        low, high = self._plan.as_of, until
        if reached(low) or not reached(high):
            return None
        while (high - low).days > 1:
            middle = low + (high - low) // 2
            low, high = (low, middle) if reached(middle) else (middle, high)
        return high
