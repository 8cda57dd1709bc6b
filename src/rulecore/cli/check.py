"""rulecore check: is a rulebook well formed, and does it keep what every rulebook promises?"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from rulecore.check import check
from rulecore.check.wording import fact_text, scalar_text
from rulecore.cli.app import RulebookArgument, app, errors, output, progress, refusing
from rulecore.cli.cases import read_cases
from rulecore.errors import NormsError, Problem, RulebookError
from rulecore.model import (
    All,
    AnyOf,
    Compare,
    Expression,
    Literal,
    Member,
    Not,
    ParameterRef,
    Rulebook,
    Scalar,
    Value,
)
from rulecore.plan import And, Lit, Nnf, Or, Physical, Plan, bind
from rulecore.source import load_rulebook

if TYPE_CHECKING:
    from rulecore.check.proof import Encoding, Example, Proof

ProofDay = Annotated[
    datetime.datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Basis date; default: 1 July after the first year of validity"),
]


@app.command("check")
def check_command(rulebook: RulebookArgument, as_of: ProofDay = None) -> None:
    """Is the rulebook well formed, and does it hold what it promises? Prints a business for every broken promise."""
    with refusing():
        book = load_rulebook(rulebook)
        check(book)
        cases = read_cases(book, rulebook)
        counts = f"{len(book.facts)} facts, {len(book.criteria)} criteria, {len(cases)} cases"
        output.print(f"{book.key}/{book.edition} {book.document['number']}: well formed ({counts})")
        day = as_of.date() if as_of else proof_day(book)
        held = [_prove(book, standard, day) for standard in book.standards]
    if not all(held):
        raise typer.Exit(1)


def proof_day(book: Rulebook) -> datetime.date:
    """The basis date of proofs that are asked for without one."""
    return datetime.date(book.valid_from.year + 1, 7, 1)


def _prove(book: Rulebook, standard: str, day: datetime.date) -> bool:
    from rulecore.check.proof import prove

    with progress(f"proving {standard}"):
        plan = bound(book, day, {}, standard)
        encoding = encoded(plan)
        proof = prove(encoding, {key: in_words(plan, item) for key, item in plan.chosen.items()})
    _report(book, standard, day, proof)
    return proof.holds


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


def encoded(plan: Plan, mark: str = "") -> "Encoding":
    """The plan's standard for the solver, its unset norms open."""
    from rulecore.check.proof import Encoding

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


def _report(book: Rulebook, standard: str, day: datetime.date, proof: "Proof") -> None:
    failed = {item.claim for item in proof.refuted if not item.warning}
    output.print(f"{standard} on basis date {day}, for every complete business and every permitted norm:")
    for claim, count in proof.asked.items():
        output.print(f"  {'FAILED' if claim in failed else 'proved'}: {claim} ({count} questions)")
    if proof.overlaps:
        pairs = ", ".join(f"{one} before {two}" for one, two in proof.overlaps)
        output.print(f"  where outcomes overlap the order decides: {pairs}")
    for item in proof.refuted:
        word, style = ("warning", "yellow") if item.warning else ("error", "red")
        errors.print(f"{word}: {item.problem}", style=style, markup=False)
        for line in _examples(book, standard, item.examples):
            errors.print(f"  {line}", markup=False)


def _examples(book: Rulebook, standard: str, examples: "Sequence[Example]") -> Iterator[str]:
    """Businesses in Chinese: the result, the facts (of a second one those that differ), the norms that they need."""
    shown: Mapping[str, Scalar] = {}
    for example in examples:
        yield f"结果：{book.standards[standard].label(example.outcome)}（{example.outcome}）"
        for key, value in example.facts.items():
            if key not in shown or shown[key] != value:
                yield f"  {fact_text(book.facts[key], value)}"
        shown = example.facts
    for key, amount in (examples[0].norms if examples else {}).items():
        parameter = book.parameters[key]
        yield f"  当年认定标准 {parameter.label}：{scalar_text(amount, parameter.unit)}"
