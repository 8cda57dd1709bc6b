"""Signing in as people see it: every page looked at, a passkey made by a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from jieti.accounts.second_factor import REQUIRED
from tests.browser.conftest import Visitor
from tests.factories.accounts import PASSWORD
from tests.web import district
from tests.web.identity_platform import CLIENT, free_port
from tests.web.test_signing_in import code_of


@pytest.fixture(autouse=True)
def factor_required(settings: Settings) -> None:
    settings.SECOND_FACTOR = REQUIRED


def confirm(page: Page) -> None:
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="继续").click()


def set_up_app(visitor: Visitor) -> str:
    visitor.goto("/account/factors/app/")
    confirm(visitor.page)
    key = visitor.page.locator(".key-text").inner_text()
    visitor.page.get_by_label("验证码").fill(code_of(key))
    visitor.page.get_by_role("button", name="启用").click()
    return key


def add_authenticator(visitor: Visitor) -> None:
    """A passkey device inside the browser, whose owner is always there."""
    tools = visitor.context.new_cdp_session(visitor.page)
    tools.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": device})


def platforms() -> dict[str, dict[str, str]]:
    """Two that nobody answers for."""
    names = {"officers": "政务统一身份平台", "proprietors": "实名身份平台"}
    nowhere = f"http://127.0.0.1:{free_port()}"
    return {key: {"name": name, "url": nowhere, "client": CLIENT, "secret": ""} for key, name in names.items()}


def test_the_login_page_and_its_platforms(people: district.People, visitor: Visitor, settings: Settings) -> None:
    settings.IDENTITY_PLATFORMS = platforms()
    visitor.goto("/login/")
    visitor.check("sign-in")
    visitor.page.get_by_role("link", name="实名身份平台登录").click()
    expect(visitor.page.get_by_role("alert")).to_contain_text("身份平台暂时连接不上")
    visitor.check("sign-in-platform-down")


def test_an_officers_first_day(people: district.People, visitor: Visitor) -> None:
    page = visitor.page
    visitor.log_in("reviewer")
    expect(page).to_have_url(re.compile("/account/factors/"))
    visitor.check("sign-in-factors-none")
    page.get_by_role("link", name="设置验证器").click()
    visitor.check("sign-in-confirm")
    confirm(page)
    visitor.check("sign-in-app")
    key = page.locator(".key-text").inner_text()
    page.get_by_label("验证码").fill(code_of(key))
    page.get_by_role("button", name="启用").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("恢复码")
    visitor.check("sign-in-codes")
    page.get_by_role("link", name="保存好了，继续").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("工作台")
    for name, path in {
        "account": "/account/",
        "password": "/account/password/",
        "sessions": "/account/sessions/",
        "factors": "/account/factors/",
        "codes-new": "/account/factors/codes/new/",
        "app-remove": "/account/factors/app/remove/",
        "passkey": "/account/factors/passkeys/add/",
    }.items():
        visitor.goto(path)
        visitor.check(f"sign-in-{name}")


def test_the_code_after_the_password(people: district.People, visitor: Visitor) -> None:
    page = visitor.page
    visitor.log_in("laowang")
    key = set_up_app(visitor)
    page.get_by_role("button", name="退出").click()
    visitor.log_in("laowang")
    expect(page.get_by_role("heading", level=1)).to_have_text("第二重验证")
    visitor.check("sign-in-code")
    page.get_by_label("验证码").fill("000000")
    page.get_by_role("button", name="验证", exact=True).click()
    alert = page.get_by_role("alert").first
    expect(alert).to_contain_text("验证码不正确")
    alert.get_by_role("link").click()
    expect(page.get_by_label("验证码")).to_be_focused()
    page.get_by_label("验证码").fill(code_of(key, later=1))
    page.get_by_role("button", name="验证", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的个体工商户")


def test_a_passkey_instead_of_a_code(people: district.People, visitor: Visitor) -> None:
    page = visitor.page
    add_authenticator(visitor)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    visitor.log_in("reviewer")
    page.get_by_role("link", name="添加通行密钥").click()
    confirm(page)
    page.get_by_label("名称").fill("办公室电脑")
    page.get_by_role("button", name="添加").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("恢复码")
    visitor.goto("/account/factors/")
    expect(page.get_by_role("main")).to_contain_text("通行密钥：办公室电脑")
    page.get_by_role("button", name="退出").click()
    visitor.log_in("reviewer")
    page.get_by_role("button", name="用通行密钥验证").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("工作台")
    visitor.goto("/account/factors/")
    page.get_by_role("link", name="删除通行密钥：办公室电脑").click()
    page.get_by_role("link", name="通行密钥", exact=True).click()
    visitor.check("sign-in-confirm-passkey")
    page.get_by_role("button", name="用通行密钥继续").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("删除通行密钥")
    visitor.check("sign-in-passkey-remove")
    page.get_by_role("button", name="确认删除").click()
    expect(page.get_by_role("main")).to_contain_text("必须保留至少一种第二重验证方式")
    assert not complaints, complaints


def test_the_locked_page(people: district.People, visitor: Visitor) -> None:
    for _ in range(5):
        visitor.goto("/login/")
        visitor.page.get_by_label("用户名").fill("laowang")
        visitor.page.get_by_label("密码").fill("wrong")
        visitor.page.get_by_role("main").get_by_role("button", name="登录", exact=True).click()
    expect(visitor.page.get_by_role("main")).to_contain_text("请约15分钟后")
    visitor.page.screenshot(path="build/shots/sign-in-locked.png", full_page=True)
