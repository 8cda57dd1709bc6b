"""Seeded faults: the catalogue is whole, the cases find a sample, and only what is proved equal is set aside."""

from collections.abc import Sequence
from datetime import date

import pytest

from rulecore.check.mutation import Mutant, mutants
from rulecore.cli.cases import Case, read_cases
from rulecore.cli.mutants import WANTED, changes_nothing, judged, rate
from rulecore.engines import load
from rulecore.model import Rulebook
from tests.rulecore.law import HUAIROU, huairou

SAMPLE = 24


@pytest.fixture(scope="module")
def seeded() -> list[Mutant]:
    return list(mutants(huairou()))


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return read_cases(huairou(), HUAIROU)


def of(seeded: Sequence[Mutant], fault: str) -> list[Mutant]:
    return [mutant for mutant in seeded if fault in str(mutant)]


def test_no_fault_is_seeded_twice_and_none_is_the_law(seeded: list[Mutant]) -> None:
    assert len(seeded) > 250
    assert [mutant for mutant in seeded if mutant.rulebook == huairou() and not mutant.shift] == []


@pytest.mark.parametrize(
    "fault",
    [
        "the norm -0.01",
        "parameters.growth_headcount_to: 4 for 3",
        "dropped: 「登记在册」",
        "all for any",
        "any for all",
        "上一年度年报填报的销售额或营业收入高于“成长型销售额或营业收入标准”, for",
        "not dropped: 并非「处于法定歇业期」",
        "growth before development",
        "without a row",
        "max for latest",
        "sum for max",
        "every row counts",
        "ended_on: 判定基准日 +1 day",
        "refunded is not subtracted",
    ],
)
def test_every_kind_of_fault_is_seeded(seeded: list[Mutant], fault: str) -> None:
    assert of(seeded, fault), fault


def test_a_sample_of_faults_is_found_by_the_cases(seeded: list[Mutant], cases: list[Case]) -> None:
    sample = seeded[:: len(seeded) // SAMPLE]
    assert len(sample) >= 20
    verdicts = list(judged(huairou(), cases, sample, load("polars")))
    assert rate(verdicts) >= WANTED, [str(item.mutant) for item in verdicts if item.survived]


def test_without_the_case_the_fault_survives(seeded: list[Mutant], cases: list[Case]) -> None:
    (fault,) = of(seeded, "tiers.criteria.growth_tax_met: 上一年度实际缴纳税款高于")
    few = [case for case in cases if case.sources is None and "未知" not in case.name and "AMB" not in case.name][:3]
    (verdict,) = judged(huairou(), few, [fault], load("polars"))
    assert verdict.survived


def days(*found: date) -> list[Case]:
    return [Case("", 1, "", day, {}, {}) for day in found]


def test_the_entry_for_the_new_is_proved_to_say_nothing_more(seeded: list[Mutant]) -> None:
    """Whoever is founded this year is not two years old: the rest of the list would give survival as well."""
    (fault,) = of(seeded, "tiers.outcomes.1: survival dropped")
    assert changes_nothing(huairou(), days(date(2026, 7, 1), date(2028, 2, 29)), fault)


@pytest.mark.parametrize(
    "fault",
    [
        "tiers.criteria.two_years: 成立日期早于",
        "tiers.outcomes.2: growth before development",
        "patents: dropped: 法律状态为有效",
    ],
)
def test_what_changes_something_is_never_set_aside(seeded: list[Mutant], fault: str) -> None:
    found = of(seeded, fault)
    assert found
    assert not any(changes_nothing(huairou(), days(date(2026, 7, 1)), mutant) for mutant in found)


def test_months_begin_on_their_first_day(seeded: list[Mutant], book: Rulebook) -> None:
    (fault,) = of(seeded, "insured_headcount: month: 上一年度首日 -1 day")
    assert changes_nothing(book, days(date(2026, 7, 1)), fault)
