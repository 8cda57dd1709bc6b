"""培训和场地: the training catalogue and the towns' premises, who signed up, and what each body offers."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.accounts.models import Organisation
from jieti.accounts.perms import may_see_services, may_work_for
from jieti.engagement.models import Need, Offer
from jieti.engagement.offers import Terms, add_offer, withdraw_offer
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, Posted, only, posted
from jieti.web.casework import Tag
from jieti.web.choosing import offer
from jieti.web.officer import ledgers
from jieti.web.officer.ledgers import Line, Listing, Sheet, Tab

HEADERS = ["编号", "种类", "名称", "提供单位", "培训机构或者产权单位", "地点", "开始", "截止", "名额", "报名", "状态"]


class OfferForm(forms.Form):
    """What is offered."""

    kind = ledgers.choice("种类", Offer.Kind.choices)
    organiser = ledgers.choice("提供单位", (), radio=False)
    title = ledgers.text("名称", hint="例如：中式烹调师（四级）、雁栖镇便民市场摊位。")
    gist = ledgers.words("内容和条件", hint="写明学什么、谁可以报名；场地写明面积、租期、要求。不收费的写明不收费。")
    provider = ledgers.text("培训机构或者产权单位（选填）", required=False)
    place = ledgers.text("地点（选填）", required=False, most=200)
    starts_on = ledgers.day("开始日期（选填）", required=False)
    ends_on = ledgers.day("截止日期（选填）", required=False, hint="过了这一天不再接受报名。")
    places = ledgers.number("名额（选填）", hint="不填就不限。")
    contact = ledgers.text("咨询电话")

    def __init__(self, bodies: list[Organisation], data: Posted) -> None:
        super().__init__(data)
        offer(self, "organiser", [(str(one.pk), one.name) for one in bodies])


@only(may_see_services)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Every course and every premises of the district, those that can be signed up for first."""
    found = Offer.objects.of(request.jurisdiction).select_related("organiser")
    groups = {
        "open": ("可以报名", found.open(clock.today())),
        "over": ("已结束或者撤下", found.exclude(pk__in=found.open(clock.today()).values("pk"))),
    }
    tabs = [Tab(key, label, group.count()) for key, (label, group) in groups.items()]
    chosen = ledgers.narrowed(request, tabs)
    page, pages = ledgers.paged(request, groups[chosen][1])
    may_add = bool(bodies_of(request))
    return ledgers.list_page(
        request,
        Listing(
            title="培训和场地",
            lines=[_line(one) for one in page],
            pages=pages,
            group=ledgers.SERVICES,
            tabs=tabs,
            chosen=chosen,
            buttons=[("登记培训或者场地", reverse("officer:offer-new"))] if may_add else [],
            xlsx=reverse("officer:offers-xlsx"),
            intro="登记后，经营者可以在手机上直接报名；报名会列入本单位的“需求”。",
        ),
    )


@only(may_see_services)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    rows = [
        [
            one.pk,
            one.get_kind_display(),
            one.title,
            one.organiser.name,
            one.provider,
            one.place,
            one.starts_on,
            one.ends_on,
            one.places,
            _taken(one),
            _state(one).text,
        ]
        for one in Offer.objects.of(request.jurisdiction).select_related("organiser").order_by("pk")
    ]
    return xlsx_response("培训和场地.xlsx", HEADERS, rows)


@only(may_see_services)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """A new course or premises of a body for which the reader works."""
    bodies = bodies_of(request)
    if not bodies:
        raise PermissionDenied
    form = OfferForm(bodies, posted(request))

    def deed(filled: forms.Form) -> str:
        values = dict(filled.cleaned_data)
        organiser = next(one for one in bodies if str(one.pk) == values.pop("organiser"))
        offer = add_offer(by=request.user, organiser=organiser, terms=Terms(**values))
        return reverse("officer:offer", args=[offer.pk])

    sheet = Sheet("登记培训或者场地", "登记并公开", ("培训和场地", reverse("officer:offers")), clause="正文二(三)6")
    return ledgers.form_page(request, sheet, form, deed)


@only(may_see_services)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One offer; who signed up for it is shown to the body that offers it."""
    offer = get_object_or_404(Offer.objects.of(request.jurisdiction).select_related("organiser"), pk=pk)
    mine = may_work_for(request.user, offer.organiser)
    rows = [
        ("种类", offer.get_kind_display()),
        ("提供单位", offer.organiser.name),
        ("培训机构或者产权单位", offer.provider or "—"),
        ("地点", offer.place or "—"),
        ("时间", f"{offer.starts_on or '随时'} 至 {offer.ends_on or '撤下为止'}"),
        ("名额", offer.places or "不限"),
        ("已报名", _taken(offer)),
        ("咨询电话", offer.contact),
        ("内容和条件", offer.gist),
    ]
    if mine:
        rows.append(("报名的个体工商户", "\n".join(str(one.business) for one in _sign_ups(offer)) or "—"))
    may_withdraw = mine and offer.withdrawn_at is None
    casework = ledgers.Casework(
        title=offer.title,
        back=("培训和场地", reverse("officer:offers")),
        state=_state(offer),
        due="",
        rows=rows,
        offered=[],
        posts=[("撤下", reverse("officer:offer-withdraw", args=[offer.pk]))] if may_withdraw else [],
    )
    return ledgers.case_page(request, casework)


@only(may_see_services)
@require_POST
def withdraw(request: OfficerRequest, pk: int) -> HttpResponse:
    """Takes it out of the catalogue."""
    offer = get_object_or_404(Offer.objects.of(request.jurisdiction), pk=pk)
    try:
        withdraw_offer(by=request.user, offer=offer)
    except Refusal:
        raise PermissionDenied from None
    messages.success(request, "已撤下；已经报名的不受影响。")
    return redirect("officer:offer", pk)


def bodies_of(request: OfficerRequest) -> list[Organisation]:
    """The bodies of this district for which the reader deals with owners."""
    held = Organisation.objects.worked_for_by(request.user).filter(jurisdiction=request.jurisdiction)
    return [one for one in held.in_document_order() if may_work_for(request.user, one)]


def _sign_ups(offer: Offer) -> list[Need]:
    return list(offer.needs.all().holding_places().select_related("business").order_by("opened_on", "pk"))


def _taken(offer: Offer) -> int:
    return offer.needs.all().holding_places().count()


def _state(offer: Offer) -> Tag:
    if offer.withdrawn_at is not None:
        return Tag("已撤下")
    if offer.ends_on is not None and offer.ends_on < clock.today():
        return Tag("已结束")
    full = offer.places is not None and _taken(offer) >= offer.places
    return Tag("名额已满", "warn") if full else Tag("可以报名", "good")


def _line(one: Offer) -> Line:
    when = f"{one.starts_on or ''} 至 {one.ends_on or ''}" if one.starts_on or one.ends_on else "随时"
    places = f"报名{_taken(one)}，名额{one.places or '不限'}"
    return Line(
        title=one.title,
        link=reverse("officer:offer", args=[one.pk]),
        facts=(one.get_kind_display(), one.organiser.name, when, places),
        tags=(_state(one),),
    )
