"""Charts as SVG made on the server: no script, prints well, and always beside the table with the same figures."""

from collections.abc import Sequence
from dataclasses import dataclass

LABEL_WIDTH = 150
BAR_WIDTH = 470
ROW = 30
BAR = 20


@dataclass(frozen=True)
class Block:
    """A coloured part of a bar."""

    mark: str
    x: int
    y: int
    width: int
    title: str


@dataclass(frozen=True)
class Label:
    """A word or figure beside a bar."""

    text: str
    x: int
    y: int


@dataclass(frozen=True)
class Chart:
    """A stacked bar for each row; sizes in the drawing's own units."""

    width: int
    height: int
    blocks: tuple[Block, ...]
    labels: tuple[Label, ...]


def stacked_bars(rows: Sequence[tuple[str, Sequence[tuple[str, str, int]]]]) -> Chart:
    """The chart of rows of (label, parts of (mark, label, count)); the longest bar takes the whole width."""
    longest = max((sum(count for *_, count in parts) for _, parts in rows), default=0) or 1
    blocks: list[Block] = []
    labels: list[Label] = []
    for number, (name, parts) in enumerate(rows):
        top, reached = number * ROW + 5, 0
        labels.append(Label(name, 0, top + 15))
        for mark, label, count in parts:
            start, end = BAR_WIDTH * reached // longest, BAR_WIDTH * (reached + count) // longest
            if count:
                blocks.append(Block(mark, LABEL_WIDTH + start, top, max(1, end - start), f"{name} {label} {count}户"))
            reached += count
        labels.append(Label(f"{reached:,}", LABEL_WIDTH + BAR_WIDTH * reached // longest + 8, top + 15))
    return Chart(LABEL_WIDTH + BAR_WIDTH + 80, len(rows) * ROW + 10, tuple(blocks), tuple(labels))
