"""活动: planned by a body, announced, invited to, held, reported on."""

import datetime
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.accounts.models import TOWN_KINDS, Organisation
from jieti.accounts.perms import may_see_services, may_work_for
from jieti.directory.names import division_names
from jieti.domain.terms import Category, Tier
from jieti.engagement import gatherings
from jieti.engagement.gatherings import CLAUSE, Plan
from jieti.engagement.models import Gathering, GatheringQuerySet, Invitation
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, Posted, only, posted
from jieti.web.casework import Tag
from jieti.web.choosing import offer
from jieti.web.officer import ledgers
from jieti.web.officer.ledgers import Casework, Line, Listing, Sheet, Tab
from jieti.web.officer.offers import bodies_of

HEADERS = [
    "编号",
    "种类",
    "名称",
    "主办单位",
    "开始",
    "结束",
    "地点",
    "邀请",
    "报名",
    "到场",
    "对接双方",
    "成效",
    "状态",
]
GUESTS = ["个体工商户", "统一社会信用代码", "所属镇街", "受邀", "回复", "回复时间", "到场"]
TIERS = [(one.value, one.label) for one in Tier if one is not Tier.INELIGIBLE]
FILTERS: dict[str, tuple[str, Callable[[GatheringQuerySet], GatheringQuerySet]]] = {
    "coming": ("即将举办", lambda found: found.coming(clock.today())),
    "draft": ("未发布", lambda found: found.filter(published_at=None)),
    "held": ("已举办", lambda found: found.held_before(clock.today()).order_by("-starts_at")),
    "unreported": ("待登记成效", lambda found: found.held_before(clock.today()).filter(reported_at=None)),
    "cancelled": ("已取消", lambda found: found.filter(cancelled_at__isnull=False)),
}


class EventForm(forms.Form):
    """What is held when, where, for whom."""

    kind = ledgers.choice("种类", Gathering.Kind.choices, radio=False)
    organiser = ledgers.choice("主办单位", (), radio=False)
    title = ledgers.text("名称")
    gist = ledgers.words("内容")
    place = ledgers.text("地点", most=200)
    starts_at = ledgers.moment("开始时间")
    ends_at = ledgers.moment("结束时间")
    places = ledgers.number("名额（选填）", hint="不填就不限。")
    contact = ledgers.text("咨询电话")
    tiers = ledgers.several("邀请哪几型（都不选就不限）", TIERS)
    categories = ledgers.several("邀请哪几类名特优新（都不选就不限）", [(one.value, one.label) for one in Category])
    towns = ledgers.several("邀请哪些镇街（都不选就不限）", ())
    industries = ledgers.several("邀请哪些行业（都不选就不限）", list(division_names().items()), is_long=True)

    def __init__(self, request: OfficerRequest, bodies: list[Organisation], data: Posted) -> None:
        super().__init__(data)
        towns = Organisation.objects.filter(jurisdiction=request.jurisdiction, kind__in=TOWN_KINDS).order_by(
            "area_code"
        )
        offer(self, "organiser", [(str(one.pk), one.name) for one in bodies])
        offer(self, "towns", [(one.short or one.name, one.short or one.name) for one in towns])

    @property
    def plan(self) -> Plan:
        values = dict(self.cleaned_data)
        values.pop("organiser")
        audience = {key: values.pop(key) for key in ("tiers", "categories", "towns", "industries")}
        return Plan(**values, audience=audience)


class ReportForm(forms.Form):
    """What came of it."""

    result = ledgers.words("成效", hint="写明参加情况、达成什么、后续怎样跟进。")
    both_sides = ledgers.words("对接双方（供需对接会必填）", required=False, rows=3)


class AttendanceForm(forms.Form):
    """Who came."""

    came = ledgers.several("到场的个体工商户", ())

    def __init__(self, gathering: Gathering, data: Posted) -> None:
        coming = list(gathering.invitations.coming().select_related("business"))
        super().__init__(data, initial={"came": [one.business_id for one in coming if one.has_come]})
        offer(self, "came", [(one.business_id, one.business.name) for one in coming])


@only(may_see_services)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The events of the district; those that are not announced only for their own bodies."""
    found = visible(request)
    tabs = [Tab(key, label, narrow(found).count()) for key, (label, narrow) in FILTERS.items()]
    chosen = ledgers.narrowed(request, tabs)
    page, pages = ledgers.paged(request, FILTERS[chosen][1](found))
    buttons = [("登记活动", reverse("officer:event-new"))] if bodies_of(request) else []
    return ledgers.list_page(
        request,
        Listing(
            title="活动",
            lines=[_line(one) for one in page],
            pages=pages,
            tabs=tabs,
            chosen=chosen,
            buttons=[*buttons, ("公开的活动日历", reverse("public:calendar"))],
            xlsx=reverse("officer:events-xlsx"),
            intro="发布后列入公开的活动日历；可以按分型、类别、镇街、行业邀请，经营者在手机上报名。",
            empty="没有这样的活动。",
        ),
    )


@only(may_see_services)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    rows = [_cells(one) for one in visible(request).order_by("pk")]
    return xlsx_response("活动.xlsx", HEADERS, rows)


@only(may_see_services)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """A new event of a body for which the reader works."""
    bodies = bodies_of(request)
    if not bodies:
        raise PermissionDenied
    form = EventForm(request, bodies, posted(request))

    def deed(filled: EventForm) -> str:
        organiser = next(one for one in bodies if str(one.pk) == filled.cleaned_data["organiser"])
        gathering = gatherings.plan_gathering(by=request.user, organiser=organiser, plan=filled.plan)
        return reverse("officer:event", args=[gathering.pk])

    sheet = Sheet("登记活动", "保存", ("活动", reverse("officer:events")), "保存后还没有公开，核对后再发布。", CLAUSE)
    return ledgers.form_page(request, sheet, form, deed)


@only(may_see_services)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One event with its numbers; the guests' table is for the body that holds it."""
    return _page(request, own(request, pk))


@only(may_see_services)
@require_POST
def take(request: OfficerRequest, pk: int, deed: str) -> HttpResponse:
    """Publishes, invites or cancels."""
    gathering = own(request, pk)
    try:
        if deed == "publish":
            gatherings.publish_gathering(by=request.user, gathering=gathering)
            messages.success(request, "已发布，列入公开的活动日历。")
        elif deed == "invite":
            count = gatherings.invite(by=request.user, gathering=gathering)
            messages.success(request, f"已邀请{count}户。" if count else "没有新的邀请对象。")
        else:
            gatherings.cancel_gathering(by=request.user, gathering=gathering)
            messages.success(request, "已取消，并告知报名的经营者。")
    except Refusal as refused:
        return _page(request, gathering, refusal=refused)
    return redirect("officer:event", pk)


@only(may_see_services)
@require_http_methods(["GET", "HEAD", "POST"])
def attendance(request: OfficerRequest, pk: int) -> HttpResponse:
    """Who came."""
    gathering = _held_by_reader(request, pk)

    def deed(filled: forms.Form) -> str:
        gatherings.note_attendance(by=request.user, gathering=gathering, came=filled.cleaned_data["came"])
        return reverse("officer:event", args=[pk])

    sheet = Sheet("登记到场", "保存", (gathering.title, reverse("officer:event", args=[pk])))
    return ledgers.form_page(request, sheet, AttendanceForm(gathering, posted(request)), deed)


@only(may_see_services)
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: OfficerRequest, pk: int) -> HttpResponse:
    """What came of it."""
    gathering = _held_by_reader(request, pk)
    form = ReportForm(posted(request), initial={"result": gathering.result, "both_sides": gathering.both_sides})

    def deed(filled: forms.Form) -> str:
        gatherings.report_gathering(by=request.user, gathering=gathering, **filled.cleaned_data)
        return reverse("officer:event", args=[pk])

    sheet = Sheet("登记成效", "保存", (gathering.title, reverse("officer:event", args=[pk])), clause=CLAUSE)
    return ledgers.form_page(request, sheet, form, deed)


@only(may_see_services)
@require_safe
def guests_xlsx(request: OfficerRequest, pk: int) -> FileResponse:
    """Everybody invited and everybody who signed up, for the body that holds it."""
    gathering = _held_by_reader(request, pk)
    rows = [
        [
            one.business.name,
            one.business_id,
            one.business.town,
            one.is_invited,
            one.get_answer_display(),
            one.answered_at,
            one.has_come,
        ]
        for one in gathering.invitations.select_related("business")
    ]
    return xlsx_response(f"{gathering.title}名单.xlsx", GUESTS, rows)


def visible(request: OfficerRequest) -> GatheringQuerySet:
    """What is announced, and everything of the reader's own bodies."""
    found = Gathering.objects.of(request.jurisdiction).select_related("organiser__jurisdiction")
    mine = Organisation.objects.worked_for_by(request.user).order_by().values("pk")
    return found.filter(published_at__isnull=False) | found.filter(organiser__in=mine)


def own(request: OfficerRequest, pk: int) -> Gathering:
    """One that the reader may see; any other is not found."""
    return get_object_or_404(visible(request), pk=pk)


def _held_by_reader(request: OfficerRequest, pk: int) -> Gathering:
    gathering = own(request, pk)
    if not may_work_for(request.user, gathering.organiser):
        raise PermissionDenied
    return gathering


def _page(request: OfficerRequest, gathering: Gathering, *, refusal: Refusal | None = None) -> HttpResponse:
    mine = may_work_for(request.user, gathering.organiser)
    guests = gathering.invitations
    came = guests.filter(has_come=True).count()
    rows: list[tuple[str, object]] = [
        ("种类", gathering.get_kind_display()),
        ("主办单位", gathering.organiser.name),
        ("时间", f"{_local(gathering.starts_at)} 至 {_local(gathering.ends_at)}"),
        ("地点", gathering.place),
        ("内容", gathering.gist),
        ("邀请对象", "\n".join(audience_text(gathering)) or "不限"),
        ("邀请", f"{guests.filter(is_invited=True).count()}户"),
        ("报名", f"{guests.coming().count()}户（名额{gathering.places or '不限'}）"),
        ("到场", f"{came}户"),
        ("咨询电话", gathering.contact),
    ]
    rows += [
        (label, words) for label, words in (("对接双方", gathering.both_sides), ("成效", gathering.result)) if words
    ]
    casework = Casework(
        title=gathering.title,
        back=("活动", reverse("officer:events")),
        state=state_of(gathering),
        due="",
        rows=rows,
        offered=_pages(gathering) if mine else [],
        posts=_posts(gathering) if mine else [],
        downloads=[("下载名单（XLSX 表格）", reverse("officer:event-guests", args=[gathering.pk]))] if mine else [],
    )
    return ledgers.case_page(request, casework, refusal=refusal)


def _pages(gathering: Gathering) -> list[tuple[str, str]]:
    if gathering.published_at is None or gathering.cancelled_at is not None or gathering.starts_at > clock.now():
        return []
    found = [("登记到场", reverse("officer:event-attendance", args=[gathering.pk]))]
    return [*found, ("登记成效", reverse("officer:event-report", args=[gathering.pk]))] if gathering.is_over else found


def _posts(gathering: Gathering) -> list[tuple[str, str]]:
    if gathering.cancelled_at is not None or gathering.is_over:
        return []
    deeds = {"invite": "邀请", "cancel": "取消活动"} if gathering.published_at else {"publish": "发布"}
    return [(label, reverse("officer:event-take", args=[gathering.pk, key])) for key, label in deeds.items()]


def audience_text(gathering: Gathering) -> list[str]:
    """For whom it is, in words."""
    words: dict[str, tuple[str, dict[str, str]]] = {
        "tiers": ("分型", dict(TIERS)),
        "categories": ("类别", {one.value: one.label for one in Category}),
        "towns": ("镇街", {}),
        "industries": ("行业", dict(division_names())),
    }
    asked = gathering.audience
    return [
        f"{label}：{'、'.join(said.get(code, code) for code in asked[key])}"
        for key, (label, said) in words.items()
        if asked.get(key)
    ]


def state_of(gathering: Gathering) -> Tag:
    """Where an event stands."""
    if gathering.cancelled_at is not None:
        return Tag("已取消", "bad")
    if gathering.published_at is None:
        return Tag("未发布", "warn")
    if gathering.is_over:
        return Tag("已登记成效", "good") if gathering.reported_at else Tag("待登记成效", "warn")
    return Tag("已发布", "doing")


def _line(one: Gathering) -> Line:
    guests: list[Invitation] = list(one.invitations.coming())
    return Line(
        title=one.title,
        link=reverse("officer:event", args=[one.pk]),
        facts=(one.get_kind_display(), _local(one.starts_at), one.place, one.organiser.name, f"报名{len(guests)}户"),
        tags=(state_of(one),),
    )


def _cells(one: Gathering) -> list[object]:
    return [
        one.pk,
        one.get_kind_display(),
        one.title,
        one.organiser.name,
        one.starts_at,
        one.ends_at,
        one.place,
        one.invitations.filter(is_invited=True).count(),
        one.invitations.coming().count(),
        one.invitations.filter(has_come=True).count(),
        one.both_sides,
        one.result,
        state_of(one).text,
    ]


def _local(moment: datetime.datetime) -> str:
    return f"{moment.astimezone(timezone.get_current_timezone()):%Y-%m-%d %H:%M}"
