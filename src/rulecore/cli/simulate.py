"""Simulation: what other thresholds would do to the counts, the base of the quota, and whom they would move."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import typer
from rich.table import Table

from rulecore.cli.app import (
    AsOf,
    EngineOption,
    FactsOption,
    Norms,
    RulebookArgument,
    app,
    errors,
    output,
    progress,
    refusing,
)
from rulecore.cli.norms import read_norms
from rulecore.engines import DEFAULT, GroupingEngine, load_grouping
from rulecore.errors import FactsError, NormsError, Problem
from rulecore.plan import Scenarios, scenarios_of
from rulecore.result import Simulation, States, moves_of, states_of, tally, within
from rulecore.source import facts_as_parquet, load_rulebook

MANY = 1000
"""After so many values the range of one parameter is refused before it is written out."""


VaryOption = Annotated[
    list[str], typer.Option("--vary", help="parameter=from:to:step or parameter=a,b,c; repeat: cross")
]
ByOption = Annotated[
    list[str] | None, typer.Option("--by", help="Column of the facts, or column=FILE with it and the key; repeat")
]
QuotaOption = Annotated[
    list[str] | None, typer.Option("--quota-base", help="Results that form it; default: the ladder's two highest")
]
RunOption = Annotated[
    Path | None, typer.Option("--base-results", help="Results of a run; must equal the base scenario")
]
MoversOption = Annotated[Path | None, typer.Option("--movers", help="Parquet file: who moves, in which scenario")]
CsvOption = Annotated[Path | None, typer.Option("--csv", help="CSV file: every count of every scenario")]


@app.command("simulate")
def simulate_command(
    rulebook: RulebookArgument,
    as_of: AsOf,
    facts: FactsOption,
    vary: VaryOption,
    norms: Norms = None,
    by: ByOption = None,
    quota_base: QuotaOption = None,
    base_results: RunOption = None,
    movers: MoversOption = None,
    table: CsvOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for scripts")] = False,
    engine: EngineOption = DEFAULT,
) -> None:
    """Evaluate many thresholds in one scan. Exit code 1: the base scenario is not the real run's result."""
    with refusing():
        wanted = dict(_vary(text) for text in vary)
        book = load_rulebook(rulebook)
        scenarios = scenarios_of(book, as_of=as_of.date(), norms=read_norms(norms), vary=wanted)
        quota = _quota(scenarios, quota_base)
        with progress(f"{engine}: {len(scenarios.scenarios)} scenarios over {facts}"):
            found = _simulated(scenarios, load_grouping(engine), facts, by or [], movers)
        if table is not None:
            _write_csv(scenarios, found, table)
        differing = _compared(scenarios, found, base_results)
    typer.echo(_json(scenarios, found, quota)) if as_json else _print(scenarios, found, quota)
    for text in differing:
        errors.print(f"differs: {text}", style="red", markup=False)
    if differing:
        raise typer.Exit(1)


def _simulated(
    scenarios: Scenarios, engine: GroupingEngine, facts: Path, by: Sequence[str], movers: Path | None
) -> Simulation:
    with TemporaryDirectory() as folder:
        files = facts_as_parquet(scenarios.base.rulebook, facts, Path(folder), scenarios.base.standard.key)
        divided = dict(_divided(scenarios, by, files, Path(folder)))
        groups = engine.groups(scenarios, files, divided)
        if movers is not None:
            engine.movers(scenarios, files, moves_of(scenarios, groups), movers)
        return tally(scenarios, groups, list(divided))


def _vary(text: str) -> tuple[str, list[Decimal]]:
    key, sign, right = text.partition("=")
    try:
        parts = [Decimal(part) for part in right.replace(":", ",").split(",")]
    except InvalidOperation:
        parts = []
    if not (sign and key and parts and all(part.is_finite() for part in parts)):
        raise NormsError(Problem("vary", "parameter=from:to:step or parameter=a,b,c is expected", value=text))
    if ":" not in right:
        return key, list(dict.fromkeys(parts))
    if right.count(":") != 2 or len(parts) != 3 or parts[2] <= 0 or parts[0] > parts[1]:
        raise NormsError(Problem("vary", "from:to:step rises from the first to the last", where=key, value=right))
    first, last, step = parts
    if (last - first) / step >= MANY:
        raise NormsError(Problem("vary", f"more than {MANY} values", where=key, value=right))
    return key, [first + step * number for number in range(int((last - first) / step) + 1)]


def _quota(scenarios: Scenarios, base: list[str] | None) -> list[str]:
    """The results that form the base of the quota, lowest first."""
    outcomes = scenarios.base.outcomes
    unknown = [key for key in base or [] if key not in outcomes]
    if unknown:
        raise NormsError(Problem("quota-base", f"results are {', '.join(outcomes)}", value=", ".join(unknown)))
    return [key for key in outcomes if key in (base or outcomes[-2:])]


def _divided(
    scenarios: Scenarios, by: Sequence[str], files: Sequence[Path], folder: Path
) -> Iterator[tuple[str, Path | None]]:
    """The columns to divide by, each with its file of keys and values; None: the facts have it themselves.

    Raises:
        FactsError: a column is missing, or a key stands in a file twice.
    """
    for text in dict.fromkeys(by):
        name, _, file = text.partition("=")
        if file:
            yield name, _division(scenarios, name, Path(file), folder=folder)
            continue
        for part in files:
            if name not in pq.read_schema(part).names:
                hint = f"has no such column for --by; give a file: --by {name}=FILE"
                raise FactsError(Problem(str(part), hint, where=name))
        yield name, None


def _division(scenarios: Scenarios, name: str, file: Path, *, folder: Path) -> Path:
    subject = scenarios.base.rulebook.subject_key
    read = _read(file, [subject, name])
    if len(read[subject].unique()) != read.num_rows:
        raise FactsError(Problem(str(file), "several rows with one key", where=subject))
    out = folder / f"by-{len(list(folder.iterdir()))}.parquet"
    pq.write_table(read, out)
    return out


def _read(file: Path, columns: list[str]) -> pa.Table:
    """The columns as text."""
    try:
        if file.suffix == ".csv":
            options = pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), include_columns=columns, strings_can_be_null=True
            )
            return pyarrow.csv.read_csv(file, convert_options=options)
        read = pq.read_table(file, columns=columns)
        return pa.table({name: read[name].cast(pa.string()) for name in columns})
    except (pa.ArrowInvalid, KeyError) as error:
        raise FactsError(Problem(str(file), f"the columns {' and '.join(columns)} are needed: {error}")) from error


def _compared(scenarios: Scenarios, found: Simulation, results: Path | None) -> list[str]:
    """Where the base scenario differs from the results of a real run."""
    if results is None:
        return []
    import pyarrow.compute as pc  # slow to load, and few compare

    states: dict[str, int] = {}
    with pq.ParquetFile(results) as file:
        for batch in file.iter_batches(columns=["possible"]):
            texts: Any = pc.binary_join(pc.cast(batch.column(0), pa.list_(pa.string())), pa.scalar("|"))
            for item in pc.value_counts(texts).to_pylist():
                states[item["values"]] = states.get(item["values"], 0) + item["counts"]
    mine = found.counts[0].states
    names = states_of(scenarios.base, {*states, *mine})
    return [
        f"{name}: the results have {states.get(name, 0)}, the base scenario {mine.get(name, 0)}"
        for name in names
        if states.get(name, 0) != mine.get(name, 0)
    ]


def _values(values: Mapping[str, Decimal]) -> str:
    return " ".join(f"{key}={value:f}" for key, value in values.items()) or "(base)"


def _print(scenarios: Scenarios, found: Simulation, quota: list[str]) -> None:
    outcomes = scenarios.base.outcomes
    table = Table("", "scenario", *outcomes, "several", "quota base", "moved")
    for number, item in enumerate(found.counts):
        tiers, (certain, maybe) = item.tiers(), within(item.states, quota)
        base = f"{certain:,}" if certain == maybe else f"{certain:,} – {maybe:,}"
        counts = (f"{tiers.get(key, 0):,}" for key in (*outcomes, None))
        table.add_row(str(number), _values(item.values), *counts, base, f"{item.moved:,}")
    output.print(table)
    for name in found.counts[0].by:
        output.print(_division_table(found, name, quota))
    for values, reason in scenarios.refused:
        output.print(f"not permitted: {_values(values)}: {reason}", markup=False)


def _division_table(found: Simulation, name: str, quota: list[str]) -> Table:
    """Who certainly is in the base of the quota: a row for each value, a column for each scenario."""
    table = Table(name, *map(str, range(len(found.counts))), title=f"quota base ({' + '.join(quota)}) by {name}")
    for value in found.counts[0].by[name]:
        counts = (within(item.by[name][value], quota)[0] for item in found.counts)
        table.add_row("–" if value is None else value, *(f"{count:,}" for count in counts))
    return table


def _json(scenarios: Scenarios, found: Simulation, quota: list[str]) -> str:
    items = []
    for number, item in enumerate(found.counts):
        tiers, (certain, maybe) = item.tiers(), within(item.states, quota)
        items.append(
            {
                "scenario": number,
                "values": {key: f"{value:f}" for key, value in item.values.items()},
                "tiers": {key: tiers.get(key, 0) for key in scenarios.base.outcomes},
                "several_possible": tiers.get(None, 0),
                "states": {key: item.states[key] for key in states_of(scenarios.base, item.states)},
                "quota_base": {"certain": certain, "conceivable": maybe},
                "moved": item.moved,
                "moves": [{"from": was, "to": to, "count": n} for (was, to), n in sorted(item.moves.items())],
                "by": {
                    name: [{"value": value, "states": states} for value, states in own.items()]
                    for name, own in item.by.items()
                },
            }
        )
    refused = [{"values": {k: f"{v:f}" for k, v in values.items()}, "reason": why} for values, why in scenarios.refused]
    data = {"rows": found.rows, "quota_base_of": quota, "scenarios": items, "not_permitted": refused}
    return json.dumps(data, ensure_ascii=False, indent=2)


def _write_csv(scenarios: Scenarios, found: Simulation, path: Path) -> None:
    """One line for each scenario, value of each division (empty: all) and state."""
    varied = list(found.counts[-1].values)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["scenario", *varied, "by", "value", "state", "count"])
        for number, item in enumerate(found.counts):
            values = [f"{item.values[key]:f}" if item.values else "" for key in varied]
            for name, value, states in (("", "", item.states), *_divisions(item.by)):
                for state in states_of(scenarios.base, states):
                    writer.writerow([number, *values, name, value, state, states[state]])


def _divisions(by: Mapping[str, Mapping[str | None, States]]) -> Iterator[tuple[str, str, States]]:
    for name, own in by.items():
        yield from ((name, value or "", states) for value, states in own.items())
