"""docs/rule-language.md is true: every example in it is a rulebook whose cases hold on every engine.

A fenced block whose info string is `yaml NAME/FILE` is the file FILE of the example NAME. An example says only what it
is about: files that it does not show are those of the example that its first block names, `yaml NAME/FILE like OTHER`.
"""

import re
import shutil
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rulecore.check import check
from rulecore.cli import app
from rulecore.cli.cases import read_cases, run_cases
from rulecore.engines import NAMES, load
from rulecore.errors import RulebookError
from rulecore.source import load_rulebook
from tests.rulebooks.files import SCHEMAS

PAGE = Path(__file__).parents[2] / "docs" / "rule-language.md"
BLOCK = re.compile(
    r"^```yaml (?P<name>[a-z-]+)/(?P<file>[a-z/]+\.yaml)(?: like (?P<like>[a-z-]+))?\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass
class Example:
    """The files that an example shows, and the example whose other files it shares."""

    files: dict[str, str] = field(default_factory=dict)
    like: str | None = None


@cache
def examples() -> dict[str, Example]:
    found: dict[str, Example] = {}
    for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        example = found.setdefault(block["name"], Example())
        example.like = block["like"] or example.like
        assert block["file"] not in example.files, f"{block['name']}/{block['file']} is shown twice"
        example.files[block["file"]] = block["text"]
    return found


def files_of(name: str) -> dict[str, str]:
    """Every file of an example, those that it shares first."""
    example = examples()[name]
    shared = files_of(example.like) if example.like else {}
    own_cases = any(file.startswith("cases/") for file in example.files)
    kept = {file: text for file, text in shared.items() if not (own_cases and file.startswith("cases/"))}
    return {**kept, **example.files}


def place(name: str) -> str:
    return f"cn-999999-{name}"


def written(name: str, root: Path) -> Path:
    """The example as a folder, beside the example that it extends."""
    for other in {name, "tutorial"}:
        for file, text in files_of(other).items():
            path = root / place(other) / "2024" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return root / place(name) / "2024"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(SCHEMAS, tmp_path / "schema")
    return tmp_path


@pytest.mark.parametrize("name", examples())
def test_every_example_runs_on_every_engine(name: str, root: Path) -> None:
    folder = written(name, root)
    book = load_rulebook(folder)
    check(book)
    cases = read_cases(book, folder)
    assert cases
    for engine in NAMES:
        assert [str(failure) for failure in run_cases(book, cases, load(engine))] == []


def test_the_tutorials_rulebook_is_proved(root: Path) -> None:
    result = CliRunner().invoke(app, ["check", str(written("tutorial", root))])
    assert result.exit_code == 0, result.output


def test_no_block_of_yaml_is_left_out() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count("\n```yaml") == len(BLOCK.findall(text))


def test_every_word_of_the_language_is_in_an_example() -> None:
    shown = "\n".join(text for name in examples() for text in files_of(name).values())
    words = [
        *("all", "any", "not", "of", "at_least", "at_most", "more_than", "less_than", "is", "is_not", "in"),
        *("on_or_after", "on_or_before", "after", "before", "missing", "missing_is", "criterion", "parameter"),
        *("fact", "column", "row", "exists", "latest", "sum", "max", "count", "given", "less", "by", "where"),
        *("no_row", "related", "same", "others", "derive", "minus_years", "minus_months", "minus_days", "below"),
        *("annual_norm", "table", "scale", "judged", "evidence", "circumstance", "extends", "standards", "better"),
        *("change", "how", "period", "deadline", "year_of", "first_day_of_year", "last_day_of_year", "otherwise"),
        *("quota", "phases", "closed", "recognises", "one_per", "review", "validity", "bans", "limits", "steps"),
        *("report", "reading", "roles"),
    ]
    assert [word for word in words if not re.search(rf"(^|[ {{[]){word}:", shown, re.MULTILINE)] == []


def test_a_tables_checks_are_read_as_the_page_shows_them(root: Path) -> None:
    checks = load_rulebook(written("facts", root)).sources["complaints"].checks
    assert [(one.column, one.not_after, one.warns) for one in checks] == [
        ("made_on", "closed_on", False),
        ("made_on", "as_of", True),
    ]


@pytest.mark.parametrize("other", ["closed_no", "upheld"])
def test_a_check_of_a_column_that_is_not_there_or_cannot_be_compared_is_refused(other: str, root: Path) -> None:
    folder = written("facts", root)
    facts = folder / "facts.yaml"
    facts.write_text(facts.read_text(encoding="utf-8").replace("not_after: closed_on", f"not_after: {other}"))
    with pytest.raises(RulebookError, match="complaints"):
        check(load_rulebook(folder))
