"""rulecore mutants: how many seeded faults the worked cases tell from the law."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from rulecore.check import check
from rulecore.check.mutation import Mutant, mutants
from rulecore.cli.app import RulebookArgument, app, errors, output, refusing
from rulecore.cli.cases import Case, read_cases, run_cases, together
from rulecore.engines import DEFAULT, Engine, load
from rulecore.errors import RulecoreError
from rulecore.model import Rulebook
from rulecore.source import load_rulebook

WANTED = Decimal(95)
"""Per cent of the faults, those aside that change nothing."""


@dataclass(frozen=True)
class Verdict:
    """What became of a fault: the case that failed, or `equivalent` where it is proved to change nothing."""

    mutant: Mutant
    killed_by: str | None
    equivalent: bool = False

    @property
    def survived(self) -> bool:
        """Whether no case tells the fault from the law, though it changes something."""
        return self.killed_by is None and not self.equivalent


@app.command("mutants")
def mutants_command(
    rulebook: RulebookArgument,
    out: Annotated[Path | None, typer.Option("--out", help="JSON file for the result")] = None,
    every: Annotated[int, typer.Option("--every", min=1, help="Only every n-th fault")] = 1,
) -> None:
    """Seed faults in the rulebook and count those that the worked cases find; exit code 1 below 95 %."""
    from rich.progress import track

    with refusing():
        book = load_rulebook(rulebook)
        check(book)
        cases = read_cases(book, rulebook)
        seeded = list(mutants(book))[::every]
        trial = judged(book, cases, seeded, load(DEFAULT))
        verdicts = list(track(trial, "mutants", len(seeded), console=errors, transient=True))
    summary = {
        "command": f"rulecore mutants {book.key}/{book.edition} --every {every}",
        **_summary(book, cases, verdicts),
    }
    if out is not None:
        out.write_text(f"{json.dumps(summary, ensure_ascii=False, indent=2)}\n", encoding="utf-8")
    for survivor in summary["survivors"]:
        errors.print(f"survived: {survivor}", style="red", markup=False)
    shown = ("mutants", "killed", "equivalent", "kill_rate_percent")
    output.print(", ".join(f"{key} {summary[key]}" for key in shown))
    if rate(verdicts) < WANTED:
        raise typer.Exit(1)


def judged(book: Rulebook, cases: Sequence[Case], seeded: Sequence[Mutant], engine: Engine) -> Iterator[Verdict]:
    """Run the cases on each faulty rulebook until one fails; of the rest, prove which change nothing."""
    groups = sorted(together(cases), key=lambda group: (group[0].sources is not None, -len(group)))
    for mutant in seeded:
        killed_by = None
        for group in [g for g in groups if _touches(mutant, g[0])]:
            killed_by = _killer(mutant, group, engine)
            if killed_by is not None:
                groups.sort(key=lambda other: other is not group)
                break
        yield Verdict(mutant, killed_by, killed_by is None and changes_nothing(book, cases, mutant))


def _touches(mutant: Mutant, case: Case) -> bool:
    """Whether the fault can change anything that the case sees: its standard, or the way to a fact of its standard."""
    match mutant.path[0]:
        case "parameters":
            return True
        case "facts":
            key = mutant.path[1]
            asked = key in mutant.rulebook.facts_of(case.standard)
            return asked and mutant.rulebook.facts[key].derivation.source in (case.sources or {})
        case standard:
            return standard == case.standard


def _killer(mutant: Mutant, group: Sequence[Case], engine: Engine) -> str | None:
    """The first case of the group that fails, or how the rulebook was refused."""
    shifted = [
        replace(case, norms={key: value + mutant.shift.get(key, 0) for key, value in case.norms.items()})
        for case in group
    ]
    try:
        failures = run_cases(mutant.rulebook, shifted, engine)
    except RulecoreError as error:
        return f"refused: {error.problems[0].message}"
    return failures[0].case.name if failures else None


def changes_nothing(book: Rulebook, cases: Sequence[Case], mutant: Mutant) -> bool:
    """Whether the fault is proved to change no criterion, result or fact, on any basis date of the cases."""
    if mutant.shift:
        return False
    days = sorted({case.as_of for case in cases})
    compare = _same_facts if mutant.in_derivation else _same_results
    return all(compare(book, mutant, day) for day in days)


def _same_results(book: Rulebook, mutant: Mutant, day: date) -> bool:
    from rulecore.check.proof import same_results
    from rulecore.plan.proving import bound, encoded

    if mutant.path[0] == "parameters":
        return False
    plans = [bound(item, day, {}, mutant.path[0]) for item in (book, mutant.rulebook)]
    return same_results(encoded(plans[0]), encoded(plans[1]))


def _same_facts(book: Rulebook, mutant: Mutant, day: date) -> bool:
    from rulecore.check.proof import same_rows
    from rulecore.plan.proving import bound

    key = mutant.path[1]
    one, two = (
        (item.facts[key].derivation, bound(item, day, {}, next(iter(item.standards))).values)
        for item in (book, mutant.rulebook)
    )
    return same_rows(book.sources[book.facts[key].source], one, two)


def rate(verdicts: Sequence[Verdict]) -> Decimal:
    """Per cent of the faults that a case found, of those that change anything."""
    counted = [item for item in verdicts if not item.equivalent]
    killed = sum(item.killed_by is not None for item in counted)
    return (Decimal(100) * killed / (len(counted) or 1)).quantize(Decimal("0.1"))


def _summary(book: Rulebook, cases: Sequence[Case], verdicts: Sequence[Verdict]) -> dict[str, Any]:
    return {
        "rulebook": f"{book.key}/{book.edition}",
        "sha256": book.sha256,
        "engine": DEFAULT,
        "cases": len(cases),
        "mutants": len(verdicts),
        "killed": sum(item.killed_by is not None for item in verdicts),
        "equivalent": sum(item.equivalent for item in verdicts),
        "kill_rate_percent": str(rate(verdicts)),
        "wanted_percent": str(WANTED),
        "equivalents": [str(item.mutant) for item in verdicts if item.equivalent],
        "survivors": [str(item.mutant) for item in verdicts if item.survived],
    }
