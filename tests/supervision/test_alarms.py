"""Alarms: due soon to who owns it, late to those who are named; each once, whoever asks how often."""

from datetime import UTC, date, datetime, timedelta

import pytest

from jieti.accounts.models import Jurisdiction
from jieti.kit import clock
from jieti.notices.models import Notice
from jieti.supervision import tasks
from jieti.supervision.actions import declare_done
from jieti.supervision.alarms import raise_alarms
from tests.factories.accounts import make_district
from tests.notices.test_notify import at_once
from tests.supervision.conftest import Staff
from tests.supervision.test_board import norm, published_run

NORM_DUE = date(2026, 6, 30)


def about(key: str, kind: str = "") -> list[Notice]:
    found = Notice.objects.filter(subject__endswith=f":{key}")
    return list(found.filter(kind=kind) if kind else found)


def test_told_once_though_the_task_runs_ten_times(staff: Staff) -> None:
    with clock.at(NORM_DUE + timedelta(days=1)):
        for _ in range(10):
            tasks.raise_alarms(0)
    found = about("annual_norm", "milestone_overdue")
    assert {(one.organisation.key, one.role) for one in found if one.organisation} == {
        ("district_regulator", ""),
        ("district_regulator", "approver"),
    }
    assert len(found) == 2
    assert "已逾期1天" in found[0].body
    assert all(one.is_duty for one in found)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC), 0),  # 23:59:59 in Beijing
        (datetime(2026, 6, 30, 16, 0, tzinfo=UTC), 2),  # 00:00 of 1 July
    ],
)
def test_not_before_midnight_in_beijing(staff: Staff, moment: datetime, expected: int) -> None:
    with clock.at(moment):
        raise_alarms(staff.home)
    assert len(about("annual_norm", "milestone_overdue")) == expected


def test_due_soon_at_seven_three_and_one_day(staff: Staff) -> None:
    told: dict[int, int] = {}
    for before in range(10, -1, -1):
        with clock.at(NORM_DUE - timedelta(days=before)):
            raise_alarms(staff.home)
            raise_alarms(staff.home)
        told[before] = len(about("annual_norm", "milestone_due_soon"))
    assert told == {10: 0, 9: 0, 8: 0, 7: 1, 6: 1, 5: 1, 4: 1, 3: 2, 2: 2, 1: 3, 0: 3}


def test_a_site_that_was_down_catches_up_with_one_notice(staff: Staff) -> None:
    with clock.at(NORM_DUE - timedelta(days=2)):
        raise_alarms(staff.home)
    (notice,) = about("annual_norm")
    assert "还有2天" in notice.body


def test_late_is_told_again_each_week(staff: Staff) -> None:
    told = []
    for late in (1, 2, 7, 8, 14, 15):
        with clock.at(NORM_DUE + timedelta(days=late)):
            raise_alarms(staff.home)
        told.append(len(about("annual_norm", "milestone_overdue")))
    assert told == [2, 2, 2, 4, 4, 6]


def test_what_is_done_is_not_told(staff: Staff) -> None:
    norm(staff)
    with clock.at(date(2026, 7, 31)):
        declare_done(
            by=staff.reviewer,
            jurisdiction=staff.home,
            year=2026,
            key="service_month",
            done_on=date(2026, 7, 31),
            note="已开展",
        )
    with clock.at(date(2026, 8, 3)):
        raise_alarms(staff.home)
    assert not about("annual_norm")
    assert not about("service_month")
    assert about("determination")


@pytest.mark.clause("正文二(一)2.d")
@pytest.mark.clause("附件一(二)1.c")
def test_an_export_that_was_not_sent_is_alarmed_in_words_of_its_own(staff: Staff) -> None:
    with clock.at(date(2026, 8, 10)):
        published_run(staff)
        raise_alarms(staff.home)
    assert not about("national_upload", "export_overdue")
    with clock.at(date(2026, 8, 11)):
        raise_alarms(staff.home)
    assert {one.organisation.key for one in about("national_upload", "export_overdue") if one.organisation} == {
        "city_regulator",
        "district_regulator",
    }
    assert not about("national_upload", "milestone_overdue")


def test_the_last_years_late_ones_are_told_on_where_that_year_was_worked_on(staff: Staff) -> None:
    with clock.at(date(2026, 1, 5)):
        raise_alarms(staff.home)
        assert not Notice.objects.exists()
        norm(staff, 2025)
        raise_alarms(staff.home)
    assert {one.subject.split(":")[2] for one in Notice.objects.all()} == {"2025"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("simulated")
def test_two_workers_at_once_tell_once() -> None:
    home = make_district().jurisdiction

    def tell() -> int:
        with clock.at(date(2026, 12, 24)):
            return raise_alarms(Jurisdiction.objects.get(pk=home.pk))

    told = at_once(*[tell] * 4)
    assert all(isinstance(one, int) for one in told), told
    assert sum(one for one in told if isinstance(one, int)) == Notice.objects.count() > 0
