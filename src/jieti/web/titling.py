"""What both sides are shown of a title: where it stands, its dates, its course, and the steps of its cases."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from jieti.domain.workflows.table import Workflow
from jieti.kit import clock
from jieti.kit.cases import Case, CaseStep
from jieti.recognitions.ending_guards import evaluation_opens
from jieti.recognitions.models import Recognition
from jieti.recognitions.reporting import Due, dues_of
from jieti.recognitions.watching import labels_of

SOON = datetime.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a title or a case stands: its name, its style on the page, and what is to be said beside it."""

    label: str
    tag: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something in the course of a title."""

    day: datetime.date
    title: str
    detail: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step that was taken, in words."""

    step: CaseStep
    label: str
    state: str
    role: str


def standing_of(one: Recognition) -> Standing:
    """Where the title stands today."""
    today = clock.today()
    if one.ended_on is not None:
        return Standing(one.get_end_kind_display(), "bad" if one.end_kind == Recognition.End.REVOKED else "", "")
    if today > one.last_day:
        return Standing("有效期已过", "warn")
    days = (one.last_day - today).days
    if days <= SOON.days:
        return Standing("有效，最后一年", "warn", f"还有{days}天")
    return Standing("有效", "good")


def case_standing(case: Case, table: Workflow) -> Standing:
    """Where a case stands today."""
    label = table.states[case.state].label
    if not case.is_open:
        return Standing(label, "")
    late = case.is_late(clock.today())
    return Standing(label, "bad" if late else "warn", {True: "已逾期", None: "可能已逾期", False: ""}[late])


def step_rows(steps: Iterable[CaseStep], table: Workflow) -> list[StepRow]:
    """Every step that was taken, the first first."""
    rows = []
    for step in steps:
        row = table.step(step.step)
        rows.append(StepRow(step, row.label, table.states[step.target].label, table.role_labels[row.role]))
    return rows


def dates_of(one: Recognition) -> list[tuple[str, datetime.date]]:
    """The days that the holder of a title should know."""
    return [
        ("认定日期", one.recognised_on),
        ("享受培育措施自", one.benefits_from),
        ("到期评估自", evaluation_opens(one)),
        ("有效期末日（含）", one.last_day),
    ]


def report_rows(one: Recognition) -> list[tuple[Due, Standing]]:
    """The yearly reports with how each stands."""
    return [(due, _report_standing(due)) for due in dues_of(one)]


def course_of(one: Recognition) -> list[Moment]:
    """Everything that happened to the title, the newest first."""
    labels = labels_of(one.jurisdiction)
    found = [Moment(one.recognised_on, "认定", f"{one.get_category_display()}类，{one.get_path_display()}", "good")]
    found += [
        Moment(r.reported_on, f"报送{r.year}年信息报告", "", "bad" if r.reported_on > r.due_on else "")
        for r in one.reports.all()
    ]
    found += [Moment(c.at.date(), f"{c.year}年审核确认", c.get_outcome_display()) for c in one.confirmations.all()]
    found += [Moment(c.changed_on, "变更经营者", c.get_origin_display(), "warn") for c in one.proprietor_changes.all()]
    found += [Moment(f.found_on, "动态监测发现", labels.get(f.rule, f.rule), "warn") for f in one.watch_findings.all()]
    for case in one.endings.all():
        found.append(Moment(case.opened_on, f"启动是否{case.get_kind_display()}的核查", "", "warn"))
    for evaluation in one.evaluations.all():
        found.append(Moment(evaluation.opened_on, "启动到期评估"))
        if evaluation.new_last_day and evaluation.closed_on:
            found.append(Moment(evaluation.closed_on, "决定延期", f"有效期到{evaluation.new_last_day}", "good"))
    if one.ended_on is not None:
        found.append(Moment(one.ended_on, f"认定终止：{one.get_end_kind_display()}", one.end_number, "bad"))
    return sorted(found, key=lambda moment: moment.day, reverse=True)


def _report_standing(due: Due) -> Standing:
    today = clock.today()
    if due.report is not None:
        return Standing("逾期报送", "warn") if due.is_late(today) else Standing("已报送", "good")
    if due.is_late(today):
        return Standing("逾期未报", "bad")
    return Standing("待报送" if due.year == today.year else "未到期", "warn" if due.year == today.year else "")


def version_of(sent: str) -> int:
    """The version that a form sent; none that any case has where it was not sent."""
    return int(sent) if sent.isascii() and sent.isdigit() else -1
