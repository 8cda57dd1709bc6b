"""Prints the register of clauses: what implements each, what tests it, or why no system duty follows."""

import sys
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.architecture.register import Entry, entries

LABELS = {"done": "已实现", "open": "尚未建设", "none": "没有系统事项"}


def main() -> None:
    """One row a clause, then the count of each status."""
    table = Table("条款", "事项", "状态", "实现", "测试", show_lines=False)
    for entry in entries():
        table.add_row(*_row(entry))
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)
    counts = Counter(entry.status for entry in entries())
    console.print("，".join(f"{LABELS[status]} {count}" for status, count in counts.items()))


def _row(entry: Entry) -> tuple[str, ...]:
    why = entry.why or "\n".join(entry.implemented_by)
    return entry.clause, entry.duty, LABELS[entry.status], why, "\n".join(entry.tested_by)


if __name__ == "__main__":
    main()
