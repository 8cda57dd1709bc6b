"""rulecore diff: what another text of the law says differently, and a business for every kind of changed result."""

import datetime
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rulecore.check.changes import Change, changes
from rulecore.check.wording import fact_text, scalar_text
from rulecore.cli.app import Norms, app, output, progress, refusing
from rulecore.cli.check import ProofDay
from rulecore.cli.norms import read_norms
from rulecore.model import Rulebook, Scalar
from rulecore.source import load_rulebook

if TYPE_CHECKING:
    from rulecore.check.proof import Example, Witness


@app.command("diff")
def diff_command(
    old: Annotated[Path, typer.Argument(help="Folder of the old rulebook", show_default=False)],
    new: Annotated[Path, typer.Argument(help="Folder of the new rulebook", show_default=False)],
    as_of: ProofDay = None,
    norms: Norms = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for scripts")] = False,
) -> None:
    """What changed between two rulebooks, and one business for every kind of result that changes with it."""
    from rulecore.plan.proving import proof_day

    with refusing():
        before, after = load_rulebook(old), load_rulebook(new)
        day = as_of.date() if as_of else proof_day(after)
        given = read_norms(norms)
        written = changes(before, after)
        shared = [key for key in before.standards if key in after.standards]
        with progress("looking for businesses"):
            found = {key: list(_witnesses(before, after, key, day=day, norms=given)) for key in shared}
    if as_json:
        typer.echo(json.dumps(_as_data(day, written, found), ensure_ascii=False, indent=2))
        return
    _print_changes(written)
    for key, items in found.items():
        output.print(f"{key} on basis date {day}: {len(items)} kinds of change in results", markup=False)
        for item in items:
            for line in _lines(before, after, key, item):
                output.print(f"  {line}", markup=False)


def _witnesses(
    before: Rulebook, after: Rulebook, standard: str, *, day: datetime.date, norms: Mapping[str, Decimal]
) -> "Iterator[Witness]":
    from rulecore.check.proof import witnesses
    from rulecore.plan.proving import bound, encoded

    plans = [bound(book, day, _known(book, norms), standard) for book in (before, after)]
    return witnesses(encoded(plans[0]), encoded(plans[1], " (new)"))


def _known(book: Rulebook, norms: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The norms that this rulebook asks for."""
    return {key: value for key, value in norms.items() if key in book.parameters and book.parameters[key].annual_norm}


def _print_changes(written: list[Change]) -> None:
    output.print(f"{len(written)} differences in the text", markup=False)
    for item in written:
        head = " ".join(part for part in (item.how, item.section, item.key, item.aspect) if part)
        output.print(f"  {head}{f'（{item.clause}）' if item.clause else ''}", markup=False)
        for sign, text in (("-", item.old), ("+", item.new)):
            if text:
                output.print(f"    {sign} {text}", markup=False)


def _lines(before: Rulebook, after: Rulebook, standard: str, item: "Witness") -> Iterator[str]:
    """A witness in Chinese: both results, then the facts; those of one rulebook alone are marked."""
    was, now = (
        before.standards[standard].label(item.before.outcome),
        after.standards[standard].label(item.after.outcome),
    )
    yield f"{was}（{item.before.outcome}） → {now}（{item.after.outcome}）"
    for mark, book, mine, other in (("", before, item.before, item.after), ("新：", after, item.after, item.before)):
        for key, value in mine.facts.items():
            if key not in other.facts:
                yield f"  {'只有新标准问' if mark else '只有旧标准问'} {fact_text(book.facts[key], value)}"
            elif not mark or other.facts[key] != value:
                yield f"  {mark}{fact_text(book.facts[key], value)}"
    for key, amount in {**item.before.norms, **item.after.norms}.items():
        parameter = (after if key in item.after.norms else before).parameters[key]
        yield f"  当年认定标准 {parameter.label}：{scalar_text(amount, parameter.unit)}"


def _as_data(day: datetime.date, written: list[Change], found: Mapping[str, list["Witness"]]) -> dict[str, Any]:
    return {
        "as_of": day.isoformat(),
        "changes": [asdict(item) for item in written],
        "results": {
            key: [{"old": _example_data(item.before), "new": _example_data(item.after)} for item in items]
            for key, items in found.items()
        },
    }


def _example_data(item: "Example") -> dict[str, Any]:
    return {
        "outcome": item.outcome,
        "facts": {key: _plain(value) for key, value in item.facts.items()},
        "norms": {key: str(value) for key, value in item.norms.items()},
    }


def _plain(value: Scalar) -> bool | int | str:
    return value if isinstance(value, bool | int) else str(value)
