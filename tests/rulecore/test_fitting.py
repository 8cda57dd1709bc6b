"""The quick answer whether a file fits its schema is the answer of jsonschema."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from rulecore.source import fitting
from tests.rulecore.law import RULEBOOKS

SCHEMAS = sorted((RULEBOOKS / "schema").glob("*.json"))
MOST_SPOILT = 12
ODD: tuple[Any, ...] = (None, True, 1, 0, -1, 2.5, "", "a", "AMB-4", "2026-07-01", [], ["a", "a"], {}, {"x": 1})


def pairs() -> Iterator[tuple[Path, Any]]:
    """Each file of every rulebook that has a schema, with the schema."""
    for schema in SCHEMAS:
        name = schema.name.partition(".")[0]
        pattern = "cases/*.yaml" if name == "cases" else f"{name}.yaml"
        for path in sorted(RULEBOOKS.glob(f"*/*/{pattern}")):
            yield schema, yaml.load(path.read_text(encoding="utf-8"), Typed)  # noqa: S506 - a safe loader, and our own files


class Typed(yaml.CSafeLoader):
    """Days stay text, as schemas see them."""


def _as_text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


Typed.add_constructor("tag:yaml.org,2002:timestamp", _as_text)


def spoilt(data: Any) -> Iterator[Any]:
    """The data with one value changed, left out or added, here and there."""
    every = list(places(data))
    for number, path in enumerate(every[:: 1 + len(every) // MOST_SPOILT]):
        changed = copy.deepcopy(data)
        *above, last = path
        place = changed
        for key in above:
            place = place[key]
        match number % 4:
            case 0 if isinstance(place, dict):
                del place[last]
            case 1 if isinstance(place, dict):
                place["unheard_of"] = place[last]
            case _:
                place[last] = ODD[number % len(ODD)]
        yield changed


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from places(value, (*path, key))


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: path.stem)
def test_the_quick_answer_is_the_slow_one(schema: Path) -> None:
    text = schema.read_text(encoding="utf-8")
    quick, slow = fitting.fits(text), jsonschema.Draft202012Validator(json.loads(text))
    assert quick is not None
    for own, data in pairs():
        if own == schema:
            assert quick(data) == slow.is_valid(data)
            for changed in spoilt(data):
                assert quick(changed) == slow.is_valid(changed)


@pytest.mark.parametrize(
    "schema",
    [
        {"patternProperties": {"a": True}},
        {"$ref": "other.json"},
        {"type": "number"},
        {"enum": [1.5]},
        {"properties": {"a": {"contains": True}}},
    ],
)
def test_what_is_not_compiled_is_left_to_jsonschema(schema: dict[str, Any]) -> None:
    assert fitting.fits(json.dumps(schema)) is None


@pytest.mark.parametrize(
    ("schema", "data"),
    [
        ({"const": 1}, True),
        ({"enum": [0, "a"]}, False),
        ({"type": "integer"}, True),
        ({"type": "integer"}, 2),
        ({"uniqueItems": True}, [1, True]),
        ({"uniqueItems": True}, [{"a": 1, "b": 2}, {"b": 2, "a": 1}]),
        ({"oneOf": [{"minLength": 1}, {"maxLength": 3}]}, "ab"),
        ({"minimum": 3}, 2),
        ({"maximum": 3}, 4),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}),
        ({"if": {"type": "string"}, "then": {"pattern": "^x"}, "else": {"type": "null"}}, "yx"),
        ({"if": {"type": "string"}, "then": {"pattern": "^x"}, "else": {"type": "null"}}, None),
        (False, 1),
        ({"$defs": {"a": {"items": {"$ref": "#/$defs/a"}, "maxItems": 1}}, "$ref": "#/$defs/a"}, [[[], []]]),
    ],
)
def test_single_keywords(schema: Any, data: Any) -> None:
    quick = fitting.fits(json.dumps(schema))
    assert quick is not None
    assert quick(data) == jsonschema.Draft202012Validator(schema).is_valid(data)
