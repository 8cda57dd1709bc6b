"""Looking for a business: the solver finds one, then it is made as ordinary as the question allows."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import z3

from rulecore.check.proof.encoding import Business, Encoding, number
from rulecore.errors import Problem, RulecoreError
from rulecore.model import Compare, Fact, Literal, Scalar, walk

PATIENCE = 60_000
"""Milliseconds for one question; the questions of a rulebook take a few each."""


class UndecidedError(RulecoreError):
    """The solver gave up on a question; nothing is proved and nothing refuted."""


@dataclass(frozen=True)
class Example:
    """A complete business, the norms that it needs (yuan, where not given), the result and the criteria that hold."""

    facts: Mapping[str, Scalar]
    norms: Mapping[str, Decimal]
    outcome: str
    holds: frozenset[str] = frozenset()


def find(conditions: Sequence[z3.BoolRef], wishes: Sequence[Sequence[z3.BoolRef]] = ()) -> z3.ModelRef | None:
    """Values under which all `conditions` hold, None when there are none.

    Of each list of `wishes` the first that can still be granted is.

    Raises:
        UndecidedError: the solver gave up.
    """
    solver = z3.Solver()
    solver.set("timeout", PATIENCE)
    solver.add(*conditions)
    if not _satisfiable(solver):
        return None
    model = solver.model()
    for alternatives in wishes:
        for wish in alternatives:
            solver.push()
            solver.add(wish)
            if _satisfiable(solver):
                model = solver.model()
                break
            solver.pop()
    return model


def _satisfiable(solver: z3.Solver) -> bool:
    outcome = solver.check()
    if outcome == z3.unknown:
        raise UndecidedError(Problem("solver", f"a question was not decided: {solver.reason_unknown()}"))
    return bool(outcome == z3.sat)


def wishes(encoding: Encoding, *businesses: Business) -> list[list[z3.BoolRef]]:
    """Round norms, and facts as they are with most: nothing noted, zero, founded long ago, else near a threshold."""
    norms = [[term == (index + 1) * 10_000_000] for index, term in enumerate(encoding.norms.values())]
    facts = [
        [business[key] == value for value in _ordinary(encoding, fact)]
        for business in businesses
        for key, fact in encoding.facts.items()
    ]
    return [*norms, *facts]


def _ordinary(encoding: Encoding, fact: Fact) -> Iterator[bool | int]:
    if fact.type == "bool":
        yield fact.better is True
    elif fact.type in ("date", "month"):
        yield datetime.date(2015, 6, 1).toordinal()
    else:
        yield 0
    edges = {value for value in _thresholds(encoding, fact) if not isinstance(value, bool)}
    yield from sorted({edge + step for edge in edges for step in (-1, 0, 1)})


def _thresholds(encoding: Encoding, fact: Fact) -> Iterator[bool | int]:
    """What the standard compares the fact with, as far as that is fixed."""
    for item in encoding.standard.expressions():
        for node in walk(item):
            if isinstance(node, Compare) and node.left.name == fact.key:
                if isinstance(node.right, Literal):
                    yield encoding.number(fact.key, node.right.value)
                elif (value := encoding.values.get(node.right.name)) is not None:
                    yield number(value, "int") if fact.key not in encoding.codes else encoding.number(fact.key, value)


def example(encoding: Encoding, model: z3.ModelRef, business: Business) -> Example:
    """What the model says of a business."""

    def read(term: z3.ExprRef) -> z3.ExprRef:
        return model.eval(term, model_completion=True)

    criteria = encoding.standard.criteria.items()
    return Example(
        facts={key: _read(encoding, fact, read(business[key])) for key, fact in encoding.facts.items()},
        norms=norms_of(encoding, model),
        outcome=next(key for key, when in encoding.branches(business) if z3.is_true(read(when))),
        holds=frozenset(key for key, item in criteria if z3.is_true(read(encoding.truth(item.when, business)))),
    )


def norms_of(encoding: Encoding, model: z3.ModelRef) -> dict[str, Decimal]:
    """The norms of the model, yuan for money."""
    terms = encoding.norms.items()
    return {key: _amount(encoding, key, model.eval(term, model_completion=True)) for key, term in terms}


def _amount(encoding: Encoding, norm: str, term: z3.IntNumRef) -> Decimal:
    count = Decimal(term.as_long())
    return count.scaleb(-2) if encoding.rulebook.parameters[norm].type == "money" else count


def _read(encoding: Encoding, fact: Fact, term: z3.ExprRef) -> Scalar:
    if fact.type == "bool":
        return bool(z3.is_true(term))
    count = int(term.as_long())
    if fact.key in encoding.codes:
        return encoding.codes[fact.key][count]
    match fact.type:
        case "money":
            return Decimal(count).scaleb(-2)
        case "date" | "month":
            return datetime.date.fromordinal(count)
        case _:
            return count
