"""Search, and a business's page: its label, its years, the proof of both."""

from io import BytesIO
from typing import Any

import segno
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from jieti.directory import conditional
from jieti.directory.models import DirectoryEntry, EntryYear, Found, Line, Publication
from jieti.directory.names import as_code
from jieti.directory.open_data import mark_of
from jieti.directory.publications import proof_text, prove
from jieti.domain.terms import Tier
from jieti.kit.tables import xlsx_response
from jieti.measures.models import Measure
from jieti.recognitions.models import Recognition
from jieti.rulebooks.catalogue import current_rulebook
from jieti.web import standards as standard
from jieti.web.framing import framed
from jieti.web.paging import pages_of
from jieti.web.public.forms import SearchForm
from jieti.web.public.searching import Chosen, Places, choices_text, chosen_of, lines_text, places_of
from jieti.web.site import SERVICE

OBJECTION_CLAUSE = "附件一(二)3"
PUBLICITY_CLAUSE = "附件一(二)2"
TITLE = f"个体工商户名录查询 - {SERVICE}"
PROBLEMS = {"empty": "请先输入名称、拼音首字母或者18位代码，或者选择筛选条件。"}
HEADERS = [
    "名称",
    "统一社会信用代码",
    "所在镇乡街道",
    "行业",
    "成立日期",
    "判定年度",
    "分型结果",
    "名特优新",
    "登记状态",
]


@require_safe
@conditional.by_publication
def search(request: HttpRequest) -> HttpResponse:
    """The directory's search: a term, filters that fold on the phone, twenty entries a page."""
    form, places = SearchForm(request.GET), _places(request)
    chosen = chosen_of(form, places)
    asked = bool(form.term or chosen.number or "q" in request.GET)
    found = _find(form, chosen, form.page_number) if asked else Found()
    context = {
        "q": form.term,
        "found": found,
        "lines": lines_text(found.entries),
        "problem": PROBLEMS.get(found.message, ""),
        "choices": choices_text(chosen, places),
        "filtered": chosen.number,
        "query": request.GET.urlencode(),
        "pages": pages_of(request, found.page, found.pages),
        "explained": [] if found.total else _explained(),
    }
    title = f"“{form.term}”的查询结果 - {TITLE}" if form.term else TITLE
    return framed(request, "public/search.html", "public/_search.html", title, context)


@require_safe
def search_xlsx(request: HttpRequest) -> FileResponse:
    """The entries of a search, up to 1,000, as a table."""
    form = SearchForm(request.GET)
    chosen = chosen_of(form, _places(request))
    first = _find(form, chosen, 1)
    rest = (_find(form, chosen, number) for number in range(2, first.pages + 1))
    rows = [_row(line) for found in (first, *rest) for line in found.entries]
    return xlsx_response("个体工商户名录查询结果.xlsx", HEADERS, rows)


@require_safe
@conditional.by_publication
def business(request: HttpRequest, uscc: str) -> HttpResponse:
    """One business: its label, its years, the proof, how to object. Never an amount, a person or a reason."""
    code = as_code(uscc)
    if code is not None and code != uscc:
        return redirect("public:business", code)
    entry = get_object_or_404(DirectoryEntry, pk=uscc)
    years = list(EntryYear.objects.of(uscc))
    context = {
        "entry": entry,
        "gist": standard.gists(current_rulebook()).get(entry.mark, ""),
        "mark": mark_of(entry.tier, entry.year),
        "publicity_clause": PUBLICITY_CLAUSE,
        "years": [(one, at > 0 and years[at - 1].year == one.year) for at, one in enumerate(years)],
        "publication": Publication.objects.filter(jurisdiction=entry.jurisdiction_id).newest(),
        "title": Recognition.objects.published_of(uscc) if entry.category else None,
        "measures": Measure.objects.for_tier(entry.tier) if entry.tier else (),
        "objection_clause": OBJECTION_CLAUSE,
    }
    return render(request, "public/business.html", context)


@require_safe
def proof(_request: HttpRequest, uscc: str) -> HttpResponse:
    """That the business's line is in the newest publication: a file for scripts/verify-proof.mjs."""
    entry = get_object_or_404(DirectoryEntry, pk=uscc)
    publication = Publication.objects.filter(jurisdiction=entry.jurisdiction_id).newest()
    found = prove(publication, uscc) if publication else None
    if publication is None or found is None:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="proof-{uscc}-{publication.number}.json"'}
    return HttpResponse(proof_text(publication, found), content_type="application/json", headers=headers)


@require_safe
def code_picture(request: HttpRequest, uscc: str) -> HttpResponse:
    """A QR code that leads to the business's page, which shows how things stand now."""
    entry = get_object_or_404(DirectoryEntry, pk=uscc)
    address = request.build_absolute_uri(reverse("public:business", args=[entry.pk]))
    picture = BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", border=4, scale=4, light="#fff")
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")


def _find(form: SearchForm, chosen: Chosen, page: int) -> Found:
    return DirectoryEntry.objects.search(form.term, page=page, **chosen.filters())


def _places(request: HttpRequest) -> Places:
    return places_of(version) if (version := conditional.version(request)) else Places()


def _row(line: Line) -> list[Any]:
    return [
        line.name,
        line.uscc,
        line.town,
        line.industry,
        line.established_on,
        line.year,
        line.label,
        line.category_label,
        line.no_longer or ("新设" if line.is_new else ""),
    ]


def _explained() -> list[dict[str, str]]:
    gists = standard.gists(current_rulebook())
    return [{"key": tier.value, "label": tier.label, "gist": gists.get(tier.value, "")} for tier in Tier]
