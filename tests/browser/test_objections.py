"""An objection from both sides in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from jieti.appeals import handling
from jieti.appeals.models import Objection
from jieti.directory.corrections import correct_result
from tests.appeals.court import Court, make_court, photo
from tests.browser.conftest import Visitor
from tests.web import district


@pytest.fixture
def court(transactional_db: None) -> Court:
    return make_court()


def test_a_proprietor_objects(court: Court, visitor: Visitor, tmp_path: Path) -> None:
    picture = tmp_path / "完税证明.jpg"
    picture.write_bytes(photo())
    page = visitor.page
    visitor.log_in("laowang")
    visitor.goto(f"/my/{district.GROWTH}/")
    page.get_by_role("link", name="对结果有异议").click()
    visitor.check("my-objections")
    page.get_by_role("link", name="对结果有异议").click()
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("alert")).to_contain_text("请至少勾选一项")
    visitor.goto(f"/my/{district.GROWTH}/objections/new/")
    visitor.check("my-objection-new")
    page.get_by_label(re.compile("年报填报的销售额")).check()
    page.get_by_role("button", name="下一步").click()
    page.get_by_label(re.compile("您认为正确的值")).fill("3000000")
    page.get_by_label("为什么，依据是什么").fill("年报漏填了一笔收入，有账簿和发票")
    page.get_by_label("证明材料（选填）").set_input_files(picture)
    page.get_by_role("button", name="下一步：核对").click()
    expect(page.get_by_role("main")).to_contain_text("您认为：3,000,000.00 元")
    visitor.check("my-objection-check")
    page.get_by_role("link", name="返回修改").click()
    expect(page.get_by_text("完税证明.jpg").first).to_be_visible()
    visitor.check("my-objection-claim")
    page.get_by_role("button", name="下一步：核对").click()
    page.get_by_role("button", name="提交异议").click()
    expect(page.get_by_role("main")).to_contain_text("已提出")
    one = Objection.objects.get()
    assert one.evidence.count() == 1
    one = handling.accept(by=court.people.clerk, objection=one, version=one.version)
    one = handling.verify(by=court.people.reviewer, objection=one, version=one.version)
    handling.ask_evidence(by=court.people.reviewer, objection=one, version=one.version, reason="请补发票")
    visitor.goto(f"/my/{district.GROWTH}/objections/{one.pk}/")
    visitor.check("my-objection")
    page.get_by_label("情况说明（选填）").fill("发票见附件")
    page.get_by_role("button", name="提交补充材料").click()
    expect(page.get_by_role("main")).to_contain_text("核实中")


@pytest.mark.clause("附件一(二)3.b")
def test_officers_work_on_it(court: Court, visitor: Visitor) -> None:
    one = court.verifying(claims={"turnover": "3000000.00", "tax_paid": "6000.00"})
    page = visitor.page
    visitor.log_in("reviewer")
    visitor.goto("/officer/objections/")
    visitor.check("officer-objections")
    page.get_by_role("link", name=re.compile("老王饭馆")).click()
    visitor.check("officer-objection")
    page.get_by_role("link", name="改一项事实重新判定").click()
    page.get_by_role("button", name="重新判定（试算）").click()
    expect(page.get_by_role("main")).to_contain_text("结果会改变：成长型 → 发展型")
    visitor.check("officer-objection-bench")
    visitor.goto(f"/officer/objections/{one.pk}/steps/conclude/")
    visitor.check("officer-objection-conclude")
    visitor.goto(f"/officer/objections/{one.pk}/steps/consult/")
    page.get_by_label(re.compile("实际缴纳税款")).check()
    page.get_by_label("请数据提供单位核实什么").fill("请核对入库税款")
    page.get_by_role("button", name="转数据提供单位核实").click()
    expect(page.get_by_role("main")).to_contain_text("数据提供单位核实中")
    one.refresh_from_db()
    one = handling.answer(by=court.tax_officer, objection=one, fact="tax_paid", value="4321.09", reason="一致")
    one = handling.conclude(
        by=court.people.reviewer, objection=one, version=one.version, values={"turnover": "3000000.00"}, reason="漏填"
    )
    one = handling.uphold(by=court.people.approver, objection=one, version=one.version, reason="年报漏填一笔")
    visitor.goto(f"/officer/objections/{one.pk}/steps/correct/")
    visitor.check("officer-objection-correct")
    one = correct_result(by=court.people.reviewer, objection=one, version=one.version)
    handling.reply(by=court.people.clerk, objection=one, version=one.version, message="感谢指正。")
    visitor.goto(f"/officer/objections/{one.pk}/")
    visitor.check("officer-objection-replied")
    visitor.goto("/officer/objections/statistics/")
    visitor.check("officer-objection-statistics")


def test_a_department_answers(court: Court, visitor: Visitor) -> None:
    one = court.verifying(claims={"tax_paid": "6000.00"})
    one = handling.consult(
        by=court.people.reviewer, objection=one, version=one.version, facts=["tax_paid"], question="请核对入库税款"
    )
    visitor.log_in("tax")
    visitor.goto(f"/officer/objections/{one.pk}/answers/tax_paid/")
    visitor.check("officer-objection-answer")
