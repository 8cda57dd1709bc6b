"""Plans put to the solver: what a rulebook promises on a basis date, for every complete business and every norm."""

import datetime
from collections.abc import Mapping
from decimal import Decimal

from rulecore.check.proof import Encoding, Proof, prove
from rulecore.errors import NormsError, Problem, RulebookError
from rulecore.model import All, AnyOf, Compare, Expression, Literal, Member, Not, ParameterRef, Rulebook, Scalar, Value
from rulecore.plan.atom import Physical
from rulecore.plan.bind import bind
from rulecore.plan.nnf import And, Lit, Nnf, Or
from rulecore.plan.plan import Plan


def proof_day(book: Rulebook) -> datetime.date:
    """The basis date of proofs that are asked for without one."""
    return datetime.date(book.valid_from.year + 1, 7, 1)


def proved(book: Rulebook, standard: str, day: datetime.date) -> Proof:
    """What the solver says of a standard on a basis date.

    Raises:
        RulebookError: fixed parameters break the declared order.
        UndecidedError: the solver gave up.
    """
    plan = bound(book, day, {}, standard)
    return prove(encoded(plan), {key: in_words(plan, item) for key, item in plan.chosen.items()})


def bound(book: Rulebook, day: datetime.date, norms: Mapping[str, Decimal], standard: str) -> Plan:
    """The plan; a fixed parameter out of its order is the rulebook's fault and named with its line.

    Raises:
        RulebookError: fixed parameters break the declared order.
        NormsError: the norms do not fit.
    """
    try:
        return bind(book, as_of=day, norms=norms, standard=standard)
    except NormsError as error:
        if norms:
            raise
        raise RulebookError(*(_placed(book, problem) for problem in error.problems)) from error


def _placed(book: Rulebook, problem: Problem) -> Problem:
    path = ("parameters", problem.where, "below")
    file, line = book.place(*path)
    return Problem(file, problem.message, line, ".".join(path), problem.value)


def encoded(plan: Plan, mark: str = "") -> Encoding:
    """The plan's standard for the solver, its unset norms open."""
    return Encoding(plan.rulebook, plan.standard.key, plan.values, mark)


def in_words(plan: Plan, item: Nnf) -> Expression:
    """A composed condition of the plan, back in the words of the language."""
    match item:
        case Lit(atom, positive):
            leaf = _leaf(plan, atom)
            return leaf if positive else Not(leaf)
        case And(items):
            return All(tuple(in_words(plan, child) for child in items))
        case Or(items):
            return AnyOf(tuple(in_words(plan, child) for child in items))


def _leaf(plan: Plan, index: int) -> Expression:
    atom = plan.atoms[index]
    kind = plan.rulebook.facts[atom.fact].type
    if atom.unset is not None:
        return Compare(atom.op, Value(atom.fact), ParameterRef(atom.unset))
    if isinstance(atom.operand, tuple):
        return Member(Value(atom.fact), tuple(_in_yuan(option, kind) for option in atom.operand))
    assert atom.operand is not None, atom
    return Compare(atom.op, Value(atom.fact), Literal(_in_yuan(atom.operand, kind)))


def _in_yuan(value: Physical, kind: str) -> Scalar:
    return Decimal(int(value)).scaleb(-2) if kind == "money" and isinstance(value, int) else value
