from datetime import date, timedelta

import pytest

from jieti.accounts.models import Role
from jieti.domain.milestones import MilestoneStatus, days_late, milestone, milestones, status
from rulecore.source import load_rulebook
from tests.rulebooks.files import DEMO, HUAIROU

BOOK = load_rulebook(HUAIROU)
YEAR = milestones(BOOK.procedure, 2026)


def test_the_year_in_its_order() -> None:
    assert [(one.key, one.last_day.isoformat()) for one in YEAR] == [
        ("annual_norm", "2026-06-30"),
        ("annual_reports", "2026-06-30"),
        ("department_data", "2026-07-10"),
        ("determination", "2026-07-31"),
        ("information_reports", "2026-07-31"),
        ("service_month", "2026-07-31"),
        ("national_upload", "2026-08-10"),
        ("yearly_confirmation", "2026-10-31"),
        ("campaign", "2026-11-30"),
        ("benefits", "2027-01-01"),
    ]


def test_each_has_an_owner_an_alarm_and_a_clause() -> None:
    for one in YEAR:
        assert BOOK.organisation(one.owner) != one.owner
        assert all(BOOK.organisation(key) != key or key in Role.values for key in one.alarm)
        assert one.alarm
        assert one.clause.startswith(("正文", "附件"))


def test_what_the_district_set_itself_says_so() -> None:
    assert {one.key for one in YEAR if one.internal} == {"annual_norm", "department_data", "yearly_confirmation"}


@pytest.mark.parametrize(
    ("today", "done_on", "expected"),
    [
        (date(2026, 8, 10), None, MilestoneStatus.UPCOMING),
        (date(2026, 8, 11), None, MilestoneStatus.OPEN),
        (date(2026, 11, 30), None, MilestoneStatus.OPEN),
        (date(2026, 12, 1), None, MilestoneStatus.OVERDUE),
        (date(2026, 12, 1), date(2026, 11, 30), MilestoneStatus.DONE),
        (date(2026, 12, 5), date(2026, 12, 2), MilestoneStatus.DONE),
    ],
)
def test_where_the_campaign_stands(today: date, done_on: date | None, expected: MilestoneStatus) -> None:
    assert status(milestone(BOOK.procedure, "campaign", 2026), today, done_on) is expected


def test_lateness_is_counted_in_days() -> None:
    campaign = milestone(BOOK.procedure, "campaign", 2026)
    assert days_late(campaign, date(2026, 11, 30)) == 0
    assert days_late(campaign, date(2026, 12, 2)) == 2
    assert days_late(campaign, date(2027, 1, 1), done_on=date(2026, 12, 1)) == 1
    assert days_late(milestone(BOOK.procedure, "benefits", 2026), date(2030, 1, 1)) == 0


def test_the_upload_waits_for_the_published_run_and_is_late_all_the_same() -> None:
    upload = milestone(BOOK.procedure, "national_upload", 2026)
    assert upload.requires == "published_main_run"
    assert status(upload, date(2026, 7, 1), ready=False) is MilestoneStatus.UPCOMING
    assert status(upload, date(2026, 8, 1), ready=True) is MilestoneStatus.OPEN
    assert status(upload, date(2026, 8, 11), ready=False) is MilestoneStatus.OVERDUE


def test_benefits_begin_in_the_next_year_and_have_no_end() -> None:
    benefits = milestone(BOOK.procedure, "benefits", 2024)
    assert not benefits.holds(date(2024, 12, 31))
    assert benefits.holds(date(2025, 1, 1))
    assert status(benefits, date(2029, 1, 1)) is MilestoneStatus.OPEN


def test_a_phase_that_is_not_held_is_left_out() -> None:
    assert {one.key for one in milestones(load_rulebook(DEMO).procedure, 2026)} == {"determination", "spring_round"}
    with pytest.raises(KeyError):
        milestone(load_rulebook(DEMO).procedure, "autumn_round", 2026)


def test_29_february_in_other_years_is_the_28th() -> None:
    procedure = {"phases": {"a": {"label": "甲", "clause": "附件一", "to": "02-29"}}}
    days = {year: milestone(procedure, "a", year).due for year in (2027, 2028)}
    assert days == {2027: date(2027, 2, 28), 2028: date(2028, 2, 29)}


def test_every_day_of_the_year_has_one_status_for_each() -> None:
    day = date(2026, 1, 1)
    seen: dict[str, list[MilestoneStatus]] = {one.key: [] for one in YEAR}
    while day <= date(2027, 1, 31):
        for one in YEAR:
            seen[one.key].append(status(one, day))
        day += timedelta(days=1)
    order = list(MilestoneStatus)
    for states in seen.values():
        assert states == sorted(states, key=order.index)
