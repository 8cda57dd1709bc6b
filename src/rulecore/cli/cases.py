"""Worked cases: examples that a lawyer writes and every engine must reproduce."""

import datetime
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rulecore.cli.norms import amount
from rulecore.engines import Engine
from rulecore.errors import Problem, RulebookError
from rulecore.model import TIERS, Rulebook
from rulecore.plan import Plan, bind
from rulecore.source import YamlFile, contract, read_yaml, source_schema


@dataclass(frozen=True)
class Case:
    """One example: facts, or the rows of sources, and what must come out."""

    file: str
    line: int
    name: str
    as_of: datetime.date
    norms: Mapping[str, Decimal]
    expect: Mapping[str, Any]
    standard: str = TIERS
    given: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, Sequence[Mapping[str, Any]]] | None = None


@dataclass(frozen=True)
class Failure:
    """A case whose result differs: where it stands, what was expected, what came."""

    case: Case
    message: str

    def __str__(self) -> str:
        return f"{self.case.file}:{self.case.line}: {self.case.name}: {self.message}"


def read_cases(rulebook: Rulebook, folder: Path) -> list[Case]:
    """The cases in `folder`/cases.

    Raises:
        RulebookError: a file does not fit the schema, or names an unknown fact, criterion or source.
    """
    schema = next(p / "schema" / "cases.v1.json" for p in folder.resolve().parents if (p / "schema").is_dir())
    files = [read_yaml(path, schema) for path in sorted((folder / "cases").glob("*.yaml"))]
    cases = [case for file in files for case in _cases(file)]
    problems = [problem for case in cases for problem in _unknown_names(rulebook, case)]
    if problems:
        raise RulebookError(*problems)
    return cases


def _cases(file: YamlFile) -> Iterator[Case]:
    data = file.data
    for index, item in enumerate(data["cases"]):
        norms = item.get("norms", data.get("norms", {}))
        line = file.line(("cases", str(index)))
        yield Case(
            file=str(file.path),
            line=line,
            name=item["name"],
            as_of=item.get("as_of", data["as_of"]),
            norms={key: amount(file.path, key, value, line) for key, value in norms.items() if value is not None},
            expect=item["expect"],
            standard=item.get("standard", data.get("standard", TIERS)),
            given={**({} if "sources" in item else data.get("given", {})), **item.get("given", {})},
            sources=item.get("sources"),
        )


def _unknown_names(rulebook: Rulebook, case: Case) -> Iterator[Problem]:
    if case.standard not in rulebook.standards:
        yield Problem(case.file, f"no standard named {case.standard}", case.line, case.name)
        return
    named = {
        "fact": (set(case.given) | set(case.expect.get("facts", {})), rulebook.facts),
        "criterion": (set(case.expect.get("criteria", {})), rulebook.standards[case.standard].criteria),
        "source": (set(case.sources or {}), rulebook.sources),
    }
    for kind, (names, known) in named.items():
        for name in sorted(names - set(known)):
            yield Problem(case.file, f"no {kind} named {name}", case.line, case.name)
    if case.sources is not None:
        made = [key for key in case.given if key in rulebook.facts and rulebook.facts[key].derivation.how != "given"]
        for name in made:
            yield Problem(case.file, f"{name} follows from sources: give their rows instead", case.line, case.name)


def run_cases(rulebook: Rulebook, cases: Sequence[Case], engine: Engine) -> list[Failure]:
    """Run all cases on one engine, together wherever basis date, norms and delivered sources agree."""
    return [failure for group in together(cases) for failure in _run_group(rulebook, group, engine)]


def together(cases: Sequence[Case]) -> list[list[Case]]:
    """The cases in groups that one run can judge: same standard, basis date, norms and delivered sources."""
    groups: dict[object, list[Case]] = defaultdict(list)
    for case in cases:
        delivered = None if case.sources is None else frozenset(case.sources)
        groups[case.standard, case.as_of, frozenset(case.norms.items()), delivered].append(case)
    return list(groups.values())


def _run_group(rulebook: Rulebook, cases: list[Case], engine: Engine) -> Iterator[Failure]:
    plan = bind(rulebook, as_of=cases[0].as_of, norms=cases[0].norms, standard=cases[0].standard)
    with TemporaryDirectory() as folder:
        facts, results = Path(folder) / "facts.parquet", Path(folder) / "results.parquet"
        if cases[0].sources is None:
            _write_facts(plan, cases, facts)
        else:
            engine.assemble(plan, _write_sources(rulebook, cases, Path(folder)), facts)
            _state(plan, cases, facts)
        engine.run(plan, [facts], results)
        subject = rulebook.subject_key
        by_case = {row[subject]: row for row in pq.read_table(results).to_pylist()}
        fact_rows = {row[subject]: row for row in pq.read_table(facts).to_pylist()}
    for index, case in enumerate(cases):
        key = _key(index)
        yield from (Failure(case, text) for text in _differences(plan, case, by_case[key], fact_rows[key]))


def _key(index: int) -> str:
    return f"case-{index:04d}"


def _write_facts(plan: Plan, cases: Sequence[Case], path: Path) -> None:
    rows = [
        {plan.rulebook.subject_key: _key(index)}
        | {key: _value(fact.type, case.given.get(key)) for key, fact in plan.facts.items()}
        for index, case in enumerate(cases)
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=contract(plan.rulebook, plan.standard.key)), path)


def _state(plan: Plan, cases: Sequence[Case], facts: Path) -> None:
    """Add what people state beside the tables to the facts that were made of them."""
    stated = {_key(index): case.given for index, case in enumerate(cases) if case.given}
    if not stated:
        return
    rows = pq.read_table(facts).to_pylist()
    for row in rows:
        for key, value in stated.get(row[plan.rulebook.subject_key], {}).items():
            if key in plan.facts:
                row[key] = _value(plan.facts[key].type, value)
    _remove(facts)
    pq.write_table(pa.Table.from_pylist(rows, schema=contract(plan.rulebook, plan.standard.key)), facts)


def _remove(path: Path) -> None:
    """A file, or the folder that Spark writes."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _write_sources(rulebook: Rulebook, cases: Sequence[Case], folder: Path) -> dict[str, list[Path]]:
    """The rows of all cases, a Parquet file a source; the register holds every case."""
    written = {}
    for key in cases[0].sources or {}:
        rows = [
            _row(rulebook, key, row, _key(index))
            for index, case in enumerate(cases)
            for row in (case.sources or {})[key]
        ]
        path = folder / f"{key}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema=source_schema(rulebook.sources[key])), path)
        written[key] = [path]
    return written


def _row(rulebook: Rulebook, source: str, row: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A row of the case's business, or of another one that the row names; businesses are related within a case only."""
    links = {fact.derivation.related.by for fact in rulebook.facts.values() if fact.derivation.related is not None}
    values = {name: _value(c.type, row.get(name)) for name, c in rulebook.sources[source].columns.items()}
    apart = {name: f"{key} {values[name]}" for name in links & values.keys() if values[name] is not None}
    other = row.get(rulebook.subject_key)
    return values | apart | {rulebook.subject_key: key if other is None else f"{key} {other}"}


def _value(kind: str, value: Any) -> Any:
    if kind == "money" and value is not None:
        return Decimal(str(value))
    return value


def _differences(plan: Plan, case: Case, row: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[str]:
    expect = case.expect
    if "tier" in expect and row["tier"] != expect["tier"]:
        yield f"tier {row['tier']} (possible {row['possible']}), expected {expect['tier']}"
    if "possible" in expect and set(row["possible"]) != set(expect["possible"]):
        yield f"possible {row['possible']}, expected {expect['possible']}"
    bits = {c.criterion.key: c.bit for c in plan.criteria}
    for key, wanted in expect.get("criteria", {}).items():
        found = _outcome(row, bits[key])
        if found != wanted:
            yield f"criterion {key} is {found}, expected {wanted}"
    for key, wanted in expect.get("facts", {}).items():
        value = _value(plan.facts[key].type, wanted)
        if facts[key] != value:
            yield f"fact {key} is {facts[key]}, expected {value}"


def _outcome(row: Mapping[str, Any], bit: int) -> bool | str:
    if row["unknown_bits"] >> bit & 1:
        return "unknown"
    return bool(row["true_bits"] >> bit & 1)
