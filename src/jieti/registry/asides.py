"""Which rows of a sheet are records, and what the others are: blanks, totals, headers once more, damaged lines."""

import re
from dataclasses import dataclass
from functools import cached_property

from jieti.registry import cells
from jieti.registry.blocks import Row
from jieti.registry.cells import shown
from jieti.registry.findings import Finding, Ledger
from jieti.registry.headers import Layout
from jieti.registry.protected import masked_text, sealed_row

REASON_HEADER = "退回原因"
BLANK_ROW, TOTAL_ROW, REPEATED_HEADER = "空行", "合计行", "重复的表头"
_TOTAL = re.compile(r"(?:本页|本表|累计)?(?:合计|总计|小计|共计).{0,10}")
_CODE_LENGTH = 15


@dataclass(frozen=True)
class Judge:
    """Judges the rows of one sheet and tells the ledger of those that are no records."""

    name: str
    layout: Layout
    ledger: Ledger
    even: bool
    protected: frozenset[int]

    @cached_property
    def code_index(self) -> int:
        """Where the credit code stands."""
        return next(placed.index for placed in self.layout.placed if placed.column.type == "uscc")

    def is_record(self, number: int, row: Row) -> bool:
        """Whether the row is a record; if not, the ledger has been told what it is instead."""
        if self.even and len(row) != len(self.layout.headers) and self._is_uneven(number, row):
            return False
        code = row[self.code_index] if len(row) > self.code_index else None
        if isinstance(code, str) and len(code) >= _CODE_LENGTH:
            return True
        if not has_content(row):
            self.ledger.skip(BLANK_ROW)
            return False
        return self._is_no_aside(number, row)

    def _is_no_aside(self, number: int, row: Row) -> bool:
        """Whether the row is neither a total nor the header once more."""
        texts = [shown(raw).strip() for raw in row]
        first = re.sub(r"\s", "", next(text for text in texts if text))
        has_no_code = cells.is_blank(row[self.code_index])
        if tuple(texts) == self.layout.headers:
            why, reason = REPEATED_HEADER, "是重复的表头，已略过"
        elif _TOTAL.fullmatch(first) or (has_no_code and any(_TOTAL.fullmatch(text) for text in texts)):
            why, reason = TOTAL_ROW, "是合计行，不是一户的记录，已略过"
        else:
            return True
        self.ledger.skip(why, Finding(self.name, number, "", masked_text(first), reason, "skipped"))
        return False

    def _is_uneven(self, number: int, row: Row) -> bool:
        """Whether a row of a text table has other cells than its header has; such a row is refused."""
        width = len(self.layout.headers)
        if not has_content(row) or (len(row) > width and not has_content(row[width:])):
            return False
        reason = f"这一行有{len(row)}格，表头有{width}格；请检查是否多了或少了分隔符"
        # Where cells are out of place, so may be an identity number: every cell is sealed.
        everywhere = frozenset(range(len(row))) if self.protected else frozenset()
        raw = sealed_row(row, everywhere)
        self.ledger.refuse([Finding(self.name, number, "", "", reason, "refused", raw)])
        return True


def has_content(row: Row) -> bool:
    """Whether any cell of the row holds anything."""
    return any(raw is not None and (not isinstance(raw, str) or raw.strip()) for raw in row)
