"""Scenarios on Spark: the same groups and the same movers as on DuckDB."""

from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq

from rulecore.engines import load_grouping
from rulecore.plan import scenarios_of
from rulecore.result import moves_of, tally
from tests.rulecore.law import AS_OF, NORMS, Row, huairou, numbered, write_facts
from tests.rulecore.population import population

VARY = {"growth_turnover": [Decimal(100000), Decimal(300000), Decimal("300000.01")]}


def test_groups_and_movers_are_the_same(tmp_path: Path) -> None:
    facts = write_facts(numbered(population(5, 3000)), tmp_path / "facts.parquet")
    scenarios = scenarios_of(huairou(), as_of=AS_OF, norms=NORMS, vary=VARY)
    tiers, moved = [], []
    for name in ("spark", "duckdb"):
        engine, out = load_grouping(name), tmp_path / name
        groups = engine.groups(scenarios, [facts], {"registration_status": None})
        tiers.append([item.tiers() for item in tally(scenarios, groups, ["registration_status"]).counts])
        count = engine.movers(scenarios, [facts], moves_of(scenarios, groups), out)
        rows: list[Row] = pq.read_table(out).to_pylist()
        assert count == len(rows) > 0
        moved.append(sorted(map(str, rows)))
    assert tiers[0] == tiers[1]
    assert moved[0] == moved[1]
