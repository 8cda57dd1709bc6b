"""A visit on a phone that loses its network: the form opens, is filled in and signed, and is sent once."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, ViewportSize, expect
from pytest_django import Settings

from jieti.kit import clock
from jieti.recognitions.models import Visit
from tests.browser.conftest import Visitor
from tests.recognitions.bench import Bench, make_bench, picture

PHONE = ViewportSize(width=390, height=844)


@pytest.fixture
def bench(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[Bench]:
    """The server's own threads are told the day by the file."""
    settings.SIMULATED_CLOCK = True
    settings.CLOCK_FILE = tmp_path / "clock"
    clock.set_today(datetime.date(2026, 9, 14))
    yield make_bench()
    clock.set_today(None)


def sign(canvas: Locator) -> None:
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    mouse = canvas.page.mouse
    mouse.move(box["x"] + 30, box["y"] + 60)
    mouse.down()
    for step in range(1, 12):
        mouse.move(box["x"] + 30 + 20 * step, box["y"] + 60 + 25 * (-1) ** step)
    mouse.up()


def fill_in(visitor: Visitor, photo: Path) -> None:
    page = visitor.page
    for group in page.locator(".panel fieldset").all():
        group.get_by_label("符合", exact=True).check()
    for words in page.locator(".panel textarea").all():
        words.fill("店里干净整齐，评价栏挂着游客留言")
    page.get_by_label("到达时间").fill("2026-09-14T00:10")
    page.get_by_label("接待人", exact=True).fill("张秀英")
    page.get_by_label("位置").fill("雁栖镇官地村")
    page.get_by_label("综合意见").fill("情况属实")
    page.get_by_label("现场照片").set_input_files(photo)
    expect(page.get_by_text("已选1张")).to_be_visible()
    for canvas in page.locator("canvas").all():
        sign(canvas)


def test_a_phone_without_a_network_keeps_the_visit_and_sends_it_once(
    visitor: Visitor, bench: Bench, tmp_path: Path
) -> None:
    photo = tmp_path / "门面.jpg"
    photo.write_bytes(picture())
    (visit,) = bench.planned(bench.case("visiting"))
    page, name = visitor.page, visit.application.business.name
    visitor.log_in(bench.visitor.username)
    page.set_viewport_size(PHONE)
    visitor.goto("/officer/visits/")
    expect(page.get_by_text("1户的走访表已经存到手机")).to_be_visible()
    visitor.context.set_offline(True)
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=f"走访{name}")).to_be_visible()
    fill_in(visitor, photo)
    page.get_by_role("button", name="提交走访记录").click()
    expect(page.get_by_text("走访记录已经存在手机上")).to_be_visible()
    assert not Visit.objects.filter(sent_at__isnull=False).exists()
    page.reload()
    expect(page.get_by_text("等待发送的走访记录")).to_be_visible()
    expect(page.get_by_label("综合意见")).to_have_value("情况属实")
    visitor.context.set_offline(False)
    visitor.goto("/officer/visits/")
    expect(page.get_by_text("已提交的走访记录")).to_be_visible()
    expect(page.get_by_text("等待发送的走访记录")).to_be_hidden()
    sent = Visit.objects.get()
    assert sent.sent_at is not None
    assert sent.photos.count() == 1
    assert sent.application.steps.filter(step="record_visit").count() == 1
    visitor.goto("/officer/visits/")
    expect(page.get_by_text("已提交的走访记录")).to_be_visible()
    assert Visit.objects.count() == 1


def test_the_form_on_a_phone(visitor: Visitor, bench: Bench) -> None:
    (visit,) = bench.planned(bench.case("visiting"))
    visitor.log_in(bench.visitor.username)
    for name, path in (("visits", "/officer/visits/"), ("visit-form", f"/officer/visits/{visit.pk}/form/")):
        visitor.goto(path)
        visitor.check(name)
    page = visitor.page
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="提交走访记录").click()
    expect(page.locator("[data-problem]")).to_contain_text("没有填好")
    assert not Visit.objects.filter(sent_at__isnull=False).exists()


def test_notice_and_certificate_pages(visitor: Visitor, bench: Bench) -> None:
    notice = bench.noticed(bench.proposed(bench.visited(bench.case("visiting"))))
    for name, path in (
        ("public-notices", "/notices/"),
        ("public-notice", f"/notices/{notice.pk}/"),
        ("public-notice-objection", f"/notices/{notice.pk}/objection/"),
        ("certificates", "/certificates/"),
    ):
        visitor.goto(path)
        visitor.check(name)
