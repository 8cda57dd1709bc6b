"""The command line is a contract: commands, exit codes, files."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from rulecore.cli import app
from rulecore.engines import NAMES
from tests.rulecore.law import (
    HUAIROU,
    NORMS,
    NOTHING_KNOWN,
    copy_of_huairou,
    edit,
    metadata_of,
    numbered,
    ordinary,
    write_facts,
)
from tests.rulecore.test_facts_files import cells, write_csv

ROWS = [ordinary(), ordinary(patents=1), ordinary(insured_headcount=2), ordinary(abnormal_mark=True), NOTHING_KNOWN]


def rulecore(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


@pytest.fixture
def norms(tmp_path: Path) -> Path:
    path = tmp_path / "norms.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in NORMS.items()), encoding="utf-8")
    return path


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    return write_facts(numbered(ROWS), tmp_path / "facts.parquet")


def run(norms: Path, facts: Path, out: Path, *more: str) -> Result:
    return rulecore("run", HUAIROU, "--as-of", "2026-07-01", "--norms", norms, "--facts", facts, "--out", out, *more)


def test_check_says_that_huairou_is_well_formed() -> None:
    result = rulecore("check", HUAIROU)
    assert result.exit_code == 0
    assert "怀市监发〔2024〕41号" in result.stdout
    assert "well formed" in result.stdout


def test_check_names_file_line_and_key(tmp_path: Path) -> None:
    folder = copy_of_huairou(tmp_path)
    line = edit(folder / "tiers.yaml", "{fact: is_seasonal, is: true}", "{fact: nobody, is: true}")
    result = rulecore("check", folder)
    assert result.exit_code == 2
    assert f"tiers.yaml:{line}: criteria.seasonal" in result.stderr
    assert "nobody" in result.stderr


@pytest.mark.parametrize("name", [NAMES[0], *(pytest.param(one, marks=pytest.mark.sweep) for one in NAMES[1:])])
def test_test_runs_the_cases(name: str) -> None:
    result = rulecore("test", HUAIROU, "--engine", name)
    assert result.exit_code == 0, result.output
    assert f"{name}: " in result.stdout


def test_test_fails_with_1_when_a_case_does_not_hold(tmp_path: Path) -> None:
    folder = copy_of_huairou(tmp_path)
    edit(folder / "parameters.yaml", "    value: 3\n", "    value: 2\n")
    result = rulecore("test", folder, "--engine", "polars")
    assert result.exit_code == 1
    assert "failed on polars" in result.stderr
    assert ".yaml:" in result.stderr


def test_criteria_as_json() -> None:
    result = rulecore("criteria", HUAIROU, "--json")
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    assert [row["bit"] for row in rows] == list(range(len(rows)))
    assert len({row["key"] for row in rows}) == len(rows)
    assert all(row["clause"].startswith("附件一") and row["label"] for row in rows)


def test_criteria_as_a_table() -> None:
    result = rulecore("criteria", HUAIROU)
    assert result.exit_code == 0
    assert "development_patent_met" in result.stdout


@pytest.mark.parametrize("name", NAMES)
def test_run_writes_results_and_tells_the_tiers(name: str, norms: Path, facts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    result = run(norms, facts, out, "--engine", name)
    assert result.exit_code == 0, result.output
    for word in ("survival", "growth", "development", "ineligible", "several possible", str(out)):
        assert word in result.stdout
    rows = sorted(pq.read_table(out).to_pylist(), key=lambda row: str(row["uscc"]))
    assert [row["tier"] for row in rows] == ["survival", "development", "growth", "ineligible", None]
    schema = pq.read_schema(out)
    assert schema.field("possible").type == pa.list_(pa.string())
    assert schema.field("true_bits").type == schema.field("unknown_bits").type == pa.uint64()
    assert b"rulecore.criteria" in metadata_of(out)


def test_without_norms_nothing_is_published(facts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    result = rulecore("run", HUAIROU, "--as-of", "2026-07-01", "--facts", facts, "--out", out)
    assert result.exit_code == 0
    assert (
        "not published: development_tax_paid, development_turnover, growth_tax_paid, growth_turnover" in result.stdout
    )


def test_run_takes_csv(norms: Path, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "f.csv", cells(turnover="300000.00"), encoding="utf-8-sig")
    assert run(norms, path, tmp_path / "out.parquet").exit_code == 0
    assert pq.read_table(tmp_path / "out.parquet").column("tier").to_pylist() == ["growth"]


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if "part" in path.name or path.name.startswith("out"))


def test_a_bad_cell_exits_2_with_file_row_column_and_value(norms: Path, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "f.csv", cells(), cells(turnover="1e5"))
    result = run(norms, path, tmp_path / "out.parquet")
    assert result.exit_code == 2
    assert f"{path}:3: turnover" in result.stderr
    assert "1e5" in result.stderr
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_file_damaged_inside_exits_2_and_leaves_nothing(name: str, norms: Path, facts: Path, tmp_path: Path) -> None:
    """Its footer reads well, so only the engine finds out."""
    content = bytearray(facts.read_bytes())
    end = len(content) // 4
    content[4:end] = b"\xff" * (end - 4)
    facts.write_bytes(content)
    result = run(norms, facts, tmp_path / "out.parquet", "--engine", name)
    assert result.exit_code == 2, repr(result.exception)
    assert "error:" in result.stderr
    assert leftovers(tmp_path) == []


def test_an_earlier_result_survives_a_failure(norms: Path, facts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    run(norms, facts, out)
    before = out.read_bytes()
    bad = write_csv(tmp_path / "f.csv", cells(turnover="x"))
    assert run(norms, bad, out).exit_code == 2
    assert out.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("growth_turnover: -1\n", "growth_turnover"),
        ("growth_turnover: 0.001\n", "growth_turnover"),
        ("growth_turnover: much\n", "growth_turnover"),
        ("growth_turnover: true\n", "growth_turnover"),
        ("growth_turnover: .nan\n", "norms"),
        ("growth_turnover: [1]\n", "growth_turnover"),
        ("growth: 1\n", "growth"),
        ("- 1\n", "map"),
        ("growth_turnover: 1\ngrowth_turnover: 2\n", "twice"),
        ("growth_turnover: 5\ndevelopment_turnover: 5\n", "below development_turnover"),
        ("growth_turnover: [\n", "norms"),
    ],
)
def test_norms_that_cannot_be_used(text: str, said: str, facts: Path, tmp_path: Path) -> None:
    path = tmp_path / "norms.yaml"
    path.write_text(text, encoding="utf-8")
    result = run(path, facts, tmp_path / "out.parquet")
    assert result.exit_code == 2, repr(result.exception)
    assert said in result.stderr
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("text", ["", "# none yet\n", "growth_turnover: null\n"])
def test_norms_that_say_nothing_publish_nothing(text: str, facts: Path, tmp_path: Path) -> None:
    path = tmp_path / "norms.yaml"
    path.write_text(text, encoding="utf-8")
    result = run(path, facts, tmp_path / "out.parquet")
    assert result.exit_code == 0
    assert "growth_turnover" in result.stdout


def test_other_input_that_cannot_be_used(norms: Path, facts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    assert run(norms, tmp_path / "gone.parquet", out).exit_code == 2
    assert run(tmp_path / "gone.yaml", facts, out).exit_code == 2
    assert run(norms, facts, tmp_path / "gone" / "out.parquet").exit_code == 2
    assert "polars, duckdb" in run(norms, facts, out, "--engine", "abacus").stderr
    assert rulecore("check", tmp_path / "gone").exit_code == 2
    assert rulecore("run", HUAIROU, "--as-of", "2026-02-30", "--facts", facts, "--out", out).exit_code == 2


def explained(facts: Path, norms: Path, uscc: str) -> Result:
    return rulecore("explain", HUAIROU, "--as-of", "2026-07-01", "--norms", norms, "--facts", facts, "--uscc", uscc)


def test_explain_gives_the_reasons_in_chinese(norms: Path, facts: Path) -> None:
    result = explained(facts, norms, f"{2:018d}")
    assert result.exit_code == 0
    for wanted in ("成长型", "附件一(三)2(2)C", "2 人", "不超过 3 人", "人力资源和社会保障局"):
        assert wanted in result.stdout


def test_explain_says_who_supplies_what_is_unknown(norms: Path, facts: Path) -> None:
    result = explained(facts, norms, f"{4:018d}")
    assert result.exit_code == 0
    assert "待数据" in result.stdout
    assert "税务局提供" in result.stdout


def test_explain_takes_csv(norms: Path, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "f.csv", cells())
    assert "生存型" in explained(path, norms, cells()["uscc"]).stdout


def test_explain_refuses_a_code_that_is_not_there_or_not_alone(norms: Path, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "f.csv", cells(), cells())
    for code in (cells()["uscc"], "nobody"):
        result = explained(path, norms, code)
        assert result.exit_code == 2
        assert code in result.stderr


def test_the_installed_command_runs() -> None:
    command = Path(sys.executable).with_name("rulecore")
    done = subprocess.run([command, "criteria", HUAIROU, "--json"], capture_output=True, check=False, timeout=120)
    assert done.returncode == 0
    assert json.loads(done.stdout)[0]["bit"] == 0
    bad = subprocess.run([command, "check", HUAIROU.parent], capture_output=True, check=False, timeout=120)
    assert bad.returncode == 2
    assert b"is missing" in bad.stderr
    assert b"Traceback" not in bad.stderr
