"""The pages around the year's determination in a real browser: studies, packages, the city's result, the menu."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from jieti.accounts.models import Jurisdiction
from jieti.determinations.models import NormStudy, Run
from jieti.determinations.studies import execute_study, start_study
from tests.browser.conftest import Visitor, shots
from tests.factories.deliveries import make_feeds
from tests.web import district
from tests.web.test_determination_pages import CITY


@pytest.fixture
def run(people: district.People) -> Run:
    make_feeds()
    return district.published(people)


@pytest.fixture
def study(people: district.People, run: Run) -> NormStudy:
    """Three amounts tried beside the norm's."""
    values = {key: Decimal(text) for key, text in district.NORM.items()}
    tried = {"growth_turnover": [Decimal(300_000), Decimal(700_000), Decimal(2_500_000)]}
    site = Jurisdiction.objects.site()
    return execute_study(
        start_study(by=people.reviewer, jurisdiction=site, year=district.YEAR, values=values, varied=tried)
    )


def test_what_if(study: NormStudy, visitor: Visitor) -> None:
    page = visitor.page
    visitor.log_in("reviewer")
    visitor.goto("/officer/studies/")
    visitor.check("officer-studies")
    page.get_by_role("link", name=f"第{study.pk}号").click()
    expect(page.get_by_role("img", name="各组数额下的分型结果")).to_be_visible()
    visitor.check("officer-study")
    page.get_by_role("link", name="第2种", exact=True).click()
    expect(page.get_by_role("heading", name="谁会变动")).to_be_visible()
    visitor.check("officer-study-scenario")
    visitor.goto("/officer/studies/new/")
    page.get_by_role("button", name="开始试算").click()
    expect(page.get_by_role("alert")).to_contain_text("请选择要变动的数额")
    visitor.goto("/officer/studies/new/")
    visitor.check("officer-study-new")


def test_a_package_is_made_and_handed_in(run: Run, visitor: Visitor) -> None:
    page = visitor.page
    visitor.log_in("approver")
    visitor.goto("/officer/exports/")
    page.get_by_role("link", name="生成数据包").click()
    visitor.check("officer-export-new")
    page.get_by_role("button", name="确认生成").click()
    expect(page.get_by_role("heading", name=re.compile("全国名录数据包（第"))).to_be_visible()
    visitor.check("officer-export")
    page.get_by_label("回执").fill("国家平台回执2026-001")
    page.get_by_role("button", name="下一步：核对").click()
    expect(page.get_by_role("main")).to_contain_text("登记后不能修改")
    page.get_by_role("button", name="确认已经报送").click()
    expect(page.get_by_role("main")).to_contain_text("国家平台回执2026-001")
    visitor.goto("/officer/exports/")
    expect(page.get_by_role("table")).to_contain_text("已报送")
    visitor.check("officer-exports")


def test_beside_the_citys_result(run: Run, people: district.People, visitor: Visitor) -> None:
    page = visitor.page
    visitor.log_in("reviewer")
    visitor.goto(f"/officer/runs/{run.pk}/city/")
    expect(page.get_by_role("main")).to_contain_text("还没有收到市里公布的")
    district.deliver(people.clerk, "published_tiers", CITY)
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("须其不成立")
    visitor.check("officer-run-city")
    page.get_by_label("比较").select_option(label="不一致")
    page.get_by_role("button", name="筛选").click()
    expect(page.get_by_role("status")).to_contain_text("共1户")


def test_the_menu_folds_on_a_phone(people: district.People, visitor: Visitor) -> None:
    page = visitor.page
    visitor.log_in("reviewer")
    visitor.goto("/officer/")
    sections = page.get_by_role("navigation", name="主要栏目")
    expect(sections.get_by_role("link", name="异议申诉")).to_be_visible()
    expect(sections.get_by_text("栏目：工作台")).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 900})
    expect(sections.get_by_role("link")).to_have_count(0)
    header = page.locator("nav.nav").bounding_box()
    assert header
    assert header["height"] < 80
    sections.get_by_text("栏目：工作台").focus()
    page.keyboard.press("Enter")
    expect(sections.get_by_role("link", name="工作台")).to_have_attribute("aria-current", "page")
    page.screenshot(path=shots() / "officer-menu-390.png")
    sections.get_by_role("link", name="异议申诉").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("异议申诉")
    expect(sections.get_by_text("栏目：异议申诉")).to_be_visible()
