"""The towns of a jurisdiction in the document's order, and where each stands in the schematic picture.

Every list of towns in the picture, its exports and reports is in this order and no other: towns are not ranked by how
many businesses they have, how these grow or report (《促进个体工商户发展条例》第三十二条).
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jieti.accounts.models import TOWN_KINDS, Jurisdiction
from jieti.accounts.rulebook_files import folder_of
from rulecore.source import read_yaml

ELSEWHERE = "（未登记镇街）"
LANGUAGE = "v1"


@dataclass(frozen=True, slots=True)
class Town:
    """A town, township, subdistrict or zone; `forms` are the ways in which the register writes it."""

    key: str
    name: str
    forms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tile:
    """A town's place in the picture: `column` from west to east, `row` from north to south, both from 1."""

    town: str
    short: str
    column: int
    row: int


def towns_of(jurisdiction: Jurisdiction) -> tuple[Town, ...]:
    """The towns as the rulebook's organisations list them; none where it lists none."""
    listed = _read(folder_of(jurisdiction), "organisations")["organisations"]
    kinds = {kind.value for kind in TOWN_KINDS}
    return tuple(_town(one) for one in listed if one["kind"] in kinds)


def tiles_of(jurisdiction: Jurisdiction) -> tuple[Tile, ...]:
    """The tiles of `tiles.yaml`, each by its town's name; none where the rulebook has none."""
    names = {town.key: town.name for town in towns_of(jurisdiction)}
    listed = _read(folder_of(jurisdiction), "tiles").get("tiles", ())
    return tuple(Tile(names[one["area"]], one["short"], one["column"], one["row"]) for one in listed)


def _town(one: dict[str, Any]) -> Town:
    inside = one["name"].partition("（")
    forms = {one["name"], one["short"], inside[0], inside[2].removesuffix("）")} - {""}
    return Town(one["key"], one["short"], frozenset(forms))


def _read(folder: Path, kind: str) -> dict[str, Any]:
    path = folder / f"{kind}.yaml"
    return _kept(path, path.stat().st_mtime_ns) if path.exists() else {}


@lru_cache(maxsize=32)
def _kept(path: Path, _changed: int) -> dict[str, Any]:
    schema = path.parents[2] / "schema" / f"{path.stem}.{LANGUAGE}.json"
    data: dict[str, Any] = read_yaml(path, schema).data
    return data
