"""An application written on a telephone, and the bench on which an officer judges it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import ViewportSize, expect
from pytest_django import Settings

from jieti.kit import clock
from jieti.recognitions.models import Application
from tests.appeals.court import photo
from tests.browser.conftest import Visitor
from tests.factories.recognitions import make_table
from tests.recognitions.intake import OPEN, Intake, make_intake

TELEPHONE = ViewportSize(width=390, height=844)


@pytest.fixture
def intake(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[Intake]:
    """The whole site is in September, the server's threads as well."""
    settings.SIMULATED_CLOCK, settings.CLOCK_FILE = True, tmp_path / "today"
    clock.set_today(OPEN)
    made = make_intake()
    business = {
        "uscc": made.business.pk,
        "name": made.business.name,
        "registration_status": "active",
        "established_on": date(2001, 5, 20),
        "proprietor": "张秀英",
        "address": "官地村6号",
        "town": "雁栖镇",
        "industry": "6190",
    }
    make_table("registration", business)
    yield made
    clock.set_today(None)


def test_the_owner_applies_on_a_telephone(intake: Intake, visitor: Visitor, tmp_path: Path) -> None:
    picture = tmp_path / "虹鳟鱼.jpg"
    picture.write_bytes(photo())
    page = visitor.page
    visitor.log_in("zhang")
    visitor.goto(f"/my/{intake.business.pk}/applications/")
    visitor.check("apply")
    page.set_viewport_size(TELEPHONE)
    page.get_by_role("button", name="开始申报").click()
    visitor.check("apply-category")
    page.set_viewport_size(TELEPHONE)
    page.get_by_label("特色").check()
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("有什么特色").fill("祖孙三代烤虹鳟鱼，用自家山泉养鱼，游客专程来吃。")
    page.get_by_label("依托本地文化旅游资源的特色经营：能证明的材料（选填）").set_input_files(picture)
    page.get_by_role("button", name="下一步：核对").click()
    expect(page.get_by_role("main")).to_contain_text("虹鳟鱼.jpg")
    visitor.check("apply-check")
    page.get_by_role("link", name="返回修改").click()
    visitor.check("apply-words")
    page.set_viewport_size(TELEPHONE)
    page.get_by_role("button", name="下一步：核对").click()
    page.get_by_role("button", name="提交申报").click()
    expect(page.get_by_role("main")).to_contain_text("已提交")
    assert Application.objects.get().state == "submitted"
    visitor.check("apply-done")


def test_an_officer_judges_on_the_bench(intake: Intake, colleague: Visitor) -> None:
    one = intake.reviewing()
    colleague.log_in("reviewer")
    for path, name in (
        ("", "recognition-list"),
        (f"{one.pk}/", "recognition-one"),
        (f"{one.pk}/bench/", "recognition-bench"),
        (f"{one.pk}/bench/distinctive/local_feature/", "recognition-assess"),
        (f"{one.pk}/category/", "recognition-category"),
    ):
        colleague.goto(f"/officer/recognitions/{path}")
        colleague.check(name)
    colleague.goto("/officer/campaigns/2026/")
    colleague.check("recognition-campaign")
