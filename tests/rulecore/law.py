"""Huairou's standard on one basis date, and the short ways by which these tests write facts and read results."""

import re
import shutil
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rulecore.engines import Engine
from rulecore.model import Rulebook
from rulecore.plan import Plan, bind
from rulecore.source import contract, load_rulebook

RULEBOOKS = Path(__file__).parents[2] / "rulebooks"
HUAIROU = RULEBOOKS / "cn-110116-huairou" / "2024"
BEIJING = RULEBOOKS / "cn-110000-beijing" / "2024"
AS_OF = date(2026, 7, 1)
NORMS = {
    "growth_turnover": Decimal("300000.00"),
    "growth_tax_paid": Decimal("5000.00"),
    "development_turnover": Decimal("3000000.00"),
    "development_tax_paid": Decimal("50000.00"),
}
PUBLISHED = {
    "all": tuple(NORMS),
    "none": (),
    "growth_turnover": ("growth_turnover",),
    "development_turnover": ("development_turnover",),
    "mixed": ("growth_turnover", "development_tax_paid"),
}
"""Which of the four norms somebody has published."""

Row = dict[str, Any]

ORDINARY: Row = {
    "registration_status": "active",
    "established_on": date(2020, 5, 20),
    "annual_report_filed": True,
    "abnormal_mark": False,
    "serious_violation_listing": False,
    "abnormal_taxpayer": False,
    "suspended": False,
    "is_seasonal": False,
    "tax_registered": True,
    "general_vat_taxpayer": False,
    "turnover": Decimal("50000.00"),
    "tax_paid": Decimal("0.00"),
    "insured_headcount": 0,
    "trademarks_in_use": 0,
    "patents": 0,
}
"""A business of 2020 with nothing wrong and nothing that lifts it: survival."""

NOTHING_KNOWN: Row = dict.fromkeys(ORDINARY)


@cache
def huairou() -> Rulebook:
    """The rulebook as it stands in the tree."""
    return load_rulebook(HUAIROU)


@cache
def plan_of(published: tuple[str, ...] = tuple(NORMS), as_of: date = AS_OF) -> Plan:
    """Huairou's plan with these norms published."""
    return bind(huairou(), as_of=as_of, norms={key: NORMS[key] for key in published})


def ordinary(**changes: Any) -> Row:
    """The ordinary business, changed."""
    assert changes.keys() <= ORDINARY.keys()
    return ORDINARY | changes


def numbered(rows: Iterable[Row]) -> list[Row]:
    """Rows with a key each."""
    return [{"uscc": f"{index:018d}", **row} for index, row in enumerate(rows)]


def write_facts(rows: Iterable[Row], path: Path, rulebook: Rulebook | None = None) -> Path:
    """A facts file as the contract has it."""
    pq.write_table(pa.Table.from_pylist(list(rows), schema=contract(rulebook or huairou())), path)
    return path


def judged(engine: Engine, plan: Plan, rows: Iterable[Row], folder: Path) -> list[Row]:
    """What the engine says of each row, in the order of `rows`."""
    facts = write_facts(numbered(rows), folder / "facts.parquet", plan.rulebook)
    engine.run(plan, [facts], folder / "results.parquet")
    return sorted(pq.read_table(folder / "results.parquet").to_pylist(), key=lambda row: str(row["uscc"]))


def outcomes(plan: Plan, result: Mapping[str, Any]) -> dict[str, bool | None]:
    """Each criterion of a result row: true, false, or None for unknown."""
    found: dict[str, bool | None] = {}
    for item in plan.criteria:
        unknown, true = (bool(result[name] >> item.bit & 1) for name in ("unknown_bits", "true_bits"))
        assert not (unknown and true)
        found[item.criterion.key] = None if unknown else true
    return found


def metadata_of(path: Path) -> dict[bytes, bytes]:
    """The notes in a Parquet file's footer."""
    with pq.ParquetFile(path) as file:
        return dict(file.metadata.metadata or {})


def copy_of_huairou(folder: Path) -> Path:
    """The tiers' part of the rulebook as one folder, nothing inherited, with its schemas, to be spoilt."""
    shutil.copytree(RULEBOOKS / "schema", folder / "schema")
    target = folder / "cn-110116-huairou" / "2024"
    shutil.copytree(HUAIROU, target)
    for part in ("facts", "parameters", "tiers"):
        shutil.copyfile(BEIJING / f"{part}.yaml", target / f"{part}.yaml")
    for part in ("categories", "procedure"):
        (target / f"{part}.yaml").unlink()
    for cases in (target / "cases").glob("*.yaml"):
        text = cases.read_text(encoding="utf-8")
        if re.search(r"^( {4})?standard: ", text, re.MULTILINE):
            cases.unlink()
        else:
            cases.write_text(re.sub(r"      courts:.*\n(        .*\n)*", "", text), encoding="utf-8")
    head = target / "rulebook.yaml"
    lines = head.read_text(encoding="utf-8").splitlines(keepends=True)
    head.write_text("".join(line for line in lines if not line.startswith("extends:")), encoding="utf-8")
    return target


def edit(path: Path, old: str, new: str) -> int:
    """Replace the only occurrence of `old`; the line on which it began."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path.name, old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1
