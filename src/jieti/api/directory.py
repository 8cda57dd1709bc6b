"""The open directory: what the public pages show, for programs. No key is needed."""

import json
from enum import StrEnum
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router
from ninja.decorators import decorate_view
from pydantic import StringConstraints

from jieti.api.schemas import USCC, EntriesOut, EntryOut, Problem
from jieti.directory.conditional import by_publication
from jieti.directory.models import DirectoryEntry, Found, Line
from jieti.domain.terms import Tier

router = Router(tags=["名录"])
LAST_PAGE = 50
NO_CONTROLS = r"^[^\x00-\x1f]*$"
Town = Annotated[str, StringConstraints(max_length=60, pattern=NO_CONTROLS)]


class Mark(StrEnum):
    """A label of the directory: a tier, or 待数据."""

    SURVIVAL = Tier.SURVIVAL.value
    GROWTH = Tier.GROWTH.value
    DEVELOPMENT = Tier.DEVELOPMENT.value
    INELIGIBLE = Tier.INELIGIBLE.value
    PENDING = "pending"


@router.get("/businesses", response={200: EntriesOut, 422: Problem}, summary="按名称或代码查名录")
@decorate_view(by_publication)
def search(
    request: HttpRequest,
    q: Annotated[
        str, Query(max_length=100, pattern=NO_CONTROLS, description="名称中的字、拼音首字母，或统一社会信用代码")
    ],
    tier: Annotated[list[Mark], Query(description="分型结果；pending 为待数据")] = [],
    town: Annotated[list[Town], Query(description="镇乡街道名称")] = [],
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
) -> HttpResponse:
    """Entries whose name holds `q`, the exact name first."""
    found: Found = DirectoryEntry.objects.search(q, tiers=[one.value for one in tier], towns=town, page=page)
    known = {"total": found.total, "more": found.more, "page": found.page, "pages": found.pages}
    # Written as it is: for twenty entries the schema would cost more than the search.
    written = json.dumps(known | {"entries": [_written(line) for line in found.entries]}, ensure_ascii=False)
    return HttpResponse(written, content_type="application/json; charset=utf-8")


@router.get("/businesses/{uscc}", response={200: EntryOut, 404: Problem, 422: Problem}, summary="一户的名录信息")
@decorate_view(by_publication)
def one(request: HttpRequest, uscc: Annotated[str, Path(pattern=USCC)]) -> DirectoryEntry:
    """The entry of a business."""
    return get_object_or_404(DirectoryEntry, pk=uscc)


def _written(line: Line) -> dict[str, object]:
    """The line as EntryOut has it."""
    return {
        "uscc": line.uscc,
        "name": line.name,
        "jurisdiction": line.jurisdiction_id,
        "town": line.town,
        "industry": line.industry,
        "established_on": line.established_on.isoformat() if line.established_on else None,
        "tier": line.tier,
        "possible": line.possible,
        "year": line.year,
        "status": line.status,
        "is_new": line.is_new,
        "published_at": line.published_at.isoformat(),
    }
