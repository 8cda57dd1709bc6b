"""Charts as SVG made on the server: no script, prints well, and always beside the table with the same figures."""

from collections.abc import Sequence
from dataclasses import dataclass

LABEL_WIDTH = 150
BAR_WIDTH = 470
FIGURE_WIDTH = 130
ROW = 30
WORDS_BESIDE = 10
"""Longer labels than this stand above their bars."""
LINE = 24


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
    is_above = any(len(name) > WORDS_BESIDE for name, _ in rows)
    left, line, row = (0, LINE, ROW + LINE) if is_above else (LABEL_WIDTH, 0, ROW)
    blocks: list[Block] = []
    labels: list[Label] = []
    for number, (name, parts) in enumerate(rows):
        top, reached = number * row + 5, 0
        labels.append(Label(name, 0, top + 15))
        for mark, label, count in parts:
            start, end = BAR_WIDTH * reached // longest, BAR_WIDTH * (reached + count) // longest
            if count:
                title = f"{name} {label} {count:,}户"
                blocks.append(Block(mark, left + start, top + line, max(1, end - start), title))
            reached += count
        labels.append(Label(f"{reached:,}", left + BAR_WIDTH * reached // longest + 8, top + line + 15))
    return Chart(LABEL_WIDTH + BAR_WIDTH + FIGURE_WIDTH, len(rows) * row + 10, tuple(blocks), tuple(labels))
