"""Early warning over the whole register says of each business what the forecast of one business says."""

from datetime import date

import pytest

from jieti.determinations.actions import start_run
from jieti.determinations.models import Result, Run
from jieti.determinations.running import execute, explain_result
from jieti.kit import clock
from jieti.notices.models import Notice
from jieti.registry.actions import link_proprietor
from jieti.registry.models import Business
from jieti.supervision.forecasting import Cause, EarlyWarning, early_warnings
from jieti.supervision.reminding import remind
from tests.factories.accounts import make_user
from tests.factories.tables import code, register, registered
from tests.supervision.conftest import Staff
from tests.supervision.test_board import norm
from tests.supervision.test_telling import REPORTS, deliver

AUTUMN = date(2026, 9, 1)
MISSING, STEADY, YOUNG, RESTING, SEASONAL, YOUNG_AND_SMALL, MARKED, LEAP = range(1, 9)
TAX = ("统一社会信用代码", "所属年度", "已办税务登记", "纳税人类型", "非正常户", "实际入库税款", "退库税款")
SUSPENSIONS = ("统一社会信用代码", "备案日期", "歇业截止日期", "恢复营业日期", "累计满三年日期")
CREDIT = ("统一社会信用代码", "类别", "处罚种类", "事由", "作出决定日期", "是否公示", "恢复或移出日期", "信用修复日期")
INSURANCE = ("统一社会信用代码", "费款所属期", "参保形式", "参保人数")
RIGHTS = ("统一社会信用代码", "权利种类", "注册号或专利号", "名称", "权利人", "法律状态", "实际使用")


@pytest.fixture
def trial(staff: Staff) -> Run:
    """A shadow run of March on eight businesses of which every source has been delivered."""
    changes: dict[int, dict[str, object]] = {
        YOUNG: {"成立日期": "2024-05-10", "所属镇街": "雁栖镇"},
        SEASONAL: {"季节性经营": "是"},
        YOUNG_AND_SMALL: {"成立日期": "2024-05-20"},
        LEAP: {"成立日期": "2024-02-29"},
    }
    numbers = range(1, 9)
    deliver(staff, "registration", register(*(registered(n, **changes.get(n, {})) for n in numbers)))
    turnover = {YOUNG: 500_000, LEAP: 500_000}
    rows = [[code(n), 2025, "2026-02-01", turnover.get(n, 10_000)] for n in numbers if n not in {MISSING, MARKED}]
    deliver(staff, "annual_reports", [REPORTS, *rows])
    deliver(staff, "tax", [TAX, *([code(n), 2025, "是", "小规模纳税人", "否", 0, 0] for n in numbers)])
    rest = [[code(n), "2026-01-10", "2026-04-30", "", ""] for n in (RESTING, SEASONAL)]
    deliver(staff, "suspension", [SUSPENSIONS, *rest])
    deliver(staff, "credit", [CREDIT, [code(MARKED), "经营异常状态", "", "未按期公示", "2025-03-01", "是", "", ""]])
    deliver(staff, "social_insurance", [INSURANCE, [code(STEADY), "2025-05", "单位", 5]])
    deliver(staff, "intellectual_property", [RIGHTS, [code(STEADY), "商标", "1", "老王", "经营者", "有效", "是"]])
    norm(staff)
    run = start_run(by=staff.reviewer, year=2026, basis_date=clock.today(), kind=Run.Kind.SHADOW)
    return execute(run)


def found(staff: Staff, until: date = AUTUMN) -> dict[str, EarlyWarning]:
    return {one.uscc: one for one in early_warnings(staff.home, until=until)}


@pytest.mark.clause("附件一(三)1.b")
def test_who_is_on_the_list_when_and_why(staff: Staff, trial: Run) -> None:
    warned = found(staff)
    assert {uscc: (one.cause, one.on) for uscc, one in warned.items()} == {
        code(MISSING): (Cause.REPORT_MISSING, date(2026, 7, 1)),
        code(YOUNG): (Cause.TWO_YEARS_OLD, date(2026, 5, 10)),
        code(RESTING): (Cause.SUSPENSION_ENDS, date(2026, 5, 1)),
    }
    assert warned[code(MISSING)].after == "不符合分型条件"
    assert warned[code(MISSING)].is_worse
    assert (warned[code(YOUNG)].before, warned[code(YOUNG)].after) == ("生存型", "成长型")
    assert not warned[code(YOUNG)].is_worse
    assert (warned[code(RESTING)].before, warned[code(RESTING)].after) == ("不符合分型条件", "生存型")


def test_it_says_what_the_forecast_of_one_business_says(staff: Staff, trial: Run) -> None:
    warned = found(staff)
    for result in Result.objects.filter(run=trial).exclude(uscc=code(MISSING)):
        turns = [turn for turn in explain_result(result).forecast if clock.today() < turn.on <= AUTUMN]
        mine = warned.get(result.uscc)
        assert [turn.on for turn in turns[:1]] == ([mine.on] if mine else []), result.uscc
        assert [turn.after_text for turn in turns[:1]] == ([mine.after] if mine else []), result.uscc


def test_a_missing_report_is_counted_as_it_may_still_come(staff: Staff, trial: Run) -> None:
    """The trial takes what was delivered as it is; the list tells what filing would be worth."""
    assert Result.objects.get(run=trial, uscc=code(MISSING)).tier == "ineligible"
    before = found(staff)[code(MISSING)].before
    assert "生存型" in before
    assert "不符合分型条件" not in before


def test_what_lies_beyond_the_months_asked_for_is_left_out(staff: Staff, trial: Run) -> None:
    assert code(MISSING) not in found(staff, date(2026, 6, 30))
    assert code(MISSING) in found(staff, date(2026, 7, 1))
    assert set(found(staff, date(2026, 5, 9))) == {code(RESTING)}


def test_founded_on_29_february_is_two_years_old_on_1_march(staff: Staff, trial: Run) -> None:
    with clock.at(date(2026, 2, 27)):
        leap = found(staff, date(2026, 3, 1))[code(LEAP)]
    assert leap.on == date(2026, 3, 1)


def test_in_a_new_year_last_years_figures_count_no_more(staff: Staff, trial: Run) -> None:
    """Two years old in January: whether turnover suffices nobody can tell yet, so nothing is claimed as certain."""
    until = date(2027, 3, 1)
    with clock.at(date(2026, 12, 1)):
        assert code(YOUNG) not in found(staff, until)


def test_by_town(staff: Staff, trial: Run) -> None:
    assert [one.town for one in early_warnings(staff.home, until=AUTUMN)] == ["怀柔镇", "怀柔镇", "雁栖镇"]


def test_before_the_first_run_there_is_nothing(staff: Staff) -> None:
    assert early_warnings(staff.home, until=AUTUMN) == []


def test_a_proprietor_hears_of_the_change_a_month_before_once(staff: Staff, trial: Run) -> None:
    owner = make_user("owner")
    link_proprietor(by=None, user=owner, business=Business.objects.get(pk=code(RESTING)))
    kind = Notice.objects.filter(kind="result_forecast")
    remind(staff.home)
    assert not kind.exists()
    with clock.at(date(2026, 4, 10)):
        for _ in range(3):
            remind(staff.home)
    (notice,) = kind
    assert notice.recipient == owner
    assert "2026年5月1日起歇业期限届满" in notice.body
    assert "正式结果以当年7月的集中判定为准" in notice.body
