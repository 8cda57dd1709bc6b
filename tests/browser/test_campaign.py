"""One campaign from its opening to the information report of the year after, by those who work in it.

Officers sit at a desk, the proprietor and the visiting officer hold a phone, the outsider has no account. The days pass
by the site's clock. Two more applicants walk the same way without a browser, so that there are more than places.
"""

import datetime
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as site
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from jieti.accounts.actions import add_member
from jieti.accounts.models import CITY_REGULATOR, Jurisdiction, Organisation, OrganisationKind, Role, User
from jieti.determinations.actions import start_run
from jieti.determinations.running import execute
from jieti.directory.actions import publish_run
from jieti.domain.uscc import compose
from jieti.kit import clock
from jieti.recognitions import visiting
from jieti.recognitions.models import Application, Campaign, PublicNotice, Recognition
from jieti.recognitions.title_calendar import turn
from jieti.registry.actions import link_proprietor
from jieti.registry.models import Business
from jieti.rulebooks.actions import approve_norm, propose_norm
from tests.appeals.court import photo
from tests.browser.conftest import PATIENCE, RULES, Visitor, shots
from tests.browser.test_visiting import sign
from tests.factories.accounts import make_city, make_organisation, make_user
from tests.factories.deliveries import make_feeds, organisation
from tests.factories.recognitions import make_table
from tests.recognitions.bench import seen_of
from tests.recognitions.intake import Intake
from tests.web import district

DESK, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)
YEAR, PRIOR = 2026, 2025
GROWN = 40
"""Businesses of the growth tier: two places under the ceiling."""
USCCS = tuple(compose(division="110116", organisation=f"MA{number:06}") for number in range(1, GROWN + 1))
NAMES = ("北京雁栖秀英虹鳟鱼农家院", "北京渤海老栗树板栗加工坊", "北京慕田峪石上花民宿")
TOWNS = ("雁栖镇", "渤海镇", "渤海镇")
OWNERS = ("张秀英", "李栗", "王石")
STORY = "三代人守着一口冷泉鱼塘，虹鳟鱼现捞现烤，来怀柔的客人一吃就是二十年。"
FACTORS = "quality_and_reputation", "distinctiveness", "driving_effect", "honesty"
EMPTY = ("agricultural_certificates", "awards", "certificates", "founder_groups", "qualifications")
"""Tables without a row: their suppliers have answered, and know nothing of anybody here."""


def lines(header: str, row: Callable[[int], str]) -> str:
    return "\n".join([header, *(row(number) for number in range(GROWN)), ""])


def register(number: int) -> str:
    name, town, owner = (
        kept[number] if number < len(kept) else made
        for kept, made in (
            (NAMES, f"北京怀柔第{number}小吃店"),
            (TOWNS, "怀柔镇"),
            (OWNERS, f"赵{number}"),
        )
    )
    return f"{USCCS[number]},{name},登记在册,2004-04-16,{owner},{town}{number + 1}号,{town},6210,否"


TABLES = {
    "registration": lines(
        "统一社会信用代码,名称,登记状态,成立日期,经营者,经营场所,所属镇街,行业代码,季节性经营", register
    ),
    "annual_reports": lines(
        "统一社会信用代码,年度,报送日期,营业收入,从业人数",
        lambda number: f"{USCCS[number]},{PRIOR},{YEAR}-03-18,{654_321 + number},3",
    ),
    "tax": lines(
        "统一社会信用代码,所属年度,已办税务登记,纳税人类型,非正常户,实际入库税款,退库税款",
        lambda number: f"{USCCS[number]},{PRIOR},是,小规模纳税人,否,{9_321 + number}.00,0",
    ),
    "social_insurance": f"统一社会信用代码,费款所属期,参保形式,参保人数\n{USCCS[0]},{PRIOR}-05,单位,2\n",
    "credit": "统一社会信用代码,类别,处罚种类,事由,作出决定日期,是否公示,恢复或移出日期,信用修复日期\n"
    f"{USCCS[5]},经营异常状态,,未按期公示,{PRIOR}-03-01,是,{PRIOR}-09-01,\n",
    "intellectual_property": "统一社会信用代码,权利种类,注册号或专利号,名称,权利人,法律状态,实际使用\n"
    f"{USCCS[0]},商标,21806613,秀英虹鳟,经营者,有效,是\n",
    "courts": "统一社会信用代码,被执行人姓名,案号,发布日期,屏蔽或移除日期\n"
    f"{USCCS[5]},赵5,（2020）京0116执1号,2020-01-01,2021-01-01\n",
    "suspension": "统一社会信用代码,备案日期,歇业截止日期,恢复营业日期,累计满三年日期\n"
    f"{USCCS[6]},{PRIOR}-11-01,{YEAR}-03-01,{YEAR}-03-01,\n",
}


def day(month: int, number: int, year: int = YEAR) -> datetime.date:
    return datetime.date(year, month, number)


@dataclass(frozen=True)
class Cast:
    """Who works in the campaign. `relative` reviews too, and is a cousin of the applicant."""

    clerk: User
    reviewer: User
    second: User
    relative: User
    approver: User
    visitor: User
    city_officer: User
    owners: Sequence[User]

    def intake(self, campaign: Campaign, number: int) -> Intake:
        """The way of another applicant up to the visit."""
        body = organisation("culture_tourism_bureau")
        return Intake(
            campaign=campaign,
            business=Business.objects.select_related("jurisdiction").get(pk=USCCS[number]),
            clerk=self.clerk,
            reviewer=self.reviewer,
            second_reviewer=self.second,
            approver=self.approver,
            proprietor=self.owners[number],
            agent=self.owners[number],
            department=body,
            nominator=self.clerk,
            second_nominator=self.clerk,
        )


@dataclass
class Stage:
    """The site on its day, and a device for whoever sits down; pictures are numbered as they come."""

    browser: Browser
    address: str
    cast: Cast
    taken: list[str] = field(default_factory=list)

    @contextmanager
    def sitting(self, user: User | None, size: ViewportSize) -> Iterator[Visitor]:
        """At a device of their own, signed in where they have an account."""
        context = self.browser.new_context(viewport=size, locale="zh-CN")
        context.set_default_timeout(PATIENCE)
        somebody = Visitor(context, context.new_page(), self.address)
        if user is not None:
            somebody.log_in(user.username)
            expect(somebody.page.get_by_label("密码")).to_have_count(0)
        yield somebody
        context.close()

    def desk(self, user: User | None) -> AbstractContextManager[Visitor]:
        return self.sitting(user, DESK)

    def phone(self, user: User | None) -> AbstractContextManager[Visitor]:
        return self.sitting(user, PHONE)

    def shot(self, page: Page, name: str) -> None:
        """A picture of the whole page, which fits its device and has no barrier."""
        self.taken.append(name)
        label = f"campaign-{len(self.taken):02}-{name}"
        page.screenshot(path=shots() / f"{label}.png", full_page=True)
        size = page.viewport_size
        assert size is not None
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], f"{label} scrolls sideways"
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, f"{label}: {found.generate_report()}"


@pytest.fixture
def stage(
    browser: Browser, live_server: LiveServer, transactional_db: None, settings: Settings, tmp_path: Path
) -> Iterator[Stage]:
    """The district on the day after its July results were published."""
    settings.SIMULATED_CLOCK, settings.CLOCK_FILE = True, tmp_path / "today"
    clock.set_today(day(7, 10))
    make_feeds()
    cast = make_cast()
    publish_july(cast)
    yield Stage(browser, live_server.url, cast)
    clock.set_today(None)


def make_cast() -> Cast:
    home = organisation()

    def officer(username: str, name: str, role: Role, body: Organisation = home) -> User:
        user = make_user(username, display_name=name)
        add_member(by=None, user=user, organisation=body, role=role)
        return user

    city = make_organisation(CITY_REGULATOR, "北京市市场监督管理局", OrganisationKind.DEPARTMENT, make_city())
    return Cast(
        clerk=officer("clerk", "刘受理", Role.INTAKE_CLERK),
        reviewer=officer("reviewer", "陈审核", Role.REVIEWER),
        second=officer("reviewer2", "周审核", Role.REVIEWER),
        relative=officer("relative", "张审核", Role.REVIEWER),
        approver=officer("approver", "孙审批", Role.APPROVER),
        visitor=officer("visitor", "何走访", Role.INTAKE_CLERK),
        city_officer=officer("city", "郑抽查", Role.CITY_OFFICER, city),
        owners=[make_user(f"owner{number}", display_name=name) for number, name in enumerate(OWNERS)],
    )


def publish_july(cast: Cast) -> None:
    """Every table received, the sample norm approved by two people, the results of the year published."""
    for source, text in TABLES.items():
        delivery = district.deliver(cast.clerk, source, text)
        assert delivery.status == "accepted", delivery.message
    for source in EMPTY:
        make_table(source)
    for number, owner in enumerate(cast.owners):
        link_proprietor(by=None, user=owner, business=Business.objects.get(pk=USCCS[number]))
    norm = propose_norm(
        by=cast.reviewer, year=YEAR, values=district.NORM, document_number="样例〔1〕号", is_sample=True
    )
    approve_norm(by=cast.approver, norm=norm)
    run = execute(start_run(by=cast.reviewer, year=YEAR, basis_date=day(7, 1)))
    clock.set_today(day(7, 20))
    publish_run(run=run, by=cast.approver)


def take(page: Page, step: str, *, reasons: Sequence[tuple[str, str]] = ()) -> None:
    """Follows the link of a step, writes what it asks, and confirms."""
    page.get_by_role("main").get_by_role("link", name=step, exact=True).click()
    for label, text in reasons:
        page.get_by_label(label).fill(text)
    page.get_by_role("main").get_by_role("button", name=step, exact=True).click()
    expect(page.get_by_role("main").get_by_role("button", name=step, exact=True)).to_have_count(0)


def night() -> None:
    """What the worker does by itself."""
    turn(Jurisdiction.objects.site())


def application() -> Application:
    return Application.objects.get(business=USCCS[0])


def test_a_campaign_from_its_opening_to_the_report_of_the_year_after(stage: Stage, tmp_path: Path) -> None:
    picture = tmp_path / "虹鳟鱼.jpg"
    picture.write_bytes(photo(size=(900, 500)))
    opened(stage)
    applied(stage, picture)
    reviewed(stage, picture)
    visited(stage, picture)
    others_reviewed(stage)
    compared(stage)
    noticed(stage)
    decided(stage)
    reported(stage)
    shown(stage, picture)
    reported_a_year_later(stage)


def opened(stage: Stage) -> None:
    """The approver opens the year: before the phase the site says when."""
    with stage.desk(stage.cast.approver) as officer:
        page = officer.page
        officer.goto("/officer/campaigns/")
        page.get_by_role("button", name="启动").click()
        expect(page.get_by_role("main")).to_contain_text("2026年8月11日起可以启动")
    clock.set_today(day(8, 11))
    with stage.desk(stage.cast.approver) as officer:
        page = officer.page
        officer.goto("/officer/campaigns/")
        stage.shot(page, "opening")
        page.get_by_role("button", name="启动").click()
        expect(page.get_by_role("main")).to_contain_text("上限2户")
        stage.shot(page, "opened")


def applied(stage: Stage, picture: Path) -> None:
    """The proprietor sees what is met, writes a few words, and hands it in."""
    clock.set_today(day(8, 17))
    with stage.phone(stage.cast.owners[0]) as owner:
        page = owner.page
        owner.goto(f"/my/{USCCS[0]}/applications/")
        stage.shot(page, "may-i-apply")
        page.get_by_role("button", name="开始申报").click()
        page.get_by_label("特色").check()
        stage.shot(page, "which-category")
        page.get_by_role("button", name="下一步").click()
        page.get_by_label("有什么特色").fill("祖孙三代烤虹鳟鱼，用自家山泉养鱼，游客专程来吃。")
        page.get_by_label("依托本地文化旅游资源的特色经营：能证明的材料（选填）").set_input_files(picture)
        stage.shot(page, "in-a-few-words")
        page.get_by_role("button", name="下一步：核对").click()
        expect(page.get_by_role("main")).to_contain_text("虹鳟鱼.jpg")
        stage.shot(page, "look-over")
        page.get_by_role("button", name="提交申报").click()
        expect(page.get_by_role("main")).to_contain_text("已提交")
        stage.shot(page, "handed-in")


def reviewed(stage: Stage, picture: Path) -> None:
    """Accepted by one officer, asked for evidence and judged by another; a relative of the applicant keeps out."""
    clock.set_today(day(8, 19))
    path = f"/officer/recognitions/{application().pk}/"
    with stage.desk(stage.cast.clerk) as officer:
        officer.goto(path)
        take(officer.page, "受理")
    with stage.desk(stage.cast.relative) as officer:
        page = officer.page
        officer.goto(f"{path}declare/")
        page.get_by_label("有利益关系，应当回避").check()
        page.get_by_label("是什么关系").fill("申报人是我的表姐")
        page.get_by_role("button", name="利益关系声明").click()
        expect(page.get_by_role("main")).to_contain_text("应当回避")
        expect(page.get_by_role("link", name="开始审核")).to_have_count(0)
        stage.shot(page, "recused")
    with stage.desk(stage.cast.reviewer) as officer:
        page = officer.page
        officer.goto(f"{path}declare/")
        page.get_by_label("没有利益关系").check()
        page.get_by_role("button", name="利益关系声明").click()
        take(page, "开始审核")
        take(page, "要求补充材料", reasons=[("需要补充什么", "请补充鱼塘和店面的照片，证明是自家养殖。")])
        expect(page.get_by_role("main")).to_contain_text("停止计算")
        stage.shot(page, "evidence-asked")
    evidence_supplied(stage, picture)
    clock.set_today(day(8, 26))
    with stage.desk(stage.cast.reviewer) as officer:
        judged(stage, officer, path)


def evidence_supplied(stage: Stage, picture: Path) -> None:
    clock.set_today(day(8, 24))
    with stage.phone(stage.cast.owners[0]) as owner:
        page = owner.page
        owner.goto(f"/my/{USCCS[0]}/applications/{application().pk}/")
        stage.shot(page, "evidence-wanted")
        pond = picture.with_name("鱼塘.jpg")
        pond.write_bytes(photo(size=(640, 480)))
        page.get_by_label("情况说明（选填）").fill("鱼塘就在店后面，照片是上周拍的。")
        page.get_by_label("补充的材料（选填）").set_input_files(pond)
        page.get_by_role("button", name="提交补充材料").click()
        expect(page.get_by_role("main")).to_contain_text("审核中")


def judged(stage: Stage, officer: Visitor, path: str) -> None:
    """What only people can judge, on the bench; then on to the visit."""
    page = officer.page
    officer.goto(f"{path}bench/")
    stage.shot(page, "bench")
    officer.goto(f"{path}bench/distinctive/local_feature/")
    page.get_by_label("餐饮").check()
    page.get_by_label("是", exact=True).check()
    page.get_by_label("依据的材料").fill("鱼塘和店面照片、文旅部门意见")
    page.get_by_label("说明").fill("自养虹鳟鱼，区内少见")
    stage.shot(page, "judging")
    page.get_by_role("button", name="保存判断").click()
    officer.goto(path)
    take(page, "审核通过，安排走访", reasons=[("审核意见", "材料齐全，符合特色类条件，安排走访。")])
    expect(page.get_by_role("main")).to_contain_text("待走访")
    stage.shot(page, "review-passed")


def visited(stage: Stage, picture: Path) -> None:
    """Planned at the desk, made with a phone."""
    clock.set_today(day(9, 1))
    with stage.desk(stage.cast.clerk) as officer:
        page = officer.page
        officer.goto("/officer/visits/new/")
        page.get_by_label("走访人").select_option(label="何走访")
        page.get_by_label("走访日期").fill("2026-09-02")
        page.get_by_label(NAMES[0]).fill("1")
        stage.shot(page, "visit-planned")
        page.get_by_role("button", name="安排走访").click()
        expect(page.get_by_role("main")).to_contain_text(NAMES[0])
    clock.set_today(day(9, 2))
    with stage.phone(stage.cast.visitor) as officer:
        page = officer.page
        officer.goto("/officer/visits/")
        stage.shot(page, "visit-route")
        page.get_by_role("link", name=NAMES[0]).click()
        fill_in_visit(page, picture)
        stage.shot(page, "visit-form")
        page.get_by_role("button", name="提交走访记录").click()
        expect(page.get_by_text("已提交的走访记录")).to_be_visible()
        stage.shot(page, "visit-sent")


def fill_in_visit(page: Page, picture: Path) -> None:
    expect(page.get_by_role("heading", name=f"走访{NAMES[0]}")).to_be_visible()
    for group in page.locator(".panel fieldset").all():
        group.get_by_label("符合", exact=True).check()
    for words in page.locator(".panel textarea").all():
        words.fill("店后就是鱼塘，客人自己捞鱼，评价栏挂满留言。")
    page.get_by_label("到达时间").fill(clock.now().astimezone(ZoneInfo(site.TIME_ZONE)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("接待人", exact=True).fill("张秀英")
    page.get_by_label("位置").fill("雁栖镇官地村")
    page.get_by_label("综合意见").fill("与申报一致，情况属实。")
    page.get_by_label("现场照片").set_input_files(picture)
    expect(page.get_by_text("已选1张")).to_be_visible()
    for canvas in page.locator("canvas").all():
        sign(canvas)


def others_reviewed(stage: Stage) -> None:
    """Two more come as far, so that three wait for two places."""
    campaign, cast = Campaign.objects.get(), stage.cast
    clock.set_today(day(9, 14))
    for number in (1, 2):
        case = cast.intake(campaign, number).visiting()
        (visit,) = visiting.plan_visits(by=cast.clerk, applications=[case], visitor=cast.visitor, on=clock.today())
        visiting.record_visit(by=cast.visitor, visit=visit, seen=seen_of(visit))


def compared(stage: Stage) -> None:
    """Two reviewers score apart; the order follows from the published weights."""
    clock.set_today(day(11, 2))
    cases = list(Application.objects.order_by("pk"))
    with stage.desk(stage.cast.reviewer) as officer:
        page = officer.page
        for case in cases:
            officer.goto(f"/officer/decisions/{case.pk}/")
            take(page, "进入比选")
        for case, points in zip(cases, (9, 7, 5), strict=True):
            score(stage, officer, case, points)
    with stage.desk(stage.cast.second) as officer:
        page = officer.page
        for case, points in zip(cases, (8, 8, 6), strict=True):
            score(stage, officer, case, points)
        officer.goto("/officer/comparison/")
        stage.shot(page, "comparison")
        page.get_by_role("button", name="排出名次").click()
        expect(page.get_by_role("main")).to_contain_text("名次和散列值都相同")
        stage.shot(page, "ranking")
    chosen(stage, cases)


def score(stage: Stage, officer: Visitor, case: Application, points: int) -> None:
    page = officer.page
    officer.goto(f"/officer/comparison/{case.pk}/score/")
    for key in FACTORS:
        page.locator(f"[name=points-{key}]").fill(str(points))
        page.locator(f"[name=note-{key}]").fill("见走访记录和材料")
    declared = page.get_by_label("没有利益关系")
    if declared.count():
        declared.check()
    if "scoring" not in stage.taken:
        stage.shot(page, "scoring")
    page.get_by_role("button", name="保存评分").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("比选")


def chosen(stage: Stage, cases: Sequence[Application]) -> None:
    """The first two are proposed; the third is told its place and points."""
    with stage.desk(stage.cast.reviewer) as officer:
        page = officer.page
        for case in cases[:2]:
            officer.goto(f"/officer/decisions/{case.pk}/steps/choose/")
            page.get_by_label("特色", exact=True).check()
            page.get_by_label("为什么是这一类").fill("自养自烤，最能代表特色类")
            page.get_by_label("理由", exact=True).fill("比选入选，条件齐备")
            if case == cases[0]:
                stage.shot(page, "choosing")
            page.get_by_role("button", name="比选择优，拟认定").click()
            expect(page.get_by_role("main")).to_contain_text("拟认定")
    with stage.desk(stage.cast.approver) as officer:
        officer.goto(f"/officer/decisions/{cases[2].pk}/")
        take(officer.page, "比选未入选", reasons=[("理由", "名次在名额以外")])
        stage.shot(officer.page, "not-chosen")


def noticed(stage: Stage) -> None:
    """From the approver's desk to anybody's phone; the officers' pages stay closed to them."""
    clock.set_today(day(11, 3))
    with stage.desk(stage.cast.approver) as officer:
        page = officer.page
        officer.goto("/officer/public-notices/")
        page.get_by_role("link", name="公示拟认定的（2户）").click()
        stage.shot(page, "notice-to-publish")
        page.get_by_role("button", name="发布公示").click()
        expect(page.get_by_role("main")).to_contain_text("公示中")
    notice = PublicNotice.objects.get()
    assert (notice.opens_on, notice.closes_on) == (day(11, 3), day(11, 10))
    with stage.phone(None) as outsider:
        page = outsider.page
        outsider.goto("/notices/")
        page.get_by_role("link", name="2026年名特优新个体工商户公示").click()
        main = page.get_by_role("main")
        for text in (*NAMES[:2], "2026年11月3日至2026年11月10日", "提出异议"):
            expect(main).to_contain_text(text)
        for text in (NAMES[2], OWNERS[0], "祖孙三代"):
            expect(main).not_to_contain_text(text)
        stage.shot(page, "public-notice")
        for path in (f"decisions/{application().pk}/", f"public-notices/{notice.pk}/", "comparison/", "visits/"):
            outsider.goto(f"/officer/{path}")
            expect(page.get_by_label("密码")).to_be_visible()


def decided(stage: Stage) -> None:
    """On the first day after the notice: no earlier."""
    case, notice = application(), PublicNotice.objects.get()
    clock.set_today(notice.closes_on)
    with stage.desk(stage.cast.clerk) as officer:
        officer.goto(f"/officer/public-notices/{notice.pk}/")
        expect(officer.page.get_by_role("button", name="公示期满，转入下一步")).to_have_count(0)
    clock.set_today(day(11, 11))
    with stage.desk(stage.cast.clerk) as officer:
        officer.goto(f"/officer/public-notices/{notice.pk}/")
        officer.page.get_by_role("button", name="公示期满，转入下一步").click()
        expect(officer.page.get_by_role("main")).to_contain_text("待决定")
        stage.shot(officer.page, "notice-over")
    with stage.desk(stage.cast.approver) as officer:
        page = officer.page
        for one in notice.applications.order_by("pk"):
            officer.goto(f"/officer/decisions/{one.pk}/")
            take(page, "认定并标注类别", reasons=[("理由", "符合特色类条件，公示无异议")])
        officer.goto(f"/officer/decisions/{case.pk}/")
        expect(page.get_by_text("逾期办理")).to_have_count(0)
        stage.shot(page, "decided")
        officer.goto("/officer/decisions/")
        stage.shot(page, "decisions")
        page.get_by_role("button", name="已经标注公示").click()
        expect(page.get_by_role("button", name="已经标注公示")).to_have_count(0)
    title = Recognition.objects.get(application=case)
    assert (title.recognised_on, title.last_day, title.benefits_from) == (
        day(11, 11),
        day(11, 11, YEAR + 3),
        day(1, 1, YEAR + 1),
    )
    assert (title.base, title.ceiling) == (GROWN, 2)


def reported(stage: Stage) -> None:
    """The list goes to the city, which draws one and finds it in order; the titles go over to their validity."""
    clock.set_today(day(11, 16))
    with stage.desk(stage.cast.reviewer) as officer:
        page = officer.page
        officer.goto("/officer/city-reports/")
        page.get_by_role("button", name="生成上报清单").click()
        page.get_by_role("button", name="已经报送，标记上报").click()
        expect(page.get_by_role("main")).to_contain_text("已上报")
        stage.shot(page, "city-report")
    clock.set_today(day(11, 19))
    with stage.desk(stage.cast.city_officer) as officer:
        page = officer.page
        officer.goto("/officer/city-reports/")
        page.get_by_role("link", name="抽查", exact=True).click()
        page.get_by_label("抽查户数").fill("2")
        page.get_by_label("随机种子").fill("20261119")
        page.get_by_role("button", name="抽取").click()
        expect(page.get_by_role("main")).to_contain_text("样本相同")
        stage.shot(page, "spot-check")
        for one in Application.objects.filter(state="spot_checking").order_by("pk"):
            officer.goto(f"/officer/decisions/{one.pk}/")
            take(page, "抽查符合条件")
    clock.set_today(day(11, 25))
    with stage.desk(stage.cast.reviewer) as officer:
        page = officer.page
        for one in Application.objects.filter(state="reported").order_by("pk"):
            officer.goto(f"/officer/decisions/{one.pk}/")
            take(page, "转入有效期管理")
        officer.goto("/officer/titles/")
        stage.shot(page, "titles")
    assert application().state == "in_force"


def shown(stage: Stage, picture: Path) -> None:
    """The proprietor has the certificate and agrees to be shown; anybody finds title, certificate and story."""
    title = Recognition.objects.get(business=USCCS[0])
    clock.set_today(day(12, 1))
    with stage.phone(stage.cast.owners[0]) as owner:
        page = owner.page
        owner.goto(f"/my/{USCCS[0]}/titles/{title.pk}/")
        stage.shot(page, "my-title")
        paper = page.context.request.get(f"{stage.address}/my/{USCCS[0]}/titles/{title.pk}/certificate.pdf")
        assert paper.body().startswith(b"%PDF")
        (shots() / "campaign-certificate.pdf").write_bytes(paper.body())
        owner.goto(f"/my/{USCCS[0]}/titles/{title.pk}/showcase/")
        agree(page, picture)
        stage.shot(page, "showcase-consent")
        page.get_by_role("button", name="同意并展示").click()
        expect(page.get_by_role("main")).to_contain_text("正在公开展示")
    with stage.phone(None) as outsider:
        page = outsider.page
        outsider.goto(f"/certificates/{title.pk}/")
        expect(page.get_by_role("main")).to_contain_text("本认定现在有效")
        stage.shot(page, "certificate")
        outsider.goto(f"/business/{USCCS[0]}/")
        expect(page.get_by_role("main")).to_contain_text("名特优新个体工商户：特色类")
        stage.shot(page, "directory")
        outsider.goto("/recognised/")
        stage.shot(page, "showcases")
        page.get_by_role("link", name=NAMES[0]).click()
        expect(page.get_by_role("main")).to_contain_text(STORY)
        stage.shot(page, "showcase")


def agree(page: Page, picture: Path) -> None:
    page.locator("[name=story]").fill(STORY)
    page.locator("input[type=file]").set_input_files(picture)
    page.locator("[name=lineage]").fill(
        "张老汉，，1980年，养鱼\n张建国，儿子，2004年，烹制\n张秀英，女儿，2015年，直播"
    )
    page.locator("[name=photo_text]").fill("雁栖镇的冷泉鱼塘")
    page.get_by_label("我同意把以上内容").check()


def reported_a_year_later(stage: Stage) -> None:
    """Reminded on 1 June, handed in on a phone; the other one is on the list of the late from 1 August."""
    title = Recognition.objects.get(business=USCCS[0])
    clock.set_today(day(6, 1, YEAR + 1))
    night()
    with stage.phone(stage.cast.owners[0]) as owner:
        page = owner.page
        owner.goto("/my/notices/")
        expect(page.get_by_role("main")).to_contain_text("信息报告")
        stage.shot(page, "reminded")
        owner.goto(f"/my/{USCCS[0]}/titles/{title.pk}/")
        page.get_by_role("link", name="报送2027年信息报告").click()
        stage.shot(page, "information-report")
        page.get_by_label("一年来的变化（选填）").fill("新开了线上订位，带动三户养殖。")
        page.get_by_label("上面的数据我已核对").check()
        page.get_by_role("button", name="报送").click()
        expect(page.get_by_role("main")).to_contain_text("已报送")
        stage.shot(page, "information-reported")
    clock.set_today(day(8, 1, YEAR + 1))
    night()
    with stage.desk(stage.cast.reviewer) as officer:
        page = officer.page
        officer.goto("/officer/titles/reports/?year=2027")
        expect(page.get_by_role("main")).to_contain_text("应报2户，逾期1户")
        stage.shot(page, "late-reports")
        officer.goto(f"/officer/confirmations/{title.pk}/")
        stage.shot(page, "confirmation")
        officer.goto(f"/officer/titles/{title.pk}/")
        stage.shot(page, "title-a-year-later")
