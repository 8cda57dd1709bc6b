"""The district's picture as people see it: drawn, readable without a chart, and free of barriers."""

from playwright.sync_api import ConsoleMessage, expect

from jieti.dashboards.actions import take_snapshot
from tests.browser.conftest import Visitor
from tests.dashboards.population import populate
from tests.factories.accounts import make_jurisdiction
from tests.web import district


def test_the_public_picture(people: district.People, visitor: Visitor) -> None:
    populate(businesses=2_500)
    take_snapshot(by=None, jurisdiction=make_jurisdiction())
    said: list[ConsoleMessage] = []

    def hear(message: ConsoleMessage) -> None:
        said.append(message)

    visitor.page.on("console", hear)
    visitor.goto("/")
    visitor.page.get_by_role("link", name="全区画像").click()
    expect(visitor.page.locator("[data-chart] canvas").first).to_be_visible()
    expect(visitor.page.get_by_role("heading", name="存续曲线和中位存续时间")).to_be_visible()
    visitor.check("picture")
    with visitor.page.expect_download() as saved:
        visitor.page.get_by_role("link", name="下载“历年分型结构”").click()
    assert saved.value.suggested_filename.endswith(".xlsx")
    visitor.page.get_by_text("数据表", exact=True).first.click()
    expect(visitor.page.get_by_role("columnheader", name="合计").first).to_be_visible()
    assert [message.text for message in said if message.type == "error"] == []


def test_the_leaders_picture_and_the_library(people: district.People, visitor: Visitor) -> None:
    populate(businesses=2_500)
    take_snapshot(by=None, jurisdiction=make_jurisdiction())
    visitor.log_in("reviewer")
    visitor.goto("/officer/picture/")
    expect(visitor.page.locator("[data-chart] canvas").first).to_be_visible()
    visitor.check("officer-picture")
    for name, path in {
        "officer-picture-reports": "/officer/picture/reports/",
        "officer-picture-research": "/officer/picture/research/",
        "library": "/library/",
        "library-criteria": "/library/criteria/",
        "library-exemptions": "/library/exemptions/",
        "library-questions": "/library/questions/",
    }.items():
        visitor.goto(path)
        visitor.check(name)
