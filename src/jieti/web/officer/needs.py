"""需求: what businesses need, for the body that deals with it, and what came of it."""

from collections.abc import Callable
from functools import partial

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.disclosure import disclosed, reader_of
from jieti.accounts.models import Organisation
from jieti.accounts.perms import is_officer, may_see_services
from jieti.domain.workflows.need import NEED
from jieti.domain.workflows.table import Step
from jieti.engagement import needs
from jieti.engagement.desks import NEEDS
from jieti.engagement.models import Gathering, Need, NeedQuerySet, Offer
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, Posted, only, posted
from jieti.web.casework import Tag, state_of, step_rows
from jieti.web.officer import ledgers
from jieti.web.officer.ledgers import Casework, Line, Listing, VersionForm
from jieti.web.officer.service_bench import Bench, due_tags, narrowed

REASON = "对接需求"
STATEMENT = "engagement.Need.statement"
HEADERS = [
    "编号",
    "种类",
    "个体工商户",
    "统一社会信用代码",
    "所属镇街",
    "数量",
    "承办单位",
    "登记日期",
    "期限",
    "状态",
    "培训、场地或者活动",
    "结果",
]
LABELS = {"hand_over": "转办的理由", "refer": "为什么推荐（经营者会看到）", "settle": "结果说明（经营者会看到）"}
FILTERS: dict[str, tuple[str, Callable[[NeedQuerySet], NeedQuerySet]]] = {
    "open": ("未办结", lambda found: found.open()),
    "overdue": ("已逾期", lambda found: found.overdue(clock.today())),
    **{
        kind.value: (kind.label, lambda found, kind=kind: found.open().filter(kind=kind))  # type: ignore[misc]
        for kind in Need.Kind
    },
    "closed": ("已办结", lambda found: found.filter(closed_on__isnull=False)),
}


class StepForm(VersionForm):
    """What a step of a need asks."""

    def __init__(self, need: Need, step: Step, data: Posted) -> None:
        super().__init__(need, step, LABELS.get(step.key, ""), data)
        if step.key == "hand_over":
            choices = [(str(one.pk), one.name) for one in takers(need)]
            self.fields["to"] = ledgers.choice("转给哪个单位", choices, radio=False)
        if step.key == "refer":
            self.fields["chance"] = ledgers.choice("推荐什么", chances(need), radio=False)
        if step.key == "settle":
            self.fields["outcome"] = ledgers.choice("结果", Need.Outcome.choices)
        self.order_fields(["version", "to", "chance", "outcome", "reason"])


@only(may_see_services)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The needs that the reader may see, by what is due and by kind."""
    shown = narrowed(request, visible(request), FILTERS)
    return ledgers.list_page(
        request,
        Listing(
            title="需求",
            lines=[_line(request, one) for one in shown.cases],
            pages=shown.pages,
            group=ledgers.SERVICES,
            tabs=shown.tabs,
            chosen=shown.chosen,
            xlsx=reverse("officer:needs-xlsx"),
            intro="经营者登记的招工、培训、融资、场地和合作需求。推荐课程、场地、招聘会或者对接会后，要登记结果。",
            empty="没有这样的需求。",
        ),
    )


@only(may_see_services)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table, all of them."""
    rows = [_cells(one) for one in visible(request).order_by("pk")]
    return xlsx_response("需求.xlsx", HEADERS, rows)


@only(may_see_services)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One need; that its words were read is recorded."""
    return _page(request, own(request, pk))


@only(may_see_services)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: OfficerRequest, pk: int, key: str) -> HttpResponse:
    """Takes one step."""
    need = own(request, pk)
    return BENCH.take(
        request,
        need,
        key,
        form=partial(StepForm, need, data=posted(request)),
        visible=visible(request),
        page=lambda refusal: _page(request, need, refusal=refusal),
    )


def visible(request: OfficerRequest) -> NeedQuerySet:
    """Those of the reader's bodies; for the regulator's members all."""
    found = Need.objects.of(request.jurisdiction).select_related("business", "handler", "offer", "gathering")
    return found if is_officer(request.user, request.jurisdiction) else found.handled_by(request.user)


def own(request: OfficerRequest, pk: int) -> Need:
    """One that the reader may see; any other is not found."""
    return get_object_or_404(visible(request).select_related("jurisdiction", "handler__jurisdiction"), pk=pk)


def takers(need: Need) -> list[Organisation]:
    """The bodies to which it may be handed over."""
    found = Organisation.objects.filter(jurisdiction=need.jurisdiction).in_document_order()
    return list(found.exclude(pk=need.handler_id))


def chances(need: Need) -> list[tuple[str, str]]:
    """What it may be referred to: the open offers and the coming events of the district."""
    offers = Offer.objects.of(need.jurisdiction).open(clock.today())
    coming = Gathering.objects.of(need.jurisdiction).coming(clock.today())
    return [
        *((f"offer-{one.pk}", f"{one.get_kind_display()}：{one}") for one in offers),
        *((f"gathering-{one.pk}", f"{one.get_kind_display()}：{one}（{one.starts_at:%Y-%m-%d}）") for one in coming),
    ]


def _page(request: OfficerRequest, need: Need, *, refusal: Refusal | None = None) -> HttpResponse:
    reader = reader_of(request.user, request.jurisdiction)
    shown = disclosed(reader, {STATEMENT: need.statement}, business=need.business_id, reason=REASON)[STATEMENT]
    rows: list[tuple[str, object]] = [
        ("个体工商户", f"{need.business}（{need.business_id}）"),
        ("所属镇街", need.business.town),
        ("承办单位", need.handler.name),
        ("登记日期", need.opened_on),
    ]
    if need.quantity:
        rows.append(("数量", need.quantity))
    if shown:
        rows.append(("具体需求", str(shown)))
    rows += [(label, str(one)) for label, one in (("报名或者推荐", need.offer), ("推荐的活动", need.gathering)) if one]
    if need.outcome:
        rows.append(("结果", f"{need.get_outcome_display()}：{need.outcome_note}"))
    casework = Casework(
        title=f"{need.business}：{need.get_kind_display()}",
        back=("需求", reverse("officer:needs")),
        state=state_of(need, NEED),
        due=f"期限：{need.due_text}，依据{need.deadline_clause}" if need.is_open else "",
        rows=rows,
        offered=BENCH.offered(need, request.user),
        steps=step_rows(need.steps.all(), NEED),
        note="本次查看已记录，经营者可以看到。" if shown.is_recorded else "",
    )
    return ledgers.case_page(request, casework, refusal=refusal)


def _accept(request: OfficerRequest, one: Need, form: StepForm) -> Need:
    return needs.accept(by=request.user, need=one, version=form.version_seen)


def _hand_over(request: OfficerRequest, one: Need, form: StepForm) -> Need:
    to = next(body for body in takers(one) if str(body.pk) == form.cleaned_data["to"])
    return needs.hand_over(by=request.user, need=one, version=form.version_seen, to=to, reason=form.reason)


def _refer(request: OfficerRequest, one: Need, form: StepForm) -> Need:
    kind, _, pk = form.cleaned_data["chance"].partition("-")
    offer = Offer.objects.get(pk=pk) if kind == "offer" else None
    gathering = None if offer else Gathering.objects.get(pk=pk)
    return needs.refer(
        by=request.user,
        need=one,
        version=form.version_seen,
        reason=form.reason,
        offer=offer,
        gathering=gathering,
    )


def _settle(request: OfficerRequest, one: Need, form: StepForm) -> Need:
    outcome = form.cleaned_data["outcome"]
    return needs.settle(by=request.user, need=one, version=form.version_seen, outcome=outcome, note=form.reason)


BENCH = Bench(
    NEEDS,
    NEED,
    "officer:need",
    "officer:needs",
    {"accept": _accept, "refer": _refer, "settle": _settle, "hand_over": _hand_over},
)


def _line(request: OfficerRequest, one: Need) -> Line:
    chance = one.offer or one.gathering
    outcome = (Tag(one.get_outcome_display()),) if one.outcome else ()
    return Line(
        title=f"{one.business.name}：{one.get_kind_display()}",
        link=reverse("officer:need", args=[one.pk]),
        facts=(
            one.business.town,
            f"{one.opened_on}登记",
            f"承办：{one.handler}",
            *((f"报名：{chance}",) if chance else ()),
        ),
        tags=(state_of(one, NEED), *due_tags(one), *outcome),
        note=BENCH.note(one, request.user),
    )


def _cells(one: Need) -> list[object]:
    return [
        one.pk,
        one.get_kind_display(),
        one.business.name,
        one.business_id,
        one.business.town,
        one.quantity,
        one.handler.name,
        one.opened_on,
        one.due_text,
        state_of(one, NEED).text,
        str(one.offer or one.gathering or ""),
        one.get_outcome_display(),
    ]
