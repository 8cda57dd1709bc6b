"""The board and the list of early warnings, as each kind of person sees them."""

from datetime import date

import pytest
from django.test import Client

from jieti.accounts.models import User
from jieti.determinations.models import Run
from jieti.kit import clock
from jieti.supervision.models import MilestoneDone
from tests.factories.tables import code
from tests.supervision.conftest import Staff, give_role
from tests.supervision.test_forecasting import MISSING, trial  # noqa: F401 - a fixture
from tests.web.conftest import downloaded

PAGES = (
    "/officer/milestones/",
    "/officer/milestones.xlsx",
    "/officer/milestones/2026/service_month/",
    "/officer/warnings/",
    "/officer/warnings.xlsx",
    "/officer/notices/",
    "/officer/notices.xlsx",
)


def browser(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_strangers_stay_out_and_officers_come_in(staff: Staff, stranger: User, page: str) -> None:
    assert browser(None).get(page).status_code == 302
    assert browser(stranger).get(page).status_code == 403
    for user in (staff.clerk, staff.reviewer, staff.approver):
        response = browser(user).get(page)
        assert response.status_code == 200
        if response.streaming:
            assert downloaded(response).startswith(b"PK")


def test_the_board_shows_dates_people_and_what_is_late(staff: Staff) -> None:
    with clock.at(date(2026, 7, 1)):
        page = browser(staff.clerk).get("/officer/milestones/").content.decode()
        assert "当年认定标准经两人批准" in page
        assert "逾期1天" in page
        assert "2026年度工作节点" in page
        work = browser(staff.reviewer).get("/officer/").content.decode()
    assert "逾期1天" in work
    other = browser(staff.clerk).get("/officer/milestones/?year=2025").content.decode()
    assert "2025年度工作节点" in other
    assert browser(staff.clerk).get("/officer/milestones/?year=1").status_code == 200


@pytest.mark.parametrize("path", ["2026/nothing", "1999/service_month", "9999/service_month"])
def test_a_milestone_that_is_not_there(staff: Staff, path: str) -> None:
    assert browser(staff.reviewer).get(f"/officer/milestones/{path}/").status_code == 404


def test_declaring_on_the_page(staff: Staff, stranger: User) -> None:
    path, sent = "/officer/milestones/2026/service_month/", {"done_on": "2026-07-20", "note": "已开展"}
    with clock.at(date(2026, 8, 3)):
        for user in (staff.clerk, stranger):
            assert browser(user).post(path, sent).status_code == 403
        reviewer = browser(staff.reviewer)
        assert reviewer.post(path, {"done_on": "", "note": ""}).status_code == 422
        late = reviewer.post(path, sent | {"done_on": "2026-09-01"})
        assert late.status_code == 409
        assert "完成日期不对" in late.content.decode()
        assert reviewer.post(path, sent).status_code == 302
        assert "已开展" in reviewer.get(path).content.decode()
        assert reviewer.post(path, {"reason": ""}).status_code == 422
        assert reviewer.post(path, {"reason": "登记错了"}).status_code == 302
    assert not MilestoneDone.objects.exists()


def test_what_the_system_sees_cannot_be_declared(staff: Staff) -> None:
    path = "/officer/milestones/2026/annual_norm/"
    assert "由系统自动记录" in browser(staff.reviewer).get(path).content.decode()
    sent = {"done_on": "2026-03-01", "note": "已批准"}
    assert browser(staff.reviewer).post(path, sent).status_code == 409


def test_the_list_of_warnings(staff: Staff, trial: Run) -> None:  # noqa: F811
    page = browser(staff.reviewer).get("/officer/warnings/").content.decode()
    assert code(MISSING) in page
    assert "未报送年度报告" in page
    assert "不符合分型条件" in page
    assert "共3户" in page
    narrow = browser(staff.reviewer).get("/officer/warnings/?town=雁栖镇&cause=two_years_old").content.decode()
    assert "共1户" in narrow
    assert "共0户" in browser(staff.reviewer).get("/officer/warnings/?months=1").content.decode()
    assert browser(staff.reviewer).get("/officer/warnings/?months=x&town=nowhere&page=99").status_code == 200


def test_results_are_shown_to_those_who_may_read_results(staff: Staff, stranger: User, trial: Run) -> None:  # noqa: F811
    """A town's officer goes and reminds; a result of a trial is not theirs to see."""
    give_role(stranger, staff.home, "area_003", "town_officer")  # type: ignore[arg-type]
    page = browser(stranger).get("/officer/warnings/").content.decode()
    assert code(MISSING) in page
    assert "结果变化" not in page
    assert "生存型 →" not in page
