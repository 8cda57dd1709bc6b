"""No float near money, and nobody asks for the day: proved by reading the source of rulecore."""

import ast
from pathlib import Path

import pytest

import rulecore

SOURCES = sorted(Path(rulecore.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: "/".join(path.parts[-2:]))
def test_no_float_in_rule_code(path: Path) -> None:
    found: list[tuple[int, object]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            found.append((node.lineno, node.value))
        if isinstance(node, ast.Name) and node.id == "float":
            found.append((node.lineno, "float"))
    assert found == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: "/".join(path.parts[-2:]))
def test_no_clock_in_rule_code(path: Path) -> None:
    asked = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"today", "now", "utcnow"}
    ]
    assert asked == []


def test_there_is_source_to_read() -> None:
    assert len(SOURCES) > 20
