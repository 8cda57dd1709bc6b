"""What belongs to the repository: tracked files and those about to be."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@cache
def files() -> tuple[Path, ...]:
    """Every file of the tree that is not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


def below(folder: str, suffix: str) -> Iterator[Path]:
    """Files under `folder` whose name ends in `suffix`."""
    return (path for path in files() if path.is_relative_to(ROOT / folder) and path.name.endswith(suffix))


def python_files() -> Iterator[Path]:
    """Hand-written Python: first migrations are written by Django."""
    return (path for path in below(".", ".py") if path.name != "0001_initial.py")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())
