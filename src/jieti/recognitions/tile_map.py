"""A schematic picture of the jurisdiction: a tile for each town in roughly its place, as the rulebook's file says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from jieti.accounts.models import Jurisdiction
from jieti.domain.townships import find
from jieti.rulebooks.catalogue import current_folder, current_rulebook

FILE = "tiles.yaml"


@dataclass(frozen=True, slots=True)
class Tile:
    """A town's place: `column` from west to east, `row` from north to south, both from 1; `name` its usual one."""

    area: str
    name: str
    short: str
    column: int
    row: int


def tiles_of(jurisdiction: Jurisdiction | None = None) -> tuple[Tile, ...]:
    """The tiles of a jurisdiction, by default of the site's own; none where its rulebook has no such file."""
    path = current_folder(jurisdiction) / FILE
    if not path.exists():
        return ()
    listed: Sequence[Mapping[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["tiles"]
    names = current_rulebook(jurisdiction).organisations
    return tuple(
        Tile(one["area"], town_of(names[one["area"]]), one["short"], one["column"], one["row"]) for one in listed
    )


def town_of(text: str) -> str:
    """A town's usual name, whichever of its names a register wrote; the text itself of a town that is not known."""
    known = find(text)
    return known.name if known else text
