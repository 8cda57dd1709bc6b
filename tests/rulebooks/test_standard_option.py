"""`--standard` asks for another standard than the tiers: list its criteria, run it, explain it."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from rulecore.cli import app
from rulecore.source import contract, load_rulebook
from tests.rulebooks.files import HUAIROU

CODE = "92110116MA00000001"


def rulecore(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    """One business: self-applied, known in the town alone, a trademark whose fame nobody has judged."""
    row = {
        "uscc": CODE,
        "application_path": "self",
        "quality_and_honesty": False,
        "high_share_or_fame": True,
        "fame_reach": "township",
        "trademarks_held": 1,
        "trademark_fame": None,
        "party_building_award": False,
    }
    path = tmp_path / "facts.parquet"
    pq.write_table(pa.Table.from_pylist([row], schema=contract(load_rulebook(HUAIROU), "renowned")), path)
    return path


def test_criteria_of_a_category() -> None:
    listed = json.loads(rulecore("criteria", HUAIROU, "--standard", "renowned", "--json").stdout)
    assert [item["letter"] for item in listed] == list("ABCDE")
    assert [item["bit"] for item in listed] == list(range(5))


def test_a_standard_that_is_not_there_is_named_with_those_that_are() -> None:
    result = rulecore("criteria", HUAIROU, "--standard", "famous")
    assert result.exit_code == 2
    assert "no standard named famous" in result.stderr
    assert "renowned" in result.stderr


def test_run_of_a_category(facts: Path, tmp_path: Path) -> None:
    out = tmp_path / "results.parquet"
    given = ("--as-of", "2026-09-01", "--facts", facts, "--out", out)
    result = rulecore("run", HUAIROU, "--standard", "renowned", *given)
    assert result.exit_code == 0, result.stderr
    (row,) = pq.read_table(out).to_pylist()
    assert (row["tier"], row["possible"]) == (None, ["not_met", "met"])
    assert "符合知名类条件" in result.stdout


def test_explanation_of_a_category_says_who_judges_in_chinese(facts: Path) -> None:
    given = ("--as-of", "2026-09-01", "--facts", facts, "--uscc", CODE)
    result = rulecore("explain", HUAIROU, "--standard", "renowned", *given)
    assert result.exit_code == 0, result.stderr
    assert "商标品牌有一定知名度：由审核人员提供" in result.stdout
    assert "附件三(三)2(1)C" in result.stdout
    assert "reviewer" not in result.stdout
