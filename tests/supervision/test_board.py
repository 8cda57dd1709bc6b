"""The year's board: dates of the rulebook, what the system saw, what people declared."""

from datetime import UTC, date, datetime

import pytest

from jieti.accounts.models import User
from jieti.audit.models import Event
from jieti.determinations.models import NationalExport, Run
from jieti.domain.milestones import MilestoneStatus, milestone
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.rulebooks.actions import approve_norm, propose_norm, record_rulebook
from jieti.rulebooks.catalogue import procedure_of
from jieti.rulebooks.models import AnnualNorm
from jieti.supervision.actions import declare_done, withdraw_declaration
from jieti.supervision.board import Line, board
from jieti.supervision.models import MilestoneDone
from tests.factories.deliveries import delivered
from tests.factories.tables import Rows, code, csv
from tests.supervision.conftest import Staff

YEAR = 2026
NORM = {"growth_turnover": "300000", "growth_tax_paid": "5000", "development_turnover": "3000000"}


def line(staff: Staff, key: str, year: int = YEAR) -> Line:
    return next(one for one in board(staff.home, year) if one.milestone.key == key)


def norm(staff: Staff, year: int = YEAR) -> AnnualNorm:
    proposed = propose_norm(by=staff.reviewer, year=year, values=NORM, document_number="样例〔1〕号", is_sample=True)
    return approve_norm(by=staff.approver, norm=proposed)


def published_run(staff: Staff, year: int = YEAR) -> Run:
    """A row as the determination leaves it."""
    return Run.objects.create(
        year=year,
        basis_date=date(year, 7, 1),
        rulebook_key=staff.home.rulebook,
        rulebook=record_rulebook(by=None),
        norm=norm(staff, year),
        status=Run.Status.PUBLISHED,
        progress=100,
        facts_path="x",
        results_path="y",
        finished_at=clock.now(),
        started_by=staff.reviewer,
        published_by=staff.approver,
        published_at=clock.now(),
    )


@pytest.mark.clause("正文三(一).a")
def test_the_board_has_every_milestone_of_the_rulebook_with_its_people(staff: Staff) -> None:
    found = board(staff.home, YEAR)
    procedure = procedure_of(staff.home)
    assert {one.milestone.key for one in found} == {*procedure["phases"], *procedure["milestones"]}
    for one in found:
        assert one.owner, one.milestone.key
        assert len(one.alarm) == len(one.milestone.alarm)
    determination = line(staff, "determination")
    assert determination.owner_label == "市市场监管局"
    assert [body.label for body in determination.alarm] == ["区市场监管局", "区市场监管局审批人员"]
    assert determination.alarm[1].people() == ["approver"]


def test_of_two_bodies_with_one_key_the_one_with_people_is_told(staff: Staff) -> None:
    owner = line(staff, "determination").owner
    assert owner
    assert owner.organisation.jurisdiction == staff.home.parent
    assert owner.people() == ["city"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 4, 30), MilestoneStatus.UPCOMING),
        (date(2026, 5, 1), MilestoneStatus.OPEN),
        (date(2026, 6, 30), MilestoneStatus.OPEN),
        (date(2026, 7, 1), MilestoneStatus.OVERDUE),
    ],
)
def test_overdue_exactly_the_day_after(staff: Staff, day: date, expected: MilestoneStatus) -> None:
    with clock.at(day):
        assert line(staff, "annual_norm").status == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC), MilestoneStatus.OPEN),  # 23:59:59 in Beijing
        (datetime(2026, 6, 30, 16, 0, tzinfo=UTC), MilestoneStatus.OVERDUE),  # 00:00 of 1 July
    ],
)
def test_the_day_turns_at_midnight_in_beijing(staff: Staff, moment: datetime, expected: MilestoneStatus) -> None:
    with clock.at(moment):
        assert line(staff, "annual_norm").status == expected


def test_an_approved_norm_is_seen(staff: Staff) -> None:
    # 1 May in Beijing, still 30 April in UTC.
    with clock.at(datetime(2026, 4, 30, 17, tzinfo=UTC)):
        norm(staff)
    with clock.at(date(2026, 7, 9)):
        found = line(staff, "annual_norm")
    assert (found.status, found.done_on, found.late) == (MilestoneStatus.DONE, date(2026, 5, 1), 0)


def test_what_needs_the_published_run_waits_for_it(staff: Staff) -> None:
    with clock.at(date(2026, 8, 1)):
        assert line(staff, "national_upload").status == MilestoneStatus.UPCOMING
        run = published_run(staff)
        assert line(staff, "determination").status == MilestoneStatus.DONE
        assert line(staff, "determination").late == 1
        assert line(staff, "national_upload").status == MilestoneStatus.OPEN
    export = NationalExport.objects.create(run=run, path="p", sha256="0" * 64, rows=1, made_by=staff.city)
    with clock.at(date(2026, 8, 11)):
        assert line(staff, "national_upload").status == MilestoneStatus.OVERDUE
        export.sent_by, export.sent_at, export.receipt = staff.city, clock.now(), "回执1"
        export.save()
        sent = line(staff, "national_upload")
    assert (sent.status, sent.late) == (MilestoneStatus.DONE, 1)


def test_another_years_run_is_not_this_years(staff: Staff) -> None:
    with clock.at(date(2025, 7, 20)):
        published_run(staff, 2025)
    assert line(staff, "determination").done_on is None
    assert line(staff, "determination", 2025).done_on == date(2025, 7, 20)


def declared(staff: Staff, by: User, **changes: object) -> MilestoneDone:
    words: dict[str, object] = {"year": YEAR, "key": "service_month", "done_on": date(2026, 7, 20), "note": "已开展"}
    return declare_done(by=by, jurisdiction=staff.home, **(words | changes))  # type: ignore[arg-type]


@pytest.mark.clause("正文三(一).a")
def test_declared_done_with_a_note_and_taken_back(staff: Staff) -> None:
    with clock.at(date(2026, 8, 3)):
        assert line(staff, "service_month").status == MilestoneStatus.OVERDUE
        done = declared(staff, staff.reviewer)
        assert line(staff, "service_month").status == MilestoneStatus.DONE
        with pytest.raises(Refusal):
            withdraw_declaration(by=staff.approver, done=done, reason=" ")
        withdraw_declaration(by=staff.approver, done=done, reason="登记错了年度")
        with pytest.raises(Refusal):
            withdraw_declaration(by=staff.approver, done=done, reason="再次")
        assert line(staff, "service_month").status == MilestoneStatus.OVERDUE
    verbs = Event.objects.filter(verb__startswith="supervision.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["supervision.declare_done", "supervision.withdraw_declaration"]


@pytest.mark.parametrize(
    "changes",
    [
        {"note": "  "},
        {"done_on": date(2026, 8, 4)},
        {"done_on": date(2024, 8, 4)},
        {"key": "annual_norm"},
        {"key": "never_heard_of"},
    ],
    ids=["no note", "tomorrow", "another year", "seen by the system", "unknown"],
)
def test_a_declaration_that_is_refused(staff: Staff, changes: dict[str, object]) -> None:
    with clock.at(date(2026, 8, 3)), pytest.raises(Refusal):
        declared(staff, staff.reviewer, **changes)
    assert not MilestoneDone.objects.exists()
    assert not Event.objects.filter(verb="supervision.declare_done").exists()


def test_the_season_of_reports_is_declared_where_no_table_tells_its_end(staff: Staff) -> None:
    with clock.at(date(2026, 7, 3)):
        before = line(staff, "annual_reports")
        assert (before.status, before.is_seen) == (MilestoneStatus.OVERDUE, False)
        done = declared(staff, staff.reviewer, key="annual_reports", done_on=date(2026, 6, 30), note="年报系统已关闭")
        found = line(staff, "annual_reports")
        assert (found.status, found.done_on, found.late) == (MilestoneStatus.DONE, date(2026, 6, 30), 0)
        withdraw_declaration(by=staff.reviewer, done=done, reason="还在补报")
        assert line(staff, "annual_reports").status == MilestoneStatus.OVERDUE


def test_what_a_table_has_told_needs_no_declaration(staff: Staff) -> None:
    rows: Rows = [["统一社会信用代码", "年报年度", "报送日期", "营业收入"], [code(1), 2025, "2026-03-01", 1000]]
    with clock.at(date(2026, 7, 3)):
        delivered(by=staff.clerk, source="annual_reports", file=csv(rows), file_name="r.csv", as_of=date(2026, 6, 30))
        found = line(staff, "annual_reports")
        assert (found.status, found.done_on, found.is_seen) == (MilestoneStatus.DONE, date(2026, 6, 30), True)
        with pytest.raises(Refusal, match="自动记录"):
            declared(staff, staff.reviewer, key="annual_reports", done_on=date(2026, 7, 1))


def test_twice_is_refused(staff: Staff) -> None:
    with clock.at(date(2026, 8, 3)):
        declared(staff, staff.reviewer)
        with pytest.raises(Refusal, match="已经登记"):
            declared(staff, staff.city)


def test_who_may_not_declare(staff: Staff, stranger: User) -> None:
    with clock.at(date(2026, 8, 3)):
        for user in (staff.clerk, stranger):
            with pytest.raises(Refusal):
                declared(staff, user)


def test_a_jurisdiction_without_a_procedure_has_an_empty_board(staff: Staff) -> None:
    assert staff.home.parent
    assert board(staff.home.parent, YEAR) == []


def test_the_reminders_of_the_report_lie_in_its_time(staff: Staff) -> None:
    procedure = procedure_of(staff.home)
    season = milestone(procedure, "annual_reports", YEAR)
    for text in procedure["phases"]["annual_reports"]["reminders"]:
        assert season.holds(date.fromisoformat(f"{YEAR}-{text}"))
