"""A rulebook may call its tables, columns and facts what it likes, words of SQL among them."""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from rulecore.cli.cases import read_cases, run_cases
from rulecore.engines import Engine, load, load_grouping
from rulecore.model import Rulebook
from rulecore.plan import bind, scenarios_of
from rulecore.result import tally
from rulecore.source import load_rulebook
from tests.rulecore.law import AS_OF, NORMS, copy_of_huairou, numbered, ordinary, write_facts

RENAMED: Mapping[str, str] = {
    "turnover": "group",
    "patents": "select",
    "suspended": "order",
    "suspension": "table",
    "paid": "where",
    "filed_on": "left",
}
"""Facts, a source and columns of sources."""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rulebook, Path]:
    folder = copy_of_huairou(tmp_path_factory.mktemp("keywords"))
    for path in folder.parents[1].rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        for old, new in RENAMED.items():
            text = re.sub(rf"\b{old}\b", new, text)
        path.write_text(text, encoding="utf-8")
    return load_rulebook(folder), folder


def test_the_cases_hold_under_such_names(book: tuple[Rulebook, Path], engine: Engine) -> None:
    law, folder = book
    cases = [case for case in read_cases(law, folder) if Path(case.file).name in ("sources.yaml", "growth.yaml")]
    assert {case.sources is None for case in cases} == {True, False}
    assert [str(failure) for failure in run_cases(law, cases, engine)] == []


@pytest.mark.parametrize("name", ["polars", "duckdb"])
def test_scenarios_are_counted_under_such_names(book: tuple[Rulebook, Path], name: str, tmp_path: Path) -> None:
    law, _ = book
    row = ordinary(turnover=Decimal(200000))
    rows = numbered([{RENAMED.get(key, key): value for key, value in row.items()}])
    facts = write_facts(rows, tmp_path / "facts.parquet", law)
    vary = {"growth_turnover": [Decimal(200000), Decimal(200001)]}
    found = scenarios_of(law, as_of=AS_OF, norms=NORMS, vary=vary)
    counts = tally(found, load_grouping(name).groups(found, [facts], {"group": None}), []).counts
    assert [item.tiers() for item in counts] == [{"survival": 1}, {"growth": 1}, {"survival": 1}]
    assert load(name).run(bind(law, as_of=AS_OF, norms=NORMS), [facts], tmp_path / "out.parquet").rows == 1
