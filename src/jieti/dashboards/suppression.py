"""Small cells hidden in tables, and as many others as it takes that no hidden cell can be worked out from the rest.

A cell of 1 to 4 is small; a nought names nobody and stays. In a table with its sums, a hidden cell stays unknown when
the hidden cells hold a closed road through it along which one could be added and taken away by turns without any sum
changing and any count becoming negative. Where there is no such road, the cheapest one is hidden as well. Of a table
whose row and column sums are all shown somewhere, nothing further is needed: `fixed` says which sums these are.
"""

import heapq
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

LEAST = 5
"""The smallest count that is shown. Anonymous is what singles nobody out (《个人信息保护法》第四条、第七十三条)."""

Cell = tuple[int, int]
Shown = int | None
"""A count, or None where it is hidden."""

_NOUGHT = 1_000_000
_SUM = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """Counts and their sum as they may be shown."""

    cells: tuple[Shown, ...]
    total: Shown

    @property
    def is_whole(self) -> bool:
        """Whether nothing is hidden."""
        return self.total is not None and None not in self.cells


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of counts with its sums as they may be shown."""

    cells: tuple[tuple[Shown, ...], ...]
    row_totals: tuple[Shown, ...]
    column_totals: tuple[Shown, ...]
    total: Shown


class CannotHideError(ValueError):
    """Sums that are shown elsewhere give a small cell away; the table must not be shown at all."""


def is_small(count: int) -> bool:
    """Whether so few may not be counted in public."""
    return 0 < count < LEAST


def protected_line(counts: Sequence[int]) -> Line:
    """Counts that add up to a sum which is shown beside them."""
    total = sum(counts)
    hidden = {place for place, count in enumerate(counts) if is_small(count)}
    if len(hidden) == 1 and not is_small(total):
        others = [place for place in range(len(counts)) if place not in hidden]
        hidden.add(min(others, key=lambda place: (counts[place] == 0, counts[place], place)))
    cells = tuple(None if place in hidden else count for place, count in enumerate(counts))
    return Line(cells, None if is_small(total) else total)


def protected_grid(
    rows: Sequence[Sequence[int]],
    *,
    fixed: Collection[Cell] = (),
    impossible: Collection[Cell] = (),
    unshown: Collection[Cell] = (),
) -> Grid:
    """A table whose rows and columns add up to sums.

    Sums have the place after the last: (len(rows), j) is a column's, (i, len(rows[0])) a row's. `fixed` are shown in
    any case, `impossible` are known to be nought, `unshown` are hidden in any case. Raises CannotHideError.
    """
    search = _Search(rows, fixed={*fixed, *impossible}, hidden=set(unshown))
    for cell in search.small():
        search.protect(cell)
    return search.grid()


def kept_stages(counts: Sequence[int]) -> tuple[Shown, ...]:
    """Counts of which each is part of the one before: shown where neither it nor the loss since the last shown one is
    small."""
    shown: list[Shown] = []
    last: int | None = None
    for count in counts:
        keep = not is_small(count) and (last is None or not is_small(last - count))
        shown.append(count if keep else None)
        last = count if keep else last
    return tuple(shown)


class _Search:
    """The table with its sums as places of a board: rows and columns are nodes, cells the roads between them."""

    def __init__(self, rows: Sequence[Sequence[int]], *, fixed: set[Cell], hidden: set[Cell]) -> None:
        sums = [sum(column) for column in zip(*rows, strict=True)]
        self._values: list[list[int]] = [[*row, sum(row)] for row in (*rows, sums)]
        self._fixed, self._hidden = fixed, hidden
        self._last = (len(rows), len(rows[0]))

    def small(self) -> list[Cell]:
        """The small cells, hidden now."""
        found = [cell for cell in self._all() if is_small(self._at(cell)) and cell not in self._hidden]
        given_away = [cell for cell in found if cell in self._fixed]
        if given_away:
            raise CannotHideError(f"{len(given_away)} small counts are shown elsewhere")
        self._hidden.update(found)
        return found

    def protect(self, cell: Cell) -> None:
        """Hides what keeps the cell from being worked out."""
        roads = [road for up in (True, False) if self._can(cell, up=up) and (road := self._road(cell, up=up))]
        if not roads:
            raise CannotHideError("the sums give a small count away")
        _, cells = min(roads)
        self._hidden.update(cells)

    def grid(self) -> Grid:
        bottom, right = self._last
        shown = [
            [None if (i, j) in self._hidden else value for j, value in enumerate(row)]
            for i, row in enumerate(self._values)
        ]
        return Grid(
            cells=tuple(tuple(row[:right]) for row in shown[:bottom]),
            row_totals=tuple(row[right] for row in shown[:bottom]),
            column_totals=tuple(shown[bottom][:right]),
            total=shown[bottom][right],
        )

    def _all(self) -> Iterator[Cell]:
        return ((i, j) for i, row in enumerate(self._values) for j in range(len(row)))

    def _at(self, cell: Cell) -> int:
        return self._values[cell[0]][cell[1]]

    def _is_sum(self, cell: Cell) -> bool:
        """Whether the cell stands against the others of its row and column (the sum of sums stands with them)."""
        return (cell[0] == self._last[0]) != (cell[1] == self._last[1])

    def _can(self, cell: Cell, *, up: bool) -> bool:
        """Whether the cell can move so: counts cannot become negative."""
        grows = up != self._is_sum(cell)
        return grows or self._at(cell) > 0

    def _cost(self, cell: Cell) -> int | None:
        """What it costs to hide the cell, None where it cannot be hidden."""
        if cell in self._hidden:
            return 0
        if cell in self._fixed:
            return None
        value = self._at(cell)
        if cell[0] == self._last[0] or cell[1] == self._last[1]:
            return _SUM + value
        return _NOUGHT if value == 0 else 1 + value

    def _road(self, start: Cell, *, up: bool) -> tuple[int, list[Cell]] | None:
        """The cheapest way from the cell's column back to its row, by turns against and with its direction."""
        goal, first = ("row", start[0]), ("column", start[1])
        waiting: list[tuple[int, tuple[str, int], list[Cell]]] = [(0, first, [])]
        done: set[tuple[str, int]] = set()
        while waiting:
            cost, node, road = heapq.heappop(waiting)
            if node == goal:
                return cost, road
            if node in done:
                continue
            done.add(node)
            for cell, following in self._around(node):
                step = self._cost(cell)
                turn = up if node[0] == "row" else not up
                if cell != start and step is not None and following not in done and self._can(cell, up=turn):
                    heapq.heappush(waiting, (cost + step, following, [*road, cell]))
        return None

    def _around(self, node: tuple[str, int]) -> Iterator[tuple[Cell, tuple[str, int]]]:
        kind, number = node
        if kind == "row":
            yield from (((number, j), ("column", j)) for j in range(self._last[1] + 1))
        else:
            yield from (((i, number), ("row", i)) for i in range(self._last[0] + 1))
