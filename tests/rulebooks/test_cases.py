"""The worked cases cover every standard of every rulebook, and come out right on every engine."""

from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rulecore.cli.cases import read_cases, run_cases
from rulecore.engines import NAMES, load
from rulecore.model import Rulebook
from rulecore.source import load_rulebook
from tests.rulebooks.files import BEIJING, DEMO, HUAIROU, case_files, every_case, read

FOLDERS = (BEIJING, HUAIROU, DEMO)
LEAST = {BEIJING: 12, HUAIROU: 300, DEMO: 40}
COVERED = [
    *(
        (HUAIROU, key)
        for key in ("tiers", "eligibility", "renowned", "distinctive", "quality", "emerging", "extension")
    ),
    *((DEMO, key) for key in ("tiers", "eligibility", "quality", "craft")),
]
every_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.parent.name)
every_standard = pytest.mark.parametrize(("folder", "standard"), COVERED, ids=str)


@cache
def book(folder: Path) -> Rulebook:
    return load_rulebook(folder)


@every_folder
@pytest.mark.parametrize("name", NAMES)
def test_every_case_comes_out_right(folder: Path, name: str) -> None:
    cases = read_cases(book(folder), folder)
    assert [str(failure) for failure in run_cases(book(folder), cases, load(name))] == []


@every_folder
def test_enough_cases_with_unique_names_in_a_file(folder: Path) -> None:
    assert len(every_case(None, folder)) >= LEAST[folder]
    for path in case_files(folder):
        names = Counter(case["name"] for case in read(path)["cases"])
        assert [name for name, times in names.items() if times > 1] == []


def test_the_categories_and_their_neighbours_have_eighty_cases_and_more() -> None:
    assert len(every_case(None)) - len(every_case("tiers")) >= 80


@every_standard
def test_the_rulebooks_standards_are_the_ones_covered(folder: Path, standard: str) -> None:
    assert {key for one, key in COVERED if one == folder} == set(book(folder).standards)
    assert every_case(standard, folder)


@every_standard
def test_every_criterion_in_all_three_outcomes(folder: Path, standard: str) -> None:
    seen: dict[str, set[object]] = defaultdict(set)
    for case in every_case(standard, folder):
        for key, outcome in case["expect"].get("criteria", {}).items():
            seen[key].add(outcome)
    wanted = {True, False, "unknown"}
    missing = {key: wanted - seen[key] for key in book(folder).standards[standard].criteria if seen[key] != wanted}
    assert missing == {}


def test_every_clause_of_the_standards_has_cases_with_different_results() -> None:
    results: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for case in every_case(None):
        results[case["clause"]].add(tuple(case["expect"]["possible"]))
    wanted = {item.clause for standard in book(HUAIROU).standards.values() for item in standard.criteria.values()}
    assert {clause for clause in wanted if len(results[clause]) < 2} == set()


@every_standard
def test_every_outcome_is_reached_and_left_open(folder: Path, standard: str) -> None:
    tiers = {case["expect"]["tier"] for case in every_case(standard, folder)}
    assert tiers == {*book(folder).standards[standard].ladder, None}


@every_folder
def test_tier_is_the_only_possible_one_or_null(folder: Path) -> None:
    for case in every_case(None, folder):
        possible = case["expect"]["possible"]
        ladder = book(folder).standards[case["standard"]].ladder
        assert possible == [tier for tier in ladder if tier in possible], case["name"]
        assert case["expect"]["tier"] == (possible[0] if len(possible) == 1 else None), case["name"]


@every_folder
def test_cases_name_only_what_exists(folder: Path) -> None:
    norms = {key for key, item in book(folder).parameters.items() if item.annual_norm}
    for path in case_files(folder):
        assert read(path).get("norms", {}).keys() <= norms, path.name
    for case in every_case(None, folder):
        facts = book(folder).facts_of(case["standard"])
        assert case.get("norms", {}).keys() <= norms, case["name"]
        assert case.get("given", {}).keys() <= facts.keys(), case["name"]
        assert case["expect"].get("facts", {}).keys() <= facts.keys(), case["name"]


@every_folder
def test_given_covers_every_fact_so_that_nothing_is_unknown_by_oversight(folder: Path) -> None:
    for path in case_files(folder):
        data = read(path)
        if "given" in data:
            assert list(data["given"]) == list(book(folder).facts_of(data.get("standard", "tiers"))), path.name


@every_folder
def test_values_of_codes_are_the_declared_ones(folder: Path) -> None:
    for path in case_files(folder):
        for given in (read(path).get("given", {}), *(case.get("given", {}) for case in read(path)["cases"])):
            for key, value in given.items():
                values = book(folder).facts[key].values
                assert value is None or not values or value in values, (path.name, key, value)


def rows(folder: Path) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (case["name"], key, row)
        for case in every_case(None, folder)
        for key, listed in case.get("sources", {}).items()
        for row in listed
    ]


@every_folder
def test_rows_of_sources_use_columns_and_codes_of_the_source(folder: Path) -> None:
    for name, key, row in rows(folder):
        columns = book(folder).sources[key].columns
        assert row.keys() <= columns.keys(), name
        for column, value in row.items():
            assert value is None or not columns[column].codes or value in columns[column].codes, (name, column)


@every_folder
def test_required_cells_are_there(folder: Path) -> None:
    for name, key, row in rows(folder):
        needed = {column.key for column in book(folder).sources[key].columns.values() if column.required} - {"uscc"}
        assert needed <= {column for column, value in row.items() if value is not None}, name


def test_every_source_is_delivered_somewhere_and_missing_somewhere() -> None:
    sources = book(HUAIROU).sources.keys()
    delivered, missing = set(), set()
    for case in every_case(None):
        if "sources" in case:
            delivered |= {key for key, listed in case["sources"].items() if listed}
            missing |= sources - case["sources"].keys()
    assert delivered == sources
    assert missing >= sources - {"registration"}


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 10, 24, 26, 34])
def test_every_reading_that_touches_the_tiers_has_a_case(number: int) -> None:
    assert [case["name"] for case in every_case() if case.get("reading") == f"AMB-{number}"]


@pytest.mark.parametrize("number", [7, 8, 9, 11, 12, 19, 20, 21, 26, 30])
def test_every_reading_that_touches_the_recognition_has_a_case(number: int) -> None:
    assert [case["name"] for case in every_case(None) if case.get("reading") == f"AMB-{number}"]
