from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.web import district


def test_search_to_result_to_standards(published: district.People, visitor: Visitor) -> None:
    page = visitor.page
    visitor.goto("/")
    visitor.check("search-empty")
    page.get_by_label("名称、拼音首字母或者统一社会信用代码").fill("老王")
    page.get_by_role("button", name="查询", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("共找到 4 户")
    visitor.check("search")
    page.get_by_role("link", name="北京市怀柔区雁栖老王饭馆").click()
    expect(page.get_by_role("main")).to_contain_text(f"{district.YEAR}年度分型结果：成长型")
    assert not [secret for secret in district.SECRETS if secret in page.content()]
    visitor.check("business")
    page.get_by_role("link", name="分型标准", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("个体工商户分型标准")
    expect(page.get_by_role("main")).to_contain_text("未公布")
    visitor.check("standards")


def test_every_other_public_page(published: district.People, visitor: Visitor) -> None:
    pages = {
        "business-pending": f"/business/{district.PENDING}/",
        "business-gone": f"/business/{district.GONE}/",
        "measures": "/measures/",
        "accessibility": "/accessibility/",
        "login": "/login/",
        "search-one-character": "/?q=王",
        "search-initials": "/?q=lw",
        "search-filters": "/?tier=survival&industry=52",
        "search-empty-term": "/?q=",
        "publications": "/publications/",
        "open-data": "/open-data/",
        "report": f"/report/{district.GROWTH}/",
        "report-received": "/report/received/",
        "search-nothing": "/?q=没有这家店",
        "not-found": "/nowhere/",
    }
    for name, path in pages.items():
        visitor.goto(path)
        visitor.check(name)


def test_an_error_is_reported_from_the_page(published: district.People, visitor: Visitor) -> None:
    page = visitor.page
    visitor.goto(f"/business/{district.GROWTH}/")
    page.get_by_role("link", name="数据有误？").click()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写您的姓名")
    page.get_by_label("哪里有误").fill("名称不对")
    page.get_by_label("您的姓名").fill("张三")
    page.get_by_label("联系电话或者电子邮箱").fill("13800138000")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已收到")
    visitor.log_in("reviewer")
    visitor.goto("/officer/reports/")
    visitor.check("officer-reports")
    page.get_by_role("link", name="北京市怀柔区雁栖老王饭馆").click()
    visitor.check("officer-report")


def test_large_type_stays_on_until_it_is_turned_off(people: district.People, visitor: Visitor) -> None:
    page = visitor.page
    visitor.goto("/measures/")
    page.get_by_role("link", name="长者版").click()
    expect(page).to_have_url(visitor.address + "/measures/")
    assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") >= 21
    visitor.goto("/standards/")
    assert page.evaluate("document.documentElement.dataset.display") == "large"
    page.get_by_role("link", name="标准版").click()
    assert page.evaluate("document.documentElement.dataset.display") == "normal"


def test_keyboard_alone_reaches_a_result(published: district.People, visitor: Visitor) -> None:
    page = visitor.page
    visitor.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("名称、拼音首字母或者统一社会信用代码")).to_be_focused()
    page.keyboard.type("虹鳟")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("共找到 1 户")


def test_filters_fold_on_the_phone_and_stand_open_on_the_desk(published: district.People, visitor: Visitor) -> None:
    visitor.goto("/?q=老王")
    growth = visitor.page.get_by_label("成长型")
    expect(growth).to_be_visible()
    visitor.page.set_viewport_size({"width": 390, "height": 900})
    expect(growth).to_be_hidden()
    visitor.page.get_by_text("筛选", exact=True).click()
    growth.check()
    visitor.page.get_by_role("button", name="按所选条件查询").click()
    expect(visitor.page.get_by_role("status")).to_contain_text("共找到 1 户")
