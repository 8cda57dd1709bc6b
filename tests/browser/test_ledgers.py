"""The ledgers of records, meetings and conversions, and what comes with a complaint, at every width."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from jieti.engagement import duties, records
from jieti.engagement.awards import Honour, record_award
from jieti.engagement.conversions import record_conversion
from jieti.kit import clock
from jieti.supervision.obligations import follow
from tests.browser.conftest import Visitor
from tests.engagement.staff import Staff, make_staff
from tests.web import district

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def staff(published: district.People) -> Staff:
    return make_staff(published)


def written(staff: Staff) -> None:
    """A line in every ledger."""
    before = clock.today() - timedelta(days=9)
    found = "淡季客流少，想参加冬季消费季；担心平台佣金上涨。"
    records.log_visit(
        by=staff.association, business=staff.business, visited_on=before, found=found, done="送去参保手册"
    )
    records.record_opinion(
        by=staff.people.reviewer,
        jurisdiction=staff.site,
        found_on=before,
        origin="区融媒体中心“直通怀柔”留言",
        gist="反映分型结果公布后不知道怎么查询。",
        weight="noted",
    )
    records.record_party_activity(
        by=staff.people.reviewer,
        jurisdiction=staff.site,
        kind="bringing",
        held_on=before,
        held_by="雁栖镇“小个专”党建工作指导站",
        gist="送政策、送服务、送法律到农家院聚集区，走访23户。",
        business=staff.business,
    )
    duties.record_meeting(
        by=staff.people.reviewer,
        host=staff.body("district_regulator"),
        title="三季度个体工商户座谈会",
        held_on=before,
        attendees="12名经营者，人力社保、商务、文旅、税务等部门",
        minutes="一、经营者提出淡季客流和用工困难。\n二、商务部门一个月内公布冬季消费季安排。",
    )
    honoured_and_converted(staff)
    follow(staff.site)


def honoured_and_converted(staff: Staff) -> None:
    """An award of one business, and another that became an enterprise."""
    before = clock.today() - timedelta(days=9)
    honour = Honour("commendation", "文明示范户", "district", "怀柔区人民政府", "government", "business", before)
    record_award(by=staff.commerce, business=staff.business, honour=honour)
    record_conversion(
        by=staff.people.reviewer,
        business=staff.other,
        converted_on=before,
        enterprise_name="北京怀柔老李文化发展有限公司",
        enterprise_uscc=district.DEVELOPMENT,
    )


def test_every_ledger(visitor: Visitor, staff: Staff) -> None:
    written(staff)
    visitor.log_in("reviewer")
    for name in ("association-visits", "meetings", "opinion", "party", "awards", "conversions", "duties"):
        visitor.goto(f"/officer/{name}/")
        expect(visitor.page.locator("ul.rows > li").first).to_be_visible()
        visitor.check(f"ledger-{name}")
    visitor.goto("/officer/conversions/")
    visitor.page.get_by_role("link", name="老李文化").click()
    visitor.check("ledger-conversion")
    visitor.goto(f"{visitor.page.url.removeprefix(visitor.address)}advise/")
    expect(visitor.page.get_by_role("alert")).to_contain_text("这个地址不能直接打开")
    visitor.check("posting-only")


def test_a_complaint_with_a_file_reaches_its_reader(visitor: Visitor, colleague: Visitor, staff: Staff) -> None:
    visitor.log_in("laowang")
    visitor.goto("/my/complaints/new/")
    page = visitor.page
    page.get_by_label("经营困难").check()
    page.get_by_label("事由").fill("占道施工影响经营")
    page.get_by_label("具体情况").fill("门前施工已有两个月，客人进不来。")
    page.get_by_label("附件").set_input_files({"name": "门前照片.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.get_by_role("main").get_by_role("button", name="提交").click()
    expect(page.get_by_role("link", name="门前照片.pdf")).to_be_visible()
    visitor.check("complaint-with-file")
    colleague.log_in("reviewer")
    colleague.goto("/officer/complaints/")
    colleague.page.get_by_role("link", name="占道施工影响经营").click()
    expect(colleague.page.get_by_role("link", name="门前照片.pdf")).to_be_visible()
    colleague.check("officer-complaint-with-file")
