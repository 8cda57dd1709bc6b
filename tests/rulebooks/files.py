"""The files under rulebooks/, read as plain data for the tests beside this module."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2] / "rulebooks"
SCHEMAS = ROOT / "schema"
BEIJING = ROOT / "cn-110000-beijing" / "2024"
HUAIROU = ROOT / "cn-110116-huairou" / "2024"
DEMO = ROOT / "cn-999999-demo-variant" / "2024"


def plain(value: Any) -> Any:
    """The value as JSON knows it: dates become ISO text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


@cache
def read(path: Path) -> Any:
    """One YAML file as JSON data."""
    return plain(yaml.safe_load(path.read_text(encoding="utf-8")))


def schema_of(path: Path) -> Any:
    """The schema that the file must meet, by its name and the version it declares."""
    kind = "cases" if path.parent.name == "cases" else path.stem
    version = read(path)["language"]
    return json.loads((SCHEMAS / f"{kind}.v{version}.json").read_text(encoding="utf-8"))


def every_file() -> list[Path]:
    """Every YAML file of every rulebook."""
    return sorted(ROOT.glob("cn-*/**/*.yaml"))


def case_files(folder: Path = HUAIROU) -> list[Path]:
    """The files of worked cases of a rulebook."""
    return sorted((folder / "cases").glob("*.yaml"))


def every_case(standard: str | None = "tiers", folder: Path = HUAIROU) -> list[dict[str, Any]]:
    """The worked cases of a standard (None: of all), each with the standard that it is judged by."""
    listed = [
        (read(path).get("standard", "tiers"), case) for path in case_files(folder) for case in read(path)["cases"]
    ]
    found = [{"standard": usual, **case} for usual, case in listed]
    return [case for case in found if standard in (None, case["standard"])]
