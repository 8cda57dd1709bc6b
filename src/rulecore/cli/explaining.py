"""rulecore explain: why one business got its result, what would better it, when it will change by itself."""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import pyarrow.parquet as pq
import typer

from rulecore.cli.app import AsOf, FactsOption, Norms, RulebookArgument, StandardOption, app, planned, refusing
from rulecore.errors import FactsError, Problem
from rulecore.model import TIERS
from rulecore.plan import Plan
from rulecore.source import facts_as_parquet


@app.command("explain")
def explain_command(
    rulebook: RulebookArgument,
    as_of: AsOf,
    facts: FactsOption,
    uscc: Annotated[str, typer.Option("--uscc", help="Credit code of the business")],
    norms: Norms = None,
    standard: StandardOption = TIERS,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for scripts, everything included")] = False,
    what_if: Annotated[
        bool, typer.Option("--what-if", help="Every way to a better result, and every day of change, in full")
    ] = False,
) -> None:
    """Why one business got its result, clause by clause, in Chinese; what would better it and when it will change."""
    from rulecore.explain import explain

    with refusing(), TemporaryDirectory() as workspace:
        plan = planned(rulebook, as_of, norms, standard)
        files = facts_as_parquet(plan.rulebook, facts, Path(workspace), standard)
        explanation = explain(plan, _row(plan, files, uscc, facts))
    if as_json:
        subject = {plan.rulebook.subject_key: uscc}
        typer.echo(json.dumps(subject | explanation.as_json(), ensure_ascii=False, indent=2))
        return
    typer.echo(f"{uscc}\n{explanation.what_if_text() if what_if else explanation.text()}")


def _row(plan: Plan, files: Sequence[Path], uscc: str, given: Path) -> dict[str, Any]:
    subject = plan.rulebook.subject_key
    columns = [subject, *plan.facts]
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
