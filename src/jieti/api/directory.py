"""The open directory: what the public pages show, for programs. No key is needed."""

from enum import StrEnum
from typing import Annotated

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router
from pydantic import StringConstraints

from jieti.api.schemas import USCC, EntriesOut, EntryOut, Problem
from jieti.directory.models import DirectoryEntry, Found
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
def search(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=100, pattern=NO_CONTROLS, description="名称中的至少两个字，或统一社会信用代码")],
    tier: Annotated[list[Mark], Query(description="分型结果；pending 为待数据")] = [],
    town: Annotated[list[Town], Query(description="镇乡街道名称")] = [],
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
) -> EntriesOut:
    """Entries whose name holds `q`, the exact name first."""
    found: Found = DirectoryEntry.objects.search(q, tiers=[one.value for one in tier], towns=town, page=page)
    entries = [EntryOut.from_orm(entry) for entry in found.entries]
    return EntriesOut(total=found.total, more=found.more, page=found.page, pages=found.pages, entries=entries)


@router.get("/businesses/{uscc}", response={200: EntryOut, 404: Problem, 422: Problem}, summary="一户的名录信息")
def one(request: HttpRequest, uscc: Annotated[str, Path(pattern=USCC)]) -> DirectoryEntry:
    """The entry of a business."""
    return get_object_or_404(DirectoryEntry, pk=uscc)
