import re
from datetime import date

from playwright.sync_api import expect

from jieti.determinations.actions import start_run
from jieti.determinations.running import execute
from jieti.rulebooks.actions import approve_norm, propose_norm
from jieti.rulebooks.models import AnnualNorm
from tests.browser.conftest import Visitor
from tests.web import district


def test_a_proprietor_logs_in_and_reads_why(published: district.People, visitor: Visitor) -> None:
    page = visitor.page
    visitor.log_in("laowang")
    expect(page.get_by_role("heading", level=1)).to_have_text("我的个体工商户")
    visitor.check("my-list")
    page.get_by_role("link", name="北京市怀柔区雁栖老王饭馆").click()
    page.get_by_role("link", name="为什么是这个结果").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("成长型")
    expect(main).to_contain_text("654,321.00")
    expect(main).to_contain_text("附件一(三)2(2)A")
    expect(page.get_by_role("heading", name="怎样可以到更高一型")).to_be_visible()
    expect(main).to_contain_text(f"请在{district.YEAR + 1}年6月30日前报送年报")
    visitor.check("my-business")
    visitor.goto(f"/my/{district.DEVELOPMENT}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("没有找到这个页面")
    visitor.goto("/officer/")
    expect(page.get_by_role("heading", level=1)).to_have_text("您没有权限查看这个页面")
    visitor.check("refused")


def test_a_stranger_is_asked_to_log_in_and_then_refused(people: district.People, visitor: Visitor) -> None:
    visitor.goto("/officer/runs/")
    expect(visitor.page).to_have_url(re.compile(r"/login/\?next=/officer/runs/"))
    visitor.log_in("stranger")
    visitor.goto("/officer/runs/")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("您没有权限查看这个页面")


def test_a_wrong_password_is_said_at_the_top_and_locks_in_the_end(people: district.People, visitor: Visitor) -> None:
    page = visitor.page
    for _ in range(5):
        visitor.goto("/login/")
        page.get_by_label("用户名").fill("laowang")
        page.get_by_label("密码").fill("wrong")
        page.get_by_role("main").get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登录已暂停")


def test_the_officers_year(people: district.People, visitor: Visitor) -> None:
    run = district.determined(people)
    page = visitor.page
    visitor.log_in("reviewer")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{district.YEAR}年度工作台")
    visitor.check("officer-home")
    pages = {
        "officer-deliveries": "/officer/deliveries/",
        "officer-delivery-new": "/officer/deliveries/new/?source=tax",
        "officer-norms": "/officer/norms/",
        "officer-norm": f"/officer/norms/{run.norm_id}/",
    }
    for name, path in pages.items():
        visitor.goto(path)
        visitor.check(name)


def test_the_years_determination(people: district.People, visitor: Visitor) -> None:
    run = district.determined(people)
    page = visitor.page
    visitor.log_in("reviewer")
    pages = {
        "officer-runs": "/officer/runs/",
        "officer-run-new": "/officer/runs/new/",
        "officer-run": f"/officer/runs/{run.pk}/",
        "officer-results": f"/officer/runs/{run.pk}/results/",
        "officer-businesses": "/officer/businesses/?q=老王",
        "officer-business": f"/officer/businesses/{district.PENDING}/",
    }
    for name, path in pages.items():
        visitor.goto(path)
        visitor.check(name)
    page.get_by_text("怎样可以到更高一型").click()
    expect(page.get_by_text("数据到位后若")).to_be_visible()


def test_publishing_asks_first(people: district.People, visitor: Visitor) -> None:
    run = district.determined(people)
    page = visitor.page
    visitor.log_in("approver")
    visitor.goto(f"/officer/runs/{run.pk}/")
    page.get_by_role("link", name="准备公布").click()
    visitor.check("officer-publish")
    page.get_by_role("button", name="确认公布").click()
    expect(page.get_by_role("main")).to_contain_text("已公布")
    visitor.goto(f"/business/{district.GROWTH}/")
    expect(page.get_by_role("main")).to_contain_text("成长型")


def test_errors_lead_to_their_fields(people: district.People, visitor: Visitor) -> None:
    page = visitor.page
    visitor.log_in("reviewer")
    visitor.goto("/officer/norms/new/")
    page.get_by_label("成长型销售额或营业收入标准（元）").fill("9000000")
    page.get_by_label("发展型销售额或营业收入标准（元）").fill("300000")
    page.get_by_role("button", name="下一步：核对").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("请先更正以下问题")
    visitor.page.screenshot(path="build/shots/officer-norm-errors.png", full_page=True)
    alert.get_by_role("link", name=re.compile("必须低于")).click()
    expect(page.get_by_label("成长型销售额或营业收入标准（元）")).to_be_focused()
    page.get_by_label("成长型销售额或营业收入标准（元）").fill("200000")
    page.get_by_label("文号").fill("京市监发〔2026〕1号")
    page.get_by_role("button", name="下一步：核对").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("请核对录入内容")
    expect(page.get_by_role("main")).to_contain_text("不填（未公布）")
    page.get_by_role("button", name="确认提交").click()
    assert AnnualNorm.objects.get().values == {"growth_turnover": "200000.00", "development_turnover": "300000.00"}


def test_the_progress_of_a_run_moves_by_itself(people: district.People, visitor: Visitor) -> None:
    for source_key, text in district.FILES.items():
        district.deliver(people.clerk, source_key, text)
    norm = propose_norm(by=people.reviewer, year=district.YEAR, values=district.NORM, is_sample=True)
    approve_norm(by=people.approver, norm=norm)
    run = start_run(by=people.reviewer, year=district.YEAR, basis_date=date(district.YEAR, 7, 1))
    visitor.log_in("reviewer")
    visitor.goto(f"/officer/runs/{run.pk}/")
    expect(visitor.page.get_by_role("progressbar")).to_be_visible()
    visitor.check("officer-run-going")
    execute(run)
    expect(visitor.page.get_by_role("heading", name="各镇乡街道分型结果")).to_be_visible()
