"""Many thresholds at once: what tells businesses apart, whichever of the scenarios is asked.

Every scenario is a plan of its own. A fact whose comparisons differ between the plans is *moved*; of it only the
*bucket* between all thresholds of all scenarios matters. Of the other facts only those parts of the formulas matter
that concern no moved fact: the *features*, true or false of a business. Features and buckets are its *signature*:
businesses of one signature share their possible outcomes in every scenario, exactly.
"""

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import product

from rulecore.errors import NormsError, Problem
from rulecore.model import TIERS, Compare, Expression, Fact, ParameterRef, Rulebook, Standard, walk
from rulecore.plan.atom import Atom, Physical
from rulecore.plan.bind import bind
from rulecore.plan.cells import holds
from rulecore.plan.formula import ALWAYS, NEVER, Formula, OneOf, Terms, TogetherOf, one_of, together_of
from rulecore.plan.plan import Plan

MOST_SCENARIOS = 1000
FEATURES_IN_A_WORD = 62
UNKNOWN_BUCKET = -1

Signature = tuple[int, ...]
"""Words of features, then a bucket for each moved fact, in the order of `Scenarios.edges`."""


@dataclass(frozen=True)
class Scenario:
    """The varied parameters' values (empty: the base) and the plan under them."""

    values: Mapping[str, Decimal]
    plan: Plan


@dataclass(frozen=True)
class Scenarios:
    """All scenarios, the base first; `refused` are those that break the order which the standard needs, and why.

    `atoms` are the comparisons of facts that are not moved, in the bits of their index; `features` are over them;
    `edges` are for each moved fact the least values of its buckets but the first.
    """

    scenarios: tuple[Scenario, ...]
    refused: tuple[tuple[Mapping[str, Decimal], str], ...]
    atoms: tuple[Atom, ...]
    features: tuple[Formula, ...]
    edges: Mapping[str, tuple[int, ...]]
    _left: tuple[Mapping[str, Formula], ...] = field(repr=False)

    @property
    def base(self) -> Plan:
        """The plan with nothing varied."""
        return self.scenarios[0].plan

    @property
    def words(self) -> int:
        """How many integers the features of a business fill."""
        return max(1, -(-len(self.features) // FEATURES_IN_A_WORD))

    def judges(self) -> list[Callable[[Signature], int]]:
        """For each scenario a function from signatures to the mask of possible outcomes."""
        shared: list[tuple[Mapping[str, Formula], dict[tuple[int, int], int]]] = []
        for left in self._left:
            if all(left != other for other, _ in shared):
                shared.append((left, {}))
        found = [next(known for other, known in shared if left == other) for left in self._left]
        return [self._judge(number, known) for number, known in enumerate(found)]

    def _judge(self, number: int, known: dict[tuple[int, int], int]) -> Callable[[Signature], int]:
        """`known` are the masks found so far by what is true and what may be, for scenarios of equal formulas."""
        plan, left, words = self.scenarios[number].plan, self._left[number], self.words
        moved = [_kinds(plan, fact, edges) for fact, edges in self.edges.items()]
        mine: dict[tuple[int, ...], int] = {}

        def found(key: tuple[int, ...]) -> int:
            features = sum(word << FEATURES_IN_A_WORD * place for place, word in enumerate(key[:words]))
            true = maybe = features << len(plan.atoms)
            for (kinds, _), kind in zip(moved, key[words:], strict=True):
                true, maybe = true | kinds[kind][0], maybe | kinds[kind][1]
            if (true, maybe) not in known:
                holding = {outcome for outcome in plan.outcomes if _holds(left[outcome], true, maybe)}
                known[true, maybe] = plan.mask_of(holding)
            return known[true, maybe]

        def masks(signature: Signature) -> int:
            buckets = zip(moved, signature[words:], strict=True)
            key = (*signature[:words], *[kind[bucket] for (_, kind), bucket in buckets])
            if key not in mine:
                mine[key] = found(key)
            return mine[key]

        return masks


def scenarios_of(
    rulebook: Rulebook,
    *,
    as_of: datetime.date,
    norms: Mapping[str, Decimal],
    vary: Mapping[str, Sequence[Decimal]],
    standard: str = TIERS,
) -> Scenarios:
    """The base `norms`, then every combination of the values to which parameters are varied (yuan, or whole numbers).

    Raises:
        NormsError: a parameter cannot be varied, has an impossible value, or there are more than MOST_SCENARIOS.
        RulebookError: the rulebook contradicts itself.
    """
    _refuse(rulebook, rulebook.standards[standard], vary)
    kept = [Scenario({}, bind(rulebook, as_of=as_of, norms=norms, standard=standard))]
    refused: list[tuple[Mapping[str, Decimal], str]] = []
    for chosen in product(*vary.values()):
        values = dict(zip(vary, chosen, strict=True))
        book, amounts = _with(rulebook, norms, values)
        try:
            kept.append(Scenario(values, bind(book, as_of=as_of, norms=amounts, standard=standard)))
        except NormsError as error:
            refused.append((values, str(error)))
    if len(kept) == 1 and refused:
        raise NormsError(Problem("vary", f"no scenario is permitted: {refused[0][1]}"))
    return _analysed(tuple(kept), tuple(refused))


def _refuse(rulebook: Rulebook, standard: Standard, vary: Mapping[str, Sequence[Decimal]]) -> None:
    problems = [Problem("vary", text, where=key) for key in vary for text in _reasons(rulebook, standard, key)]
    whole = {key for key, parameter in rulebook.parameters.items() if parameter.type == "int"}
    for key, values in vary.items():
        finest = Decimal(1) if key in whole else Decimal("0.01")
        wrong = (value for value in values if not value.is_finite() or value < 0 or value % finest)
        problems += [Problem("vary", "not a possible value", where=key, value=str(value)) for value in wrong]
    count = 1
    for values in vary.values():
        count *= len(values)
    if count > MOST_SCENARIOS:
        problems.append(Problem("vary", f"{count} scenarios; at most {MOST_SCENARIOS} are evaluated at once"))
    if problems:
        raise NormsError(*problems)


def _reasons(rulebook: Rulebook, standard: Standard, key: str) -> Iterable[str]:
    """Why a parameter cannot be varied over facts that are already made."""
    if key not in rulebook.parameters:
        yield f"the rulebook has no such parameter; it knows {', '.join(sorted(_used(standard.expressions())))}"
        return
    parameter = rulebook.parameters[key]
    if parameter.derive is not None or parameter.type not in ("money", "int") or parameter.table:
        yield "only an amount or a whole number can be varied"
    if key in _used(item for fact in rulebook.facts.values() for item in _conditions(fact)):
        yield "the facts themselves depend on it; make them anew with another value"
    elif key not in _used(standard.expressions()):
        yield "no criterion of the standard asks for it"


def _conditions(fact: Fact) -> list[Expression]:
    rule = fact.derivation
    return [item for item in (rule.where, rule.take) if item is not None and not isinstance(item, str)]


def _used(items: Iterable[Expression]) -> set[str]:
    compared = (node for item in items for node in walk(item) if isinstance(node, Compare))
    return {node.right.name for node in compared if isinstance(node.right, ParameterRef)}


def _with(
    rulebook: Rulebook, norms: Mapping[str, Decimal], values: Mapping[str, Decimal]
) -> tuple[Rulebook, dict[str, Decimal]]:
    """The rulebook and the norms with these values; a number of the document is replaced in the rulebook."""
    annual = {key: value for key, value in values.items() if rulebook.parameters[key].annual_norm}
    parameters = dict(rulebook.parameters)
    for key in values.keys() - annual.keys():
        own = parameters[key]
        parameters[key] = replace(own, value=int(values[key]) if own.type == "int" else values[key])
    return replace(rulebook, parameters=parameters), {**norms, **annual}


def _analysed(scenarios: tuple[Scenario, ...], refused: tuple[tuple[Mapping[str, Decimal], str], ...]) -> Scenarios:
    counted = Counter(atom for item in scenarios for atom in set(item.plan.atoms))
    moved = {atom.fact for atom, count in counted.items() if count < len(scenarios)}
    atoms = tuple(atom for atom in scenarios[0].plan.atoms if atom.fact not in moved)
    edges = {fact: _edges(fact, scenarios) for fact in scenarios[0].plan.facts if fact in moved}
    features = _Features(atoms)
    left = tuple(
        {key: features.reduce(item.plan, formula) for key, formula in item.plan.possible.items()} for item in scenarios
    )
    return Scenarios(scenarios, refused, atoms, features.found(), edges, left)


def _edges(fact: str, scenarios: tuple[Scenario, ...]) -> tuple[int, ...]:
    """The values at which some comparison of the fact changes, ascending."""
    found: set[int] = set()
    for atom in {atom for item in scenarios for atom in item.plan.atoms if atom.fact == fact}:
        steps = {"ge": (0,), "lt": (0,), "gt": (1,), "le": (1,)}.get(atom.op, (0, 1))
        operands = atom.operand if isinstance(atom.operand, tuple) else (atom.operand,)
        found |= {value + step for value in operands for step in steps if isinstance(value, int)}
    return tuple(sorted(found))


def _kinds(plan: Plan, fact: str, edges: tuple[int, ...]) -> tuple[list[tuple[int, int]], list[int]]:
    """The states that the plan tells apart, and which one each bucket has; the last bucket, -1, is the unknown one."""
    states = [_states(plan, fact, value) for value in (edges[0] - 1, *edges, None)]
    kinds = list(dict.fromkeys(states))
    return kinds, [kinds.index(state) for state in states]


def _states(plan: Plan, fact: str, value: Physical | None) -> tuple[int, int]:
    """Which comparisons of the fact are true, and which may be, of this value; bits by the plan's index."""
    true = maybe = 0
    for index, atom in enumerate(plan.atoms):
        if atom.fact != fact:
            continue
        if value is None or atom.unset is not None:
            maybe |= 1 << index
        elif holds(atom, value, {}):
            true, maybe = true | 1 << index, maybe | 1 << index
    return true, maybe


def _holds(formula: Formula, true: int, maybe: int) -> bool:
    match formula:
        case Terms(wanted, unwanted):
            return all(maybe >> index & 1 for index in wanted) and not any(true >> index & 1 for index in unwanted)
        case TogetherOf(items):
            return all(_holds(item, true, maybe) for item in items)
        case OneOf(items):
            return any(_holds(item, true, maybe) for item in items)


class _Features:
    """Collects the parts of formulas that concern no moved fact; equal parts of several plans are one feature."""

    def __init__(self, atoms: tuple[Atom, ...]) -> None:
        self._index = {atom: index for index, atom in enumerate(atoms)}
        self._found: dict[object, tuple[int, Formula]] = {}

    def found(self) -> tuple[Formula, ...]:
        return tuple(formula for _, formula in self._found.values())

    def reduce(self, plan: Plan, formula: Formula) -> Formula:
        """The formula with each such part replaced by its feature: an atom above the plan's own, true or false."""
        fixed = frozenset(index for index, atom in enumerate(plan.atoms) if atom in self._index)

        def visit(item: Formula) -> Formula:
            touched = _touched(item)
            if touched <= fixed:
                return self._feature(plan, item)
            if isinstance(item, Terms) and not touched & fixed:
                return item
            if isinstance(item, OneOf):
                free, rest = _sorted_out(item.items, fixed)
                return one_of([*([visit(one_of(free))] if free else []), *map(visit, rest)])
            parts = [part for child in _items(item) for part in _parted(child, fixed)]
            free, rest = _sorted_out(parts, fixed)
            return together_of([*([visit(together_of(free))] if free else []), *map(visit, rest)])

        return visit(formula)

    def _feature(self, plan: Plan, item: Formula) -> Formula:
        if item in (ALWAYS, NEVER):
            return item
        own = _renamed(item, {index: self._index[plan.atoms[index]] for index in _touched(item)})
        number, _ = self._found.setdefault(_shape(own), (len(self._found), own))
        return Terms(frozenset({len(plan.atoms) + number}))


def _items(item: Terms | TogetherOf) -> tuple[Formula, ...]:
    return (item,) if isinstance(item, Terms) else item.items


def _touched(item: Formula) -> frozenset[int]:
    if isinstance(item, Terms):
        return item.true | item.false
    return frozenset(index for child in item.items for index in _touched(child))


def _parted(item: Formula, fixed: frozenset[int]) -> list[Formula]:
    """Plain terms in two: those of facts that stay, those of facts that are moved."""
    if not isinstance(item, Terms):
        return [item]
    parts = [Terms(item.true & fixed, item.false & fixed), Terms(item.true - fixed, item.false - fixed)]
    return [part for part in parts if part != ALWAYS]


def _sorted_out(items: Iterable[Formula], fixed: frozenset[int]) -> tuple[list[Formula], list[Formula]]:
    """The items that concern no moved fact, and the others."""
    free: list[Formula] = []
    rest: list[Formula] = []
    for item in items:
        (free if _touched(item) <= fixed else rest).append(item)
    return free, rest


def _renamed(item: Formula, names: Mapping[int, int]) -> Formula:
    match item:
        case Terms(true, false):
            return Terms(frozenset(names[i] for i in true), frozenset(names[i] for i in false))
        case TogetherOf(items):
            return TogetherOf(tuple(_renamed(child, names) for child in items))
        case OneOf(items):
            return OneOf(tuple(_renamed(child, names) for child in items))


def _shape(item: Formula) -> object:
    """Equal for formulas that differ only in the order of their parts."""
    if isinstance(item, Terms):
        return item
    return type(item), frozenset(_shape(child) for child in item.items)
