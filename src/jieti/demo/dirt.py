"""What goes wrong in real deliveries, planted at known rates and counted, so that an import can be held to it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from jieti.demo.files import Cell, Row, said

EVERY = 1_000
"""Each kind of dirt comes once in so many businesses, or at the next row that can bear it."""

FIRST = 40
"""Number of the first business that may get dirt; those before it, the showcase among them, are clean."""

RARE = 20_000
"""As ``EVERY``, for tables that hold a row for one business in a hundred."""


class Dirt(StrEnum):
    """Kinds of dirt."""

    WRONG_CHECK_DIGIT = "wrong_check_digit"
    EXACT_DUPLICATE = "exact_duplicate"
    DISAGREEING_DUPLICATE = "disagreeing_duplicate"
    ORPHAN = "orphan"
    IMPOSSIBLE_DATE = "impossible_date"
    FUTURE_DATE = "future_date"
    TEXT_IN_NUMBER = "text_in_number"
    FULL_WIDTH_DIGITS = "full_width_digits"
    MONEY_AS_TEXT = "money_as_text"
    SPACED_CODE = "spaced_code"
    LOWER_CASE_CODE = "lower_case_code"
    BLANK_LINE = "blank_line"
    MERGED_HEADING = "merged_heading"
    MISSING_COLUMN = "missing_column"
    TOTAL_ROW = "total_row"


Change = Callable[[Row, int], Sequence[Row] | None]
"""From a row and the number of such changes before it: the rows to write instead; ``None`` if it cannot bear it."""


@dataclass(frozen=True, slots=True)
class Plant:
    """One kind of dirt in one table, once in ``every`` businesses; ``apart`` puts added rows at the end of the file."""

    dirt: Dirt
    change: Change
    every: int = EVERY
    apart: bool = False


class Planter:
    """Decides for each row of one table whether dirt is due, and counts what was planted; one kind a row."""

    def __init__(self, plants: Sequence[Plant]) -> None:
        self._plants = tuple(plants)
        self._due = [FIRST + 17 * number for number in range(len(plants))]
        self._next = min(self._due, default=None)
        self.planted: Counter[Dirt] = Counter()
        self.postponed: list[Row] = []

    def rows(self, row: Row, index: int) -> Sequence[Row]:
        """What is written for ``row`` of business ``index``: itself, or itself made dirty."""
        if self._next is None or index < self._next:
            return (row,)
        for number, plant in enumerate(self._plants):
            changed = plant.change(row, self.planted[plant.dirt]) if index >= self._due[number] else None
            if changed is not None:
                self._note(number)
                return self._split(changed) if plant.apart else changed
        return (row,)

    def _split(self, changed: Sequence[Row]) -> Sequence[Row]:
        self.postponed.extend(changed[1:])
        return changed[:1]

    def _note(self, number: int) -> None:
        plant = self._plants[number]
        self.planted[plant.dirt] += 1
        self._due[number] += plant.every
        self._next = min(self._due)


def edit(column: int, change: Callable[[Cell, int], Cell]) -> Change:
    """Change the cell of ``column`` where it is filled in."""

    def edited(row: Row, ordinal: int) -> Sequence[Row] | None:
        if row[column] is None:
            return None
        return ((*row[:column], change(row[column], ordinal), *row[column + 1 :]),)

    return edited


def twice(row: Row, _: int) -> Sequence[Row]:
    """The row and the same again."""
    return (row, row)


def followed_by_blank(row: Row, _: int) -> Sequence[Row]:
    """The row and a blank line."""
    return (row, (None,) * len(row))


def followed_by(other: Callable[[Row, int], Row]) -> Change:
    """The row and one derived from it."""
    return lambda row, ordinal: (row, other(row, ordinal))


def one_of(*values: Cell) -> Callable[[Cell, int], Cell]:
    """The values in turn, whatever the cell held."""
    return lambda _, ordinal: values[ordinal % len(values)]


def full_width(value: Cell, _: int) -> Cell:
    """The same characters as an input method writes them when left in full-width mode."""
    return "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in said(value))


def spaced(value: Cell, ordinal: int) -> Cell:
    """A code in groups, or with a blank at its end."""
    code = said(value)
    return f"{code[:8]} {code[8:17]} {code[17:]}" if ordinal % 2 else code + " "


def lower_case(value: Cell, _: int) -> Cell:
    """A code in small letters."""
    return said(value).lower()


def money_as_text(value: Cell, ordinal: int) -> Cell:
    """An amount with thousands separators, with 元, or with both."""
    amount = Decimal(said(value))
    return (f"{amount:,}", f"{amount}元", f"{amount:,}元", f"￥{amount:,}")[ordinal % 4]
