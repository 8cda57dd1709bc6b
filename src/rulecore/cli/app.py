"""The commands of rulecore."""

import contextlib
import datetime
import gc
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from rulecore.check import check
from rulecore.cli.cases import read_cases, run_cases
from rulecore.cli.norms import read_norms
from rulecore.engines import DEFAULT, NAMES, Engine, load, version
from rulecore.errors import FactsError, Problem, RulebookError, RulecoreError
from rulecore.model import TIERS, Rulebook, Standard
from rulecore.plan import Plan, bind
from rulecore.result import RunReport, manifest_of
from rulecore.source import facts_as_parquet, load_rulebook, strangers

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Law as data: check it, run it, explain it.")
_WIDTH = None if sys.stdout.isatty() else 160
"""Tables keep their columns whole where no terminal says how wide it is."""

output = Console(soft_wrap=True, highlight=False, width=_WIDTH)
errors = Console(stderr=True, soft_wrap=True, highlight=False, width=_WIDTH)

RulebookArgument = Annotated[Path, typer.Argument(help="Folder of the rulebook", show_default=False)]
AsOf = Annotated[datetime.datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Basis date")]
Norms = Annotated[Path | None, typer.Option("--norms", help="YAML map: parameter → yuan; missing key: not published")]
FactsOption = Annotated[Path, typer.Option("--facts", help="CSV, XLSX or Parquet file, or a folder of Parquet files")]
StandardOption = Annotated[str, typer.Option("--standard", help="Which standard of the rulebook")]
EngineOption = Annotated[str, typer.Option("--engine", help=f"One of {', '.join(NAMES)}")]


@app.callback()
def short_lived() -> None:
    """What a command loads it keeps to the end: garbage is looked for seldom."""
    gc.set_threshold(20_000)


@contextlib.contextmanager
def refusing() -> Iterator[None]:
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
def progress(text: str) -> Iterator[None]:
    """Says what is going on while it does; where nobody watches, nothing."""
    if not errors.is_terminal:
        yield
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        bar.add_task(text)
        yield


@app.command("test")
def test_command(
    rulebook: RulebookArgument,
    engine: Annotated[list[str] | None, typer.Option("--engine", help="Repeat for several; default: all")] = None,
) -> None:
    """Run the worked cases on every engine."""
    failed = 0
    with refusing():
        book = load_rulebook(rulebook)
        cases = read_cases(book, rulebook)
        for name in engine or NAMES:
            with progress(f"{name}: {len(cases)} cases"):
                failures = run_cases(book, cases, load(name))
            failed += len(failures)
            for failure in failures:
                errors.print(f"failed on {name}: {failure}", style="red", markup=False)
            output.print(f"{name}: {len(cases) - len({f.case.name for f in failures})} of {len(cases)} cases hold")
    if failed:
        raise typer.Exit(1)


@app.command("criteria")
def criteria_command(
    rulebook: RulebookArgument,
    standard: StandardOption = TIERS,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for scripts")] = False,
) -> None:
    """The criteria of a standard with the bit that each has in the masks."""
    with refusing():
        book = load_rulebook(rulebook)
        check(book)
        asked = standard_of(book, standard, rulebook)
    rows = [
        {
            "key": criterion.key,
            "bit": bit,
            "clause": criterion.clause,
            "letter": criterion.letter,
            "label": criterion.label,
        }
        for bit, criterion in enumerate(asked.criteria.values())
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table("bit", "key", "clause", "label")
    for row in rows:
        table.add_row(str(row["bit"]), str(row["key"]), str(row["clause"]), str(row["label"]))
    output.print(table)


def _written(engine: Engine, plan: Plan, files: Sequence[Path], out: Path) -> RunReport:
    """Run and put the output in its place only when it is whole; Spark writes a folder."""
    unfinished = out.with_name(f".{out.name}.part")
    try:
        report = engine.run(plan, files, unfinished)
        if out.is_dir():
            shutil.rmtree(out)
        unfinished.replace(out)
    finally:
        if unfinished.is_dir():
            shutil.rmtree(unfinished)
        unfinished.unlink(missing_ok=True)
    return report


ROOT_UNASKED = 200_000
"""Up to so many rows a receipt has its Merkle root unasked: hashing takes longer than judging."""


def _warn(unknown_codes: Mapping[tuple[str, str], int]) -> None:
    for (fact, code), count in sorted(unknown_codes.items()):
        text = f"warning: {fact}: {code} is no code of the rulebook; treated as unknown in {count:,} rows"
        errors.print(text, style="yellow", markup=False)


@app.command("run")
def run_command(
    rulebook: RulebookArgument,
    as_of: AsOf,
    facts: FactsOption,
    out: Annotated[Path, typer.Option("--out", help="Parquet file to write")],
    norms: Norms = None,
    standard: StandardOption = TIERS,
    engine: EngineOption = DEFAULT,
    manifest: Annotated[
        Path | None, typer.Option("--manifest", help="Receipt to write; default: beside the output")
    ] = None,
    root: Annotated[
        bool | None, typer.Option("--root/--no-root", help="Merkle root in the receipt; default: see docs/verify.md")
    ] = None,
) -> None:
    """Judge a population: facts in, results with every criterion's outcome out, and a receipt."""
    with refusing(), TemporaryDirectory() as workspace:
        plan = planned(rulebook, as_of, norms, standard)
        chosen = load(engine)
        if not out.parent.is_dir():
            raise FactsError(Problem(str(out), "its folder does not exist"))
        with progress(f"{engine}: {facts}"):
            files = facts_as_parquet(plan.rulebook, facts, Path(workspace), standard)
            report = _written(chosen, plan, files, out)
            unknown_codes = strangers(plan.facts, files)
        _warn(unknown_codes)
        receipt = manifest or out.with_suffix(".manifest.json")
        about = {"engine": engine, "engine_version": version(engine)}
        with_root = root if root is not None else manifest is not None or report.rows <= ROOT_UNASKED
        with progress(f"receipt: {receipt}"):
            text = manifest_of(plan, report, facts=facts, results=out, with_root=with_root, **about).text()
        receipt.write_text(text, encoding="utf-8")
    _print_tiers(plan, report.tiers, report.rows)
    output.print(f"written: {out}\nreceipt: {receipt}", markup=False)
    if not with_root:
        output.print("the receipt has no Merkle root: ask with --root; it takes longer than the run", markup=False)


def _print_tiers(plan: Plan, tiers: Any, rows: int) -> None:
    table = Table("tier", "label", "businesses", "share")
    for key in (*plan.outcomes, None):
        count = tiers.get(key, 0)
        share = f"{100 * count / rows:.2f} %" if rows else "–"
        table.add_row(key or "(several possible)", plan.standard.label(key) if key else "待数据", f"{count:,}", share)
    output.print(table)
    if plan.unset:
        output.print(f"not published: {', '.join(sorted(plan.unset))}", markup=False)


def planned(rulebook: Path, as_of: datetime.datetime, norms: Path | None, standard: str = TIERS) -> Plan:
    """The plan of one standard of the rulebook in a folder.

    Raises:
        RulecoreError: the rulebook or the norms do not fit, or it has no such standard.
    """
    book: Rulebook = load_rulebook(rulebook)
    standard_of(book, standard, rulebook)
    return bind(book, as_of=as_of.date(), norms=read_norms(norms), standard=standard)


def standard_of(book: Rulebook, key: str, folder: Path) -> Standard:
    """The standard with this key.

    Raises:
        RulebookError: there is none; the message lists those that exist.
    """
    if key not in book.standards:
        raise RulebookError(Problem(str(folder), f"no standard named {key}; there are {', '.join(book.standards)}"))
    return book.standards[key]
