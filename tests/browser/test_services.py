"""The owner's home on a telephone, and the pages of the services to owners at every width."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from jieti.engagement import duties, gatherings, grievances, needs
from jieti.engagement.duties import Task
from jieti.engagement.gatherings import Plan
from jieti.engagement.grievances import Account, lodge, new_number
from jieti.engagement.models import Gathering
from jieti.engagement.offers import Terms, add_offer
from jieti.kit import clock
from tests.browser.conftest import Visitor
from tests.engagement.staff import Staff, make_staff
from tests.web import district

HOME = f"/my/{district.GROWTH}/home/"


@pytest.fixture
def staff(published: district.People) -> Staff:
    """The year's results published, and everybody who deals with owners."""
    return make_staff(published)


def busy(staff: Staff) -> None:
    """Something of everything."""
    owner, business = staff.people.proprietor, staff.business
    bureau = staff.body("human_resources_bureau")
    course = Terms("course", "中式烹调师（四级）", "每周三下午，不收费", "60680000", place="区技工学校", places=30)
    add_offer(by=staff.human_resources, organiser=bureau, terms=course)
    needs.file_need(by=owner, business=business, kind="hiring", statement="招厨师两名、服务员一名", quantity=3)
    needs.file_need(by=staff.other_owner, business=staff.other, kind="financing", statement="购置冷链设备，约20万元")
    said = Account("question", "怎样参加技能培训", "想让两名员工学烹调，去哪里报名？")
    asked = lodge(by=owner, jurisdiction=staff.site, account=said, number=new_number(), business=business)
    grievances.accept(by=staff.people.reviewer, grievance=asked, version=asked.version)
    hard = Account("difficulty", "旅游淡季客流少", "淡季客流只有旺季三成，希望参加消费季活动。")
    lodge(by=staff.other_owner, jurisdiction=staff.site, account=hard, number=new_number(), business=staff.other)
    held(staff, "matchmaking", "农家院与食材供应商对接会", 20)
    fair = held(staff, "job_fair", "怀柔区秋冬招聘会", 9)
    gatherings.invite(by=staff.commerce, gathering=fair)
    gatherings.answer_invitation(by=owner, business=business, gathering=fair, is_coming=True)
    task = Task(
        "编印参保手册", "梳理参保程序和待遇，印发到各镇街", clock.today() + timedelta(days=12), clause="附件二(二)2"
    )
    duties.assign(by=staff.people.reviewer, jurisdiction=staff.site, responsible=bureau, task=task)
    task = Task("答复淡季客流诉求", "三日内联系经营者", clock.today(), clause="正文二(三)7")
    duty = duties.assign(
        by=staff.people.reviewer, jurisdiction=staff.site, responsible=staff.body("commerce_bureau"), task=task
    )
    duties.report(by=staff.commerce, duty=duty, version=duty.version, words="已联系，纳入冬季消费季名单")


def held(staff: Staff, kind: str, title: str, days: int) -> Gathering:
    start = (clock.now() + timedelta(days=days)).replace(hour=1, minute=30, second=0, microsecond=0)
    plan = Plan(
        kind, title, "现场对接，免费参加", "怀柔体育馆", start, start + timedelta(hours=3), "60680000", places=80
    )
    one = gatherings.plan_gathering(by=staff.commerce, organiser=staff.body("commerce_bureau"), plan=plan)
    return gatherings.publish_gathering(by=staff.commerce, gathering=one)


def test_the_pages_of_the_services(visitor: Visitor, staff: Staff) -> None:
    busy(staff)
    page = visitor.page
    for path, name in (
        ("/calendar/", "calendar"),
        ("/complaints/", "complaints"),
        ("/complaints/new/", "complaint-new"),
    ):
        visitor.goto(path)
        visitor.check(f"services-{name}")
    visitor.log_in("laowang")
    visitor.goto(HOME)
    expect(page.get_by_role("heading", name="要记住的日子")).to_be_visible()
    visitor.check("services-home")
    page.get_by_role("link", name="我要培训").click()
    visitor.check("services-need-new")
    page.get_by_role("button", name="报名").click()
    expect(page.get_by_text("已报名“中式烹调师（四级）”")).to_be_visible()
    visitor.check("services-need")
    visitor.context.clear_cookies()
    visitor.log_in("reviewer")
    for name in ("complaints", "needs", "offers", "events", "duties"):
        visitor.goto(f"/officer/{name}/")
        visitor.check(f"services-officer-{name}")
    visitor.goto("/officer/events/new/")
    visitor.check("services-officer-event-new")
    visitor.goto("/officer/duties/")
    page.get_by_role("link", name="答复淡季客流诉求").click()
    visitor.check("services-officer-duty")
