"""What a reader sees of ways up and days of change: text, JSON, command line, and the rulebook's own words for it."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rulecore.cli import app
from rulecore.errors import RulebookError
from rulecore.explain import Event, Provenance, explain
from rulecore.source import load_rulebook
from tests.rulecore.law import (
    HUAIROU,
    NORMS,
    NOTHING_KNOWN,
    copy_of_huairou,
    edit,
    huairou,
    numbered,
    ordinary,
    plan_of,
    write_facts,
)
from tests.rulecore.population import population

FORBIDDEN_WORDS = ("虚报", "隐瞒", "挂靠", "代缴", "倒签")


def told(tmp_path: Path, *more: str) -> str:
    facts = write_facts(numbered([ordinary()]), tmp_path / "facts.parquet")
    norms = tmp_path / "norms.yaml"
    norms.write_text("".join(f"{key}: {value}\n" for key, value in NORMS.items()), encoding="utf-8")
    given = ["--as-of", "2026-07-01", "--norms", str(norms), "--facts", str(facts), "--uscc", f"{0:018d}"]
    result = CliRunner().invoke(app, ["explain", str(HUAIROU), *given, *more])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_text_says_shortly_what_leads_up_and_when_it_changes() -> None:
    text = explain(plan_of(), ordinary()).text()
    up, change = text.split("怎样可以到更高一型（成长型）：")[1].split("什么时候会变")
    assert "上一年度以单位形式缴纳社保人数不低于 1 人〔经营者可自行改变〕 → 成长型" in up
    assert "2027年1月1日起：生存型 → 待数据" in change


def test_the_text_is_silent_where_there_is_nothing_to_say() -> None:
    text = explain(plan_of(), ordinary(registration_status="deregistered")).text()
    assert "怎样可以" not in text
    assert "什么时候会变" not in text


def test_the_long_text_gives_value_threshold_source_clause_and_hint() -> None:
    text = explain(plan_of(), ordinary(established_on=date(2025, 3, 3))).what_if_text()
    for wanted in (
        "现为“50,000.00 元”，需要“不低于 300,000.00 元（成长型销售额或营业收入标准）”",
        "要求：营业收入达到成长型标准（附件一(三)2(2)A）",
        "标准出自：当年认定标准（附件一(三)2(2)A）",
        huairou().facts["turnover"].how,
        "〔随时间自动满足〕成立日期：现为“2025年3月3日”，到2027年3月3日",
        "前提：届时上一年度的数据与现在相同",
        "截至2027年6月30日没有数据的",
    ):
        assert wanted in text
    assert "None" not in text


def test_the_long_text_says_what_cannot_be_said() -> None:
    assert "当年认定标准尚未公布" in explain(plan_of(()), ordinary()).what_if_text()
    assert "已是最高一型" in explain(plan_of(), ordinary(patents=1)).what_if_text()
    closed = explain(plan_of(), ordinary(registration_status="deregistered")).what_if_text()
    assert "没有可以建议的办法" in closed
    assert "结果不会变" in closed


def test_provenance_is_shown_where_it_is_known() -> None:
    known = {"annual_reports": Provenance(date(2026, 6, 30), "B-7")}
    explanation = explain(plan_of(), ordinary(), provenance=known)
    lines = {line.fact: line for finding in explanation.findings for line in finding.fact_lines}
    assert (lines["turnover"].as_of, lines["turnover"].batch) == (date(2026, 6, 30), "B-7")
    assert (lines["tax_paid"].as_of, lines["tax_paid"].batch) == (None, "")
    assert "来源：北京市怀柔区市场监督管理局，数据截至2026年6月30日" in explanation.text()


def plain(value: Any) -> bool:
    match value:
        case dict():
            return all(isinstance(key, str) and plain(item) for key, item in value.items())
        case list():
            return all(map(plain, value))
        case _:
            return value is None or type(value) in (str, int, bool)


def test_the_json_is_plain_data_for_any_business() -> None:
    end = Event("suspended", False, date(2026, 12, 1), "歇业截止")
    for row in population(21, 40):
        data = explain(plan_of(("growth_turnover",)), row, events=[end]).as_json()
        assert plain(data)
        assert json.loads(json.dumps(data)) == data


def test_the_json_has_amounts_in_yuan_and_null_for_the_unknown() -> None:
    data: Any = explain(plan_of(("growth_turnover",)), ordinary(turnover=Decimal("12.30"), tax_paid=None)).as_json()
    findings = {finding["key"]: finding for step in data["steps"] for finding in step["findings"]}
    [turnover] = findings["growth_turnover_met"]["facts"]
    assert (turnover["value"], turnover["threshold"], turnover["unit"]) == ("12.30", "300000.00", "元")
    [tax] = findings["growth_tax_met"]["facts"]
    assert (tax["value"], tax["threshold"], findings["growth_tax_met"]["outcome"]) == (None, None, None)
    needed = {c["fact"]: (c["needed"], c["kind"]) for item in data["changes"]["sets"] for c in item["changes"]}
    assert needed["turnover"] == ("300000.00", "owner")
    assert needed["patents"] == (1, "owner")


def test_the_json_keys_are_those_that_are_documented() -> None:
    data: Any = explain(plan_of(), ordinary(established_on=date(2025, 3, 3), turnover=None)).as_json()
    assert list(data) == [
        "tier", "possible", "possible_labels", "result_text", "basis", "steps", "missing", "changes", "forecast",
    ]  # fmt: skip
    assert list(data["changes"]) == ["target", "target_label", "sets", "unpublished"]
    [first, *_] = data["changes"]["sets"]
    assert list(first) == ["on", "leads_to", "leads_to_text", "assumes", "changes"]
    assert list(first["changes"][0]) == [
        "kind", "kind_text", "fact", "label", "value", "value_text", "needed", "needed_text", "learned", "options",
        "criterion", "clause", "source", "supplier", "how", "on",
    ]  # fmt: skip
    assert list(data["forecast"][0]) == ["on", "before", "before_text", "after", "after_text", "reasons"]


def test_the_command_line_shows_each_form(tmp_path: Path) -> None:
    assert "怎样可以到更高一型" in told(tmp_path)
    assert "现为“0 件”，需要“不低于 1 件”" in told(tmp_path, "--what-if")
    data = json.loads(told(tmp_path, "--json"))
    assert (data["uscc"], data["tier"], data["changes"]["target"]) == (f"{0:018d}", "survival", "growth")


def test_every_fact_of_huairou_says_who_can_change_it_and_what_to_do() -> None:
    for fact in huairou().facts_of().values():
        assert bool(fact.how) == (fact.change in ("owner", "department")), fact.key
        assert not any(word in fact.how for word in FORBIDDEN_WORDS)
    assert huairou().facts["annual_report_filed"].deadline == (6, 30)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("change: never", "change: perhaps"),
        ('deadline: "06-30"', 'deadline: "06-31"'),
        ("period: prior_year\n    deadline", "deadline"),
    ],
)
def test_a_fact_that_says_nonsense_of_change_is_refused(old: str, new: str, tmp_path: Path) -> None:
    folder = copy_of_huairou(tmp_path)
    edit(folder / "facts.yaml", old, new)
    with pytest.raises(RulebookError, match=r"facts\.yaml:\d+"):
        load_rulebook(folder)


def test_a_plan_is_explained_the_same_however_often_it_was_asked() -> None:
    texts = {explain(plan_of(), NOTHING_KNOWN).what_if_text() for _ in range(3)}
    assert len(texts) == 1
