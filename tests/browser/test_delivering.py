"""A department's table from the upload to the day it counts: two bad rows, mended, and confirmed by another."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from jieti.accounts.models import Role
from jieti.kit import clock
from jieti.registry.models import Delivery
from tests.browser.conftest import Visitor
from tests.factories.accounts import make_officer
from tests.factories.deliveries import delivered, make_feeds, organisation
from tests.factories.tables import Rows, code, register, registered, xlsx
from tests.journeys.worker import empty_queue, work
from tests.web import district

GOOD, PRIOR = 40, district.PRIOR
HEADER = ("统一社会信用代码", "所属年度", "已办税务登记", "纳税人类型", "非正常户", "实际入库税款", "退库税款")
BAD_CODE, RIGHT_CODE = code(GOOD)[:-1] + "!", code(GOOD)
BAD_AMOUNT, RIGHT_AMOUNT = "一万多", "12345.60"


@pytest.fixture(autouse=True)
def queue(transactional_db: None) -> Iterator[None]:
    empty_queue()
    yield
    empty_queue()


@pytest.fixture
def people(transactional_db: None) -> district.People:
    """The district's people, an officer of the tax bureau, and a register that counts."""
    make_feeds()
    people = district.make_people()
    make_officer(organisation("tax_bureau"), Role.DEPARTMENT_OFFICER, username="tax")
    rows = register(*(registered(number) for number in range(GOOD + 2)))
    delivered(by=people.clerk, source="registration", file=xlsx(rows), file_name="名册.xlsx")
    empty_queue()
    return people


def line(uscc: str, amount: object) -> tuple[object, ...]:
    return (uscc, PRIOR, "是", "小规模纳税人", "否", amount, 0)


def table_with_two_bad_rows() -> Rows:
    good = [line(code(number), 1000 + number) for number in range(GOOD)]
    return [HEADER, *good, line(BAD_CODE, 200), line(code(GOOD + 1), BAD_AMOUNT)]


def upload(visitor: Visitor, path: Path, way: str) -> None:
    page = visitor.page
    page.get_by_label("数据来源").select_option(label="税务信息")
    page.get_by_label("数据截止日期").fill(clock.today().isoformat())
    page.get_by_label(re.compile(f"^ *{way}：")).check()
    page.get_by_label("数据文件").set_input_files(path)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("progressbar")).to_be_visible()


def refused_rows(page: Page, path: Path) -> list[list[object]]:
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载退回行（XLSX 表格）").click()
    waiting.value.save_as(path)
    return [list(row) for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()]


def mended(rows: list[list[object]]) -> Rows:
    right: dict[object, object] = {BAD_CODE: RIGHT_CODE, BAD_AMOUNT: RIGHT_AMOUNT}
    return [rows[0], *([right.get(cell, cell) for cell in row] for row in rows[1:])]


def refused_to(visitor: Visitor, delivery: Delivery) -> None:
    """The sender sees no button, and one who asks without a button is told why not."""
    expect(visitor.page.get_by_role("main")).to_contain_text("请由另一名工作人员复核")
    expect(visitor.page.get_by_role("button", name="确认无误，使其生效")).to_have_count(0)
    address = f"{visitor.address}/officer/deliveries/{delivery.pk}/"
    token = next(one["value"] for one in visitor.context.cookies() if one["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Referer": address}
    answer = visitor.context.request.post(f"{address}confirm/", headers=headers)
    assert answer.status == 409
    assert "送交人不能复核自己送交的数据" in answer.text()
    assert Delivery.objects.get(pk=delivery.pk).is_waiting


def confirm(visitor: Visitor, delivery: Delivery) -> None:
    """From the colleague's own list of what waits."""
    visitor.goto("/officer/")
    visitor.page.locator(f'a[href="/officer/deliveries/{delivery.pk}/"]').first.click()
    visitor.page.get_by_role("button", name="确认无误，使其生效").click()
    expect(visitor.page.get_by_role("main")).to_contain_text("已生效")
    assert Delivery.objects.get(pk=delivery.pk).status == Delivery.Status.ACCEPTED


def fresh(visitor: Visitor) -> None:
    """The register of feeds shows that the source is up to date."""
    page, main = visitor.page, visitor.page.get_by_role("main")
    page.get_by_role("link", name="这个来源应有的数据项").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("税务信息")
    expect(main.locator(".tag").first).to_have_text("正常")
    expect(main).to_contain_text("已过0天")
    visitor.check("deliver-feed")
    visitor.goto("/officer/feeds/")
    expect(main.get_by_role("row").filter(has_text="税务信息")).to_contain_text("正常")
    visitor.check("deliver-feeds")


def test_from_the_upload_to_the_day_it_counts(
    people: district.People, visitor: Visitor, colleague: Visitor, tmp_path: Path
) -> None:
    page, main = visitor.page, visitor.page.get_by_role("main")
    first, second = tmp_path / "税务信息.xlsx", tmp_path / "税务信息-更正.xlsx"
    first.write_bytes(xlsx(table_with_two_bad_rows()).getvalue())
    visitor.log_in("tax")
    visitor.goto("/officer/")
    page.get_by_role("link", name="数据接收", exact=True).click()
    page.get_by_role("link", name="上传数据文件").click()
    visitor.check("deliver-new")
    upload(visitor, first, "全量")
    visitor.check("deliver-going")
    work("registry")
    expect(main).to_contain_text(f"共{GOOD + 2}行，读入{GOOD}行，退回2行，略过0行。")
    visitor.check("deliver-report")
    full = Delivery.objects.latest("pk")
    rows = refused_rows(page, tmp_path / "退回行.xlsx")
    assert [row[0] for row in rows[1:]] == [BAD_CODE, code(GOOD + 1)]
    refused_to(visitor, full)

    colleague.log_in("reviewer")
    confirm(colleague, full)
    second.write_bytes(xlsx(mended(rows)).getvalue())
    visitor.goto(f"/officer/deliveries/{full.pk}/")
    page.get_by_role("link", name="再次上传").click()
    upload(visitor, second, "补充")
    work("registry")
    expect(main).to_contain_text("共2行，读入2行，退回0行，略过0行。")
    supplement = Delivery.objects.latest("pk")
    assert (supplement.base, supplement.clean_rows) == (full, GOOD + 2)
    refused_to(visitor, supplement)
    colleague.goto(f"/officer/deliveries/{supplement.pk}/")
    colleague.check("deliver-confirm")
    confirm(colleague, supplement)
    fresh(visitor)
