"""异议申诉: which objections wait for whom, one objection with all that belongs to it, its files and its letter."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from jieti.accounts.disclosure import Reader, disclosed, reader_of
from jieti.accounts.models import Role
from jieti.accounts.perms import may_answer_for, may_oversee_objections, may_see_objections
from jieti.appeals.desk import DESK
from jieti.appeals.models import DisputedFact, Objection, ObjectionQuerySet
from jieti.directory.overview import LABELS, PENDING
from jieti.kit import clock, evidence
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, only
from jieti.web.objecting import FactRow, Standing, fact_rows, standing_of, step_rows

REASON = "办理异议申诉"
STATEMENT, FILE = "appeals.Objection.statement", "appeals.Evidence.name"
DECISION, LETTER = "appeals.Objection.decision_reason", "appeals.Objection.reply_text"
USED, VERIFIED = "appeals.DisputedFact.used", "appeals.DisputedFact.verified"
HEADERS = [
    "编号",
    "个体工商户",
    "统一社会信用代码",
    "所属镇街",
    "年度",
    "状态",
    "承办单位",
    "提出日期",
    "期限",
    "逾期",
    "结果",
]
FILTERS: dict[str, tuple[str, Callable[[ObjectionQuerySet], ObjectionQuerySet]]] = {
    "open": ("未办结", lambda found: found.open()),
    "overdue": ("已逾期", lambda found: found.overdue(clock.today())),
    "perhaps": ("可能已逾期", lambda found: found.perhaps_overdue(clock.today())),
    "provisional": ("期限暂定", lambda found: found.provisional()),
    "closed": ("已办结", lambda found: found.filter(closed_on__isnull=False)),
}
FIRST = "open"


@dataclass(frozen=True, slots=True)
class Row:
    """An objection of the list, and the steps that the reader may take."""

    one: Objection
    standing: Standing
    owner: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the reader's duty lets them see of an objection."""

    reader: Reader
    facts: tuple[FactRow, ...]
    is_handler: bool
    """Whether the reader works for the body that handles it or oversees it, and so sees every disputed fact."""


@only(may_see_objections)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The objections that the reader may see, by what is due."""
    chosen = request.GET.get("show", FIRST)
    chosen = chosen if chosen in FILTERS else FIRST
    found = visible(request)
    tabs = [(key, label, narrow(found).count()) for key, (label, narrow) in FILTERS.items()]
    listed = FILTERS[chosen][1](found).order_by("due_earliest", "pk")
    context = {
        "rows": [_row(request, one) for one in listed],
        "tabs": tabs,
        "chosen": chosen,
        "may_oversee": _oversees(request),
    }
    return render(request, "officer/objections.html", context)


@only(may_see_objections)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table, all of them."""
    rows = [_cells(one) for one in visible(request).order_by("pk")]
    return xlsx_response("异议申诉.xlsx", HEADERS, rows)


@only(may_see_objections)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One objection."""
    return page(request, own(request, pk))


@only(may_see_objections)
@require_safe
def file(request: OfficerRequest, pk: int, number: int) -> HttpResponseBase:
    """One piece of the evidence; that it was read is recorded."""
    objection = own(request, pk)
    one = get_object_or_404(objection.evidence, pk=number)
    _demand_disclosed(seen_by(request, objection), objection, {FILE: one.name})
    return evidence.response_of(one.stored_as, name=one.name, kind=one.kind)


@only(may_see_objections)
@require_safe
def letter(request: OfficerRequest, pk: int) -> HttpResponseBase:
    """The reply letter; that it was read is recorded."""
    objection = own(request, pk)
    seen = seen_by(request, objection)
    if not objection.reply_path:
        raise Http404
    if not seen.is_handler:
        raise PermissionDenied
    _demand_disclosed(seen, objection, {LETTER: objection.reply_number})
    return evidence.response_of(objection.reply_path, name=f"异议答复书{objection.pk}.pdf", kind=evidence.PDF)


def page(request: OfficerRequest, objection: Objection, *, refusal: Refusal | None = None) -> HttpResponse:
    """The page of one objection, with why a step was refused."""
    seen = seen_by(request, objection)
    shown = disclosed(seen.reader, _protected(objection, seen), business=objection.business_id, reason=REASON)
    is_open_to_reader = not shown[STATEMENT].is_withheld
    offered = [step for step in DESK.offers(objection, by=request.user) if step.key != "answer"]
    corrected = objection.corrected
    context = {
        "objection": objection,
        "standing": standing_of(objection),
        "owner": _owner(objection),
        "label": LABELS[objection.result.tier or PENDING],
        "new_label": LABELS[corrected.tier or PENDING] if corrected else "",
        "shown": {key.rpartition(".")[2]: one for key, one in shown.items()},
        "facts": seen.facts if is_open_to_reader else (),
        "steps": step_rows(objection) if seen.is_handler and is_open_to_reader else (),
        "evidence": objection.evidence.all() if is_open_to_reader else (),
        "offered": offered,
        "answerable": answerable(request, objection),
        "is_handler": seen.is_handler,
        "may_bench": seen.is_handler and is_open_to_reader and works_on(request, objection),
        "is_recorded": any(one.is_recorded for one in shown.values()),
        "refusal": refusal,
    }
    return render(request, "officer/objection.html", context, status=409 if refusal else 200)


def visible(request: OfficerRequest) -> ObjectionQuerySet:
    """Members of the handling regulators and city officers see all of the jurisdiction; others what was put to them."""
    found = Objection.objects.handled_in(request.jurisdiction).select_related("business", "handler", "jurisdiction")
    return found if _oversees(request) else found.put_to(request.user)


def own(request: OfficerRequest, pk: int) -> Objection:
    """An objection that the reader may see; any other is not found."""
    wanted = visible(request).select_related(
        "result__run__norm", "result__run__rulebook", "corrected", "raised_by", "handler__jurisdiction"
    )
    return get_object_or_404(wanted, pk=pk)


def seen_by(request: OfficerRequest, objection: Objection) -> Seen:
    """A consulted body sees the facts that were put to it; the handler's members see all."""
    is_handler = _oversees(request)
    rows = fact_rows(objection)
    if not is_handler:
        asked = set(objection.disputed.answerable_by(request.user).filter(asked_at__isnull=False).values_list("pk"))
        rows = [row for row in rows if (row.one.pk,) in asked]
    return Seen(_reader(request, objection), tuple(rows), is_handler)


def answerable(request: OfficerRequest, objection: Objection) -> list[DisputedFact]:
    """The facts that wait for an answer of the reader."""
    if objection.state != "consulting":
        return []
    waiting = objection.disputed.waiting().select_related("supplier")
    return [one for one in waiting if may_answer_for(request.user, one.supplier)]


def works_on(request: OfficerRequest, objection: Objection) -> bool:
    """Whether the reader verifies or decides at the body that handles the objection."""
    roles = {post.role for post in reader_of(request.user, objection.handler.jurisdiction).posts}
    return bool(roles & {Role.REVIEWER.value, Role.APPROVER.value})


def _reader(request: OfficerRequest, objection: Objection) -> Reader:
    """The officer in the jurisdiction whose body handles it, where they work there; else where they are now."""
    at_handler = reader_of(request.user, objection.handler.jurisdiction)
    is_here = request.jurisdiction.pk == objection.jurisdiction_id
    return at_handler if at_handler.posts or not is_here else reader_of(request.user, request.jurisdiction)


def _oversees(request: OfficerRequest) -> bool:
    return may_oversee_objections(request.user, request.jurisdiction)


def _protected(objection: Objection, seen: Seen) -> dict[str, object]:
    facts = "；".join(f"{row.label}：{row.used}" for row in seen.facts)
    verified = "；".join(row.verified for row in seen.facts if row.verified)
    values: dict[str, object] = {STATEMENT: objection.statement, USED: facts, VERIFIED: verified}
    if seen.is_handler:
        values |= {DECISION: objection.decision_reason, LETTER: objection.reply_text}
    return values


def _demand_disclosed(seen: Seen, objection: Objection, values: dict[str, object]) -> None:
    shown = disclosed(seen.reader, values, business=objection.business_id, reason=REASON)
    if any(one.is_withheld for one in shown.values()):
        raise PermissionDenied


def _row(request: OfficerRequest, one: Objection) -> Row:
    steps = tuple(step.label for step in DESK.offers(one, by=request.user))
    return Row(one, standing_of(one), _owner(one), steps)


def _cells(one: Objection) -> list[object]:
    standing = standing_of(one)
    return [
        one.pk,
        one.business.name,
        one.business_id,
        one.business.town,
        one.year,
        standing.label,
        _owner(one),
        one.opened_on,
        one.due_text,
        standing.note,
        one.get_outcome_display(),
    ]


def _owner(objection: Objection) -> str:
    """Who must act, as people read it: a regulator, or a body that is consulted."""
    if objection.state != "consulting":
        return objection.handler.name
    waiting = objection.disputed.waiting().select_related("supplier")
    return "、".join(dict.fromkeys(one.supplier.name for one in waiting)) or objection.handler.name
