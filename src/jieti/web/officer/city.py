"""The city's published result beside a run: what is the same, what is different and why, what only one of them has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from jieti.accounts.disclosure import may_see, reader_of
from jieti.accounts.perms import may_read_results
from jieti.determinations.city import Comparison, Kind, Line, compare
from jieti.determinations.models import Run
from jieti.directory.overview import LABELS, PENDING
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, only
from jieti.web.officer.receipts import BITS
from jieti.web.paging import pages_around

A_PAGE = 50
KINDS = tuple(kind for kind in Kind if kind is not Kind.SAME)
HEADERS = ["统一社会信用代码", "名称", "镇乡街道", "比较", "本区试算", "市里公布", "原因"]


@dataclass(frozen=True, slots=True)
class Row:
    """A difference in words; `reasons` only for those who may see them."""

    uscc: str
    name: str
    town: str
    kind: str
    ours: str
    theirs: str
    reasons: tuple[str, ...]


@only(may_read_results)
@require_safe
def index(request: OfficerRequest, pk: int) -> HttpResponse:
    """The figures, the differences by town, and the list, narrowed by kind and town."""
    run = _run(request, pk)
    found = compare(run)
    if found is None:
        return render(request, "officer/run_city.html", {"run": run})
    lines = _narrowed(request, found)
    page = Paginator(lines, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "run": run,
        "found": found,
        "figures": [(kind.label, found.counts[kind]) for kind in Kind],
        "towns": [
            (town, [(kind.label, counts[kind]) for kind in KINDS], sum(counts.values()))
            for town, counts in found.by_town()
        ],
        "kinds": KINDS,
        "kind": request.GET.get("kind", ""),
        "town": request.GET.get("town", ""),
        "rows": [_row(found, line, with_reasons=_sees_reasons(request)) for line in page],
        "count": len(lines),
        "sees_reasons": _sees_reasons(request),
        "query": request.GET.urlencode(),
        "pages": pages_around(request, page),
    }
    return render(request, "officer/run_city.html", context)


@only(may_read_results)
@require_safe
def index_xlsx(request: OfficerRequest, pk: int) -> FileResponse:
    """The narrowed list as a table."""
    run = _run(request, pk)
    found = compare(run)
    if found is None:
        raise Http404
    return xlsx_response(f"{run.year}年度市区结果比较.xlsx", HEADERS, _table(request, found))


def _table(request: OfficerRequest, found: Comparison) -> Iterator[Sequence[object]]:
    with_reasons = _sees_reasons(request)
    for line in _narrowed(request, found):
        row = _row(found, line, with_reasons=with_reasons)
        yield [row.uscc, row.name, row.town, row.kind, row.ours, row.theirs, "；".join(row.reasons)]


def _row(found: Comparison, line: Line, *, with_reasons: bool) -> Row:
    name, town = found.names.get(line.uscc, ("", ""))
    return Row(
        uscc=line.uscc,
        name=name,
        town=town,
        kind=line.kind.label,
        ours=_label(line.ours, is_there=line.kind is not Kind.ONLY_THERE),
        theirs=_label(line.theirs, is_there=line.kind is not Kind.ONLY_HERE),
        reasons=found.reasons(line) if with_reasons else (),
    )


def _label(tier: str | None, *, is_there: bool) -> str:
    return LABELS[tier or PENDING] if is_there else "—"


def _sees_reasons(request: OfficerRequest) -> bool:
    """How each requirement came out is for those alone whose duty it is."""
    return may_see(reader_of(request.user, request.jurisdiction), BITS)


def _narrowed(request: OfficerRequest, found: Comparison) -> list[Line]:
    kind, town = request.GET.get("kind", ""), request.GET.get("town", "")
    return [
        line
        for line in found.lines
        if (not kind or line.kind == kind) and (not town or found.names.get(line.uscc, ("", ""))[1] == town)
    ]


def _run(request: OfficerRequest, pk: int) -> Run:
    run = get_object_or_404(Run.objects.of(request.jurisdiction).select_related("rulebook", "norm"), pk=pk)
    if not run.has_results:
        raise Http404
    return run
