"""What proprietors and the register's officers are told by themselves: reminders, results, answers, late feeds."""

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from jieti.accounts.models import Organisation, Role, User
from jieti.kit import clock
from jieti.notices.models import Notice
from jieti.registry.actions import link_proprietor
from jieti.registry.corrections import raise_correction, uphold
from jieti.registry.feeds import load_feeds
from jieti.registry.models import Business, Delivery
from jieti.supervision import tasks
from jieti.supervision.announcing import announce_results
from jieti.supervision.reminding import remind, reminder_day
from jieti.supervision.watching import watch
from tests.factories.accounts import make_officer, make_user
from tests.factories.deliveries import checked, confirmed
from tests.factories.tables import code, csv, register, registered
from tests.supervision.conftest import Staff

REPORTS = ("统一社会信用代码", "年报年度", "报送日期", "营业收入")


def deliver(staff: Staff, source: str, rows: Sequence[Sequence[object]], as_of: date | None = None) -> Delivery:
    file: io.BytesIO = csv(rows)
    found = checked(by=staff.clerk, source=source, file=file, file_name=f"{source}.csv", as_of=as_of)
    accepted = confirmed(found, reason="已核对")
    assert accepted.status == Delivery.Status.ACCEPTED, accepted.message
    return accepted


@pytest.fixture
def shops(staff: Staff) -> dict[int, User]:
    """1 has filed, 2 has not, 3 is gone, 4 was founded this year; each with its proprietor."""
    deliver(
        staff,
        "registration",
        register(registered(1), registered(2), registered(3, 登记状态="注销"), registered(4, 成立日期="2026-01-04")),
    )
    found = {}
    for number in (1, 2, 3, 4):
        found[number] = make_user(f"owner{number}")
        link_proprietor(by=None, user=found[number], business=Business.objects.get(pk=code(number)))
    return found


def filed(staff: Staff, *numbers: int, as_of: date | None = None, year: int = 2025) -> None:
    deliver(staff, "annual_reports", [REPORTS, *([code(n), year, f"{year + 1}-02-01", 1000] for n in numbers)], as_of)


def reminded() -> list[str]:
    kinds = Notice.objects.filter(kind="annual_report_reminder").order_by("pk")
    return [one.recipient.username for one in kinds if one.recipient]


@pytest.mark.clause("附件一(三)1.b")
def test_only_those_who_owe_a_report_and_have_not_filed_are_reminded(staff: Staff, shops: dict[int, User]) -> None:
    filed(staff, 1)
    for _ in range(10):
        tasks.remind(0)
    assert reminded() == ["owner2"]
    notice = Notice.objects.get(recipient=shops[2])
    assert "2025年度报告" in notice.body
    assert "将被判定为不符合分型条件" in notice.body
    assert "6月30日" in notice.body
    assert notice.link == f"/my/{code(2)}/"
    assert not notice.is_duty


def test_nothing_is_said_while_nobody_can_tell(staff: Staff, shops: dict[int, User]) -> None:
    """The feed has not come, or what came is last year's table."""
    assert remind(staff.home) == 0
    filed(staff, 1, as_of=date(2025, 7, 5), year=2024)
    assert remind(staff.home) == 0


def test_told_once_a_day_of_the_rulebook(staff: Staff, shops: dict[int, User]) -> None:
    filed(staff, 1)
    told = {}
    for day in ("01-14", "01-15", "03-31", "04-01", "05-31", "06-01", "06-19", "06-20", "06-30", "07-01", "12-31"):
        with clock.at(date.fromisoformat(f"2026-{day}")):
            # The table is there from 2 March on only; in January nobody can tell.
            told[day] = remind(staff.home) if day >= "03-02" else 0
    assert {day for day, count in told.items() if count} == {"03-31", "04-01", "06-01", "06-20"}


def test_the_day_of_a_reminder_begins_at_midnight_in_beijing(staff: Staff, shops: dict[int, User]) -> None:
    filed(staff, 1)
    remind(staff.home)
    with clock.at(datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC)):
        assert remind(staff.home) == 0
    with clock.at(datetime(2026, 3, 31, 16, 0, tzinfo=UTC)):
        assert remind(staff.home) == 1


def test_whoever_files_meanwhile_is_not_reminded_again(staff: Staff, shops: dict[int, User]) -> None:
    filed(staff, 1)
    remind(staff.home)
    with clock.at(date(2026, 4, 2)):
        filed(staff, 1, 2)
        assert remind(staff.home) == 0


def test_before_the_first_day_there_is_none(staff: Staff) -> None:
    assert reminder_day(staff.home, date(2026, 1, 14)) is None
    assert reminder_day(staff.home, date(2026, 1, 15)) == "01-15"


def test_a_delivery_to_confirm_is_told_to_those_who_may(staff: Staff) -> None:
    tax = Organisation.objects.get(jurisdiction=staff.home, key="tax_bureau")
    load_feeds(by=None, jurisdiction=staff.home)
    officer = make_officer(tax, Role.DEPARTMENT_OFFICER, username="taxman")
    header = ["统一社会信用代码", "所属年度", "已办税务登记", "纳税人类型", "非正常户", "实际入库税款", "退库税款"]
    file = csv([header, [code(1), 2025, "是", "小规模纳税人", "否", 1, 0]])
    checked(by=staff.clerk, source="tax", file=file, file_name="tax.csv")
    watch(staff.home)
    watch(staff.home)
    for user in (officer, staff.reviewer):
        assert Notice.objects.for_user(user).filter(kind="delivery_to_confirm").count() == 1
    assert not Notice.objects.for_user(staff.approver).filter(kind="delivery_to_confirm").exists()


def test_a_feed_that_never_came_is_late_the_day_after_it_was_due(staff: Staff) -> None:
    load_feeds(by=None, jurisdiction=staff.home)

    def late() -> set[str]:
        return {one.subject.split(":")[2] for one in Notice.objects.filter(kind="feed_late")}

    with clock.at(date(2026, 7, 5)):
        watch(staff.home)
        assert "tax" not in late()
    with clock.at(date(2026, 7, 6)):
        watch(staff.home)
        watch(staff.home)
        assert {"tax", "annual_reports", "registration"} <= late()
    assert Notice.objects.filter(subject=f"feed:{staff.home.pk}:tax").count() == 2
    with clock.at(date(2026, 7, 13)):
        watch(staff.home)
    assert Notice.objects.filter(subject=f"feed:{staff.home.pk}:tax").count() == 4


def test_an_answer_reaches_who_asked(staff: Staff, shops: dict[int, User]) -> None:
    filed(staff, 1)
    asked = raise_correction(
        by=shops[1],
        business=Business.objects.get(pk=code(1)),
        source_key="annual_reports",
        item="turnover",
        shown_value="1,000.00",
        claim="应为2000元",
    )
    watch(staff.home)
    assert not Notice.objects.filter(kind="correction_answered").exists()
    uphold(by=staff.reviewer, request=asked, reasons="与年报一致")
    tasks.watch(0)
    tasks.watch(0)
    notice = Notice.objects.get(kind="correction_answered")
    assert notice.recipient == shops[1]
    assert "与年报一致" in notice.body


def test_a_late_answer_is_told_once_a_week_to_who_owes_it(staff: Staff, shops: dict[int, User]) -> None:
    """Raised on Wednesday 6 May 2026: ten working days, one of them a Saturday made up, end on 19 May."""
    with clock.at(date(2026, 5, 6)):
        filed(staff, 1)
        asked = raise_correction(
            by=shops[1],
            business=Business.objects.get(pk=code(1)),
            source_key="annual_reports",
            item="turnover",
            shown_value="1,000.00",
            claim="应为2000元",
        )
    told = Notice.objects.filter(kind="answer_overdue", subject=f"correctionrequest:{asked.pk}")
    days = {date(2026, 5, 19): 0, date(2026, 5, 20): 1, date(2026, 5, 22): 1, date(2026, 5, 25): 2}
    for day, weeks in days.items():
        with clock.at(day):
            watch(staff.home)
            watch(staff.home)
        by_week = told.filter(organisation=asked.addressed_to).values_list("once", flat=True).distinct()
        assert len({once.split(":")[3] for once in by_week}) == weeks, day
    with clock.at(date(2026, 6, 1)):
        uphold(by=staff.reviewer, request=asked, reasons="与年报一致")
        watch(staff.home)
    assert not told.filter(once__contains="2026-23").exists()


def test_a_published_result_is_told_to_its_proprietor_once(staff: Staff, shops: dict[int, User]) -> None:
    from jieti.determinations.models import Result
    from tests.supervision.test_board import published_run

    run = published_run(staff)
    Result.objects.create(run=run, uscc=code(1), tier="growth", possible=["growth"], true_bits=0, unknown_bits=0)
    Result.objects.create(run=run, uscc=code(2), possible=["growth", "survival"], true_bits=0, unknown_bits=0)
    tasks.announce(0)
    assert announce_results(staff.home) == 0
    told = {one.recipient: one.body for one in Notice.objects.filter(kind="result_published")}
    assert set(told) == {shops[1], shops[2]}
    assert "成长型" in told[shops[1]]
    assert "待数据" in told[shops[2]]
    assert "2026-04-01" in told[shops[1]]


def test_results_of_long_ago_are_no_news(staff: Staff, shops: dict[int, User]) -> None:
    from jieti.determinations.models import Result
    from tests.supervision.test_board import published_run

    run = published_run(staff)
    Result.objects.create(run=run, uscc=code(1), tier="growth", possible=["growth"], true_bits=0, unknown_bits=0)
    with clock.at(clock.today() + timedelta(days=40)):
        assert announce_results(staff.home) == 0
