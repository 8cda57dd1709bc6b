"""Whether data fits a JSON Schema, said quickly: schemas become functions once, data runs through them.

It answers yes or no for the keywords that our schemas use; what does not fit is named by `jsonschema`, which is slow to
load and to run and is asked only then. A schema with any other keyword is left to it altogether.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Test = Callable[[Any], bool]

_SAYS_NOTHING = frozenset({"$schema", "$id", "$defs", "title", "description", "format", "then", "else"})
"""Keywords that demand nothing by themselves; a format is a remark unless it is asked for."""

_TYPES: Mapping[str, Test] = {
    "null": lambda data: data is None,
    "boolean": lambda data: isinstance(data, bool),
    "string": lambda data: isinstance(data, str),
    "array": lambda data: isinstance(data, list),
    "object": lambda data: isinstance(data, dict),
    "integer": lambda data: isinstance(data, int) and not isinstance(data, bool),
}


class BeyondUsError(Exception):
    """The schema uses a keyword that is not compiled here."""


@cache
def fits(schema: str) -> Test | None:
    """The schema (its text) as a function; None where it goes beyond what is compiled here."""
    root = json.loads(schema)
    try:
        return _Compiler(root).test(root)
    except BeyondUsError:
        return None


class _Compiler:
    """Turns a schema and what it refers to into functions, each part once."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._referred: dict[str, Test | None] = {}

    def test(self, schema: Any) -> Test:
        if isinstance(schema, bool):
            return lambda _data: schema
        tests = [self._keyword(word, schema) for word in schema if word not in _SAYS_NOTHING]
        if len(tests) == 1:
            return tests[0]
        return lambda data: all(test(data) for test in tests)

    def _keyword(self, word: str, schema: Mapping[str, Any]) -> Test:
        value = schema[word]
        if word in _PLAIN:
            return _PLAIN[word](value)
        match word:
            case "$ref":
                return self._reference(value)
            case "properties":
                return self._properties(value)
            case "additionalProperties":
                return self._further(value, frozenset(schema.get("properties", ())))
            case "propertyNames":
                name = self.test(value)
                return lambda data: not isinstance(data, dict) or all(map(name, data))
            case "items":
                item = self.test(value)
                return lambda data: not isinstance(data, list) or all(map(item, data))
            case "if":
                return self._choice(schema)
            case "not":
                unwanted = self.test(value)
                return lambda data: not unwanted(data)
            case _:
                return self._several(word, value)

    def _several(self, word: str, schemas: Any) -> Test:
        if word not in ("allOf", "anyOf", "oneOf"):
            raise BeyondUsError(word)
        tests = [self.test(item) for item in schemas]
        if word == "allOf":
            return lambda data: all(test(data) for test in tests)
        if word == "anyOf":
            return lambda data: any(test(data) for test in tests)
        return lambda data: sum(test(data) for test in tests) == 1

    def _reference(self, target: str) -> Test:
        """Definitions may refer to themselves: the function is looked up when it is needed."""
        if not target.startswith("#/$defs/"):
            raise BeyondUsError(target)
        if target not in self._referred:
            self._referred[target] = None
            self._referred[target] = self.test(self._root["$defs"][target.removeprefix("#/$defs/")])
        return self._referred[target] or self._later(target)

    def _later(self, target: str) -> Test:
        """A definition that is still being compiled: it stands within itself."""

        def test(data: Any) -> bool:
            found = self._referred[target]
            assert found is not None, target
            return found(data)

        return test

    def _properties(self, schemas: Mapping[str, Any]) -> Test:
        tests = {key: self.test(item) for key, item in schemas.items()}

        def test(data: Any) -> bool:
            return not isinstance(data, dict) or all(tests[key](data[key]) for key in data if key in tests)

        return test

    def _further(self, schema: Any, named: frozenset[str]) -> Test:
        further = self.test(schema)

        def test(data: Any) -> bool:
            return not isinstance(data, dict) or all(further(data[key]) for key in data if key not in named)

        return test

    def _choice(self, schema: Mapping[str, Any]) -> Test:
        asked, then, otherwise = (self.test(schema.get(word, True)) for word in ("if", "then", "else"))
        return lambda data: then(data) if asked(data) else otherwise(data)


def _type(value: Any) -> Test:
    names = [value] if isinstance(value, str) else value
    if any(name not in _TYPES for name in names):
        raise BeyondUsError(f"type {value}")
    tests = [_TYPES[name] for name in names]
    return tests[0] if len(tests) == 1 else lambda data: any(test(data) for test in tests)


def _among(values: list[Any]) -> Test:
    """Yes and 1 are two things, as everywhere in JSON."""
    if not all(value is None or isinstance(value, bool | int | str) for value in values):
        raise BeyondUsError("enum")
    allowed = {(isinstance(value, bool), value) for value in values}
    return lambda data: not isinstance(data, list | dict) and (isinstance(data, bool), data) in allowed


def _unlike(wanted: Any) -> Test:
    """Lists are compared as they are written; those that hold lists or maps are not ours."""

    def test(data: Any) -> bool:
        if not wanted or not isinstance(data, list):
            return True
        keys = [(isinstance(item, bool), json.dumps(item, sort_keys=True, default=str)) for item in data]
        return len(set(keys)) == len(keys)

    return test


def _required(names: list[str]) -> Test:
    return lambda data: not isinstance(data, dict) or all(name in data for name in names)


def _dependent(needs: Mapping[str, list[str]]) -> Test:
    def test(data: Any) -> bool:
        return not isinstance(data, dict) or all(
            other in data for name, others in needs.items() if name in data for other in others
        )

    return test


def _pattern(text: str) -> Test:
    search = re.compile(text).search
    return lambda data: not isinstance(data, str) or search(data) is not None


def _sized(
    kind: type[str] | type[list[Any]] | type[dict[str, Any]], test: Callable[[int, int], bool]
) -> Callable[[int], Test]:
    return lambda limit: lambda data: not isinstance(data, kind) or test(len(data), limit)


def _bounded(test: Callable[[Any, Any], bool]) -> Callable[[Any], Test]:
    return lambda limit: lambda data: isinstance(data, bool) or not isinstance(data, int) or test(data, limit)


_PLAIN: Mapping[str, Callable[[Any], Test]] = {
    "type": _type,
    "const": lambda value: _among([value]),
    "enum": _among,
    "required": _required,
    "dependentRequired": _dependent,
    "pattern": _pattern,
    "uniqueItems": _unlike,
    "minLength": _sized(str, lambda found, limit: found >= limit),
    "maxLength": _sized(str, lambda found, limit: found <= limit),
    "minItems": _sized(list, lambda found, limit: found >= limit),
    "maxItems": _sized(list, lambda found, limit: found <= limit),
    "minProperties": _sized(dict, lambda found, limit: found >= limit),
    "maxProperties": _sized(dict, lambda found, limit: found <= limit),
    "minimum": _bounded(lambda found, limit: found >= limit),
    "maximum": _bounded(lambda found, limit: found <= limit),
}
