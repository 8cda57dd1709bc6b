"""Why a business got its result: clause, value, threshold, supplier, and who supplies what is missing."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from rulecore.explain import Explanation, Finding, explain
from rulecore.plan import Plan
from tests.rulecore.law import NOTHING_KNOWN, ordinary, plan_of


def finding(explanation: Explanation, key: str) -> Finding:
    [found] = [finding for finding in explanation.findings if finding.key == key]
    return found


def test_a_met_threshold_shows_value_threshold_and_supplier(plan: Plan) -> None:
    explanation = explain(plan, ordinary(turnover=Decimal("1234567.80")))
    assert explanation.tier == "growth"
    met = finding(explanation, "growth_turnover_met")
    assert (met.outcome, met.clause, met.letter, met.missing) == (True, "附件一(三)2(2)A", "A", ())
    [line] = met.fact_lines
    assert line.fact == "turnover"
    assert "1,234,567.80 元" in line.value_text
    assert "300,000.00 元" in line.threshold_text
    assert line.supplier == "北京市怀柔区市场监督管理局"


def test_the_text_is_chinese_and_whole(plan: Plan) -> None:
    text = explain(plan, ordinary(turnover=Decimal("1234567.80"))).text()
    for wanted in (
        "成长型",
        "怀市监发〔2024〕41号",
        "2026年7月1日",
        "附件一(三)2(2)A",
        "1,234,567.80 元",
        "300,000.00 元",
        "北京市怀柔区市场监督管理局",
        "2020年5月20日",
        "2024年7月1日",
        "登记在册",
    ):
        assert wanted in text
    assert "None" not in text
    assert "待数据" not in text.split("怎样可以")[0]


def test_what_is_unknown_says_who_supplies_it(plan: Plan) -> None:
    explanation = explain(plan, ordinary(tax_paid=None, general_vat_taxpayer=True))
    assert explanation.tier is None
    assert explanation.possible == ("survival", "growth", "development")
    unknown = finding(explanation, "development_tax_met")
    assert unknown.outcome is None
    assert any("国家税务总局北京市怀柔区税务局" in text and "实际缴纳税款" in text for text in unknown.missing)
    text = explanation.text()
    assert "待数据" in text
    assert "还缺少" in text
    assert "国家税务总局北京市怀柔区税务局" in text.split("还缺少")[1]


def test_an_unpublished_norm_is_what_is_missing() -> None:
    explanation = explain(plan_of(()), ordinary(turnover=Decimal("1000000.00")))
    unknown = finding(explanation, "growth_turnover_met")
    assert unknown.outcome is None
    assert any("尚未公布" in text for text in unknown.missing)
    assert any("未公布" in line.threshold_text for line in unknown.fact_lines)
    assert "1,000,000.00 元" in explanation.text()


def test_a_business_that_fails_the_base_hears_which_item(plan: Plan) -> None:
    explanation = explain(plan, ordinary(abnormal_mark=True, patents=1))
    assert explanation.tier == "ineligible"
    failed = finding(explanation, "no_abnormal_mark")
    assert (failed.outcome, failed.clause) == (False, "附件一(三)1(1)")
    assert finding(explanation, "annual_report").outcome is True
    assert "development_patent_met" not in {found.key for found in explanation.findings}


def test_a_new_business_hears_of_the_short_cut_and_no_further(plan: Plan) -> None:
    explanation = explain(plan, ordinary(established_on=date(2026, 3, 1), annual_report_filed=False, patents=5))
    assert explanation.tier == "survival"
    assert finding(explanation, "founded_this_year").outcome is True
    assert "development_standard" not in {found.key for found in explanation.findings}


def test_survival_by_default_hears_of_every_condition(plan: Plan) -> None:
    explanation = explain(plan, ordinary())
    assert explanation.tier == "survival"
    assert {found.key for found in explanation.findings} == set(plan.rulebook.criteria)


def test_no_criterion_is_told_twice(plan: Plan) -> None:
    keys = [found.key for found in explain(plan, NOTHING_KNOWN).findings]
    assert len(keys) == len(set(keys))


def test_of_a_business_unknown_altogether_everything_is_missing(plan: Plan) -> None:
    explanation = explain(plan, NOTHING_KNOWN)
    missing = "\n".join(explanation.missing)
    for fact in plan.facts.values():
        assert fact.label in missing
    assert len(explanation.missing) == len(plan.facts)


@pytest.mark.parametrize("facts", [{}, {"turnover": None}])
def test_a_fact_that_is_not_given_is_unknown(plan: Plan, facts: Mapping[str, object]) -> None:
    assert explain(plan, facts).possible == plan.rulebook.ladder
