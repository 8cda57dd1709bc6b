"""The pages of auditors and administrators, and the public digests, as a person meets them."""

import re

import pytest
from playwright.sync_api import expect

from jieti.accounts.models import Role, User
from jieti.audit.actions import record, record_read
from tests.audit.tampering import days, unguarded
from tests.browser.conftest import Visitor
from tests.factories.accounts import PASSWORD, make_district, make_officer
from tests.web import district


def test_an_auditor_looks_narrows_and_verifies(
    people: district.People, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = record(
        by=people.reviewer,
        verb="rulebooks.approve_norm",
        subject="annual_norm:7",
        on_behalf_of="organisation:district_regulator",
        before={"status": "waiting", "growth_turnover": "300000.00"},
        after={"status": "approved", "growth_turnover": "320000.00"},
    )
    subject = f"business:{district.GROWTH}"
    record_read(by=people.reviewer, subject=subject, fields=["turnover", "tax_paid"], reason="核对判定结果")
    page = visitor.page
    visitor.log_in("auditor")
    page.get_by_role("link", name="审计记录", exact=True).click()
    visitor.check("officer-audit")
    page.get_by_label("对象（编号或者代码）").fill(district.GROWTH)
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_role("status")).to_contain_text("共1条")
    visitor.goto(f"/officer/audit/{event.pk}/")
    visitor.check("officer-audit-event")
    page.get_by_role("link", name="校验这一天的记录").click()
    page.get_by_role("button", name="校验").click()
    expect(page.get_by_role("status")).to_contain_text("逐条相符")
    page.screenshot(path="build/shots/officer-audit-verified.png", full_page=True)
    unguarded(f"update audit_event set actor = 'x' where id = {event.pk}")
    page.get_by_role("button", name="校验").click()
    expect(page.get_by_role("alert")).to_contain_text(f"第{event.number}条被改动")
    page.set_viewport_size({"width": 390, "height": 900})
    page.screenshot(path="build/shots/officer-audit-broken-390.png", full_page=True)
    visitor.goto("/officer/audit/verify/")
    visitor.check("officer-audit-verify")


def test_anybody_reads_the_digests(people: district.People, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    unguarded("delete from audit_event")
    with monkeypatch.context() as patch:
        days(patch, 5)
    visitor.goto("/")
    visitor.page.get_by_role("link", name="审计记录每日摘要").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("审计记录每日摘要")
    visitor.check("integrity")


def test_an_administrator_opens_an_account_and_its_owner_begins(people: district.People, visitor: Visitor) -> None:
    make_officer(make_district(), Role.ADMINISTRATOR, username="administrator")
    page = visitor.page
    visitor.log_in("administrator")
    page.get_by_role("link", name="用户和角色", exact=True).click()
    visitor.check("officer-people")
    page.get_by_role("link", name="开立账号").click()
    page.get_by_label("用户名").fill("zhang.san")
    page.get_by_label("姓名").fill("张三")
    visitor.page.screenshot(path="build/shots/officer-people-new.png", full_page=True)
    page.get_by_label("单位和角色").select_option(label="区市场监管局 审核人员")
    page.get_by_role("button", name="开立").click()
    password = page.locator("code").inner_text()
    page.screenshot(path="build/shots/officer-people-password.png", full_page=True)
    page.get_by_role("link", name="已经记下").click()
    visitor.check("officer-people-one")
    visitor.goto("/officer/people/new/")
    visitor.check("officer-people-new")
    visitor.context.clear_cookies()
    visitor.goto("/login/")
    page.get_by_label("用户名").fill("zhang.san")
    page.get_by_label("密码").fill(password)
    page.get_by_role("main").get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile("/account/password/"))
    page.get_by_label("当前密码").fill(password)
    page.get_by_label("新密码", exact=True).fill(f"{PASSWORD} 2")
    page.get_by_label("再次输入新密码").fill(f"{PASSWORD} 2")
    page.get_by_role("main").get_by_role("button", name="修改密码").click()
    visitor.goto("/officer/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("工作台")
    assert not User.objects.get(username="zhang.san").password_is_temporary
