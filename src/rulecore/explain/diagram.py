"""A decision diagram over what facts say: is nothing below an outcome possible any more?

Each node asks one fact and leads on by its state, *unknown* being a state like any other; leaves are True and False.
Nodes are unique, and one whose answer does not depend on its fact is left out, so that equal questions are one node.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rulecore.explain.timeline import State, View
from rulecore.plan.formula import NEVER, Formula, OneOf, Terms, TogetherOf, one_of, together_of


@dataclass(frozen=True, eq=False)
class Node:
    """Asks what `fact` says."""

    fact: str
    children: Mapping[State, "Node | bool"]


Diagram = Node | bool


def diagram(view: View, target: str) -> Diagram:
    """True where only `target` and outcomes above it are possible."""
    ladder = view.plan.outcomes
    below = one_of(view.plan.possible[key] for key in ladder[: ladder.index(target)])
    return _Builder(view).node(below, 0)


class _Builder:
    """Expands the formula of what lies below, fact by fact."""

    def __init__(self, view: View) -> None:
        self._order = list(view.facts)
        self._states = [(*view.domain(fact), view.state(fact, None)) for fact in self._order]
        self._masks = [view.state(fact, None).unknown for fact in self._order]
        self._memo: dict[tuple[Formula, int], Diagram] = {}
        self._unique: dict[tuple[str, tuple[tuple[State, int], ...]], Node] = {}

    def node(self, below: Formula, place: int) -> Diagram:
        """What remains to be asked when `below` remains of the formula."""
        if below == NEVER:
            return True
        if place == len(self._order) or below == Terms():
            return False
        if (below, place) not in self._memo:
            states = dict.fromkeys(self._states[place])
            children = {state: self.node(_given(below, self._masks[place], state), place + 1) for state in states}
            self._memo[below, place] = self._one(self._order[place], children)
        return self._memo[below, place]

    def _one(self, fact: str, children: dict[State, Diagram]) -> Diagram:
        first, *others = children.values()
        if all(other is first for other in others):
            return first
        key = fact, tuple((state, id(child)) for state, child in children.items())
        return self._unique.setdefault(key, Node(fact, children))


def _given(formula: Formula, own: int, state: State) -> Formula:
    """What remains of the formula once the fact that owns the atoms `own` has this state."""
    match formula:
        case Terms(wanted, unwanted):
            maybe = state.true | state.unknown
            if any(own >> atom & 1 and not maybe >> atom & 1 for atom in wanted):
                return NEVER
            if any(own >> atom & 1 and state.true >> atom & 1 for atom in unwanted):
                return NEVER
            return Terms(
                frozenset(atom for atom in wanted if not own >> atom & 1),
                frozenset(atom for atom in unwanted if not own >> atom & 1),
            )
        case TogetherOf(items):
            return together_of(_given(item, own, state) for item in items)
        case OneOf(items):
            return one_of(_given(item, own, state) for item in items)
