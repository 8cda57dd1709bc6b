"""诉求: what owners and others ask, suggest and complain of, for the body that answers."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.disclosure import Shown, disclosed, reader_of
from jieti.accounts.models import Organisation
from jieti.accounts.perms import is_officer, may_see_services, may_supervise
from jieti.domain.workflows.grievance import GRIEVANCE
from jieti.domain.workflows.table import Step
from jieti.engagement import grievances
from jieti.engagement.desks import GRIEVANCES
from jieti.engagement.models import Grievance, GrievanceFile, GrievanceQuerySet
from jieti.engagement.routing import confidants_of
from jieti.kit import clock, evidence
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, Posted, only, posted
from jieti.web.attaching import links_to
from jieti.web.casework import state_of, step_rows
from jieti.web.officer import ledgers
from jieti.web.officer.ledgers import Casework, Line, Listing, VersionForm
from jieti.web.officer.service_bench import Bench, due_tags, narrowed

REASON, FILE = "办理诉求", "engagement.GrievanceFile.name"
ITEMS = {
    "engagement.Grievance.statement": "内容",
    "engagement.Grievance.asker": "提出人",
    "engagement.Grievance.contact": "联系方式",
    FILE: "附件",
}
HEADERS = ["编号", "种类", "事由", "个体工商户", "承办单位", "提出日期", "期限", "状态", "办结日期"]
BACK = ("诉求", "officer:complaints")
FILTERS: dict[str, tuple[str, Callable[[GrievanceQuerySet], GrievanceQuerySet]]] = {
    "open": ("未办结", lambda found: found.open()),
    "overdue": ("已逾期", lambda found: found.overdue(clock.today())),
    "closed": ("已办结", lambda found: found.filter(closed_on__isnull=False)),
}
LABELS = {"hand_over": "转办的理由", "answer": "答复的内容（提出人会看到）"}


class StepForm(VersionForm):
    """What a step of a grievance asks."""

    def __init__(self, grievance: Grievance, step: Step, data: Posted) -> None:
        super().__init__(grievance, step, LABELS.get(step.key, ""), data)
        if step.key == "hand_over":
            choices = [(str(one.pk), one.name) for one in takers(grievance)]
            self.fields["to"] = ledgers.choice("转给哪个单位", choices, radio=False)
        self.order_fields(["version", "to", "reason"])


@only(may_see_services)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The grievances that the reader may see, by what is due."""
    shown = narrowed(request, visible(request), FILTERS)
    return ledgers.list_page(
        request,
        Listing(
            title="诉求",
            lines=[_line(request, one) for one in shown.cases],
            pages=shown.pages,
            group=ledgers.SERVICES,
            tabs=shown.tabs,
            chosen=shown.chosen,
            xlsx=reverse("officer:complaints-xlsx"),
            intro="咨询、困难和建议由承办单位答复；收费、摊派和作风投诉只有纪检能看到，被投诉的单位任何岗位都看不到。",
            empty="没有这样的诉求。",
        ),
    )


@only(may_see_services)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table, all of them; what was told in confidence without its subject."""
    rows = [_cells(one) for one in visible(request).order_by("pk")]
    return xlsx_response("诉求.xlsx", HEADERS, rows)


@only(may_see_services)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One grievance; that it was read is recorded."""
    return _page(request, own(request, pk))


@only(may_see_services)
@require_safe
def file(request: OfficerRequest, pk: int, number: int) -> HttpResponseBase:
    """One file that came with a grievance; that it was read is recorded."""
    grievance = own(request, pk)
    one = get_object_or_404(grievance.files, pk=number)
    if _shown(request, grievance, {FILE: one.name})[FILE].is_withheld:
        raise PermissionDenied
    return evidence.response_of(one.stored_as, name=one.name, kind=one.kind)


@only(may_see_services)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: OfficerRequest, pk: int, key: str) -> HttpResponse:
    """Takes one step."""
    grievance = own(request, pk)
    return BENCH.take(
        request,
        grievance,
        key,
        form=partial(StepForm, grievance, data=posted(request)),
        visible=visible(request),
        page=lambda refusal: _page(request, grievance, refusal=refusal),
        intro=grievance.title,
    )


def visible(request: OfficerRequest) -> GrievanceQuerySet:
    """Those of the reader's bodies, and for the regulator's members all that are not in confidence."""
    oversees = is_officer(request.user, request.jurisdiction)
    found = Grievance.objects.of(request.jurisdiction).readable_by(request.user, oversees=oversees)
    return found.select_related("handler", "business", "jurisdiction", "accused")


def own(request: OfficerRequest, pk: int) -> Grievance:
    """One that the reader may see; any other is not found."""
    return get_object_or_404(visible(request).select_related("handler__jurisdiction"), pk=pk)


def takers(grievance: Grievance) -> list[Organisation]:
    """The bodies to which it may be handed over."""
    if grievance.is_confidential:
        found = confidants_of(grievance.jurisdiction)
    else:
        found = list(Organisation.objects.filter(jurisdiction=grievance.jurisdiction).in_document_order())
    return [one for one in found if one.pk not in {grievance.handler_id, grievance.accused_id}]


def _page(request: OfficerRequest, grievance: Grievance, *, refusal: Refusal | None = None) -> HttpResponse:
    files = list(grievance.files.all())
    shown = _shown(request, grievance, _protected(grievance, files))
    open_files = [] if FILE in shown and shown[FILE].is_withheld else files
    is_recorded = grievance.is_confidential or any(one.is_recorded for one in shown.values())
    rows: list[tuple[str, object]] = [("编号", grievance.pk), ("种类", grievance.get_kind_display())]
    if grievance.business is not None:
        rows.append(("个体工商户", f"{grievance.business}（{grievance.business_id}）"))
    if grievance.accused is not None:
        rows.append(("被投诉单位", grievance.accused.name))
    rows += [("提出日期", grievance.opened_on), ("承办单位", grievance.handler.name)]
    rows += [(ITEMS[key], str(one)) for key, one in shown.items() if one and (key != FILE or one.is_withheld)]
    if grievance.answer:
        rows.append(("答复", grievance.answer))
    offered = BENCH.offered(grievance, request.user)
    if _may_urge(request, grievance):
        offered.append(("转为督办事项", f"{reverse('officer:duty-new')}?grievance={grievance.pk}"))
    casework = Casework(
        title=grievance.title,
        back=(BACK[0], reverse(BACK[1])),
        state=state_of(grievance, GRIEVANCE),
        due=f"期限：{grievance.due_text}，依据{grievance.deadline_clause}" if grievance.is_open else "",
        rows=rows,
        files=links_to(open_files, "officer:complaint-file", grievance.pk),
        offered=offered,
        steps=step_rows(grievance.steps.all(), GRIEVANCE),
        note="本次查看已记录。" if is_recorded else "",
    )
    return ledgers.case_page(request, casework, refusal=refusal)


def _shown(request: OfficerRequest, grievance: Grievance, values: Mapping[str, object]) -> dict[str, Shown]:
    """What the reader gets of the protected values; that they did is recorded.

    A reading in confidence names no business, so that nobody can tell from the record who complained.
    """
    at_handler = reader_of(request.user, grievance.handler.jurisdiction)
    reader = at_handler if at_handler.posts else reader_of(request.user, request.jurisdiction)
    business = None if grievance.is_confidential else grievance.business_id
    shown = disclosed(reader, values, business=business, reason=REASON)
    if grievance.is_confidential:
        grievances.note_reading(by=request.user, grievance=grievance)
    return shown


def _protected(grievance: Grievance, files: Sequence[GrievanceFile]) -> dict[str, object]:
    values: dict[str, object] = {
        "engagement.Grievance.statement": grievance.statement,
        "engagement.Grievance.asker": grievance.asker,
        "engagement.Grievance.contact": grievance.contact,
    }
    return values | {FILE: "、".join(one.name for one in files)} if files else values


def _may_urge(request: OfficerRequest, grievance: Grievance) -> bool:
    return grievance.is_open and not grievance.is_confidential and may_supervise(request.user, request.jurisdiction)


def _accept(request: OfficerRequest, one: Grievance, form: StepForm) -> Grievance:
    return grievances.accept(by=request.user, grievance=one, version=form.version_seen)


def _hand_over(request: OfficerRequest, one: Grievance, form: StepForm) -> Grievance:
    to = next(body for body in takers(one) if str(body.pk) == form.cleaned_data["to"])
    return grievances.hand_over(by=request.user, grievance=one, version=form.version_seen, to=to, reason=form.reason)


def _answer(request: OfficerRequest, one: Grievance, form: StepForm) -> Grievance:
    return grievances.answer(by=request.user, grievance=one, version=form.version_seen, words=form.reason)


BENCH = Bench(
    GRIEVANCES,
    GRIEVANCE,
    "officer:complaint",
    "officer:complaints",
    {"accept": _accept, "answer": _answer, "hand_over": _hand_over},
)


def _line(request: OfficerRequest, one: Grievance) -> Line:
    whose = (one.business.name,) if one.business else ()
    return Line(
        title=f"{one.title}（编号{one.pk}）",
        link=reverse("officer:complaint", args=[one.pk]),
        facts=(one.get_kind_display(), *whose, f"{one.opened_on}提出", f"承办：{one.handler}"),
        tags=(state_of(one, GRIEVANCE), *due_tags(one)),
        note=BENCH.note(one, request.user),
    )


def _cells(one: Grievance) -> list[object]:
    title = "（保密）" if one.is_confidential else one.title
    business = "" if one.is_confidential or one.business is None else one.business.name
    return [
        one.pk,
        one.get_kind_display(),
        title,
        business,
        one.handler.name,
        one.opened_on,
        one.due_text,
        state_of(one, GRIEVANCE).text,
        one.closed_on,
    ]
