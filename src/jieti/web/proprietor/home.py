"""The owner's home, made for the telephone: my tier and why, my dates, what is for me, what I asked for."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from jieti.accounts.disclosure import SUBJECT
from jieti.appeals.models import Objection
from jieti.audit.models import Event
from jieti.determinations.models import Result
from jieti.directory.overview import PENDING
from jieti.domain.milestones import milestone
from jieti.engagement.models import Gathering, Grievance, Invitation, Need
from jieti.engagement.routing import adviser_on_conversion
from jieti.kit import clock
from jieti.measures.models import Measure, Standing, numbers_in
from jieti.recognitions.models import Application, Recognition
from jieti.registry.models import Business
from jieti.rulebooks.catalogue import current_rulebook
from jieti.web import explaining
from jieti.web.access import MemberRequest
from jieti.web.outlook import Turning, Ways
from jieti.web.proprietor.own import handled, is_agent

FEW = 3
MOST_DAYS = 6
REPORTS = "annual_reports"
PLAIN = {
    "survival": "经营起步和保生存的阶段，帮扶侧重登记、减税、创业和培训。",
    "growth": "有稳定经营、正在成长，帮扶侧重招工、参保、融资和信用监管。",
    "development": "经营规模较大、发展较好，帮扶侧重品牌、知识产权和转企。",
    "ineligible": "有一项基础条件没有满足，改正后，下一次判定会重新分型。",
    PENDING: "还有数据没有到齐，齐了就会判定，不需要您另外提交。",
}
"""Each tier in plain words."""


@dataclass(frozen=True, slots=True)
class Day:
    """A date that matters to the owner."""

    on: datetime.date
    text: str
    link: str = ""
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Entrance:
    """Something that the owner can do or look at, with what is new there."""

    title: str
    text: str
    link: str
    badge: str = ""


@login_required
@require_safe
def home(request: MemberRequest, uscc: str) -> HttpResponse:
    """Everything about one business that is the reader's to look after, on one page."""
    business = handled(request, uscc)
    result = Result.objects.published().latest_for(business.pk)
    explained = explaining.explained(result, most_ways=FEW) if result else {}
    outlook = explained.get("outlook")
    ahead: dict[str, object] = outlook if isinstance(outlook, dict) else {}
    context = {
        "business": business,
        "is_agent": is_agent(request, business),
        "result": result,
        "label": explained.get("label"),
        "mark": (result.tier or PENDING) if result else "",
        "plain": PLAIN[result.tier or PENDING] if result else "",
        "ways": _ways(ahead),
        "title": _title(business),
        "days": _days(business, ahead),
        "asks": _asks(business),
        "mine": _mine(request, business),
        "measures": _measures(business, result),
        "settings": _settings(request, business),
    }
    return render(request, "proprietor/home.html", context)


@login_required
@require_safe
def conversion(request: MemberRequest, uscc: str) -> HttpResponse:
    """What changes and what stays when the business becomes an enterprise, and who helps (附件二(三)2)."""
    business = handled(request, uscc)
    context = {"business": business, "title": _title(business), "adviser": adviser_on_conversion(business.jurisdiction)}
    return render(request, "proprietor/conversion.html", context)


def _ways(ahead: dict[str, object]) -> Ways | None:
    found = ahead.get("ways")
    return found if isinstance(found, Ways) else None


def _title(business: Business) -> Recognition | None:
    return Recognition.objects.live(clock.today()).filter(business=business).first()


def _days(business: Business, ahead: dict[str, object]) -> list[Day]:
    """What is near, the nearest first."""
    found = [*_turnings(business, ahead), *_cases(business), *_events(business), *_report(business), *_titles(business)]
    return sorted(found, key=lambda one: one.on)[:MOST_DAYS]


def _turnings(business: Business, ahead: dict[str, object]) -> Iterator[Day]:
    turnings = ahead.get("turnings")
    link = reverse("proprietor:business", args=[business.pk])
    for one in turnings if isinstance(turnings, list) else ():
        if isinstance(one, Turning):
            yield _turning(one, link)


def _turning(one: Turning, link: str) -> Day:
    """In words that say what to do, where there is something to do."""
    if one.report_by is not None:
        text = f"请在这一天前报送{one.report_year}年度年报，否则会变为“{one.turn.after_text}”"
        return Day(one.report_by, text, link, is_urgent=True)
    if not one.turn.tier:
        return Day(one.turn.on, "从这一天起要用新一年的数据判断，数据到齐后再作结论", link)
    return Day(one.turn.on, f"其他情况不变的话，变为“{one.turn.after_text}”", link, is_urgent=one.is_threat)


def _cases(business: Business) -> Iterator[Day]:
    """The days by which something that the owner asked for has to be answered."""
    for need in Need.objects.raised_for(business).open():
        if need.due_latest:
            link = reverse("proprietor:need", args=[business.pk, need.pk])
            yield Day(need.due_latest, f"{need.get_kind_display()}需求的办理期限", link)
    for objection in Objection.objects.raised_for(business).open():
        if objection.due_latest:
            link = reverse("proprietor:objection", args=[business.pk, objection.pk])
            waits = objection.state == "waiting_for_evidence"
            text = "请在这一天前补充异议的证据" if waits else "异议申诉的办理期限"
            yield Day(objection.due_latest, text, link, is_urgent=waits)


def _events(business: Business) -> Iterator[Day]:
    coming = Invitation.objects.coming().filter(business=business, gathering__cancelled_at=None)
    for one in coming.filter(gathering__ends_at__gte=clock.now()).select_related("gathering"):
        link = reverse("proprietor:event", args=[business.pk, one.gathering_id])
        yield Day(clock.day_of(one.gathering.starts_at), f"您报名的“{one.gathering}”", link)


def _report(business: Business) -> Iterator[Day]:
    """While it can be filed, the last day of the annual report."""
    procedure = current_rulebook(business.jurisdiction).procedure
    if REPORTS not in procedure.get("phases", {}):
        return
    phase = milestone(procedure, REPORTS, clock.today().year)
    if phase.holds(clock.today()):
        yield Day(phase.last_day, "报送上一年度年报的最后一天；已经报送的不用再报")


def _titles(business: Business) -> Iterator[Day]:
    title = _title(business)
    if title is not None:
        yield Day(title.last_day, f"“{title.get_category_display()}”认定有效期的最后一天")


def _asks(business: Business) -> list[Entrance]:
    """What the owner can sign up for."""
    texts = {
        Need.Kind.TRAINING: "看课程、直接报名，或者说想学什么",
        Need.Kind.HIRING: "登记招几个人、做什么，对接招聘会",
        Need.Kind.FINANCING: "说清用途和数额，由发改部门协调金融机构",
        Need.Kind.PREMISES: "看各镇街的场地，或者登记要什么样的",
        Need.Kind.PARTNERS: "想找上下游企业合作的",
    }
    titles = {
        Need.Kind.TRAINING: "我要培训",
        Need.Kind.HIRING: "我要招工",
        Need.Kind.FINANCING: "我要融资",
        Need.Kind.PREMISES: "我要场地",
        Need.Kind.PARTNERS: "我要合作",
    }
    open_kinds = set(Need.objects.raised_for(business).open().values_list("kind", flat=True))
    return [
        Entrance(
            titles[kind],
            texts[kind],
            reverse("proprietor:need-new", args=[business.pk, kind.value]),
            "办理中" if kind.value in open_kinds else "",
        )
        for kind in Need.Kind
    ]


def _mine(request: MemberRequest, business: Business) -> list[Entrance]:
    """What the owner asked for, and what became of it."""
    args = [business.pk]
    needs = Need.objects.raised_for(business).open().count()
    grievances = Grievance.objects.filter(raised_by=request.user).open().count()
    invited = Invitation.objects.filter(
        business=business, answer=Invitation.Answer.WAITING, gathering__in=Gathering.objects.coming(clock.today())
    ).count()
    objections = Objection.objects.raised_for(business).open().count()
    applications = Application.objects.filter(business=business, closed_on=None).count()
    return [
        Entrance("诉求和投诉", "咨询、困难、建议，投诉乱收费", reverse("proprietor:complaints"), _badge(grievances)),
        Entrance("我的需求和报名", "办到哪一步、有什么结果", reverse("proprietor:needs", args=args), _badge(needs)),
        Entrance("活动", "邀请您的和可以报名的", reverse("proprietor:events", args=args), _new(invited)),
        Entrance(
            "对结果有异议",
            "认为分型结果有误的，在这里提出",
            reverse("proprietor:objections", args=args),
            _badge(objections),
        ),
        Entrance(
            "申报名特优新", "申报、推荐和认定", reverse("proprietor:applications", args=args), _badge(applications)
        ),
        Entrance("更正请求", "部门数据有误的", reverse("proprietor:corrections", args=args)),
        Entrance("想转成企业", "字号、代码能不能保留，怎么办、找谁", reverse("proprietor:conversion", args=args)),
    ]


def _measures(business: Business, result: Result | None) -> Entrance:
    """The page of measures for this business: those it was matched with, before any matching those of its tier."""
    standing = Standing.objects.filter(business=business).select_related("signature").first()
    if standing is not None:
        count = len(numbers_in(standing.signature.matched))
    else:
        of_tier = Measure.objects.for_tier(result.tier).count() if result and result.tier else 0
        count = of_tier + Measure.objects.general().count()
    link = reverse("proprietor:measures", args=[business.pk])
    return Entrance("给您的帮扶措施", f"{count}项，不用先申请，符合条件的会直接告诉您", link)


def _settings(request: MemberRequest, business: Business) -> list[Entrance]:
    """What is the owner's to decide, and who read their data; the last is not for an agent."""
    notices = Entrance("通知设置", "不想收的可以关掉；活动邀请可以拒收", reverse("notice_settings"))
    if is_agent(request, business):
        return [notices]
    last = Event.objects.reads_of(SUBJECT.format(business.pk)).first()
    when = f"最近一次：{clock.day_of(last.at):%Y年%-m月%-d日}" if last else "还没有单位看过"
    return [
        Entrance("谁看过我的数据", when, reverse("proprietor:access-log", args=[business.pk])),
        Entrance("委托他人办理", "让家人或者代办人替您看、替您办", reverse("proprietor:mandates", args=[business.pk])),
        notices,
    ]


def _badge(count: int) -> str:
    return f"{count}件办理中" if count else ""


def _new(count: int) -> str:
    return f"{count}个新邀请" if count else ""
