"""The ledger of a reading: what became of every row, kept in a file so that a million findings need no memory."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self, TextIO

Severity = Literal["refused", "warned", "skipped"]
LONGEST_VALUE = 2_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about one row: where it is in the file, which column and value, why (Chinese), and what was done.

    `raw` holds a refused row's cells as text, for the table that goes back to the supplier.
    """

    sheet: str
    row_number: int
    column: str
    value: str
    reason: str
    severity: Severity
    raw: Sequence[str] = ()


@dataclass
class Ledger:
    """Counts, findings and the headers of every sheet read.

    At the end `rows` is `taken` + `refused` + `skipped`; `refused` counts rows, not findings.
    """

    path: Path
    rows: int = 0
    refused: int = 0
    warned: int = 0
    orphans: int = 0
    skipped_reasons: Counter[str] = field(default_factory=Counter)
    headers: dict[str, list[str]] = field(default_factory=dict)
    _file: TextIO | None = None

    def __enter__(self) -> Self:
        self._file = self.path.open("w", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()
            self._file = None

    @property
    def skipped(self) -> int:
        return self.skipped_reasons.total()

    @property
    def taken(self) -> int:
        return self.rows - self.refused - self.skipped

    def refuse(self, findings: Sequence[Finding]) -> None:
        """One row goes back, for each of these reasons."""
        self.refused += 1
        self._write(findings)

    def warn(self, finding: Finding) -> None:
        self.warned += 1
        self._write((finding,))

    def skip(self, why: str, finding: Finding | None = None) -> None:
        """One row is left out; `why` is counted, the finding tells which row where that is worth knowing."""
        self.skipped_reasons[why] += 1
        if finding:
            self.warned += finding.severity == "warned"
            self._write((finding,))

    def findings(self) -> Iterator[Finding]:
        """All findings in the order they were made; the ledger must be closed."""
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                yield Finding(*json.loads(line))

    def _write(self, findings: Sequence[Finding]) -> None:
        assert self._file, "the ledger is open while rows are read"  # noqa: S101
        for one in findings:
            place = (one.sheet, one.row_number, one.column, one.value[:LONGEST_VALUE])
            parts = (*place, one.reason, one.severity, list(one.raw))
            # PostgreSQL holds no NUL character, neither in text nor in JSON.
            self._file.write(json.dumps(parts, ensure_ascii=False).replace("\\u0000", "\ufffd") + "\n")
