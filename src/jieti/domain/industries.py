"""The national classification of industries, GB/T 4754-2017: 20 sections, 97 divisions, 473 groups, 1,380 classes."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType


class Level(IntEnum):
    """Levels of the classification: 门类, 大类, 中类, 小类."""

    SECTION = 1
    DIVISION = 2
    GROUP = 3
    CLASS = 4


@dataclass(frozen=True, slots=True)
class Industry:
    """One entry: ``code`` is a letter (section) or two to four digits; ``parent`` is empty for a section."""

    code: str
    level: Level
    parent: str
    name: str


@cache
def table() -> Mapping[str, Industry]:
    """Every entry by its code, in the order of the standard."""
    text = files("jieti.domain").joinpath("data/gbt4754-2017.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    entries = (Industry(row["code"], Level(int(row["level"])), row["parent"], row["name"]) for row in rows)
    return MappingProxyType({entry.code: entry for entry in entries})


def find(code: str) -> Industry | None:
    """The entry with this code, or ``None``: departments also send codes of older editions."""
    return table().get(code.strip().upper())


def division_name(code: str) -> str | None:
    """Name of the two-digit division 大类 that ``code`` belongs to: ``division_name("6210") == "餐饮业"``."""
    return _name_at(code, Level.DIVISION)


def section_name(code: str) -> str | None:
    """Name of the section 门类 that ``code`` belongs to: ``section_name("6210") == "住宿和餐饮业"``."""
    return _name_at(code, Level.SECTION)


def _name_at(code: str, level: Level) -> str | None:
    entry = find(code)
    while entry is not None and entry.level > level:
        entry = find(entry.parent)
    return entry.name if entry is not None and entry.level is level else None
