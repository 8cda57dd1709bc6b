"""No small count is shown, and none can be worked out: asked of a solver for every hidden cell."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jieti.dashboards.suppression import (
    LEAST,
    CannotHideError,
    Grid,
    Line,
    is_small,
    kept_stages,
    protected_grid,
    protected_line,
)

counts = st.one_of(st.integers(0, 6), st.integers(0, 60), st.just(0))
lines = st.lists(counts, min_size=1, max_size=7)
grids = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(counts, min_size=width, max_size=width), min_size=1, max_size=5)
)


def shown(grid: Grid) -> Iterator[int | None]:
    for row in grid.cells:
        yield from row
    yield from (*grid.row_totals, *grid.column_totals, grid.total)


def whole(rows: list[list[int]]) -> list[list[int]]:
    """The table with its sums."""
    sums = [sum(column) for column in zip(*rows, strict=True)]
    return [[*row, sum(row)] for row in (*rows, sums)]


def laid_out(grid: Grid) -> list[list[int | None]]:
    rows = [[*row, total] for row, total in zip(grid.cells, grid.row_totals, strict=True)]
    return [*rows, [*grid.column_totals, grid.total]]


def worked_out(seen: list[list[int | None]], true: list[list[int]]) -> list[tuple[int, int]]:
    """The hidden cells whose value follows from what is seen, the sums and that no count is negative."""
    solver, height, width = z3.Solver(), len(seen) - 1, len(seen[0]) - 1
    names = [[z3.Int(f"{i}-{j}") for j in range(width + 1)] for i in range(height + 1)]
    for i, row in enumerate(seen):
        for j, value in enumerate(row):
            solver.add(names[i][j] >= 0 if value is None else names[i][j] == value)
    solver.add(*(z3.Sum(row[:-1]) == row[-1] for row in names))
    solver.add(*(z3.Sum([names[i][j] for i in range(height)]) == names[height][j] for j in range(width + 1)))
    found = []
    for i, row in enumerate(seen):
        for j, value in enumerate(row):
            if value is None:
                solver.push()
                solver.add(names[i][j] != true[i][j])
                if solver.check() == z3.unsat:
                    found.append((i, j))
                solver.pop()
    return found


@given(grids)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_hidden_cell_of_a_table_can_be_worked_out(rows: list[list[int]]) -> None:
    grid = protected_grid(rows)
    assert not [count for count in shown(grid) if count is not None and is_small(count)]
    assert worked_out(laid_out(grid), whole(rows)) == []


@given(grids)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_neither_where_the_columns_sums_are_known_from_elsewhere(rows: list[list[int]]) -> None:
    height, width = len(rows), len(rows[0])
    try:
        grid = protected_grid(rows, fixed={(height, j) for j in range(width + 1)})
    except CannotHideError:
        return
    assert None not in (*grid.column_totals, grid.total)
    assert not [count for count in shown(grid) if count is not None and is_small(count)]
    assert worked_out(laid_out(grid), whole(rows)) == []


@given(grids)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_shown_is_true(rows: list[list[int]]) -> None:
    for seen, true in zip(laid_out(protected_grid(rows)), whole(rows), strict=True):
        assert all(one in (None, value) for one, value in zip(seen, true, strict=True))


def test_a_table_of_large_counts_is_shown_whole() -> None:
    rows = [[12, 0, 30], [5, 7, 9]]
    assert laid_out(protected_grid(rows)) == whole(rows)


def test_as_little_as_possible_is_hidden() -> None:
    grid = protected_grid([[3, 20, 30], [40, 50, 60], [70, 80, 90]])
    assert sum(count is None for count in shown(grid)) == 4
    assert None not in (*grid.row_totals, *grid.column_totals, grid.total)


def test_small_counts_that_are_shown_elsewhere_refuse_the_table() -> None:
    with pytest.raises(CannotHideError):
        protected_grid([[3, 0]], fixed={(1, 0)})


def test_sums_that_give_a_cell_away_refuse_the_table() -> None:
    everything = {(0, 1), (1, 0), (1, 1), (2, 0), (2, 1), (0, 2), (1, 2), (2, 2)}
    with pytest.raises(CannotHideError):
        protected_grid([[3, 20], [30, 40]], fixed=everything)


@given(lines)
@settings(max_examples=300, deadline=None)
def test_no_hidden_part_of_a_sum_can_be_worked_out(parts: list[int]) -> None:
    line = protected_line(parts)
    hidden = [part for part, cell in zip(parts, line.cells, strict=True) if cell is None]
    assert not [cell for cell in (*line.cells, line.total) if cell is not None and is_small(cell)]
    if hidden and line.total is not None:
        assert len(hidden) >= 2
        assert sum(hidden) > 0


def test_a_single_small_part_takes_the_next_smallest_with_it() -> None:
    assert protected_line([3, 9, 40]) == Line((None, None, 40), 52)
    assert protected_line([3, 0]) == Line((None, 0), None)
    assert protected_line([12, 9]).is_whole


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6).map(lambda found: sorted(found, reverse=True)))
@settings(max_examples=300, deadline=None)
def test_no_stage_gives_a_small_loss_away(stages: list[int]) -> None:
    seen = [stage for stage in kept_stages(stages) if stage is not None]
    assert not [one for one in seen if is_small(one)]
    assert not [before - after for before, after in pairwise(seen) if is_small(before - after)]


def test_small_is_one_to_four() -> None:
    assert [count for count in range(8) if is_small(count)] == [1, 2, 3, 4]
    assert LEAST == 5
