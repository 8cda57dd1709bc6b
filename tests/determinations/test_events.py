"""What is known beforehand of later days: a suspension ends on the day that was filed."""

import datetime

import pytest

from jieti.accounts.models import User
from jieti.determinations.actions import start_run
from jieti.determinations.models import Result
from jieti.determinations.running import execute, explain_result
from jieti.rulebooks.models import AnnualNorm
from tests.determinations.conftest import Feed
from tests.factories.tables import code

pytestmark = pytest.mark.django_db
HEADER = ["统一社会信用代码", "备案日期", "歇业截止日期", "恢复营业日期", "累计满三年日期"]


def suspended(feed: Feed, reviewer: User, *row: object) -> Result:
    """The growth business with a suspension filed."""
    feed("suspension", [HEADER, [code(2), *row]])
    return execute(start_run(by=reviewer, year=2026)).results.get(uscc=code(2))


def turns(result: Result) -> dict[datetime.date, str]:
    return {turn.on: "；".join(turn.reasons) for turn in explain_result(result).forecast}


@pytest.mark.parametrize(
    ("row", "day"),
    [
        (("2026-05-01", "2026-09-30", None, None), datetime.date(2026, 10, 1)),
        (("2026-05-01", "2026-12-31", None, "2026-11-15"), datetime.date(2026, 11, 15)),
    ],
)
def test_the_planned_end_of_a_suspension_is_a_day_of_change(
    delivered: None, feed: Feed, norm: AnnualNorm, reviewer: User, row: tuple[object, ...], day: datetime.date
) -> None:
    result = suspended(feed, reviewer, *row)
    assert result.tier == "ineligible"
    assert "歇业期限届满" in turns(result)[day]


def test_a_suspension_that_is_over_is_no_day_of_change(
    delivered: None, feed: Feed, norm: AnnualNorm, reviewer: User
) -> None:
    result = suspended(feed, reviewer, "2026-01-01", "2026-06-30", None, None)
    assert result.tier == "growth"
    assert not any("歇业" in reason for reason in turns(result).values())
