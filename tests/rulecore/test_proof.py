"""rulecore check proves what a rulebook promises; what it refutes it shows with a business that the judge confirms."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rulecore.check.proof import Encoding, Example, Proof, prove
from rulecore.check.proof.claims import ALIVE, MATTERS, MONOTONE, ONE_RESULT, ORDER, REACHABLE
from rulecore.cli import app
from rulecore.engines.reference import Judge, physical_facts
from rulecore.errors import RulebookError
from rulecore.model import TIERS, AnyOf, Rulebook
from rulecore.plan import bind
from rulecore.plan.proving import encoded, in_words
from rulecore.source import load_rulebook
from tests.rulecore.law import RULEBOOKS, huairou
from tests.rulecore.spoilt import copied, spoil

DAY = date(2026, 7, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copied(tmp_path)


def proof_of(book: Rulebook) -> Proof:
    plan = bind(book, as_of=DAY, norms={})
    return prove(encoded(plan), {key: in_words(plan, item) for key, item in plan.chosen.items()})


def tier_of(book: Rulebook, example: Example) -> str | None:
    """What the reference engine makes of a counter-example."""
    plan = bind(book, as_of=DAY, norms=example.norms)
    return Judge(plan).result(physical_facts(plan, dict(example.facts))).tier


def assert_confirmed(book: Rulebook, examples: tuple[Example, ...]) -> None:
    assert [tier_of(book, item) for item in examples] == [item.outcome for item in examples]


def test_huairou_keeps_every_promise() -> None:
    proof = proof_of(huairou())
    assert proof.refuted == ()
    assert all(count > 0 for count in proof.asked.values()), proof.asked
    assert ("development", "growth") in proof.overlaps
    assert proof.asked[MONOTONE] == sum(fact.better is not None for fact in huairou().facts_of().values()) >= 11


@pytest.mark.sweep
@pytest.mark.parametrize("day", [date(2024, 12, 31), date(2028, 2, 29), date(2027, 1, 1)])
def test_huairou_keeps_its_promises_on_other_days(day: date) -> None:
    plan = bind(huairou(), as_of=day, norms={})
    assert prove(encoded(plan), {key: in_words(plan, item) for key, item in plan.chosen.items()}).refuted == ()


def refuted(book: Rulebook, claim: str) -> list[str]:
    return [item.problem.where for item in proof_of(book).refuted if item.claim == claim]


def test_a_fact_that_lowers_the_tier_is_shown(folder: Path) -> None:
    spoil(
        folder,
        "{fact: insured_headcount, at_least: {parameter: development",
        "{fact: insured_headcount, is: {parameter: development",
    )
    book = load_rulebook(folder)
    found = next(item for item in proof_of(book).refuted if item.claim == MONOTONE)
    assert found.problem.where == "facts.insured_headcount.better"
    assert found.problem.line == book.place("facts", "insured_headcount", "better")[1]
    better, worse = found.examples[1], found.examples[0]
    assert int(str(better.facts["insured_headcount"])) > int(str(worse.facts["insured_headcount"]))
    assert {key for key in worse.facts if worse.facts[key] != better.facts[key]} == {"insured_headcount"}
    assert_confirmed(book, found.examples)
    assert f"tiers.yaml:{book.place('criteria', 'growth_insurance_met')[1]}" in found.problem.message


def test_a_promise_the_other_way_is_refuted() -> None:
    book = huairou()
    book = replace(book, facts={**book.facts, "abnormal_mark": replace(book.facts["abnormal_mark"], better=True)})
    found = next(item for item in proof_of(book).refuted if item.claim == MONOTONE)
    assert found.problem.where == "facts.abnormal_mark.better"
    assert found.examples[1].outcome == "ineligible" != found.examples[0].outcome
    assert_confirmed(book, found.examples)


def test_orders_that_contradict_each_other_are_named() -> None:
    book = huairou()
    upside_down = replace(book.parameters["development_turnover"], below="growth_turnover")
    book = replace(book, parameters={**book.parameters, "development_turnover": upside_down})
    proof = prove(Encoding(book, TIERS, bind(huairou(), as_of=DAY, norms={}).values), {})
    assert not proof.holds
    assert {item.problem.where for item in proof.refuted} == {
        "parameters.growth_turnover.below",
        "parameters.development_turnover.below",
    }


def test_fixed_parameters_out_of_order_are_named_with_their_line(folder: Path) -> None:
    line = spoil(
        folder,
        "    value: 1\n    reading: AMB-4",
        "    value: 5\n    below: growth_headcount_to\n    reading: AMB-4",
    )
    result = CliRunner().invoke(app, ["check", str(folder)])
    assert result.exit_code == 2
    assert f"parameters.yaml:{line + 1}: parameters.growth_headcount_from.below" in result.stderr


def test_a_norm_that_shuts_a_criterion_is_found(folder: Path) -> None:
    spoil(
        folder,
        "when: {fact: turnover, at_least: {parameter: growth_turnover}}",
        "when: {all: [{fact: turnover, at_least: {parameter: growth_turnover}},"
        " {fact: turnover, less_than: {parameter: growth_tax_paid}}]}",
    )
    found = next(item for item in proof_of(load_rulebook(folder)).refuted if item.claim == ORDER)
    assert found.problem.where == "criteria.growth_turnover_met"
    assert "growth_tax_paid is" in found.problem.message


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        (
            "{fact: registration_status, in: [active]}",
            "{fact: registration_status, in: [active, licence_revoked, deregistered, registration_annulled]}",
            "fail",
        ),
        ("{fact: patents, at_least: {parameter: development_patents_from}}", "{fact: patents, at_least: 0}", "fail"),
        ("{fact: patents, at_least: {parameter: development_patents_from}}", "{fact: patents, less_than: 0}", "hold"),
    ],
)
def test_a_dead_criterion_is_named(folder: Path, old: str, new: str, word: str) -> None:
    spoil(folder, old, new)
    proof = proof_of(load_rulebook(folder))
    messages = [str(item.problem) for item in proof.refuted if item.claim == ALIVE]
    assert not proof.holds
    assert any(f"can never {word}" in message and "tiers.yaml:" in message for message in messages), messages


def test_a_criterion_that_decides_nothing_is_a_warning(folder: Path) -> None:
    spoil(folder, "            - {criterion: development_patent_met}\n", "")
    proof = proof_of(load_rulebook(folder))
    assert proof.holds
    assert [item.problem.where for item in proof.refuted if item.claim == MATTERS] == [
        "criteria.development_patent_met"
    ]


def test_a_criterion_that_another_covers_decides_nothing(folder: Path) -> None:
    """Four insured are already a development business; asking for five beside decides nothing."""
    spoil(
        folder,
        "when: {fact: patents, at_least: {parameter: development_patents_from}}",
        "when: {fact: insured_headcount, at_least: 5}",
    )
    proof = proof_of(load_rulebook(folder))
    assert [item.problem.where for item in proof.refuted if item.claim == MATTERS] == [
        "criteria.development_patent_met"
    ]
    covered = [item for item in proof.refuted if item.claim == REACHABLE]
    assert [(item.problem.where, item.warning) for item in covered] == [("criteria.development_standard", True)]


def test_an_outcome_behind_one_that_takes_all_is_unreachable(folder: Path) -> None:
    spoil(
        folder,
        "    when: {criterion: growth_standard}",
        "    when: {all: [{criterion: growth_standard}, {criterion: development_standard}]}",
    )
    book = load_rulebook(folder)
    found = [item.problem for item in proof_of(book).refuted if item.claim == REACHABLE]
    assert [(problem.where, problem.line) for problem in found] == [("outcomes.3", book.place("outcomes", "3")[1])]


def test_engines_that_compose_another_list_are_caught() -> None:
    plan = bind(huairou(), as_of=DAY, norms={})
    composed = {key: in_words(plan, item) for key, item in plan.chosen.items()}
    composed["growth"] = AnyOf((composed["growth"], composed["development"]))
    proof = prove(encoded(plan), composed)
    assert not proof.holds
    both = next(item for item in proof.refuted if "both take" in item.problem.message)
    assert both.claim == ONE_RESULT
    assert_confirmed(plan.rulebook, both.examples)
    assert both.examples[0].outcome == "development"


def test_a_gap_in_the_composed_list_is_caught() -> None:
    plan = bind(huairou(), as_of=DAY, norms={})
    composed = {key: in_words(plan, item) for key, item in plan.chosen.items() if key != "survival"}
    found = next(item for item in prove(encoded(plan), composed).refuted if "no outcome" in item.problem.message)
    assert found.examples[0].outcome == "survival"
    assert_confirmed(plan.rulebook, found.examples)


def test_a_code_that_no_list_declares_has_another_value() -> None:
    book = huairou()
    status = replace(book.facts["registration_status"], values={})
    book = replace(book, facts={**book.facts, "registration_status": status})
    encoding = Encoding(book, TIERS, bind(book, as_of=DAY, norms={}).values)
    assert encoding.codes["registration_status"] == ("active", "another")


def test_a_threshold_of_a_cent_is_exact() -> None:
    """Counter-examples are exact: one cent decides."""
    plan = bind(huairou(), as_of=DAY, norms={"growth_turnover": Decimal("0.01")})
    proof = prove(encoded(plan), {key: in_words(plan, item) for key, item in plan.chosen.items()})
    assert proof.refuted == ()


def test_the_command_prints_the_business_in_chinese(folder: Path) -> None:
    spoil(
        folder,
        "when: {fact: annual_report_filed, is: true}",
        "when: {fact: annual_report_filed, is: false}",
    )
    result = CliRunner().invoke(app, ["check", str(folder), "--as-of", "2026-07-01"])
    assert result.exit_code == 1
    assert "FAILED: a fact that gets better never lowers the result" in result.stdout
    assert "结果：不符合分型条件（ineligible）\n    上一年度年度报告已报送：是" in result.stderr
    assert "当年认定标准 成长型销售额或营业收入标准：" in result.stderr


def test_the_command_says_its_day_and_its_proofs() -> None:
    result = CliRunner().invoke(app, ["check", str(RULEBOOKS / "cn-110000-beijing" / "2024")])
    assert result.exit_code == 0
    assert "tiers on basis date 2025-07-01" in result.stdout
    assert result.stdout.count("proved: ") == 6


def test_a_promise_that_does_not_fit_its_type_is_refused(folder: Path) -> None:
    text = (folder / "facts.yaml").read_text(encoding="utf-8")
    (folder / "facts.yaml").write_text(text.replace("    better: false\n", "    better: more\n", 1), encoding="utf-8")
    with pytest.raises(RulebookError, match="better"):
        load_rulebook(folder)
