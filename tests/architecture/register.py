"""docs/clauses.yaml as this repository's tests read it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import yaml

from tests.architecture.tree import ROOT, below, name, parsed


@dataclass(frozen=True, slots=True)
class Entry:
    """One clause: the duty, what does it, what proves it, or why there is none."""

    clause: str
    duty: str
    status: str
    implemented_by: tuple[str, ...]
    tested_by: tuple[str, ...]
    why: str


@cache
def entries() -> tuple[Entry, ...]:
    listed = yaml.safe_load((ROOT / "docs" / "clauses.yaml").read_text())["clauses"]
    return tuple(
        Entry(
            clause=str(one["clause"]),
            duty=one["duty"],
            status=one["status"],
            implemented_by=tuple(one.get("implemented_by") or ()),
            tested_by=tuple(one.get("tested_by") or ()),
            why=one.get("why", ""),
        )
        for one in listed
    )


def exists(reference: str) -> bool:
    """Whether `path/to/file`, `path/to/test.py::test_name` or `dotted.path.name` is there."""
    path, _, node = reference.partition("::")
    if "/" not in path and not path.endswith((".py", ".yaml", ".md")):
        path, _, node = _dotted(path)
    file = ROOT / path
    if not node:
        return file.exists()
    return file.is_file() and node.split("::")[-1].split("[")[0] in _names(path)


def marked() -> Iterator[tuple[str, str]]:
    """Every `@pytest.mark.clause("…")`: the test's file and the clause."""
    for path in below("tests", ".py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and _is_mark(node.func):
                for argument in node.args:
                    if isinstance(argument, ast.Constant):
                        yield name(path), str(argument.value)


def _is_mark(call: ast.expr) -> bool:
    return isinstance(call, ast.Attribute) and ast.unparse(call) == "pytest.mark.clause"


def _dotted(reference: str) -> tuple[str, str, str]:
    module, _, node = reference.rpartition(".")
    whole = f"src/{reference.replace('.', '/')}"
    if (ROOT / f"{whole}.py").exists():
        return f"{whole}.py", "", ""
    return (whole, "", "") if (ROOT / whole).is_dir() else (f"src/{module.replace('.', '/')}.py", "::", node)


def _names(path: str) -> set[str]:
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {node.name for node in ast.walk(parsed(ROOT / path)) if isinstance(node, definitions)}
