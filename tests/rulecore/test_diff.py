"""rulecore diff: every written change is listed, every kind of changed result has a witness that both confirm."""

import json
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rulecore.check.changes import changes
from rulecore.check.proof import Example, Witness, witnesses
from rulecore.cli import app
from rulecore.engines.reference import Judge, physical_facts
from rulecore.model import Rulebook
from rulecore.plan import bind
from rulecore.plan.proving import encoded
from rulecore.source import load_rulebook
from tests.rulecore.law import HUAIROU, huairou, ordinary
from tests.rulecore.spoilt import copied, spoil

DAY = date(2026, 7, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copied(tmp_path)


def found(old: Rulebook, new: Rulebook) -> list[Witness]:
    return list(witnesses(encoded(bind(old, as_of=DAY, norms={})), encoded(bind(new, as_of=DAY, norms={}), " (new)")))


def judged(book: Rulebook, example: Example) -> str | None:
    plan = bind(book, as_of=DAY, norms=example.norms)
    return Judge(plan).result(physical_facts(plan, dict(example.facts))).tier


def pairs(items: list[Witness]) -> set[tuple[str, str]]:
    return {(item.before.outcome, item.after.outcome) for item in items}


def assert_confirmed(old: Rulebook, new: Rulebook, items: list[Witness]) -> None:
    for item in items:
        assert (judged(old, item.before), judged(new, item.after)) == (item.before.outcome, item.after.outcome)
        shared = item.before.facts.keys() & item.after.facts.keys()
        assert {key: item.before.facts[key] for key in shared} == {key: item.after.facts[key] for key in shared}


def test_the_same_rulebook_changes_nothing() -> None:
    assert changes(huairou(), huairou()) == []
    assert found(huairou(), huairou()) == []


def test_a_lower_threshold_lifts_and_never_lowers(folder: Path) -> None:
    spoil(
        folder, "insured_headcount, at_least: {parameter: development_headcount_from}", "insured_headcount, at_least: 3"
    )
    new = load_rulebook(folder)
    items = found(huairou(), new)
    assert pairs(items) == {("growth", "development")}
    assert items[0].before.facts["insured_headcount"] == 3
    assert_confirmed(huairou(), new, items)
    (change,) = changes(huairou(), new)
    assert (change.section, change.key, change.how, change.aspect) == (
        "tiers criteria",
        "development_insurance_met",
        "changed",
        "when",
    )
    assert change.clause == "附件一(三)2(3)C"
    assert "“发展型参保人数下限”" in change.old
    assert "不低于3 人" in change.new


def test_every_kind_of_change_is_found(folder: Path) -> None:
    """Against a search by hand over the businesses that the changed words can tell apart."""
    spoil(folder, "when: {fact: annual_report_filed, is: true}", "when: {fact: annual_report_filed, is: false}")
    new = load_rulebook(folder)
    items = found(huairou(), new)
    assert_confirmed(huairou(), new, items)
    norms = items[0].before.norms
    judges = [(Judge(plan), plan) for plan in (bind(book, as_of=DAY, norms=norms) for book in (huairou(), new))]
    seen = set()
    for filed, insured, founded in product(
        [True, False], [0, 1, 4], [date(2020, 1, 1), date(2025, 7, 2), date(2026, 2, 1)]
    ):
        row = ordinary(annual_report_filed=filed, insured_headcount=insured, established_on=founded)
        was, now = (judge.result(physical_facts(plan, row)).tier for judge, plan in judges)
        if was != now:
            seen.add((str(was), str(now)))
    assert pairs(items) == seen


def test_a_fact_that_only_one_rulebook_asks_for(folder: Path) -> None:
    spoil(folder, "            - {criterion: development_patent_met}\n", "")
    spoil(
        folder,
        "when: {fact: patents, at_least: {parameter: development_patents_from}}",
        "when: {fact: trademarks_in_use, at_least: 2}",
    )
    new = load_rulebook(folder)
    items = found(huairou(), new)
    assert pairs(items) == {("development", "growth"), ("development", "survival")}
    assert all("patents" in item.before.facts and "patents" not in item.after.facts for item in items)


def test_a_code_that_was_renamed_is_the_same_business() -> None:
    old = huairou()
    status = old.facts["registration_status"]
    values = {("suspended_licence" if key == "licence_revoked" else key): label for key, label in status.values.items()}
    new = replace(old, facts={**old.facts, "registration_status": replace(status, values=values)})
    assert found(old, new) == []


def test_a_result_that_only_one_rulebook_has(folder: Path) -> None:
    spoil(folder, "  - key: development\n    label: 发展型", "  - key: leading\n    label: 领军型")
    spoil(
        folder, "ladder: [ineligible, survival, growth, development]", "ladder: [ineligible, survival, growth, leading]"
    )
    new = load_rulebook(folder)
    items = found(huairou(), new)
    assert pairs(items) == {("development", "leading")}
    assert_confirmed(huairou(), new, items)
    assert {(c.key, c.how) for c in changes(huairou(), new) if c.section == "tiers outcomes"} >= {
        ("development", "removed"),
        ("leading", "added"),
    }


def test_the_command_in_chinese_and_in_json(folder: Path) -> None:
    spoil(
        folder, "insured_headcount, at_least: {parameter: development_headcount_from}", "insured_headcount, at_least: 3"
    )
    arguments = ["diff", str(HUAIROU), str(folder), "--as-of", "2026-07-01"]
    text = CliRunner().invoke(app, arguments)
    assert text.exit_code == 0
    assert "成长型（growth） → 发展型（development）" in text.stdout
    assert "上一年度以单位形式缴纳社保人数：3 人" in text.stdout
    data = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    (kind,) = data["results"]["tiers"]
    assert (kind["old"]["outcome"], kind["new"]["outcome"]) == ("growth", "development")
    assert kind["old"]["facts"]["insured_headcount"] == 3
    assert data["changes"][0]["clause"] == "附件一(三)2(3)C"


def test_given_norms_are_kept(folder: Path, tmp_path: Path) -> None:
    spoil(
        folder,
        "fact: turnover, at_least: {parameter: growth_turnover}",
        "fact: turnover, more_than: {parameter: growth_turnover}",
    )
    norms = tmp_path / "norms.yaml"
    norms.write_text("growth_turnover: '300000.10'\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["diff", str(HUAIROU), str(folder), "--norms", str(norms), "--json"])
    (kind,) = json.loads(done.stdout)["results"]["tiers"]
    assert kind["old"]["facts"]["turnover"] == "300000.10"
    assert "growth_turnover" not in kind["old"]["norms"]
