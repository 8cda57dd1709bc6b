"""Simulation: every scenario counts what the real run under its thresholds counts, bit for bit."""

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from rulecore.cli import app
from rulecore.engines import load, load_grouping
from rulecore.engines.reference import Judge, physical_facts
from rulecore.errors import FactsError, NormsError
from rulecore.plan import Plan, Scenarios, bind, scenarios_of
from rulecore.result import Simulation, moves_of, simulation, states_of, tally, within
from rulecore.source import contract
from tests.rulecore.law import AS_OF, HUAIROU, NORMS, Row, huairou, numbered, write_facts
from tests.rulecore.population import population

ENGINES = ["polars", "duckdb"]
CENT = Decimal("0.01")
Vary = Mapping[str, Sequence[Decimal]]


def amounts(*values: int | str) -> list[Decimal]:
    return [Decimal(value) for value in values]


def simulated(
    engine: str, vary: Vary, facts: Path, norms: Mapping[str, Decimal] = NORMS
) -> tuple[Scenarios, Simulation]:
    scenarios = scenarios_of(huairou(), as_of=AS_OF, norms=norms, vary=vary)
    return scenarios, tally(scenarios, load_grouping(engine).groups(scenarios, [facts], {}), [])


def by_run(plan: Plan, facts: Path, engine: str) -> dict[str, str]:
    """The state of every business as the real run says it."""
    out = facts.with_suffix(".results")
    load(engine).run(plan, [facts], out)
    return {row["uscc"]: "|".join(row["possible"]) for row in pq.read_table(out).to_pylist()}


def assert_counts(scenarios: Scenarios, found: Simulation, facts: Path, engine: str) -> None:
    base = by_run(scenarios.base, facts, engine)
    assert found.rows == len(base)
    for scenario, counts in zip(scenarios.scenarios, found.counts, strict=True):
        states = by_run(scenario.plan, facts, engine)
        assert dict(counts.states) == Counter(states.values())
        assert dict(counts.moves) == Counter((base[key], state) for key, state in states.items() if base[key] != state)
        tiers = Counter(None if "|" in state else state for state in states.values())
        assert counts.tiers() == tiers


@cache
def crowd() -> list[Row]:
    """Businesses around every boundary, some of them with amounts around the scenarios' thresholds."""
    rows = population(21, 600)
    near = [Decimal(v) + step * CENT for v in (100_000, 200_000, 250_000, 2_000_000) for step in (-1, 0, 1)]
    return numbered({**row, "turnover": near[i % len(near)]} if i % 3 else row for i, row in enumerate(rows))


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    return write_facts(crowd(), tmp_path / "facts.parquet")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "vary",
    [
        {"growth_turnover": amounts(0, 100_000, 200_000, 250_000, 300_000, "300000.01", 2_999_999)},
        {"development_turnover": amounts(300_001, 2_000_000, 3_000_000)},
        {"growth_tax_paid": amounts(0, 4999, 5000), "development_tax_paid": amounts(50_000, 1)},
        {"growth_headcount_to": amounts(1, 2, 3, 4, 5)},
        {"growth_headcount_from": amounts(0, 1, 4), "development_headcount_from": amounts(1, 4, 6)},
        {"development_patents_from": amounts(0, 1, 2), "growth_turnover": amounts(100_000, 300_000)},
    ],
    ids="+".join,
)
def test_a_scenario_is_the_real_run(engine: str, vary: Vary, facts: Path) -> None:
    scenarios, found = simulated(engine, vary, facts)
    assert_counts(scenarios, found, facts, engine)
    assert len({tuple(item.states.items()) for item in found.counts}) > 1


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("published", [(), ("growth_turnover",), ("development_turnover", "growth_tax_paid")])
def test_unpublished_norms_stay_unknown(engine: str, published: tuple[str, ...], facts: Path) -> None:
    norms = {key: NORMS[key] for key in published}
    vary = {"growth_turnover": amounts(100_000, 250_000, 300_000), "development_tax_paid": amounts(1, 60_000)}
    scenarios, found = simulated(engine, vary, facts, norms)
    assert_counts(scenarios, found, facts, engine)
    assert any("|" in state for item in found.counts for state in item.states)


money = st.integers(1, 40_000_000).map(lambda n: Decimal(n).scaleb(-2))
near = st.sampled_from([amount + step * CENT for amount in NORMS.values() for step in (-1, 0, 1)])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    published=st.sets(st.sampled_from(sorted(NORMS))),
    vary=st.dictionaries(
        st.sampled_from(sorted(NORMS)),
        st.lists(money | near, min_size=1, max_size=3, unique=True),
        min_size=1,
        max_size=3,
    ),
    heads=st.lists(st.integers(0, 6), max_size=2, unique=True),
    seed=st.integers(0, 10_000),
)
def test_any_scenario_is_what_the_reference_says(
    published: set[str], vary: dict[str, list[Decimal]], heads: list[int], seed: int, tmp_path: Path
) -> None:
    values: Vary = {**vary, **({"growth_headcount_to": [Decimal(n) for n in heads]} if heads else {})}
    norms = {key: NORMS[key] for key in published}
    rows = numbered(population(seed, 40))
    facts = write_facts(rows, tmp_path / "facts.parquet")
    try:
        scenarios = scenarios_of(huairou(), as_of=AS_OF, norms=norms, vary=values)
    except NormsError:
        assume(False)  # every combination breaks the order that the standard needs
    assert len(scenarios.scenarios) + len(scenarios.refused) == 1 + len(list(product(*values.values())))
    judged = []
    for scenario in scenarios.scenarios:
        judge = Judge(scenario.plan)
        judged.append(["|".join(judge.result(physical_facts(scenario.plan, row)).possible) for row in rows])
    for engine in ENGINES:
        found = tally(scenarios, load_grouping(engine).groups(scenarios, [facts], {}), [])
        for counts, states in zip(found.counts, judged, strict=True):
            assert dict(counts.states) == Counter(states)
            moved = Counter(pair for pair in zip(judged[0], states, strict=True) if pair[0] != pair[1])
            assert dict(counts.moves) == moved


@pytest.mark.parametrize("engine", ENGINES)
def test_unchanged_thresholds_change_nothing(engine: str, facts: Path) -> None:
    scenarios, found = simulated(engine, {key: [value] for key, value in NORMS.items()}, facts)
    assert not scenarios.edges
    base, same = found.counts
    assert dict(base.states) == dict(same.states)
    assert same.moved == 0


def test_a_higher_threshold_promotes_nobody(facts: Path) -> None:
    rising = [Decimal(n) for n in range(100_000, 500_000, 20_000)]
    _, found = simulated("polars", {"growth_turnover": rising}, facts)
    for place in (0, 1):
        counts = [within(item.states, ["growth", "development"])[place] for item in found.counts[1:]]
        assert counts == sorted(counts, reverse=True)
    assert found.counts[1].moved > found.counts[-10].moved


def test_the_base_of_the_quota_counts_sets_inside_it() -> None:
    states = {"growth": 3, "development": 5, "growth|development": 7, "survival|growth": 11, "ineligible": 13}
    assert within(states, ["growth", "development"]) == (15, 26)


def test_two_words_of_features(monkeypatch: pytest.MonkeyPatch, facts: Path) -> None:
    from rulecore.plan import scenarios as plan_scenarios
    from rulecore.sql import scenarios as sql_scenarios

    for module in (plan_scenarios, sql_scenarios):
        monkeypatch.setattr(module, "FEATURES_IN_A_WORD", 4)
    scenarios, found = simulated("polars", {"growth_turnover": amounts(200_000, 250_000)}, facts)
    assert scenarios.words > 2
    assert_counts(scenarios, found, facts, "polars")


# Divisions and movers


def with_towns(folder: Path) -> Path:
    """Facts with two more columns, one with gaps."""
    table = pq.read_table(write_facts(crowd(), folder / "plain.parquet"))
    towns = pa.array([["泉河", "龙山", None][i % 3] for i in range(table.num_rows)])
    trades = pa.array([f"{i % 5:02d}" for i in range(table.num_rows)])
    out = folder / "towns.parquet"
    pq.write_table(table.append_column("town", towns).append_column('odd "name"', trades), out)
    return out


@pytest.mark.parametrize("engine", ENGINES)
def test_divisions_are_the_parts_of_the_real_run(engine: str, tmp_path: Path) -> None:
    facts = with_towns(tmp_path)
    names = ["town", 'odd "name"']
    scenarios = scenarios_of(huairou(), as_of=AS_OF, norms=NORMS, vary={"growth_turnover": amounts(200_000, 250_000)})
    found = tally(scenarios, load_grouping(engine).groups(scenarios, [facts], dict.fromkeys(names)), names)
    values = {row["uscc"]: row for row in pq.read_table(facts).to_pylist()}
    for scenario, counts in zip(scenarios.scenarios, found.counts, strict=True):
        states = by_run(scenario.plan, facts, engine)
        for name in names:
            wanted = Counter((values[key][name], state) for key, state in states.items())
            flat = {(value, state): n for value, own in counts.by[name].items() for state, n in own.items()}
            assert flat == wanted
    assert list(found.counts[0].by["town"]) == ["泉河", "龙山", None]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_division_from_a_file_of_its_own(engine: str, facts: Path, tmp_path: Path) -> None:
    towns = tmp_path / "town.parquet"
    known = {str(row["uscc"]): f"town {i % 4}" for i, row in enumerate(crowd()) if i % 5}
    pq.write_table(pa.table({"town": list(known.values()), "uscc": list(known)}), towns)
    scenarios = scenarios_of(huairou(), as_of=AS_OF, norms=NORMS, vary={"growth_turnover": amounts(200_000)})
    found = tally(scenarios, load_grouping(engine).groups(scenarios, [facts], {"town": towns}), ["town"])
    states = by_run(scenarios.scenarios[1].plan, facts, engine)
    wanted = Counter((known.get(key), state) for key, state in states.items())
    own = found.counts[1].by["town"]
    assert {(value, state): n for value, part in own.items() for state, n in part.items()} == wanted


@pytest.mark.parametrize("engine", ENGINES)
def test_movers_are_named_one_by_one(engine: str, facts: Path, tmp_path: Path) -> None:
    vary = {"growth_turnover": amounts(100_000, 300_000), "development_turnover": amounts(1_000_000, 3_000_000)}
    scenarios = scenarios_of(huairou(), as_of=AS_OF, norms=NORMS, vary=vary)
    chosen, out = load_grouping(engine), tmp_path / "movers.parquet"
    moves = moves_of(scenarios, chosen.groups(scenarios, [facts], {}))
    count = chosen.movers(scenarios, [facts], moves, out)
    base = by_run(scenarios.base, facts, engine)
    wanted = set()
    for number, scenario in enumerate(scenarios.scenarios):
        states = by_run(scenario.plan, facts, engine)
        wanted |= {(key, number, base[key], state) for key, state in states.items() if base[key] != state}
    rows = pq.read_table(out).to_pylist()
    assert {(row["uscc"], row["scenario"], row["was"], row["becomes"]) for row in rows} == wanted
    assert len(rows) == count == len(wanted) > 10


@pytest.mark.parametrize("engine", ENGINES)
def test_where_nobody_moves_the_list_is_empty(engine: str, facts: Path, tmp_path: Path) -> None:
    scenarios = scenarios_of(huairou(), as_of=AS_OF, norms=NORMS, vary={"growth_turnover": amounts(300_000)})
    chosen, out = load_grouping(engine), tmp_path / "movers.parquet"
    assert chosen.movers(scenarios, [facts], moves_of(scenarios, chosen.groups(scenarios, [facts], {})), out) == 0
    assert pq.read_table(out).column_names == ["uscc", "scenario", "was", "becomes"]


def test_a_division_as_fine_as_a_list_is_refused(monkeypatch: pytest.MonkeyPatch, facts: Path) -> None:
    monkeypatch.setattr(simulation, "MOST_GROUPS", 10)
    with pytest.raises(FactsError, match="divide by fewer columns"):
        simulated("polars", {"growth_turnover": amounts(1)}, facts)


# What cannot be varied


@pytest.mark.parametrize(
    ("vary", "reason"),
    [
        ({"nothing": amounts(1)}, "no such parameter"),
        ({"two_year_cutoff": amounts(1)}, "only an amount or a whole number"),
        ({"prior_year_first_day": amounts(1)}, "the facts themselves depend on it"),
        ({"growth_turnover": amounts(-1)}, "not a possible value"),
        ({"growth_turnover": amounts("0.001")}, "not a possible value"),
        ({"growth_headcount_to": amounts("1.5")}, "not a possible value"),
        ({"growth_turnover": amounts("NaN")}, "not a possible value"),
        ({"growth_turnover": amounts(3_000_000, 4_000_000)}, "no scenario is permitted"),
        ({"growth_turnover": amounts(*range(40)), "growth_tax_paid": amounts(*range(40))}, "1600 scenarios; at most"),
    ],
)
def test_what_cannot_be_simulated_is_refused(vary: Vary, reason: str) -> None:
    with pytest.raises(NormsError, match=reason):
        scenarios_of(huairou(), as_of=AS_OF, norms=NORMS, vary=vary)


def test_combinations_against_the_order_are_named(facts: Path) -> None:
    vary = {"growth_turnover": amounts(100_000, 900_000), "development_turnover": amounts(800_000, 1_000_000)}
    scenarios, found = simulated("polars", vary, facts)
    assert [values for values, _ in scenarios.refused] == [
        {"growth_turnover": Decimal(900_000), "development_turnover": Decimal(800_000)}
    ]
    assert len(found.counts) == 4


def test_a_number_of_the_document_is_replaced_only_in_the_scenario() -> None:
    book = huairou()
    scenarios = scenarios_of(book, as_of=AS_OF, norms=NORMS, vary={"growth_headcount_to": amounts(9)})
    changed = replace(book, parameters={**book.parameters})
    assert changed.parameters["growth_headcount_to"].value == 3
    assert scenarios.base.values["growth_headcount_to"] == 3
    assert scenarios.scenarios[1].plan.values["growth_headcount_to"] == 9
    assert bind(book, as_of=AS_OF, norms=NORMS).values["growth_headcount_to"] == 3


def test_the_reference_says_that_it_does_not_count() -> None:
    with pytest.raises(ValueError, match="choose another"):
        load_grouping("reference")


# The command line


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    norms = tmp_path / "norms.yaml"
    norms.write_text("".join(f"{key}: {value}\n" for key, value in NORMS.items()), encoding="utf-8")
    facts = with_towns(tmp_path)
    return ["simulate", str(HUAIROU), "--as-of", "2026-07-01", "--norms", str(norms), "--facts", str(facts)]


def said(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    return result.exit_code, result.output


@pytest.mark.parametrize("engine", ENGINES)
def test_json_csv_and_movers_tell_the_same(asked: list[str], engine: str, tmp_path: Path) -> None:
    table, movers = tmp_path / "out.csv", tmp_path / "movers.parquet"
    more = ["--vary", "growth_turnover=200000:300000:50000", "--by", "town", "--engine", engine, "--json"]
    code, text = said(*asked, *more, "--csv", str(table), "--movers", str(movers))
    assert code == 0, text
    data: dict[str, Any] = json.loads(text)
    assert [item["values"] for item in data["scenarios"]] == [
        {},
        *({"growth_turnover": str(n)} for n in (200_000, 250_000, 300_000)),
    ]
    assert data["quota_base_of"] == ["growth", "development"]
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    scenarios = Counter(pq.read_table(movers)["scenario"].to_pylist())
    for item in data["scenarios"]:
        whole = [r for r in rows if r["scenario"] == str(item["scenario"]) and not r["by"]]
        assert {r["state"]: int(r["count"]) for r in whole} == item["states"]
        assert sum(item["states"].values()) == data["rows"] == len(crowd())
        assert item["several_possible"] == sum(n for state, n in item["states"].items() if "|" in state)
        parts = [r for r in rows if r["scenario"] == str(item["scenario"]) and r["by"] == "town"]
        assert sum(int(r["count"]) for r in parts) == data["rows"]
        assert scenarios[item["scenario"]] == item["moved"] == sum(move["count"] for move in item["moves"])


def test_the_table_on_the_screen(asked: list[str]) -> None:
    code, text = said(*asked, "--vary", "growth_turnover=200000,3000000", "--by", "town")
    assert code == 0, text
    assert "growth_turnover=200000" in text
    assert "not permitted: growth_turnover=3000000" in text
    assert "泉河" in text


def test_the_base_is_compared_with_the_real_results(asked: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    code, text = said("run", *asked[1:], "--out", str(out), "--no-root")
    assert code == 0, text
    vary = ["--vary", "growth_turnover=200000", "--base-results", str(out)]
    assert said(*asked, *vary)[0] == 0
    pq.write_table(pq.read_table(out).slice(1), out)
    code, text = said(*asked, *vary)
    assert code == 1
    assert text.count("differs: ") == 1


def test_towns_from_a_csv_beside_facts_in_csv(asked: list[str], tmp_path: Path) -> None:
    table = tmp_path / "facts.csv"
    rows = pq.read_table(asked[-1]).to_pylist()
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    vary = ["--vary", "growth_turnover=200000", "--json"]
    wanted = json.loads(said(*asked, *vary, "--by", "town")[1])
    code, text = said(*asked[:-1], str(table), *vary, "--by", f"town={table}")
    assert code == 0, text
    assert json.loads(text) == wanted
    code, text = said(*asked[:-1], str(table), *vary, "--by", "town")
    assert code == 2
    assert "--by town=FILE" in text


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (["--vary", "growth_turnover"], "is expected"),
        (["--vary", "growth_turnover=a:b:c"], "is expected"),
        (["--vary", "growth_turnover=1:2"], "rises from the first"),
        (["--vary", "growth_turnover=2:1:1"], "rises from the first"),
        (["--vary", "growth_turnover=1:2:0"], "rises from the first"),
        (["--vary", "growth_turnover=1:100000000:0.01"], "more than 1000 values"),
        (["--vary", "growth_turnover=1", "--by", "village"], "no such column"),
        (["--vary", "growth_turnover=1", "--quota-base", "rich"], "results are"),
        (["--vary", "growth_turnover=1", "--engine", "reference"], "choose another"),
    ],
)
def test_unusable_questions_exit_with_two(asked: list[str], more: list[str], reason: str) -> None:
    code, text = said(*asked, *more)
    assert code == 2, text
    assert reason in text


def test_a_town_twice_is_refused(asked: list[str], tmp_path: Path) -> None:
    towns = tmp_path / "t.parquet"
    pq.write_table(pa.table({"uscc": ["1", "1"], "town": ["a", "b"]}), towns)
    code, text = said(*asked, "--vary", "growth_turnover=1", "--by", f"town={towns}")
    assert code == 2
    assert "several rows with one key" in text
    pq.write_table(pa.table({"uscc": ["1"]}), towns)
    code, text = said(*asked, "--vary", "growth_turnover=1", "--by", f"town={towns}")
    assert code == 2
    assert "the columns uscc and town are needed" in text


def test_states_stand_in_the_order_of_the_ladder() -> None:
    plan = bind(huairou(), as_of=AS_OF, norms=NORMS)
    mixed = ["survival|growth", "growth", "ineligible", "ineligible|survival", "development"]
    assert states_of(plan, mixed) == ["ineligible", "growth", "development", "ineligible|survival", "survival|growth"]
    assert contract(huairou()).names[0] == "uscc"
