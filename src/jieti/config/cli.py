"""The command `jieti`: demonstration, service and administration."""

import contextlib
import datetime
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from jieti.config import service
from jieti.kit.embedded_postgres import PostgresUnavailableError
from jieti.kit.errors import Refusal
from rulecore.errors import RulebookError

if TYPE_CHECKING:
    from jieti.demo.rehearsal_summary import Summary

app = typer.Typer(
    help="阶梯 Jieti: the tiers of individually-owned businesses.", no_args_is_help=True, pretty_exceptions_enable=False
)
audit_app = typer.Typer(help="The audit record.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")
console = Console()
errors = Console(stderr=True)

Tell = Callable[[str, int], None]
UNUSABLE = 2
BROKEN = 1
FORESEEN = (
    service.ServiceError,
    PostgresUnavailableError,
    OperationalError,
    RulebookError,
    Refusal,
    FileNotFoundError,
    ImproperlyConfigured,
    ValueError,
)
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")]
ONE_DAY = "Only this day; today's proves what there is so far."
Digests = Annotated[Path | None, typer.Option(help="Kept digests (JSON) to compare with.", exists=True, dir_okay=False)]
Day = Annotated[datetime.datetime | None, typer.Option(formats=["%Y-%m-%d"], help=ONE_DAY)]
Businesses = Annotated[int, typer.Option(min=1, help="How many businesses.")]


@app.command("demo-data")
def demo_data(
    out: Annotated[Path, typer.Option(help="Folder to write to; made when missing.")],
    businesses: Businesses = 40_000,
    seed: Annotated[int | None, typer.Option(help="Same seed, same bytes.")] = None,
    basis_date: Annotated[
        datetime.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Default: 1 July of this year.")
    ] = None,
) -> None:
    """Write what eight departments would deliver about a made-up population."""
    service.set_up()
    from jieti.demo.population import SEED
    from jieti.demo.seed import basis_date_of_this_year, write_deliveries

    day = basis_date.date() if basis_date else basis_date_of_this_year()
    chosen = SEED if seed is None else seed
    with _complaints(), _progress("demo data") as tell:
        write_deliveries(businesses=businesses, out=out, seed=chosen, basis_date=day, tell=tell)
    for file in sorted(out.iterdir()):
        console.print(f"{file}  {file.stat().st_size:,} bytes")


@app.command()
def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    businesses: Businesses = 40_000,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve once the data is there.")] = True,
) -> None:
    """Show the whole path on a made-up district; what an earlier start has done is not done again."""
    os.environ.setdefault("JIETI_SECOND_FACTOR", "optional")
    with _complaints():
        if serve:
            service.check_port(host, port)
        with service.database(collected_static=True):
            service.prepare()
            from jieti.demo import seed

            with _progress("demo") as tell:
                seed.prepare(businesses=businesses, tell=tell)
            console.print(seed.summary(f"http://{host}:{port}"), markup=False, highlight=False, soft_wrap=True)
            if serve:
                service.serve(host, port)


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serve the site: database, web server and worker, until told to stop."""
    with _complaints():
        service.check_port(host, port)
        with service.database(collected_static=True):
            service.prepare()
            console.print(f"http://{host}:{port}")
            service.serve(host, port)


@app.command()
def clock(
    day: Annotated[datetime.datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="Left out: today.")] = None,
) -> None:
    """Choose the site's day for training and rehearsals; JIETI_SIMULATED_CLOCK=1 has to allow it."""
    service.set_up()
    from jieti.kit import clock as site_clock

    with _complaints():
        site_clock.set_today(day.date() if day else None)
        console.print(site_clock.today().isoformat())


@app.command()
def rehearse(
    years: Annotated[int, typer.Option(min=1, max=20, help="How many years.")] = 3,
    businesses: Annotated[int, typer.Option(min=50, help="How many businesses.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Same seed, same years.")] = 1,
) -> None:
    """Play whole years on a site that is thrown away; exit code 1 and the first thing that did not hold."""
    from jieti.demo.rehearsal_site import throw_away_site

    with _complaints(), throw_away_site() as folder:
        from jieti.demo.rehearsal import Rehearsal
        from jieti.demo.rehearsal_invariants import BrokenInvariantError

        try:
            with _progress("rehearsal") as tell:
                played = Rehearsal(years=years, businesses=businesses, seed=seed, folder=folder / "files", tell=tell)
                summary = played.play()
        except BrokenInvariantError as broken:
            errors.print(str(broken), markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(BROKEN) from broken
        _print_rehearsal(f"演练{years}年，{businesses:,}户，种子{seed}", summary)


def _print_rehearsal(title: str, summary: "Summary") -> None:
    """What was played, then what held: the first that had not held would have ended it."""
    played = Table("", "", "", title=title, show_header=False)
    last = ""
    for group, item, number in summary.rows():
        played.add_row("" if group == last else group, item, f"{number:,}")
        last = group
    held = Table("每天必须成立", "检查次数", "不成立", title="检查结果：全部成立")
    for invariant, times in summary.checks.items():
        held.add_row(invariant, f"{times:,}", "0")
    console.print(played)
    console.print(held)


@app.command("rehearse-recognitions")
def rehearse_recognitions(
    years: Annotated[int, typer.Option(min=1, max=20, help="How many years.")] = 5,
    businesses: Annotated[int, typer.Option(min=200, help="How many businesses.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Same seed, same years.")] = 1,
) -> None:
    """Play years of campaigns and titles on a site that is thrown away; exit code 1 and the first broken invariant."""
    from jieti.demo.rehearsal_site import throw_away_site

    with _complaints(), throw_away_site() as folder:
        from jieti.demo.recognition_rehearsal import RecognitionRehearsal
        from jieti.demo.rehearsal_invariants import BrokenInvariantError

        try:
            with _progress("recognitions") as tell:
                files = folder / "files"
                played = RecognitionRehearsal(years=years, businesses=businesses, seed=seed, folder=files, tell=tell)
                summary = played.play()
        except BrokenInvariantError as broken:
            errors.print(str(broken), markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(BROKEN) from broken
        table = Table("", "", title=f"{years} × {businesses:,}, seed {seed}", show_header=False)
        for title, number in summary.rows():
            table.add_row(title, f"{number:,}")
        console.print(table)


@app.command("manage", context_settings=PASS_ON, add_help_option=False)
def manage_command(context: typer.Context) -> None:
    """Run one of Django's own commands with the database running."""
    with _complaints():
        manage(context.args)


@audit_app.command("verify")
def audit_verify(digests: Digests = None) -> None:
    """Prove the audit record whole; exit code 1 and the first bent, missing or inserted record when it is not."""
    with _complaints(), service.database():
        service.check_tables()
        from jieti.audit.checking import verify
        from jieti.audit.digests import kept

        found = verify(kept=kept(digests.read_text(encoding="utf-8")) if digests else ())
    if found.broken:
        record = f"audit record {found.broken.event.pk}: " if found.broken.event else ""
        errors.print(f"{record}{found.broken}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(BROKEN)
    console.print(f"{found.records:,} audit records whole, last hash {found.last_hash}", soft_wrap=True)


@audit_app.command("digest")
def audit_digest(day: Day = None) -> None:
    """Print the digests of all closed days as JSON, to be kept outside the database; `verify --digests` compares."""
    with _complaints(), service.database():
        service.check_tables()
        from jieti.audit.actions import close_day
        from jieti.audit.digests import closed_days, digest_of, written

        close_day(by=None)
        found = closed_days() if day is None else [one for one in (digest_of(day.date()),) if one]
        if not found and day:
            raise Refusal(f"{day:%Y-%m-%d}没有审计记录。")
    console.print(written(found), markup=False, highlight=False, soft_wrap=True)


def manage(arguments: Sequence[str]) -> None:
    """Django's command line with the database running."""
    with service.database():
        from django.core.management import execute_from_command_line

        execute_from_command_line(["manage.py", *arguments])


@contextlib.contextmanager
def _complaints() -> Iterator[None]:
    """Foreseen failures end in one line and exit code 2, everything else in its traceback."""
    try:
        yield
    except FORESEEN as error:
        errors.print(f"jieti: {error}", markup=False, highlight=False)
        raise typer.Exit(UNUSABLE) from error


@contextlib.contextmanager
def _progress(title: str) -> Iterator[Tell]:
    percent = TextColumn("{task.percentage:>3.0f}%")
    with Progress(
        TextColumn("{task.description}"), BarColumn(), percent, TimeElapsedColumn(), console=console
    ) as progress:
        bar = progress.add_task(title, total=100)
        yield lambda stage, percent: progress.update(bar, description=stage, completed=percent)
