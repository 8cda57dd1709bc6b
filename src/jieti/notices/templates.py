"""What notices say: one template for each kind, as data (`data/templates.yaml`)."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rulecore.source import read_yaml

FILE = Path(__file__).parent / "data" / "templates.yaml"


@dataclass(frozen=True, slots=True)
class Template:
    """The words of a kind of notice, `{names}` in them to be filled in.

    `is_duty`: it must be told and cannot be declined. `channels` are the ways beside the site itself by which it goes
    (`notices.models.Channel`). `label` and `group` name the kind where people say what they do not want.
    """

    key: str
    label: str
    group: str
    title: str
    body: str
    clause: str
    is_duty: bool
    channels: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """What has to be filled in."""
        parts = string.Formatter().parse(self.title + self.body)
        return frozenset(name for _, name, _, _ in parts if name)

    def filled(self, values: Mapping[str, object]) -> tuple[str, str]:
        """Title and body. Raises ``KeyError`` for a name that `values` does not have."""
        texts = {name: str(values[name]) for name in self.names}
        return self.title.format_map(texts), self.body.format_map(texts)


@cache
def templates() -> Mapping[str, Template]:
    """Every template by its kind, in the order of the file."""
    entries: Mapping[str, Mapping[str, Any]] = read_yaml(FILE).data
    return {key: Template(key=key, **{**entry, "channels": tuple(entry["channels"])}) for key, entry in entries.items()}


def template(kind: str) -> Template:
    """The template of a kind. Raises ``KeyError`` for an unknown one."""
    return templates()[kind]
