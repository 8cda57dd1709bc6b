"""rulecore check: is a rulebook well formed, and does it keep what every rulebook promises?"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rulecore.check import check
from rulecore.check.wording import fact_text, scalar_text
from rulecore.cli.app import RulebookArgument, app, errors, output, progress, refusing
from rulecore.cli.cases import read_cases
from rulecore.model import (
    Rulebook,
    Scalar,
)
from rulecore.source import load_rulebook

if TYPE_CHECKING:
    from rulecore.check.proof import Example, Proof

ProofDay = Annotated[
    datetime.datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Basis date; default: 1 July after the first year of validity"),
]


@app.command("check")
def check_command(rulebook: RulebookArgument, as_of: ProofDay = None) -> None:
    """Is the rulebook well formed, and does it hold what it promises? Prints a business for every broken promise."""
    from rulecore.plan.proving import proof_day

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


def _prove(book: Rulebook, standard: str, day: datetime.date) -> bool:
    from rulecore.plan.proving import proved

    with progress(f"proving {standard}"):
        proof = proved(book, standard, day)
    _report(book, standard, day, proof)
    return proof.holds


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
