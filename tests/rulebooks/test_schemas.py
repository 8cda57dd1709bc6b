"""The schemas are sound, every file meets its own, and typical slips are refused."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.rulebooks.files import BEIJING, HUAIROU, ROOT, SCHEMAS, every_file, read, schema_of


def schemas() -> list[Path]:
    return sorted(SCHEMAS.glob("*.json"))


def faults(path: Path, data: Any) -> list[str]:
    validator = Draft202012Validator(schema_of(path), format_checker=FormatChecker())
    return [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(data)]


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from nodes(item)
    elif isinstance(value, list):
        for item in value:
            yield from nodes(item)


def test_nine_schemas_exist() -> None:
    names = {path.name for path in schemas()}
    kinds = (
        "rulebook",
        "facts",
        "parameters",
        "tiers",
        "measures",
        "organisations",
        "cases",
        "categories",
        "procedure",
    )
    assert {f"{kind}.v1.json" for kind in kinds} <= names


@pytest.mark.parametrize("path", schemas(), ids=lambda path: path.name)
def test_schema_is_sound_and_strict(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    loose = [
        node
        for node in nodes(schema)
        if node.get("type") == "object" and not {"additionalProperties", "propertyNames"} & node.keys()
    ]
    assert loose == []


@pytest.mark.parametrize("path", schemas(), ids=lambda path: path.name)
def test_every_named_property_is_described(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    named = [
        (key, item)
        for node in nodes(schema)
        if isinstance(node.get("properties"), dict) and node.get("type") == "object"
        for key, item in node["properties"].items()
    ]
    silent = [key for key, item in named if not {"description", "$ref", "const", "oneOf"} & item.keys()]
    assert silent == []


@pytest.mark.parametrize("path", every_file(), ids=lambda path: str(path.relative_to(ROOT)))
def test_file_meets_its_schema(path: Path) -> None:
    assert faults(path, read(path)) == []


def broken(file: str, *keys: str | int) -> tuple[Path, dict[str, Any], Any]:
    path = next(folder / file for folder in (BEIJING, HUAIROU) if (folder / file).is_file())
    data = copy.deepcopy(read(path))
    place: Any = data
    for key in keys:
        place = place[key]
    return path, data, place


def test_unknown_key_is_refused() -> None:
    path, data, place = broken("tiers.yaml", "criteria", "registered")
    place["weight"] = 3
    assert faults(path, data)


def test_two_operators_in_one_comparison_are_refused() -> None:
    path, data, place = broken("tiers.yaml", "criteria", "growth_tax_met", "when")
    place["at_most"] = 9
    assert faults(path, data)


def test_a_comparison_without_an_operator_is_refused() -> None:
    path, data, place = broken("tiers.yaml", "criteria", "annual_report", "when")
    del place["is"]
    assert faults(path, data)


@pytest.mark.parametrize("number", [0.5, 300000.0001])
def test_floating_point_numbers_are_refused(number: float) -> None:
    path, data, place = broken("tiers.yaml", "criteria", "growth_tax_met", "when")
    place["at_least"] = number
    assert faults(path, data)
    path, data, place = broken("parameters.yaml", "parameters", "growth_headcount_to")
    place["value"] = number
    assert faults(path, data)


def test_a_slip_in_a_nested_condition_is_named_where_it_is() -> None:
    path, data, place = broken("facts.yaml", "facts", "abnormal_mark", "from", "where", "all", 1)
    place["before_or_on"] = place.pop("on_or_before")
    (fault,) = [line for line in faults(path, data) if "before_or_on" in line]
    assert fault.startswith("['facts', 'abnormal_mark', 'from', 'where', 'all', 1]")


def test_an_unknown_way_to_derive_a_fact_is_refused() -> None:
    path, data, place = broken("facts.yaml", "facts", "patents", "from")
    place["average"] = place.pop("count")
    assert any("average" in line for line in faults(path, data))


def test_a_published_value_and_an_annual_norm_exclude_each_other() -> None:
    path, data, place = broken("parameters.yaml", "parameters", "growth_turnover")
    place["value"] = "300000"
    assert faults(path, data)


def test_a_code_column_needs_its_codes() -> None:
    path, data, place = broken("facts.yaml", "sources", "credit", "columns", "kind")
    del place["codes"]
    assert faults(path, data)


def test_money_in_a_case_is_text() -> None:
    path, data, place = broken("cases/growth.yaml", "norms")
    place["growth_turnover"] = 300000
    assert faults(path, data)


def test_a_case_has_facts_or_rows_of_sources() -> None:
    """Beside rows it may give facts that no source holds; that it gives no other is the runner's to refuse."""
    path, data, place = broken("cases/sources.yaml", "cases", 0)
    place["given"] = {"nominated": True}
    assert faults(path, data) == []
    place["sources"] = {"tax": [{"patents": 0.5}]}
    assert faults(path, data)


def test_at_least_k_of_several_parts_is_part_of_the_language() -> None:
    path, data, place = broken("tiers.yaml", "criteria", "registered")
    part = place["when"]
    place["when"] = {"at_least": 2, "of": [part, {"not": part}, {"criterion": "seasonal"}]}
    assert faults(path, data) == []
    place["when"]["at_least"] = 0
    assert faults(path, data)
