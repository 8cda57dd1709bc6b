"""A schematic picture of the jurisdiction: a tile for each town in roughly its place, as the rulebook's file says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jieti.accounts.models import Jurisdiction
from jieti.accounts.rulebook_files import folder_of
from jieti.domain.townships import find
from jieti.rulebooks.catalogue import current_rulebook
from rulecore.source import read_yaml

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
    path = folder_of(jurisdiction) / FILE
    if not path.exists():
        return ()
    listed: Sequence[Mapping[str, Any]] = read_yaml(path).data["tiles"]
    names = current_rulebook(jurisdiction).organisations
    return tuple(
        Tile(one["area"], town_of(names[one["area"]]), one["short"], one["column"], one["row"]) for one in listed
    )


def town_of(text: str) -> str:
    """A town's usual name, whichever of its names a register wrote; the text itself of a town that is not known."""
    known = find(text)
    return known.name if known else text
