"""Finds a source's columns in a sheet: which row holds the headers, which cell is which column."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jieti.kit.errors import Refusal
from jieti.registry.cells import shown
from rulecore.model import Column, Source

SEARCHED_ROWS = 20
_UNIT = re.compile(r"\((?:单位[::])?(?:人民币)?(万元|元|人|件|户)\)$")
_ORNAMENTS = re.compile(r"[\s*＊:：]+")


@dataclass(frozen=True, slots=True)
class Placed:
    """A column of the source and where the sheet has it. `ten_thousands`: its header gives the unit 万元."""

    column: Column
    index: int
    header: str
    ten_thousands: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The headers of one sheet: their row as the file counts it, all of them as written, and the source's columns."""

    row_number: int
    headers: tuple[str, ...]
    placed: tuple[Placed, ...]

    @property
    def rest(self) -> tuple[int, ...]:
        """Positions of the columns that the source does not know."""
        taken = {placed.index for placed in self.placed}
        return tuple(index for index in range(len(self.headers)) if index not in taken)


def find_layout(source: Source, rows: Sequence[Sequence[object]]) -> Layout | None:
    """The header row among a sheet's first rows: the one that names most of the source's columns.

    None when no row names the credit code or two columns. Raises Refusal when a column appears twice.
    """
    spellings = _spellings(source)
    scores = [len({spellings[name][0] for name in map(_plain_header, row) if name in spellings}) for row in rows]
    best = max(scores, default=0)
    if best == 0:
        return None
    index = scores.index(best)
    layout = _layout(source, spellings, index + 1, rows[index])
    has_code = any(placed.column.type == "uscc" for placed in layout.placed)
    return layout if has_code or best >= 2 else None


def missing_columns(source: Source, layout: Layout) -> list[Column]:
    """The required columns that the sheet lacks."""
    present = {placed.column.key for placed in layout.placed}
    return [column for column in source.columns.values() if column.required and column.key not in present]


def _spellings(source: Source) -> Mapping[str, tuple[str, int]]:
    """Every way to write a header → the column's key and the rank of that way: its header, an alias, its key."""
    found: dict[str, tuple[str, int]] = {}
    for column in source.columns.values():
        for rank, name in enumerate((column.header, *column.aliases, column.key)):
            found.setdefault(_plain_header(name), (column.key, rank))
    return found


def _plain_header(raw: object) -> str:
    text = _ORNAMENTS.sub("", unicodedata.normalize("NFKC", shown(raw))).casefold()
    return _UNIT.sub("", text)


def _is_ten_thousands(raw: object) -> bool:
    unit = _UNIT.search(re.sub(r"\s+", "", unicodedata.normalize("NFKC", shown(raw))))
    return bool(unit and unit[1] == "万元")


def _layout(source: Source, spellings: Mapping[str, tuple[str, int]], row_number: int, row: Sequence[object]) -> Layout:
    headers = tuple(shown(raw).strip() for raw in row)
    _refuse_repeated(spellings, headers)
    best: dict[str, tuple[int, int]] = {}
    for index, name in enumerate(map(_plain_header, row)):
        if name in spellings:
            key, rank = spellings[name]
            best[key] = min(best.get(key, (rank, index)), (rank, index))
    placed = (
        Placed(source.columns[key], index, headers[index], _is_ten_thousands(row[index]))
        for key, (_, index) in best.items()
    )
    return Layout(row_number, headers, tuple(sorted(placed, key=lambda one: one.index)))


def _refuse_repeated(spellings: Mapping[str, tuple[str, int]], headers: Sequence[str]) -> None:
    names = Counter(name for name in map(_plain_header, headers) if name in spellings)
    repeated = [header for header in headers if names[_plain_header(header)] > 1]
    if repeated:
        raise Refusal(f"表头“{repeated[0]}”出现了不止一次。", what_to_do="请只保留一列，重新送数。")
