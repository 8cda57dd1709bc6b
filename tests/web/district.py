"""A very small district, from departments' files to the published directory, through the product's own actions."""

import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings

from jieti.accounts.actions import add_member
from jieti.accounts.models import Role, User
from jieti.determinations.actions import start_run
from jieti.determinations.models import Run
from jieti.determinations.running import execute
from jieti.directory.actions import publish_run
from jieti.domain.uscc import compose
from jieti.kit import clock
from jieti.measures.actions import load_measures
from jieti.registry.actions import link_proprietor
from jieti.registry.models import Business, Delivery
from jieti.rulebooks.actions import approve_norm, propose_norm
from tests.factories.accounts import make_district, make_officer, make_user
from tests.factories.deliveries import delivered
from tests.kept_worlds import kept_world

YEAR = clock.today().year
PRIOR = YEAR - 1
GROWTH, DEVELOPMENT, SURVIVAL, GONE, PENDING, NEW = (
    compose(division="110116", organisation=f"MA00000{number}") for number in range(1, 7)
)
NORM = {"growth_turnover": "300000", "growth_tax_paid": "5000", "development_turnover": "3000000"}
SECRETS = ("王建国", "官地村18号", "4,321.09", "4321.09", "654,321", "654321")
"""What the files hold of the growth business and no public page may show: person, place, tax, turnover."""

REGISTRATION = f"""统一社会信用代码,名称,登记状态,成立日期,经营者,经营场所,所属镇街,行业代码,季节性经营
{GROWTH},北京市怀柔区雁栖老王饭馆,登记在册,2010-04-16,王建国,雁栖镇官地村18号,雁栖镇,6210,否
{DEVELOPMENT},北京市怀柔区渤海老王虹鳟鱼农家院,登记在册,2009-05-20,王秀兰,渤海镇田仙峪村56号,渤海镇,6190,是
{SURVIVAL},北京怀柔老王五金建材经营部,登记在册,2015-11-30,王大力,怀柔镇南大街1号,怀柔镇,5281,否
{GONE},北京市怀柔区老王便利店,注销,2012-06-18,王二,泉河街道1号,泉河街道,5213,否
{PENDING},北京慕田峪老李民宿,登记在册,2016-05-01,李四,渤海镇慕田峪1号,渤海镇,6130,是
{NEW},北京龙山小赵理发店（个体工商户）,登记在册,{YEAR}-01-15,赵六,龙山街道2号,龙山街道,8040,否
"""
REPORTS = f"""统一社会信用代码,年度,报送日期,营业收入,从业人数
{GROWTH},{PRIOR},{YEAR}-03-18,654321,3
{DEVELOPMENT},{PRIOR},{YEAR}-02-26,3680000,9
{SURVIVAL},{PRIOR},{YEAR}-05-06,12000,1
{GONE},{PRIOR},{YEAR}-05-06,1000,1
{PENDING},{PRIOR},{YEAR}-05-06,,2
"""
TAX = f"""统一社会信用代码,所属年度,已办税务登记,纳税人类型,非正常户,实际入库税款,退库税款
{GROWTH},{PRIOR},是,小规模纳税人,否,4321.09,0
{DEVELOPMENT},{PRIOR},是,一般纳税人,否,52360.18,0
{SURVIVAL},{PRIOR},是,小规模纳税人,否,0,0
{PENDING},{PRIOR},是,小规模纳税人,否,0,0
"""
INSURANCE = f"""统一社会信用代码,费款所属期,参保形式,参保人数
{DEVELOPMENT},{PRIOR}-05,单位,5
"""
CREDIT = f"""统一社会信用代码,类别,处罚种类,事由,作出决定日期,是否公示,恢复或移出日期,信用修复日期
{SURVIVAL},经营异常状态,,未按期公示,{PRIOR}-03-01,是,{PRIOR}-09-01,
"""
PROPERTY = f"""统一社会信用代码,权利种类,注册号或专利号,名称,权利人,法律状态,实际使用
{DEVELOPMENT},商标,21806613,老王虹鳟,经营者,有效,是
"""
COURTS = f"""统一社会信用代码,被执行人姓名,案号,发布日期,屏蔽或移除日期
{GONE},王二,（2020）京0116执1号,2020-01-01,2021-01-01
"""
SUSPENSION = f"""统一社会信用代码,备案日期,歇业截止日期,恢复营业日期,累计满三年日期
{DEVELOPMENT},{PRIOR}-11-01,{YEAR}-03-01,{YEAR}-03-01,
"""
FILES = {
    "registration": REGISTRATION,
    "annual_reports": REPORTS,
    "tax": TAX,
    "social_insurance": INSURANCE,
    "credit": CREDIT,
    "intellectual_property": PROPERTY,
    "courts": COURTS,
    "suspension": SUSPENSION,
}


@dataclass(frozen=True)
class People:
    """Who acts: one officer of each kind, the growth business's proprietor, and somebody with no part in it."""

    clerk: User
    reviewer: User
    approver: User
    auditor: User
    proprietor: User
    outsider: User


def make_people() -> People:
    """Everybody but the proprietorship, which needs the business."""
    district = make_district()
    return People(
        clerk=make_officer(district, Role.INTAKE_CLERK, username="clerk"),
        reviewer=make_officer(district, Role.REVIEWER, username="reviewer"),
        approver=make_officer(district, Role.APPROVER, username="approver"),
        auditor=make_officer(district, Role.AUDITOR, username="auditor"),
        proprietor=make_user("laowang", display_name="老王"),
        outsider=make_user("stranger"),
    )


def deliver(by: User, source_key: str, text: str) -> Delivery:
    """Hands a table in as a CSV file; it is read and confirmed."""
    file = io.BytesIO(text.encode())
    return delivered(by=by, source=source_key, file=file, file_name=f"{source_key}.csv", as_of=clock.today())


def determined(people: People) -> Run:
    """All files received, the sample norm approved, the year's run done."""
    for source_key, text in FILES.items():
        delivery = deliver(people.clerk, source_key, text)
        assert delivery.status == Delivery.Status.ACCEPTED, delivery.message
    link_proprietor(by=None, user=people.proprietor, business=Business.objects.get(pk=GROWTH))
    norm = propose_norm(by=people.reviewer, year=YEAR, values=NORM, document_number="样例〔1〕号", is_sample=True)
    approve_norm(by=people.approver, norm=norm)
    return execute(start_run(by=people.reviewer, year=YEAR, basis_date=date(YEAR, 7, 1)))


def published(people: People) -> Run:
    """The same, published, with the measures loaded."""
    load_measures(by=None, folder=Path(settings.RULEBOOKS_DIR) / settings.JURISDICTION / settings.EDITION)
    return publish_run(run=determined(people), by=people.approver)


@kept_world
def make_published() -> tuple[People, Run]:
    """Everybody, and the published run."""
    people = make_people()
    return people, published(people)


def give_role(user: User, role: Role) -> None:
    """One more role at the district regulator."""
    add_member(by=None, user=user, organisation=make_district(), role=role)
