"""“数据有误？”: readers of the directory report errors, the district regulator looks into them (附件一(二)2)."""

from collections.abc import Sequence

from django.db import transaction

from jieti.accounts.models import User
from jieti.audit.actions import record
from jieti.directory.models import DirectoryEntry, ErrorReport
from jieti.domain.deadlines import Deadline
from jieti.domain.working_days import WorkingDays
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.rulebooks.catalogue import limit_of

LIMIT = "report_answer"
"""What the rulebook calls the time for an answer: the document sets none."""


@transaction.atomic
def raise_report(*, by: User | None, entry: DirectoryEntry, claim: str, reporter: str, contact: str) -> ErrorReport:
    """Tells the district regulator that the entry is wrong. `by` is None for who has no account.

    Raises Refusal without a claim, a name or a way to reach whoever reports.
    """
    texts = [text.strip() for text in (claim, reporter, contact)]
    if not all(texts):
        raise Refusal("没有填写完整。", what_to_do="请写明哪里有误、您的姓名和联系方式。")
    report = ErrorReport.objects.create(
        jurisdiction_id=entry.jurisdiction_id,
        uscc=entry.pk,
        name=entry.name,
        claim=texts[0],
        reporter=texts[1],
        contact=texts[2],
    )
    _record(by, "directory.raise_report", report)
    return report


@transaction.atomic
def answer_report(*, by: User, report: ErrorReport, is_right: bool, answer: str) -> ErrorReport:
    """What was found: `is_right` where the report is right and the correction is under way with the data's source.

    Raises Refusal without an answer, and for a report that was answered meanwhile.
    """
    report = ErrorReport.objects.select_for_update().get(pk=report.pk)
    if report.status != ErrorReport.Status.OPEN:
        raise Refusal(f"这件纠错{report.get_status_display()}，已经答复。", what_to_do="请刷新页面查看。")
    if not answer.strip():
        raise Refusal("没有填写核实情况。", what_to_do="请写明核实情况和依据。")
    report.status = ErrorReport.Status.CORRECTED if is_right else ErrorReport.Status.UPHELD
    report.answer, report.answered_by, report.answered_at = answer.strip(), by, clock.now()
    report.save(update_fields=["status", "answer", "answered_by", "answered_at"])
    _record(by, "directory.answer_report", report)
    return report


def with_deadlines(reports: Sequence[ErrorReport]) -> list[tuple[ErrorReport, Deadline]]:
    """Reports to one jurisdiction, each with the day by which it ought to be answered."""
    if not reports:
        return []
    calendar, within = WorkingDays.load(known_on=clock.today()), limit_of(reports[0].jurisdiction, LIMIT).length
    return [(report, calendar.deadline(clock.day_of(report.created_at), within)) for report in reports]


def is_overdue(report: ErrorReport, deadline: Deadline) -> bool:
    """Whether it waits for an answer that is certainly late."""
    return report.status == ErrorReport.Status.OPEN and clock.today() > deadline.latest


def _record(by: User | None, verb: str, report: ErrorReport) -> None:
    """That there is one and how it stands, not what it says."""
    detail = {"business": report.uscc, "status": report.status}
    record(by=by, verb=verb, subject=f"errorreport:{report.pk}", detail=detail, jurisdiction=report.jurisdiction_id)
