"""Search, and a business's page: its label, its years, the proof of both."""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

import segno
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from jieti.accounts.models import Jurisdiction
from jieti.directory import conditional
from jieti.directory.models import DirectoryEntry, EntryYear, Found, Line, Publication
from jieti.directory.names import as_code, division_names
from jieti.directory.open_data import mark_of
from jieti.directory.publications import proof_text, prove
from jieti.domain.terms import Tier
from jieti.domain.townships import AREAS
from jieti.kit.tables import xlsx_response
from jieti.measures.models import Measure
from jieti.recognitions.models import Recognition
from jieti.rulebooks.catalogue import current_rulebook
from jieti.web import standards as standard
from jieti.web.paging import pages_of
from jieti.web.public.forms import CATEGORIES, TIERS, SearchForm

OBJECTION_CLAUSE = "附件一(二)3"
PUBLICITY_CLAUSE = "附件一(二)2"
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
MOST_TOWNS = 60
Choice = tuple[str, str]


@dataclass(frozen=True)
class Places:
    """Where a search can be narrowed to: one jurisdiction's own towns, or several jurisdictions and what they have."""

    jurisdictions: tuple[Choice, ...] = ()
    towns: tuple[str, ...] = tuple(area.name for area in AREAS)


@require_safe
@conditional.by_publication
def search(request: HttpRequest) -> HttpResponse:
    """The directory's search: a term, filters that fold on the phone, twenty entries a page."""
    form, places = SearchForm(request.GET), _places(request)
    filters = _filters(form, places)
    chosen = sum(map(len, filters.values()))
    asked = bool(form.term or chosen or "q" in request.GET)
    found = _find(form, filters, form.page_number) if asked else Found()
    context = {
        "q": form.term,
        "found": found,
        "rows": [(line, _facts(line)) for line in found.entries],
        "base": reverse("public:search") + "business/",
        "problem": PROBLEMS.get(found.message, ""),
        "tiers": [(value, label, value in filters["tiers"]) for value, label in TIERS],
        "categories": [(value, label, value in filters["categories"]) for value, label in CATEGORIES],
        "towns": [(town, town in filters["towns"]) for town in places.towns],
        "industries": _options(tuple(form.industries)),
        "jurisdictions": [(code, name, code in filters["jurisdictions"]) for code, name in places.jurisdictions],
        "filtered": chosen,
        "query": request.GET.urlencode(),
        "pages": pages_of(request, found.page, found.pages),
        "explained": [] if found.total else _explained(),
    }
    return render(request, "public/search.html", context)


@require_safe
def search_xlsx(request: HttpRequest) -> FileResponse:
    """The entries of a search, up to 1,000, as a table."""
    form = SearchForm(request.GET)
    filters = _filters(form, _places(request))
    first = _find(form, filters, 1)
    rest = (_find(form, filters, number) for number in range(2, first.pages + 1))
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


def _filters(form: SearchForm, places: Places) -> dict[str, list[str]]:
    names = division_names()
    return {
        "tiers": form.tiers,
        "categories": form.categories,
        "towns": form.chosen("town", places.towns),
        "industries": [names[code] for code in form.industries],
        "jurisdictions": form.chosen("jurisdiction", (code for code, _ in places.jurisdictions)),
    }


def _find(form: SearchForm, filters: dict[str, list[str]], page: int) -> Found:
    return DirectoryEntry.objects.search(form.term, page=page, **filters)


def _places(request: HttpRequest) -> Places:
    return _places_of(version) if (version := conditional.version(request)) else Places()


@lru_cache(maxsize=2)
def _places_of(_version: str) -> Places:
    """Asked of the database once for each publication."""
    homes = tuple(Jurisdiction.objects.filter(publications__isnull=False).distinct().values_list("code", "name"))
    if len(homes) < 2:
        return Places()
    towns = DirectoryEntry.objects.exclude(town="").order_by("jurisdiction", "town")
    return Places(homes, tuple(dict.fromkeys(towns.values_list("town", flat=True).distinct()))[:MOST_TOWNS])


@lru_cache(maxsize=128)
def _options(chosen: tuple[str, ...]) -> SafeString:
    """The 97 divisions to choose from: as one text, because the template would take longer than the search."""
    marked = ((code, mark_safe(" selected") if code in chosen else "", name) for code, name in division_names().items())
    return format_html_join("", '<option value="{}"{}>{}</option>', marked)


def _facts(line: Line) -> SafeString:
    since = f"{line.since}成立" if line.established_on else ""
    return format_html_join("", "<span>{}</span>", ((text,) for text in (line.town, line.industry, since) if text))


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
