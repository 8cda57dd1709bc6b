"""The worked cases hold on every engine, and the runner can fail."""

import shutil
from pathlib import Path

import pytest

from rulecore.cli.cases import read_cases, run_cases
from rulecore.engines import Engine, load
from rulecore.errors import RulebookError, RulecoreError
from rulecore.model import Rulebook
from rulecore.source import load_rulebook
from tests.rulecore.law import HUAIROU, RULEBOOKS, copy_of_huairou, edit

CASE = "  - name: 各项正常而没有成长型条件，是生存型\n"
EXPECTED = (
    "      tier: survival\n      possible: [survival]\n      criteria: {registered: true, founded_this_year: false"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of_huairou(tmp_path)


def messages(folder: Path, engine: Engine, file: str) -> list[str]:
    """What fails of the first cases of a file."""
    book = load_rulebook(folder)
    cases = [case for case in read_cases(book, folder) if Path(case.file).name == file][:2]
    return [str(failure) for failure in run_cases(book, cases, engine)]


def test_all_worked_cases_hold(engine: Engine, book: Rulebook) -> None:
    cases = read_cases(book, HUAIROU)
    assert len(cases) >= 60
    assert [str(failure) for failure in run_cases(book, cases, engine)] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (EXPECTED, EXPECTED.replace("tier: survival", "tier: growth"), "tier survival"),
        (EXPECTED, EXPECTED.replace("[survival]", "[survival, growth]"), "possible"),
        (EXPECTED, EXPECTED.replace("registered: true", "registered: false"), "criterion registered is True"),
        (EXPECTED, EXPECTED.replace("registered: true", "registered: unknown"), "criterion registered is True"),
        (EXPECTED, EXPECTED.replace("founded_this_year: false", "founded_this_year: true"), "founded_this_year"),
    ],
)
def test_a_wrong_case_fails_with_its_place(engine: Engine, folder: Path, old: str, new: str, said: str) -> None:
    path = folder / "cases" / "base.yaml"
    line = edit(path, CASE, CASE)
    edit(path, old, new)
    [message] = messages(folder, engine, "base.yaml")
    assert message.startswith(f"{path}:{line}: 各项正常")
    assert said in message


def test_a_wrong_fact_from_sources_fails(engine: Engine, folder: Path) -> None:
    path = folder / "cases" / "sources.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('turnover: "50000", tax_paid: "0"', 'turnover: "50000.01", tax_paid: "0"', 1), "utf-8")
    [message] = messages(folder, engine, "sources.yaml")
    assert "fact turnover is 50000.00, expected 50000.01" in message


def test_a_wrong_law_fails_its_cases(folder: Path) -> None:
    edit(folder / "parameters.yaml", "    value: 3\n", "    value: 2\n")
    book = load_rulebook(folder)
    cases = [case for case in read_cases(book, folder) if Path(case.file).name == "growth.yaml"]
    assert run_cases(book, cases, load("reference"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("criteria: {registered: true, founded", "criteria: {registred: true, founded", "registred"),
        ("  patents: 0\n", "  patents: 0\n  patent: 0\n", "patent"),
        (CASE, f"{CASE}    norm: {{}}\n", "norm"),
        ("as_of: 2026-07-01\n", "as_of: 2026-06-31\n", "base.yaml"),
        ('growth_turnover: "300000"', 'growth_turnover: "much"', "growth_turnover"),
    ],
)
def test_a_case_that_names_what_is_not_there_is_refused(folder: Path, old: str, new: str, said: str) -> None:
    edit(folder / "cases" / "base.yaml", old, new)
    with pytest.raises(RulecoreError) as caught:
        read_cases(load_rulebook(folder), folder)
    assert "base.yaml" in str(caught.value)
    assert said in str(caught.value)


def test_a_source_that_does_not_exist_is_refused(folder: Path) -> None:
    path = folder / "cases" / "sources.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("      suspension: []\n", "      suspensn: []\n", 1), encoding="utf-8")
    with pytest.raises(RulebookError, match="suspensn"):
        read_cases(load_rulebook(folder), folder)


STATED = """  - name: 撤销不满5年，写明了理由而推荐
    clause: 附件三(五)
    given: {ban_exception_written: true}
    sources:
      registration: [{name: 示例小店, registration_status: active, established_on: 2016-03-01, is_seasonal: false}]
    expect: {tier: null, possible: [eligible], facts: {ban_exception_written: true}}
"""


def with_one_case(folder: Path, case: str) -> Path:
    """All rulebooks, Huairou with this case alone."""
    shutil.copytree(RULEBOOKS, folder / "rulebooks")
    huairou = folder / "rulebooks" / "cn-110116-huairou" / "2024"
    for path in (huairou / "cases").glob("*.yaml"):
        if path.name != "eligibility_sources.yaml":
            path.unlink()
    path = huairou / "cases" / "eligibility_sources.yaml"
    path.write_text(path.read_text(encoding="utf-8").split("cases:\n")[0] + "cases:\n" + case, encoding="utf-8")
    return huairou


def test_a_case_of_rows_may_state_what_no_table_holds(tmp_path: Path, engine: Engine) -> None:
    huairou = with_one_case(tmp_path, STATED)
    book = load_rulebook(huairou)
    [case] = read_cases(book, huairou)
    assert [failure.message for failure in run_cases(book, [case], engine) if "fact" in failure.message] == []


def test_a_case_of_rows_may_not_state_what_they_make(tmp_path: Path) -> None:
    huairou = with_one_case(tmp_path, STATED.replace("ban_exception_written", "revoked_recently"))
    with pytest.raises(RulebookError, match="revoked_recently follows from sources"):
        read_cases(load_rulebook(huairou), huairou)
