"""A figure: what a table of the picture holds, what it means, and which chart goes with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

Cell = int | str | None
"""A count or a text; None where a small count is hidden."""

HIDDEN = "＊"
HIDDEN_MEANS = "＊：不足5户，或者由此能够推算出不足5户的，为保护隐私不显示。"


class Chart(StrEnum):
    """How a figure is drawn."""

    NONE = ""
    STACKED = "stacked"
    FLOW = "flow"
    LINES = "lines"
    BARS = "bars"
    FUNNEL = "funnel"
    TILES = "tiles"


@dataclass(frozen=True, slots=True)
class Figure:
    """A table with its definition. The first cell of a row is its label; `unit` is that of the counts."""

    key: str
    title: str
    definition: str
    clause: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    chart: Chart = Chart.NONE
    unit: str = "户"
    note: str = ""

    @property
    def has_hidden(self) -> bool:
        """Whether a count is hidden."""
        return any(cell is None for row in self.rows for cell in row)

    @property
    def table(self) -> list[list[int | str]]:
        """The rows as people read them."""
        return [[HIDDEN if cell is None else cell for cell in row] for row in self.rows]

    @property
    def counts(self) -> dict[str, tuple[Cell, ...]]:
        """The cells after the label, by label."""
        return {str(row[0]): row[1:] for row in self.rows}

    def as_json(self) -> dict[str, Any]:
        """As a snapshot keeps it."""
        return {
            "key": self.key,
            "title": self.title,
            "definition": self.definition,
            "clause": self.clause,
            "headers": list(self.headers),
            "rows": [list(row) for row in self.rows],
            "chart": self.chart.value,
            "unit": self.unit,
            "note": self.note,
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Self:
        """The figure that a snapshot kept."""
        return cls(
            **{
                **kept,
                "headers": tuple(kept["headers"]),
                "rows": tuple(tuple(row) for row in kept["rows"]),
                "chart": Chart(kept["chart"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Headline:
    """A number to remember, the figure that it comes from, and what it means."""

    label: str
    value: str
    figure: str
    meaning: str


def percent(part: int, whole: int) -> int | None:
    """In whole percent, half up; None of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else None


def joined(label: str, cells: Sequence[Cell], *more: Cell) -> tuple[Cell, ...]:
    """A row."""
    return (label, *cells, *more)
