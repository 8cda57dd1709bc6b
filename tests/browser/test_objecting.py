"""An objection filed on a telephone, and what officer, proprietor and public then see of it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from jieti.appeals import handling
from jieti.appeals.models import Objection
from jieti.directory.corrections import correct_result
from tests.appeals.court import photo
from tests.browser.conftest import Visitor
from tests.factories.deliveries import make_feeds
from tests.web import district

TELEPHONE = ViewportSize(width=390, height=844)


@pytest.fixture
def people(transactional_db: None) -> district.People:
    """The district's people, with the year's results published."""
    make_feeds()
    people = district.make_people()
    district.published(people)
    return people


def look(page: Page, name: str) -> None:
    """A picture of what the telephone shows; nothing stands outside it. test_objections.py looks at every width."""
    page.screenshot(path=f"build/shots/{name}-390.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]


def handled(people: district.People, objection: Objection) -> Objection:
    """Everything the officers do after accepting; their pages are walked in tests/journeys."""
    one = handling.verify(by=people.reviewer, objection=objection, version=objection.version)
    values = {"turnover": "3000000.00"}
    one = handling.conclude(by=people.reviewer, objection=one, version=one.version, values=values, reason="账簿一致")
    one = handling.uphold(by=people.approver, objection=one, version=one.version, reason="年报漏填属实")
    one = correct_result(by=people.reviewer, objection=one, version=one.version)
    return handling.reply(by=people.clerk, objection=one, version=one.version, message="感谢您的指正。")


def file_it(visitor: Visitor, picture: Path) -> None:
    """The three steps, with one field forgotten at first."""
    page, main = visitor.page, visitor.page.get_by_role("main")
    page.set_viewport_size(TELEPHONE)
    visitor.log_in("laowang")
    page.get_by_role("link", name="北京市怀柔区雁栖老王饭馆").click()
    page.get_by_role("link", name="对结果有异议").click()
    page.get_by_role("link", name="对结果有异议").click()
    look(page, "object-which")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("alert").get_by_role("link").click()
    expect(main).to_contain_text("请至少勾选一项")
    page.get_by_label(re.compile("：654,321.00")).check()
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("您认为正确的值").fill("3000000")
    page.get_by_label("为什么，依据是什么").fill("年报漏填了一笔")
    page.get_by_label("证明材料（选填）").set_input_files(picture)
    look(page, "object-claim-filled")
    page.get_by_role("button", name="下一步：核对").click()
    expect(main).to_contain_text("您认为：3,000,000.00")
    expect(main).to_contain_text("账簿.jpg")
    look(page, "object-check")
    page.get_by_role("button", name="提交异议").click()
    expect(main).to_contain_text("已提出")
    look(page, "object-filed")


def test_an_objection_is_filed_on_a_telephone_and_answered(
    people: district.People, visitor: Visitor, colleague: Visitor, tmp_path: Path
) -> None:
    page, main = visitor.page, visitor.page.get_by_role("main")
    picture = tmp_path / "账簿.jpg"
    picture.write_bytes(photo(size=(400, 300)))
    file_it(visitor, picture)
    objection = Objection.objects.get()
    colleague.log_in("clerk")
    colleague.goto(f"/officer/objections/{objection.pk}/")
    colleague.page.get_by_role("link", name="受理", exact=True).click()
    colleague.page.get_by_role("button", name="受理", exact=True).click()
    expect(colleague.page.get_by_role("main")).to_contain_text("已受理")
    handled(people, Objection.objects.get())

    page.set_viewport_size(TELEPHONE)
    page.reload()
    expect(main).to_contain_text("分型结果更正为“发展型”")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载答复书（PDF）").click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"%PDF-")
    visitor.check("object-answered")
    visitor.goto(f"/business/{district.GROWTH}/")
    expect(main).to_contain_text(f"{district.YEAR}年度分型结果：发展型")
    expect(main.get_by_role("row").filter(has_text="已更正，不再有效")).to_contain_text("成长型")
    visitor.check("object-public")
