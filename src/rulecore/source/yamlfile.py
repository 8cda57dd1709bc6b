"""YAML read exactly: decimals stay decimals, a key given twice is an error, every node remembers its line."""

import datetime
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from rulecore.errors import Problem, RulebookError
from rulecore.source.fitting import fits

if TYPE_CHECKING:
    import jsonschema

Path_ = tuple[str, ...]


class _ExactLoader(yaml.CSafeLoader):
    """A safe loader whose numbers with a point are decimals."""


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal:
    text = loader.construct_scalar(node)
    if not re.fullmatch(r"[-+]?[0-9]+(\.[0-9]+)?", text):
        raise yaml.constructor.ConstructorError(None, None, f"not an exact number: {text}", node.start_mark)
    return Decimal(text)


def _date(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> datetime.date:
    text = loader.construct_scalar(node)
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise yaml.constructor.ConstructorError(None, None, f"there is no such day: {text}", node.start_mark) from None


_ExactLoader.add_constructor("tag:yaml.org,2002:float", _decimal)
_ExactLoader.add_constructor("tag:yaml.org,2002:timestamp", _date)


@dataclass(frozen=True)
class YamlFile:
    """The data of one file and the line of each key path in it."""

    path: Path
    data: Any
    lines: dict[Path_, int]

    def line(self, path: Path_) -> int:
        """The line of the deepest known part of `path`."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def read_yaml(path: Path, schema: Path | None = None) -> YamlFile:
    """Read one file and check it against a JSON Schema.

    Raises:
        RulebookError: the file is missing, is not YAML, repeats a key or does not fit the schema; every mismatch
            is named with its line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RulebookError(Problem(str(path), f"cannot be read: {error}")) from error
    loader = _ExactLoader(text)
    try:
        node = loader.get_single_node()
        data = loader.construct_document(node) if node is not None else None
    except yaml.reader.ReaderError as error:
        above = text.encode()[: error.position].count(b"\n")
        message = f"holds a character that YAML forbids: {error.reason}"
        raise RulebookError(Problem(str(path), message, above + 1)) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise RulebookError(Problem(str(path), f"is not valid YAML: {error.problem}", line)) from error
    finally:
        loader.dispose()
    if node is None:
        raise RulebookError(Problem(str(path), "is empty", 1))
    file = YamlFile(path, data, _lines(node))
    problems = [*_repeated(path, node), *(_mismatches(file, schema) if schema else ())]
    if problems:
        raise RulebookError(*problems)
    return file


def _lines(node: yaml.Node) -> dict[Path_, int]:
    """The line of every key path; an item of a list has its number as key."""
    found: dict[Path_, int] = {}

    def visit(item: yaml.Node, path: Path_, line: int) -> None:
        found[path] = line
        if isinstance(item, yaml.MappingNode):
            for key, value in item.value:
                visit(value, (*path, str(key.value)), key.start_mark.line + 1)
        elif isinstance(item, yaml.SequenceNode):
            for index, child in enumerate(item.value):
                visit(child, (*path, str(index)), child.start_mark.line + 1)

    visit(node, (), node.start_mark.line + 1)
    return found


def _repeated(path: Path, node: yaml.Node) -> Iterator[Problem]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield Problem(str(path), "this key is given twice", key.start_mark.line + 1, str(key.value))
            seen.add(key.value)
            yield from _repeated(path, value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(path, item)


def _mismatches(file: YamlFile, schema: Path) -> Iterator[Problem]:
    rules, data = schema.read_text(encoding="utf-8"), _plain(file.data)
    fitting = fits(rules)
    if fitting is None or not fitting(data):
        yield from _named_mismatches(file, json.loads(rules), data)


def _named_mismatches(file: YamlFile, rules: Any, data: Any) -> Iterator[Problem]:
    import jsonschema  # slow to load, and only what does not fit needs it

    validator = jsonschema.Draft202012Validator(rules)
    for error in sorted(validator.iter_errors(data), key=lambda e: list(map(str, e.absolute_path))):
        deepest = _deepest(error)
        where = tuple(str(part) for part in deepest.absolute_path)
        yield Problem(str(file.path), deepest.message, file.line(where), ".".join(where))


def _deepest(error: "jsonschema.ValidationError") -> "jsonschema.ValidationError":
    """Of the alternatives of an anyOf or oneOf, the mismatch that got furthest into the file."""
    while error.context:
        error = max(error.context, key=lambda e: (len(e.absolute_path), e.validator != "required"))
    return error


def _plain(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    return data.isoformat() if isinstance(data, datetime.date) else data
