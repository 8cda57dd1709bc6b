"""polars, DuckDB, the reference and the compiled function say the same of 100,000 different businesses."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from rulecore.engines import NAMES, load
from rulecore.engines.reference import physical_facts
from rulecore.plan import Plan, function_of
from rulecore.result import row_result
from tests.rulecore.law import PUBLISHED, Row, numbered, plan_of, write_facts
from tests.rulecore.population import population

SHARES = [("all", 1, 30_000), ("all", 2, 30_000), ("all", 3, 30_000)] + [
    (published, 4, 2_500) for published in PUBLISHED if published != "all"
]
Line = tuple[str, str | None, tuple[str, ...], int, int]


def test_the_shares_make_a_hundred_thousand() -> None:
    assert sum(count for _, _, count in SHARES) >= 100_000


def lines(path: Path) -> list[Line]:
    table = pq.read_table(path, columns=["uscc", "tier", "possible", "true_bits", "unknown_bits"])
    columns = (column.to_pylist() for column in table.columns)
    return sorted((u, t, tuple(p), true, unknown) for u, t, p, true, unknown in zip(*columns, strict=True))


def by_function(plan: Plan, rows: list[Row]) -> list[Line]:
    judge = function_of(plan)
    found = []
    for row in rows:
        true_bits, unknown_bits, mask = judge(physical_facts(plan, row))
        result = row_result(plan, mask, true_bits, unknown_bits)
        found.append((str(row["uscc"]), result.tier, result.possible, result.true_bits, result.unknown_bits))
    return found


def assert_same(name: str, found: list[Line], wanted: list[Line], rows: list[Row]) -> None:
    assert len(found) == len(wanted)
    different = [(f, w, row) for f, w, row in zip(found, wanted, rows, strict=True) if f != w]
    assert different[:3] == [], f"{name} disagrees with the reference on {len(different)} rows"


@pytest.mark.parametrize(
    ("published", "seed", "count"),
    [pytest.param(*one, marks=pytest.mark.sweep) if one in SHARES[1:3] else one for one in SHARES],
)
def test_everyone_agrees_with_the_reference(published: str, seed: int, count: int, tmp_path: Path) -> None:
    plan = plan_of(PUBLISHED[published])
    rows = numbered(population(seed, count))
    facts = write_facts(rows, tmp_path / "facts.parquet")
    results: dict[str, list[Line]] = {}
    for name in NAMES:
        report = load(name).run(plan, [facts], tmp_path / f"{name}.parquet")
        assert report.rows == count
        results[name] = lines(tmp_path / f"{name}.parquet")
    judge = results.pop("reference")
    for name, found in {**results, "function_of": by_function(plan, rows)}.items():
        assert_same(name, found, judge, rows)
    assert {line[1] for line in judge} >= {"ineligible", "survival", None}
