"""The reach ledger: matched lists with the least data, hand-outs, receipts, the account, the quarterly report."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.accounts.models import TOWN_KINDS, Organisation
from jieti.accounts.perms import may_oversee_measures, may_record_receipts, may_see_reach
from jieti.domain.terms import Tier
from jieti.domain.townships import AREAS
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.measures.delivering import HEADERS, answers_for, take_table
from jieti.measures.models import Measure, ReachEvent, ReceiptTable, Standing, holds
from jieti.measures.models.matching import StandingQuerySet
from jieti.measures.reach import Counts, balance, blocked_because, is_accounted_for, spread
from jieti.measures.reporting import Quarter, report
from jieti.measures.reporting import Row as Reported
from jieti.measures.telling import hand_out
from jieti.registry.models import Proprietorship
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.officer.measure_forms import ReceiptsForm
from jieti.web.officer.measures import open_measure
from jieti.web.paging import pages_around

A_PAGE = 50
MOST_ROWS = 100_000
MATCHED, UNKNOWN = "matched", "unknown"
STATES = {MATCHED: "符合", UNKNOWN: "待数据"}
LIST_HEADERS = ["统一社会信用代码", "名称", "所属镇街", "进展", "日期", "说明"]
LEDGER_HEADERS = [
    "符合",
    "已告知",
    "未告知",
    "其中没有账号",
    "受阻",
    "待数据",
    "不符合",
    "未比对",
    "曾告知",
]
WAYS = {"measure": "按措施", "department": "按部门", "town": "按镇街", "tier": "按分型"}
REPORT_HEADERS = ["部门", "编号", "措施", "告知", "查看", "确认", "享受", "谢绝", "受阻"]


@dataclass(frozen=True, slots=True)
class Row:
    """A business in a measure's list: nothing but its name, code and town, and how far it is."""

    uscc: str
    name: str
    town: str
    stage: str
    tag: str
    on: object
    note: str
    may_hand_out: bool


@only(may_see_reach)
@require_safe
def businesses(request: OfficerRequest, pk: int) -> HttpResponse:
    """Who matches a measure, or may yet, and how far each is."""
    measure = open_measure(request, pk)
    state = request.GET.get("state") if request.GET.get("state") in STATES else MATCHED
    page = Paginator(_standings(request, measure, str(state)), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "measure": measure,
        "state": state,
        "states": STATES,
        "towns": [area.name for area in AREAS],
        "town": request.GET.get("town", ""),
        "own_towns": _own_towns(request),
        "rows": _rows(measure, page.object_list),
        "found": page.paginator.count,
        "pages": pages_around(request, page),
        "query": request.GET.urlencode(),
        "may_record": may_record_receipts(request.user, request.jurisdiction),
        "today": clock.today(),
    }
    return render(request, "officer/measure_businesses.html", context)


@only(may_see_reach)
@require_safe
def businesses_xlsx(request: OfficerRequest, pk: int) -> FileResponse:
    """The same as a table, up to `MOST_ROWS` rows."""
    measure = open_measure(request, pk)
    state = request.GET.get("state") if request.GET.get("state") in STATES else MATCHED
    standings = _standings(request, measure, str(state))[:MOST_ROWS]
    rows = ([row.uscc, row.name, row.town, row.stage, row.on, row.note] for row in _rows(measure, standings))
    return xlsx_response(f"{measure.title}.xlsx", LIST_HEADERS, rows)


@only(may_record_receipts)
@require_POST
def told(request: OfficerRequest, pk: int) -> HttpResponse:
    """The chosen businesses were told in person."""
    measure = open_measure(request, pk)
    _body_for(request, measure)
    mine = _standings(request, measure, MATCHED).filter(pk__in=request.POST.getlist("uscc"))
    hand_out(by=request.user, measure=measure, usccs=list(mine.values_list("pk", flat=True)), on=clock.today())
    return redirect("officer:measure-businesses", measure.pk)


@only(may_see_reach)
@require_safe
def leaflet(request: OfficerRequest, pk: int) -> HttpResponse:
    """The hand-out of a measure, to be printed."""
    measure = open_measure(request, pk)
    current = measure.versions.in_force(clock.today()).first()
    return render(request, "officer/measure_leaflet.html", {"measure": measure, "current": current})


@only(may_record_receipts)
@require_http_methods(["GET", "HEAD", "POST"])
def receipts(request: OfficerRequest, pk: int) -> HttpResponse:
    """Tables of receipts handed in so far, and a new one."""
    measure = open_measure(request, pk)
    form = ReceiptsForm(posted(request), request.FILES or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            table = take_table(
                by=request.user,
                organisation=_body_for(request, measure),
                measure=measure,
                file=form.cleaned_data["file"],
                file_name=form.cleaned_data["file"].name,
            )
            return redirect("officer:measure-receipt-table", table.pk)
        except Refusal as refused:
            refusal = refused
    tables = _tables(request).filter(measure=measure).select_related("organisation", "by")
    context = {"measure": measure, "form": form, "refusal": refusal, "tables": tables, "headers": HEADERS}
    status = 422 if form.errors or refusal else 200
    return render(request, "officer/measure_receipts.html", context, status=status)


@only(may_record_receipts)
@require_safe
def receipts_template(_request: OfficerRequest) -> FileResponse:
    """An empty table of receipts."""
    return xlsx_response("落实回执模板.xlsx", HEADERS, [])


@only(may_record_receipts)
@require_safe
def receipt_table(request: OfficerRequest, pk: int) -> HttpResponse:
    """What became of one table."""
    table = get_object_or_404(_tables(request).select_related("measure", "organisation", "by"), pk=pk)
    context = {"table": table, "measure": table.measure, "headers": HEADERS}
    return render(request, "officer/measure_receipt_table.html", context)


@only(may_record_receipts)
@require_safe
def receipt_table_xlsx(request: OfficerRequest, pk: int) -> FileResponse:
    """The rows that came back, each with its reason, to be mended and handed in again."""
    table = get_object_or_404(_tables(request), pk=pk)
    width = max((len(cells) for _, cells, _ in table.refused), default=len(HEADERS))
    headers = [*HEADERS[:width], *([""] * (width - len(HEADERS))), "行号", "退回原因"]
    rows = ([*cells, *([""] * (width - len(cells))), number, reason] for number, cells, reason in table.refused)
    return xlsx_response("退回的回执.xlsx", headers, rows)


@only(may_see_reach)
@require_safe
def ledger(request: OfficerRequest) -> HttpResponse:
    """The account: whom measures have reached, by measure, department, town or tier."""
    by = request.GET.get("by") if request.GET.get("by") in WAYS else "measure"
    context = {
        "by": by,
        "ways": WAYS,
        "headers": _ledger_headers(str(by)),
        "lines": _ledger(request, str(by)),
        "balances": is_accounted_for(request.jurisdiction),
    }
    return render(request, "officer/reach.html", context)


@only(may_see_reach)
@require_safe
def ledger_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    by = str(request.GET.get("by") if request.GET.get("by") in WAYS else "measure")
    rows = ([name, *cells] for name, cells, _ in _ledger(request, by))
    return xlsx_response("政策落实台账.xlsx", [WAYS[by][1:], *_ledger_headers(by)], rows)


@only(may_see_reach)
@require_safe
def quarterly(request: OfficerRequest) -> HttpResponse:
    """The quarterly report of each department."""
    quarter = _quarter(request)
    now = Quarter.of(clock.today())
    context = {
        "quarter": quarter,
        "next": quarter.next if quarter != now else None,
        "rows": [_report_row(row) for row in _report(request, quarter)],
        "headers": REPORT_HEADERS,
    }
    return render(request, "officer/reach_report.html", context)


@only(may_see_reach)
@require_safe
def quarterly_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    quarter = _quarter(request)
    return xlsx_response(
        f"{quarter}措施落实.xlsx", REPORT_HEADERS, (_report_row(row) for row in _report(request, quarter))
    )


def _ledger_headers(by: str) -> list[str]:
    """Under one measure a business counts once; added up it counts with each of its measures."""
    return ["户数" if by == "measure" else "户次", *LEDGER_HEADERS]


def _standings(request: OfficerRequest, measure: Measure, state: str) -> StandingQuerySet:
    """Those of a measure; a town's officers see those of their own town."""
    found = Standing.objects.of(request.jurisdiction).select_related("business")
    number, home = measure.number, request.jurisdiction
    of_state = found.unknown_for(home, number) if state == UNKNOWN else found.matched_by(home, number)
    towns = _own_towns(request)
    mine = of_state if towns is None else of_state.filter(town__in=towns)
    asked = request.GET.get("town", "")
    return (mine.filter(town=asked) if asked else mine).order_by("business_id")


def _own_towns(request: OfficerRequest) -> list[str] | None:
    """The town of whoever works for a town alone; None: the whole district."""
    if may_oversee_measures(request.user, request.jurisdiction):
        return None
    bodies = list(Organisation.objects.worked_for_by(request.user).filter(jurisdiction=request.jurisdiction))
    if any(one.kind not in TOWN_KINDS for one in bodies):
        return None
    return [name for one in bodies for name in (one.name, one.short) if name]


def _rows(measure: Measure, standings: Iterable[Standing]) -> Iterator[Row]:
    shown = list(standings)
    codes = [one.pk for one in shown]
    events: dict[str, ReachEvent] = {}
    for event in ReachEvent.objects.filter(measure=measure, business__in=codes).order_by("pk"):
        events[event.business_id] = event
    known = set(Proprietorship.objects.filter(business__in=codes).values_list("business_id", flat=True))
    for one in shown:
        yield _row(measure, one, events.get(one.pk), has_account=one.pk in known)


def _row(measure: Measure, one: Standing, event: ReachEvent | None, *, has_account: bool) -> Row:
    uscc, name, town = one.pk, one.business.name, one.town
    is_told = holds(one.told, measure.number)
    may_hand_out = not is_told and holds(one.signature.matched, measure.number)
    if event is not None:
        tags = {ReachEvent.Kind.USED: "good", ReachEvent.Kind.CONFIRMED: "doing"}
        tag = tags.get(ReachEvent.Kind(event.kind), "warn" if event.kind != ReachEvent.Kind.SEEN else "doing")
        note = event.reason or event.document_number
        return Row(uscc, name, town, event.get_kind_display(), tag, event.on, note, may_hand_out)
    if is_told:
        return Row(uscc, name, town, "已告知", "doing", None, "", may_hand_out)
    if holds(one.signature.unknown, measure.number):
        return Row(uscc, name, town, "待数据", "pending", None, "", may_hand_out)
    reason = blocked_because(measure, opted_out=one.opted_out_on is not None)
    if reason:
        return Row(uscc, name, town, "受阻", "bad", one.opted_out_on, reason, may_hand_out)
    return Row(uscc, name, town, "未告知", "warn", None, "" if has_account else "经营者还没有账号", may_hand_out)


def _body_for(request: OfficerRequest, measure: Measure) -> Organisation:
    """The reader's body that answers for the measure."""
    bodies = Organisation.objects.worked_for_by(request.user).filter(jurisdiction=request.jurisdiction)
    for one in bodies.order_by("key"):
        if answers_for(one, measure):
            return one
    raise PermissionDenied


def _tables(request: OfficerRequest) -> QuerySet[ReceiptTable]:
    """The tables that the reader's bodies handed in; the overseers see all."""
    every = ReceiptTable.objects.filter(measure__jurisdiction=request.jurisdiction)
    if may_oversee_measures(request.user, request.jurisdiction):
        return every
    return every.filter(organisation__in=Organisation.objects.worked_for_by(request.user))


def _ledger(request: OfficerRequest, by: str) -> list[tuple[str, list[int], bool]]:
    measures = list(Measure.objects.open_to(request.user, request.jurisdiction))
    if by == "measure":
        visible = {one.pk for one in measures}
        lines = [line for line in balance(request.jurisdiction) if line.measure.pk in visible]
        return [(f"{line.measure.key} {line.measure}", _cells(line.counts), line.balances) for line in lines]
    names = {"": "待数据" if by == "tier" else "未登记", **{tier.value: tier.label for tier in Tier}}
    found = spread(request.jurisdiction, by, measures)
    return [(names.get(key, key), _cells(counts), counts.balances) for key, counts in found.items()]


def _cells(counts: Counts) -> list[int]:
    return [
        counts.businesses, counts.matched, counts.told, counts.waiting, counts.unreachable, counts.blocked,
        counts.unknown, counts.unmatched, counts.unexamined, counts.told_before,
    ]  # fmt: skip


def _quarter(request: OfficerRequest) -> Quarter:
    year, number = request.GET.get("year", ""), request.GET.get("quarter", "")
    if year.isascii() and year.isdigit() and 2000 <= int(year) <= 2999 and number in {"1", "2", "3", "4"}:
        return Quarter(int(year), int(number))
    return Quarter.of(clock.today())


def _report(request: OfficerRequest, quarter: Quarter) -> Sequence[Reported]:
    visible = set(Measure.objects.open_to(request.user, request.jurisdiction).values_list("pk", flat=True))
    return [row for row in report(request.jurisdiction, quarter) if row.measure.pk in visible]


def _report_row(row: Reported) -> list[object]:
    kinds = (
        ReachEvent.Kind.SEEN,
        ReachEvent.Kind.CONFIRMED,
        ReachEvent.Kind.USED,
        ReachEvent.Kind.DECLINED,
        ReachEvent.Kind.BLOCKED,
    )
    steps = [row.steps.get(kind.value, 0) for kind in kinds]
    return [row.department, row.measure.key, row.measure.title, row.told, *steps]
