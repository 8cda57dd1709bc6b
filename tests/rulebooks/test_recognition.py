"""附件三 as data: which criteria, who judges, which readings are parameters, what the calendar says."""

from collections.abc import Iterator
from typing import Any

import pytest

from rulecore.model import Compare, Member, walk
from rulecore.source import load_rulebook
from tests.rulebooks.files import BEIJING, DEMO, HUAIROU, read

BOOK = load_rulebook(HUAIROU)
LETTERS = {"renowned": "ABCDE", "distinctive": "ABCDE", "quality": "ABCDEF", "emerging": "ABCD", "extension": "ABCD"}
PARAMETERS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 30, 33, 34)
"""Ambiguities whose reading a district may change (AMB-28, who leads a measure, stands in measures.yaml)."""


def readings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "reading" in value:
            yield value["reading"]
        for item in value.values():
            yield from readings(item)
    elif isinstance(value, list):
        for item in value:
            yield from readings(item)


@pytest.mark.parametrize("category", LETTERS)
def test_letters_are_those_of_the_document(category: str) -> None:
    letters = [item.letter for item in BOOK.standards[category].criteria.values() if item.letter]
    assert "".join(letters) == LETTERS[category]


def test_twenty_two_requirements_count_the_three_alternatives_of_quality_c() -> None:
    lettered = sum(len(LETTERS[key]) for key in ("renowned", "distinctive", "quality", "emerging"))
    alternatives = [key for key, item in BOOK.standards["quality"].criteria.items() if item.clause.endswith("C")]
    assert lettered + len(alternatives) - 2 == 22


@pytest.mark.parametrize("standard", [key for key in BOOK.standards if key != "tiers"])
def test_what_people_state_is_judged_on_named_evidence(standard: str) -> None:
    """Each criterion is computed from tables, or says who judges on what; the path alone is nobody's judgement."""
    for key, item in BOOK.standards[standard].criteria.items():
        leaves = [node.left.name for node in walk(item.when) if isinstance(node, Compare | Member)]
        stated = [name for name in leaves if BOOK.facts[name].derivation.how == "given"]
        if set(stated) - {"application_path", "ban_exception_written"}:
            assert item.judged_by, (standard, key)
            assert item.evidence, (standard, key)
        else:
            assert item.judged_by is None, (standard, key)


@pytest.mark.parametrize("standard", [key for key in BOOK.standards if key != "tiers"])
def test_who_states_or_judges_has_a_name(standard: str) -> None:
    people = {item.judged_by for item in BOOK.standards[standard].criteria.values() if item.judged_by}
    people |= {fact.supplier for fact in BOOK.facts_of(standard).values()}
    assert {key for key in people if BOOK.organisation(key) == key} == set()


@pytest.mark.parametrize("number", PARAMETERS)
def test_a_reading_that_may_differ_is_a_parameter_or_an_entry_of_the_procedure(number: int) -> None:
    files = [folder / f"{part}.yaml" for folder in (BEIJING, HUAIROU) for part in ("parameters", "facts", "tiers")]
    files += [HUAIROU / "procedure.yaml", HUAIROU / "categories.yaml"]
    assert f"AMB-{number}" in {found for path in files if path.is_file() for found in readings(read(path))}


def test_the_tier_standard_is_the_citys() -> None:
    parent = load_rulebook(BEIJING)
    assert BOOK.standards["tiers"] == parent.standards["tiers"]
    assert all(BOOK.parameters[key] == item for key, item in parent.parameters.items())
    assert set(parent.standards) == {"tiers"}
    assert BOOK.sha256 != parent.sha256


def test_the_citys_unknown_fields_are_left_out() -> None:
    assert set(load_rulebook(BEIJING).document) == {"number", "issuer"}


def test_the_quota_is_five_per_cent_of_the_stock_rounded_down() -> None:
    quota = BOOK.procedure["quota"]
    assert (quota["rate_percent"], quota["rounding"], quota["counts"]) == (5, "down", "live_recognitions")
    assert quota["base"] == ["growth", "development"]
    assert 1039 * quota["rate_percent"] // 100 == 51


def test_the_calendar() -> None:
    phases = BOOK.procedure["phases"]
    days = {key: (phase.get("from"), phase.get("to")) for key, phase in phases.items()}
    assert days == {
        "annual_reports": ("01-01", "06-30"),
        "service_month": ("07-01", "07-31"),
        "determination": ("07-01", "07-31"),
        "national_upload": (None, "08-10"),
        "campaign": ("08-11", "11-30"),
        "benefits": ("01-01", None),
    }
    assert phases["benefits"]["next_year"] is True


def test_validity_bans_reports_and_limits() -> None:
    procedure = BOOK.procedure
    validity, ban = procedure["validity"], procedure["bans"]["revocation"]
    assert (validity["years"], validity["extension_years"], validity["period"]) == (3, 3, "statutory")
    assert (ban["years"], ban["paths"]) == (5, ["self"])
    assert (procedure["report"]["due"], procedure["report"]["late_cancels"]) == ("07-31", False)
    working = {key: limit["working_days"] for key, limit in procedure["limits"].items() if "working_days" in limit}
    assert working == {"objection_accept": 5, "objection_decide": 20, "objection_correct": 5, "public_notice": 5}
    assert procedure["one_per"]["business"] is True


def test_the_variant_says_in_every_file_that_it_is_made_up() -> None:
    silent = [path.name for path in DEMO.rglob("*.yaml") if "虚构示例" not in path.read_text(encoding="utf-8")[:200]]
    assert silent == []
    assert "虚构示例" in load_rulebook(DEMO).title


def test_the_variant_changes_and_removes_what_it_inherits() -> None:
    variant, parent = load_rulebook(DEMO), load_rulebook(BEIJING)
    assert not {"trademarks_in_use", "patents", "suspended"} & variant.facts.keys()
    assert variant.criteria["no_abnormal_mark"] == parent.criteria["no_abnormal_mark"]
    assert variant.criteria["registered"] != parent.criteria["registered"]
    assert len(variant.ladder) == 5
