"""Whether help arrives: the reach ledger of the measures as a figure (附件二, 附件四)."""

from jieti.accounts.models import Jurisdiction
from jieti.dashboards.figures import Cell, Figure
from jieti.dashboards.suppression import is_small, protected_line
from jieti.measures.reach import Line, balance

CLAUSE = "附件二、附件四"
HEADERS = (
    "措施", "负责部门", "已告知", "待告知", "受阻", "符合合计", "已查看", "已确认", "已享受", "已谢绝",
)  # fmt: skip


def reach_figure(jurisdiction: Jurisdiction) -> Figure:
    """One row a measure in force, in the document's order."""
    lines = [line for line in balance(jurisdiction) if line.measure.retired_on is None]
    rows = tuple(_row(line) for line in lines if line.counts.matched)
    return Figure(
        key="reach",
        title="措施触达",
        definition="现行每项措施：符合条件的户数，其中已经告知、还待告知、因经营者谢绝或者部门没有明确而受阻的；"
        "以及已查看、已确认、已享受、已谢绝的户数。次序随文件。",
        clause=CLAUSE,
        headers=HEADERS,
        rows=rows,
        note="" if rows else "还没有进行过措施匹配。",
    )


def _row(line: Line) -> tuple[Cell, ...]:
    counts = line.counts
    parts = protected_line((counts.told, counts.waiting, counts.blocked))
    steps = (line.seen, line.confirmed, line.used, line.declined)
    beside = (_beside(step, counts.matched) for step in steps)
    return (line.measure.title, line.measure.department, *parts.cells, parts.total, *beside)


def _beside(count: int, whole: int) -> Cell:
    """A part of a whole that is shown as well: neither it nor what is left may be small."""
    return None if is_small(count) or is_small(abs(whole - count)) else count
