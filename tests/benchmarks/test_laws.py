"""The law by hand says what rulecore says, row for row, or a benchmark would compare different work."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from benchmarks import population, tables
from benchmarks.digests import compare
from benchmarks.jobs import JOBS
from benchmarks.jobs.growth import grown
from benchmarks.laws import by_peers, by_polars, by_python, by_sources, by_sql, by_words
from benchmarks.standard import CRITERIA, OUTCOMES, SETS, plan
from rulecore.engines import load
from rulecore.source import contract

ROWS = 20_000


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return population.write(tmp_path_factory.mktemp("facts") / "facts.parquet", 0, ROWS)


@pytest.fixture(scope="module")
def ours(facts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("ours") / "results.parquet"
    load("polars").run(plan(), [facts], out)
    return out


def by_full_sql(facts: list[Path], out: Path) -> None:
    by_sql.run(facts, out, by_sql.full())


def by_short_sql(facts: list[Path], out: Path) -> None:
    by_sql.run(facts, out, by_sql.tier_alone())


@pytest.mark.parametrize("law", [by_polars.run, by_full_sql, by_short_sql, by_python.run])
def test_by_hand_as_by_rulecore(law: Callable[..., None], facts: Path, ours: Path, tmp_path: Path) -> None:
    law([facts], tmp_path / "results.parquet")
    found = compare(str(ours), str(tmp_path / "results.parquet"))
    assert found["ours"] == found["other"]
    assert found["rows_differing"] == 0
    assert found["ours"].startswith(f"{ROWS}:")


def test_the_engines_agree_on_this_population(facts: Path, ours: Path, tmp_path: Path) -> None:
    load("duckdb").run(plan(), [facts], tmp_path / "results.parquet")
    assert compare(str(ours), str(tmp_path / "results.parquet"))["rows_differing"] == 0


def test_the_population_reaches_everything(facts: Path, ours: Path) -> None:
    """Every tier, every criterion in all three ways, and several sets: else agreement would mean little."""
    results = pq.read_table(ours).to_pylist()
    assert {row["tier"] for row in results} == {*OUTCOMES, None}
    assert len({tuple(row["possible"]) for row in results}) >= 12
    for bit, name in enumerate(CRITERIA):
        states = {(row["true_bits"] >> bit & 1, row["unknown_bits"] >> bit & 1) for row in results}
        assert states == {(0, 0), (1, 0), (0, 1)}, name
    read = pq.read_table(facts)
    assert max(value for value in read["turnover"].to_pylist() if value is not None) * 100 > 2**31


def test_the_population_fits_the_contract(facts: Path) -> None:
    wanted, found = contract(plan().rulebook), pq.read_schema(facts)
    assert found.names == wanted.names
    assert [str(kind) for kind in found.types] == [str(kind) for kind in wanted.types]


def test_codes_are_of_their_shape_and_each_once(facts: Path) -> None:
    codes = pq.read_table(facts, columns=["uscc"])["uscc"].to_pylist()
    assert len(set(codes)) == ROWS
    assert all(re.fullmatch(r"92[0-9]{6}MA[0-9A-HJ-NPQRTUWXY]{8}", str(code)) for code in codes)


def test_the_same_population_again(facts: Path, tmp_path: Path) -> None:
    again = population.write(tmp_path / "again.parquet", 0, ROWS)
    rows = [sorted(pq.read_table(path).to_pylist(), key=lambda row: row["uscc"]) for path in (facts, again)]
    assert rows[0] == rows[1]


def test_a_delta_has_known_codes_and_new_facts(facts: Path, tmp_path: Path) -> None:
    part = population.write(tmp_path / "delta.parquet", 0, ROWS, edition=1, share="WHERE i % 100 = 0")
    before = {row["uscc"]: row for row in pq.read_table(facts).to_pylist()}
    after = pq.read_table(part).to_pylist()
    assert len(after) == ROWS // 100
    assert all(row["uscc"] in before for row in after)
    assert sum(row != before[row["uscc"]] for row in after) > len(after) * 9 // 10


def test_criteria_by_bit() -> None:
    assert tuple(item.criterion.key for item in plan().criteria) == CRITERIA
    assert plan().outcomes == OUTCOMES
    assert [tuple(names) for names in SETS] == [plan().possible_set(mask) for mask in range(16)]


def test_tables_to_facts_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "WORK", tmp_path)
    given = tables.sources(ROWS)
    load("polars").assemble(plan(), given, tmp_path / "facts.parquet")
    with duckdb.connect() as connection:
        for key, paths in given.items():
            connection.execute(f"CREATE VIEW {key} AS SELECT * FROM read_parquet('{paths[0]}')")
        connection.execute(f"CREATE TABLE by_hand AS {by_sources.FACTS}")
        connection.execute(f"CREATE TABLE ours AS SELECT * FROM read_parquet('{tmp_path / 'facts.parquet'}')")
        differing = connection.execute("SELECT count(*) FROM (FROM ours EXCEPT FROM by_hand)").fetchall()
        counts = connection.execute("SELECT (SELECT count(*) FROM ours), (SELECT count(*) FROM by_hand)").fetchall()
        reached = connection.execute(
            "SELECT count(*) FILTER (abnormal_mark), count(*) FILTER (serious_violation_listing),"
            " count(*) FILTER (suspended), count(*) FILTER (trademarks_in_use > 0), count(*) FILTER (patents > 0)"
            " FROM ours"
        ).fetchall()
    assert differing == [(0,)]
    assert counts == [(ROWS, ROWS)]
    assert all(reached[0])


def _word_by_word(text: str, row: dict[str, Any]) -> int:
    """The value of the peers' text, read as Python: `a ? b : 0` stands only around a term of a sum."""
    python = re.sub(r"\? (\d+) : 0\)", r"and \1 or 0)", text)
    for theirs, own in (("null", "None"), ("== true", "is True"), ("== false", "is False")):
        python = python.replace(theirs, own)
    return int(eval(python, row))  # noqa: S307 - our own text


def test_the_words_for_peers(facts: Path) -> None:
    """The text that zen-engine and CEL are given means the same as the plan."""
    law = by_words.Law(by_words.Words("and", "or", "not "))
    sets = {tuple(names): mask for mask, names in enumerate(SETS)}
    out = facts.with_name("some.parquet")
    some = pq.read_table(facts).slice(0, 300)
    pq.write_table(some, out)
    load("reference").run(plan(), [out], facts.with_name("expected.parquet"))
    expected = {row["uscc"]: row for row in pq.read_table(facts.with_name("expected.parquet")).to_pylist()}
    for row in some.to_pylist():
        given, wanted = by_peers.context(row), expected[row["uscc"]]
        assert _word_by_word(law.true_bits(), dict(given)) == wanted["true_bits"]
        assert _word_by_word(law.unknown_bits(), dict(given)) == wanted["unknown_bits"]
        assert _word_by_word(law.possible(), dict(given)) == sets[tuple(wanted["possible"])]


@pytest.mark.parametrize("count", [10, 62])
def test_a_rulebook_may_grow(count: int) -> None:
    found = grown(count)
    assert len(found.criteria) == count
    assert len(found.atoms) == count


def test_every_job_has_its_function() -> None:
    for name, module in JOBS.items():
        text = (Path(population.__file__).parent / "jobs" / f"{module}.py").read_text(encoding="utf-8")
        assert f"def {name}(rows: int) -> Cost:" in text
