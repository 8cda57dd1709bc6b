"""The register, for those whose duty names it; every protected value that is given out leaves a record."""

from typing import Annotated

from django.shortcuts import get_object_or_404
from ninja import Path, Router
from ninja.errors import HttpError

from jieti.accounts.disclosure import disclosed, reader_of
from jieti.accounts.perms import may_search_register
from jieti.api.keys import KeyRequest, key_auth
from jieti.api.schemas import USCC, BusinessOut, Problem, ValueOut
from jieti.registry.models import Business

router = Router(tags=["名册"], auth=key_auth)
ITEMS = (
    "name",
    "registration_status",
    "established_on",
    "proprietor",
    "address",
    "town",
    "industry",
    "entity_kind",
)
REASON = "接口调用：{}"


@router.get(
    "/businesses/{uscc}",
    response={200: BusinessOut, 401: Problem, 403: Problem, 404: Problem, 422: Problem},
    summary="一户的登记信息",
)
def one(request: KeyRequest, uscc: Annotated[str, Path(pattern=USCC)]) -> BusinessOut:
    """A business of the key's own jurisdiction."""
    if not may_search_register(request.user, request.jurisdiction):
        raise HttpError(403, "这个密钥的责任人没有查询名册的职责。")
    business = get_object_or_404(Business.objects.filter(jurisdiction=request.jurisdiction), pk=uscc)
    reader = reader_of(request.user, request.jurisdiction)
    asked = {f"registry.Business.{item}": getattr(business, item) for item in ITEMS}
    shown = disclosed(reader, asked, business=uscc, reason=REASON.format(request.auth.name))
    values = {
        key.rpartition(".")[2]: ValueOut(value=None if one.value is None else str(one.value), withheld=one.note)
        for key, one in shown.items()
    }
    return BusinessOut(uscc=uscc, jurisdiction=request.jurisdiction.code, values=values)
