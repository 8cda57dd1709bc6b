"""Small files, small functions."""

import ast
from collections.abc import Iterator

from tests.architecture.tree import ROOT, name, parsed, python_files

LONGEST_FUNCTION = 40
LONGEST_FILE = 400
LONGEST_TEST_FILE = 800


def functions() -> Iterator[tuple[str, int]]:
    for path in python_files():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                yield f"{name(path)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def test_functions() -> None:
    assert not [f"{place}: {lines} lines" for place, lines in functions() if lines > LONGEST_FUNCTION]


def test_files() -> None:
    too_long = []
    for path in python_files():
        limit = LONGEST_TEST_FILE if path.is_relative_to(ROOT / "tests") else LONGEST_FILE
        lines = len(path.read_text().splitlines())
        if lines > limit:
            too_long.append(f"{name(path)}: {lines} lines")
    assert not too_long


def test_no_dumping_ground() -> None:
    assert not [name(path) for path in python_files() if path.stem in {"utils", "helpers", "misc", "common", "signals"}]
