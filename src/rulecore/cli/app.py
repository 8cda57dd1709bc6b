"""The commands of rulecore."""

import contextlib
import datetime
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import pyarrow.parquet as pq
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from rulecore.check import check
from rulecore.cli.cases import read_cases, run_cases
from rulecore.cli.norms import read_norms
from rulecore.engines import DEFAULT, NAMES, load
from rulecore.errors import FactsError, Problem, RulecoreError
from rulecore.explain import explain
from rulecore.model import Rulebook
from rulecore.plan import Plan, bind
from rulecore.source import facts_as_parquet, load_rulebook

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Law as data: check it, run it, explain it.")
output, errors = Console(soft_wrap=True, highlight=False), Console(stderr=True, soft_wrap=True, highlight=False)

RulebookArgument = Annotated[Path, typer.Argument(help="Folder of the rulebook", show_default=False)]
AsOf = Annotated[datetime.datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Basis date")]
Norms = Annotated[Path | None, typer.Option("--norms", help="YAML map: parameter → yuan; missing key: not published")]
FactsOption = Annotated[Path, typer.Option("--facts", help="CSV, XLSX or Parquet file, or a folder of Parquet files")]
EngineOption = Annotated[str, typer.Option("--engine", help=f"One of {', '.join(NAMES)}")]


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Every problem on a line of its own, then exit code 2."""
    try:
        yield
    except RulecoreError as error:
        for problem in error.problems:
            errors.print(f"error: {problem}", style="red", markup=False)
        raise typer.Exit(2) from None
    except (ValueError, OSError) as error:
        errors.print(f"error: {error}", style="red", markup=False)
        raise typer.Exit(2) from None


@contextlib.contextmanager
def _progress(text: str) -> Iterator[None]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        bar.add_task(text)
        yield


@app.command("check")
def check_command(rulebook: RulebookArgument) -> None:
    """Is the rulebook well formed? Names file, line and key of every problem."""
    with _refusing():
        book = load_rulebook(rulebook)
        check(book)
        cases = read_cases(book, rulebook)
    counts = f"{len(book.facts)} facts, {len(book.criteria)} criteria, {len(cases)} cases"
    output.print(f"{book.key}/{book.edition} {book.document['number']}: well formed ({counts})")


@app.command("test")
def test_command(
    rulebook: RulebookArgument,
    engine: Annotated[list[str] | None, typer.Option("--engine", help="Repeat for several; default: all")] = None,
) -> None:
    """Run the worked cases on every engine."""
    failed = 0
    with _refusing():
        book = load_rulebook(rulebook)
        cases = read_cases(book, rulebook)
        for name in engine or NAMES:
            with _progress(f"{name}: {len(cases)} cases"):
                failures = run_cases(book, cases, load(name))
            failed += len(failures)
            for failure in failures:
                errors.print(f"failed on {name}: {failure}", style="red", markup=False)
            output.print(f"{name}: {len(cases) - len({f.case.name for f in failures})} of {len(cases)} cases hold")
    if failed:
        raise typer.Exit(1)


@app.command("criteria")
def criteria_command(
    rulebook: RulebookArgument, as_json: Annotated[bool, typer.Option("--json", help="JSON for scripts")] = False
) -> None:
    """The criteria with the bit that each has in the masks."""
    with _refusing():
        book = load_rulebook(rulebook)
        check(book)
    rows = [
        {
            "key": criterion.key,
            "bit": bit,
            "clause": criterion.clause,
            "letter": criterion.letter,
            "label": criterion.label,
        }
        for bit, criterion in enumerate(book.criteria.values())
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table("bit", "key", "clause", "label")
    for row in rows:
        table.add_row(str(row["bit"]), str(row["key"]), str(row["clause"]), str(row["label"]))
    output.print(table)


@app.command("run")
def run_command(
    rulebook: RulebookArgument,
    as_of: AsOf,
    facts: FactsOption,
    out: Annotated[Path, typer.Option("--out", help="Parquet file to write")],
    norms: Norms = None,
    engine: EngineOption = DEFAULT,
) -> None:
    """Judge a population: facts in, results with every criterion's outcome out."""
    with _refusing(), TemporaryDirectory() as workspace:
        plan = _plan(rulebook, as_of, norms)
        chosen = load(engine)
        if not out.parent.is_dir():
            raise FactsError(Problem(str(out), "its folder does not exist"))
        with _progress(f"{engine}: {facts}"):
            files = facts_as_parquet(plan.rulebook, facts, Path(workspace))
            unfinished = out.with_name(f".{out.name}.part")
            try:
                report = chosen.run(plan, files, unfinished)
                unfinished.replace(out)
            finally:
                unfinished.unlink(missing_ok=True)
    _print_tiers(plan, report.tiers, report.rows)
    output.print(f"written: {out}", markup=False)


def _print_tiers(plan: Plan, tiers: Any, rows: int) -> None:
    table = Table("tier", "label", "businesses", "share")
    for key in (*plan.outcomes, None):
        count = tiers.get(key, 0)
        share = f"{100 * count / rows:.2f} %" if rows else "–"
        table.add_row(
            key or "(several possible)", plan.rulebook.outcome_label(key) if key else "待数据", f"{count:,}", share
        )
    output.print(table)
    if plan.unset:
        output.print(f"not published: {', '.join(sorted(plan.unset))}", markup=False)


def _plan(rulebook: Path, as_of: datetime.datetime, norms: Path | None) -> Plan:
    book: Rulebook = load_rulebook(rulebook)
    return bind(book, as_of=as_of.date(), norms=read_norms(norms))


@app.command("explain")
def explain_command(
    rulebook: RulebookArgument,
    as_of: AsOf,
    facts: FactsOption,
    uscc: Annotated[str, typer.Option("--uscc", help="Credit code of the business")],
    norms: Norms = None,
) -> None:
    """Why one business got its result: clause by clause, in Chinese."""
    with _refusing(), TemporaryDirectory() as workspace:
        plan = _plan(rulebook, as_of, norms)
        files = facts_as_parquet(plan.rulebook, facts, Path(workspace))
        row = _row(plan, files, uscc, facts)
    typer.echo(f"{uscc}\n{explain(plan, row).text()}")


def _row(plan: Plan, files: Sequence[Path], uscc: str, given: Path) -> dict[str, Any]:
    subject = plan.rulebook.subject_key
    columns = [subject, *plan.rulebook.facts]
    found = [
        row
        for file in files
        for row in pq.read_table(file, columns=columns, filters=[(subject, "=", uscc)]).to_pylist()
    ]
    if not found:
        raise FactsError(Problem(str(given), "no business with this code", where=subject, value=uscc))
    if len(found) > 1:
        raise FactsError(
            Problem(str(given), f"{len(found)} rows with this code; one is expected", where=subject, value=uscc)
        )
    return found[0]
