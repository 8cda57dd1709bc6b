"""The exact set of possible outcomes, worked out once for a plan instead of row by row.

For an outcome the question is whether *some* completion of what is unknown brings it about. "Some" passes through *or*;
it passes through *and* only where the parts share no group of atoms. So a conjunction whose parts share a group is
multiplied out just there, and what remains are *terms*: sets of atoms that must each still be able to hold.
The result is a formula of bit tests, exact by construction, that costs a few integer operations a row.
"""

from rulecore.plan.cells import Cell, Group
from rulecore.plan.formula import ALWAYS, NEVER, Formula, Terms, one_of, together_of
from rulecore.plan.nnf import FALSE, TRUE, And, Lit, Nnf, Or, conjunction, disjunction


class Possibility:
    """Turns conditions over atoms into formulas, given the groups of the plan."""

    def __init__(self, groups: tuple[Group, ...]) -> None:
        self._groups = groups
        self._group_of = {atom: index for index, group in enumerate(groups) for atom in group.atoms}
        self._memo: dict[Nnf, Formula] = {}

    def formula(self, condition: Nnf) -> Formula:
        """When some completion of the unknown makes `condition` true."""
        if condition not in self._memo:
            self._memo[condition] = self._formula(condition)
        return self._memo[condition]

    def _formula(self, condition: Nnf) -> Formula:
        match condition:
            case Or(items):
                return one_of(self.formula(item) for item in _ordered(items))
            case And(items):
                return self._conjunction(items)
            case Lit():
                return self._conjunction(frozenset({condition}))

    def _conjunction(self, items: frozenset[Nnf]) -> Formula:
        simplified = self._propagate(items)
        if simplified is None:
            return NEVER
        literals, choices = simplified
        return together_of(self._component(*part) for part in self._components(literals, choices))

    def _propagate(self, items: frozenset[Nnf]) -> tuple[dict[int, dict[int, bool]], list[Or]] | None:
        """Literals by group and the choices left, after using what the literals settle; None: impossible."""
        literals: dict[int, dict[int, bool]] = {}
        choices: list[Or] = []
        pending = list(items)
        while pending:
            item = pending.pop()
            if isinstance(item, Lit):
                known = literals.setdefault(self._group_of[item.atom], {})
                if known.setdefault(item.atom, item.positive) != item.positive:
                    return None
                if not self._cells(self._group_of[item.atom], known):
                    return None
                pending.extend(choices)
                choices = []
            elif isinstance(item, And):
                pending.extend(item.items)
            else:
                reduced = self._reduce(item, literals)
                if reduced == FALSE:
                    return None
                if isinstance(reduced, Or):
                    choices.append(reduced)
                elif reduced != TRUE:
                    pending.append(reduced)
        return literals, choices

    def _cells(self, group: int, known: dict[int, bool]) -> list[Cell]:
        atoms = self._groups[group].atoms
        wanted = [(atoms.index(atom), value) for atom, value in known.items()]
        return [cell for cell in self._groups[group].cells if all(cell[i] == value for i, value in wanted)]

    def _reduce(self, item: Nnf, literals: dict[int, dict[int, bool]]) -> Nnf:
        """`item` with the atoms that the literals settle replaced by true or false."""
        match item:
            case Lit(atom, positive):
                group = self._group_of[atom]
                if group not in literals:
                    return item
                index = self._groups[group].atoms.index(atom)
                seen = {cell[index] for cell in self._cells(group, literals[group])}
                return item if len(seen) == 2 else (TRUE if seen == {positive} else FALSE)
            case And(items):
                return conjunction(self._reduce(child, literals) for child in items)
            case Or(items):
                return disjunction(self._reduce(child, literals) for child in items)

    def _components(
        self, literals: dict[int, dict[int, bool]], choices: list[Or]
    ) -> list[tuple[dict[int, dict[int, bool]], list[Or]]]:
        """Parts of a conjunction that share no group with each other."""
        parts: list[tuple[set[int], list[Or]]] = [({group}, []) for group in literals]
        for choice in choices:
            touched = self._touched(choice)
            near = [part for part in parts if part[0] & touched]
            parts = [part for part in parts if not part[0] & touched]
            parts.append((touched.union(*(p[0] for p in near)), [choice, *(c for p in near for c in p[1])]))
        return [({g: literals[g] for g in sorted(part) if g in literals}, inner) for part, inner in parts]

    def _touched(self, item: Nnf) -> set[int]:
        if isinstance(item, Lit):
            return {self._group_of[item.atom]}
        return {group for child in item.items for group in self._touched(child)}

    def _component(self, literals: dict[int, dict[int, bool]], choices: list[Or]) -> Formula:
        if not choices:
            return together_of(self._group_formula(group, known) for group, known in literals.items())
        if len(choices) == 1 and not literals:
            return self.formula(choices[0])
        first = min(choices, key=lambda choice: (len(choice.items), repr(choice)))
        rest = [Lit(atom, value) for known in literals.values() for atom, value in known.items()]
        others = [choice for choice in choices if choice is not first]
        return one_of(self.formula(conjunction([*rest, *others, item])) for item in _ordered(first.items))

    def _group_formula(self, group: int, known: dict[int, bool]) -> Formula:
        cells = self._cells(group, known)
        if len(cells) == len(self._groups[group].cells):
            return ALWAYS
        if not self._groups[group].free:
            return _terms(known)
        atoms = self._groups[group].atoms
        return one_of(_terms(dict(zip(atoms, cell, strict=True))) for cell in sorted(cells))


def _ordered(items: frozenset[Nnf]) -> list[Nnf]:
    """The same order on every run, whatever the hashes."""
    return sorted(items, key=_sort_key)


def _sort_key(item: Nnf) -> tuple[int, str]:
    match item:
        case Lit(atom, positive):
            return 0, f"{atom:04d}{positive}"
        case And(items) | Or(items):
            return 1 + isinstance(item, Or), "".join(f"{a}{b}" for a, b in sorted(map(_sort_key, items)))


def _terms(known: dict[int, bool]) -> Terms:
    return Terms(
        frozenset(atom for atom, value in known.items() if value),
        frozenset(atom for atom, value in known.items() if not value),
    )
