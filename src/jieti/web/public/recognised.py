"""名特优新风采: the recognised businesses that agreed to be shown, and titles that ended by a published decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from jieti.accounts.models import Jurisdiction
from jieti.domain.terms import Category
from jieti.kit.evidence import TYPES
from jieti.kit.protection import decrypting_reader
from jieti.kit.tables import xlsx_response
from jieti.recognitions.models import Ending, Recognition, Showcase
from jieti.recognitions.showcasing import by_town, shown
from jieti.recognitions.tile_map import tiles_of, town_of

SIZE, GAP = 84, 8
SHADES = 4
"""How many shades of a tile: none, few, some, most."""


@dataclass(frozen=True, slots=True)
class Square:
    """A town's tile as it is drawn: its place, its shade from 0 (nobody) to 3, its words."""

    x: int
    y: int
    shade: int
    short: str
    town: str
    count: int


@dataclass(frozen=True, slots=True)
class Picture:
    """The tile map in its own units."""

    width: int
    height: int
    squares: tuple[Square, ...]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The list with its tile map, by category and town."""
    category, town = request.GET.get("category", ""), request.GET.get("town", "")
    everybody = list(shown(_site()))
    listed = [one for one in everybody if _fits(one, category, town)]
    towns = by_town([one for one in everybody if _fits(one, category, "")])
    context = {
        "rows": [(one, town_of(one.recognition.business.town)) for one in listed],
        "picture": picture(towns),
        "towns": sorted(towns.items(), key=lambda item: (-item[1], item[0])),
        "categories": [(one.value, one.label) for one in Category],
        "category": category,
        "town": town,
        "query": request.GET.urlencode(),
    }
    return render(request, "public/recognised.html", context)


@require_safe
def index_xlsx(request: HttpRequest) -> FileResponse:
    """The same list as a table."""
    category, town = request.GET.get("category", ""), request.GET.get("town", "")
    headers = ["名称", "统一社会信用代码", "类别", "所属镇街", "认定编号", "有效期末日", "经营故事"]
    rows = [
        [
            one.recognition.business.name,
            one.recognition.business_id,
            one.recognition.get_category_display(),
            town_of(one.recognition.business.town),
            one.recognition.number,
            one.recognition.last_day,
            one.story,
        ]
        for one in shown(_site())
        if _fits(one, category, town)
    ]
    return xlsx_response("名特优新风采.xlsx", headers, rows)


@require_safe
def one(request: HttpRequest, uscc: str) -> HttpResponse:
    """One business's page; gone with its consent or its title."""
    found = get_object_or_404(shown(_site()), recognition__business=uscc)
    return render(
        request, "public/recognised_one.html", {"one": found, "town": town_of(found.recognition.business.town)}
    )


@require_safe
def photo(request: HttpRequest, uscc: str) -> FileResponse:  # noqa: ARG001 - Django's way to call it
    """The photograph, drawn anew when it was kept: a picture and nothing else."""
    found = get_object_or_404(shown(_site()).exclude(photo_stored_as=""), recognition__business=uscc)
    file = decrypting_reader(Path(settings.DATA_DIR) / found.photo_stored_as)
    response = FileResponse(file, content_type=TYPES[found.photo_kind])
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def ended(request: HttpRequest) -> HttpResponse:
    """Withdrawals and revocations that were served and published."""
    return render(request, "public/recognised_ended.html", {"rows": _ended()})


@require_safe
def ended_xlsx(request: HttpRequest) -> FileResponse:  # noqa: ARG001 - Django's way to call it
    """The same as a table."""
    headers = ["名称", "统一社会信用代码", "认定编号", "类别", "终止原因", "终止日期", "决定文号"]
    rows = [
        [
            one.business.name,
            one.business_id,
            one.number,
            one.get_category_display(),
            one.get_end_kind_display(),
            one.ended_on,
            one.end_number,
        ]
        for one in _ended()
    ]
    return xlsx_response("取消和撤销认定公布.xlsx", headers, rows)


def picture(towns: Mapping[str, int]) -> Picture:
    """The tiles with how many each town has; the town with the most has the deepest shade."""
    tiles = tiles_of(_site())
    most = max(towns.values(), default=0)
    squares = tuple(
        Square(
            x=(tile.column - 1) * (SIZE + GAP),
            y=(tile.row - 1) * (SIZE + GAP),
            shade=_shade(towns.get(tile.name, 0), most),
            short=tile.short,
            town=tile.name,
            count=towns.get(tile.name, 0),
        )
        for tile in tiles
    )
    columns, rows = (max((getattr(tile, side) for tile in tiles), default=0) for side in ("column", "row"))
    return Picture(columns * (SIZE + GAP) - GAP, rows * (SIZE + GAP) - GAP, squares)


def _shade(count: int, most: int) -> int:
    return 0 if count == 0 else 1 + (count - 1) * (SHADES - 1) // max(most, SHADES - 1)


def _fits(one: Showcase, category: str, town: str) -> bool:
    recognition = one.recognition
    return category in {"", recognition.category} and town in {"", town_of(recognition.business.town)}


def _ended() -> Sequence[Recognition]:
    published = Ending.objects.filter(state="published", recognition__jurisdiction=_site())
    found = Recognition.objects.filter(pk__in=published.values("recognition"), ended_on__isnull=False)
    return list(found.select_related("business").order_by("-ended_on", "number"))


def _site() -> Jurisdiction:
    return Jurisdiction.objects.site()
