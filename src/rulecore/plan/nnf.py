"""Expressions over atoms with the negations pushed down to the atoms."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations

from rulecore.model import All, AnyOf, AtLeast, CriterionRef, Expression, Not


@dataclass(frozen=True)
class Lit:
    """An atom, or its negation when `positive` is false."""

    atom: int
    positive: bool = True


@dataclass(frozen=True)
class And:
    """All items hold; no items: true."""

    items: frozenset["Nnf"]


@dataclass(frozen=True)
class Or:
    """One item holds; no items: false."""

    items: frozenset["Nnf"]


Nnf = Lit | And | Or
TRUE = And(frozenset())
FALSE = Or(frozenset())


def normal_form(item: Expression, atom: Callable[[Expression], int], criterion: Callable[[str], Expression]) -> Nnf:
    """`item` with criteria expanded and negation pushed to the atoms; `atom` numbers a leaf."""

    def visit(node: Expression, *, positive: bool) -> Nnf:
        match node:
            case All(items):
                return (conjunction if positive else disjunction)(visit(child, positive=positive) for child in items)
            case AnyOf(items):
                return (disjunction if positive else conjunction)(visit(child, positive=positive) for child in items)
            case Not(child):
                return visit(child, positive=not positive)
            case CriterionRef(name):
                return visit(criterion(name), positive=positive)
            case AtLeast(count, items):
                needed = count if positive else len(items) - count + 1
                return disjunction(
                    conjunction(visit(child, positive=positive) for child in group)
                    for group in combinations(items, needed)
                )
            case leaf:
                return Lit(atom(leaf), positive)

    return visit(item, positive=True)


def negation(item: Nnf) -> Nnf:
    """What holds exactly when `item` does not."""
    match item:
        case Lit(atom, positive):
            return Lit(atom, not positive)
        case And(items):
            return disjunction(map(negation, items))
        case Or(items):
            return conjunction(map(negation, items))


def conjunction(items: Iterable[Nnf]) -> Nnf:
    """All of `items`, flattened."""
    flat: set[Nnf] = set()
    for item in items:
        if item == FALSE:
            return FALSE
        flat.update(item.items if isinstance(item, And) else {item})
    return next(iter(flat)) if len(flat) == 1 else And(frozenset(flat))


def disjunction(items: Iterable[Nnf]) -> Nnf:
    """One of `items`, flattened."""
    flat: set[Nnf] = set()
    for item in items:
        if item == TRUE:
            return TRUE
        flat.update(item.items if isinstance(item, Or) else {item})
    return next(iter(flat)) if len(flat) == 1 else Or(frozenset(flat))
