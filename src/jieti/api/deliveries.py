"""Feeds and deliveries: a department's own system pushes its tables and follows what becomes of them."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from ninja import File, Form, Header, Path, Query, Router, Status, UploadedFile
from ninja.errors import HttpError

from jieti.accounts.disclosure import reader_of
from jieti.accounts.perms import may_deliver_for
from jieti.api.keys import KeyRequest, key_auth
from jieti.api.schemas import ColumnOut, DeliveryOut, FeedOut, FindingOut, FindingsOut, Problem
from jieti.registry.actions import receive_delivery
from jieti.registry.models import Delivery, Feed
from jieti.registry.refusals import shown_findings
from jieti.rulebooks.catalogue import current_rulebook
from rulecore.model import Source

router = Router(tags=["数据归集"], auth=key_auth)
FINDINGS_A_PAGE = 200
REFUSALS = {401: Problem, 403: Problem, 404: Problem, 422: Problem}
Key = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("/feeds", response={200: list[FeedOut], 401: Problem}, summary="本单位应送的数据")
def feeds(request: KeyRequest) -> list[FeedOut]:
    """The feeds of the key's organisation, with the columns that their tables have."""
    sources = current_rulebook(request.jurisdiction).sources
    return [_feed(feed, sources) for feed in _own_feeds(request) if feed.source_key in sources]


@router.post(
    "/feeds/{source}/deliveries",
    response={202: DeliveryOut, 409: Problem, 413: Problem, **REFUSALS},
    summary="送数",
)
def push(
    request: KeyRequest,
    source: Key,
    as_of: Annotated[date, Form(description="数据截止日期")],
    file: Annotated[UploadedFile, File(description="XLSX、XLS、CSV、Parquet，或它们的 ZIP")],
    idempotency_key: Annotated[
        str, Header(alias="Idempotency-Key", min_length=8, max_length=100, pattern=r"^[A-Za-z0-9._:-]+$")
    ],
    mode: Annotated[Delivery.Mode, Form(description="full 全量，supplement 补充")] = Delivery.Mode.FULL,
    correction: Annotated[bool, Form(description="更正：以前送的有错，按现在送的改正")] = False,  # noqa: FBT002
) -> Status[DeliveryOut]:
    """Receives a file and queues its reading. Sent again with the same key it is the same delivery, not another."""
    feed = get_object_or_404(_own_feeds(request), source_key=source)
    if not may_deliver_for(request.user, feed.supplier):
        raise HttpError(403, "这个密钥的责任人没有送数的职责。")
    delivery = receive_delivery(
        by=request.user,
        jurisdiction=request.jurisdiction,
        source_key=source,
        file=file,
        file_name=file.name or source,
        as_of=as_of,
        mode=mode,
        channel=Delivery.Channel.API,
        idempotency_key=idempotency_key,
        is_correction=correction,
    )
    return Status(202, _delivery(delivery))


@router.get(
    "/feeds/{source}/deliveries/{number}", response={200: DeliveryOut, **REFUSALS}, summary="一次送数的办理情况"
)
def one(request: KeyRequest, source: Key, number: Number) -> DeliveryOut:
    """How far the delivery is."""
    return _delivery(_own_delivery(request, source, number))


@router.get(
    "/feeds/{source}/deliveries/{number}/findings",
    response={200: FindingsOut, **REFUSALS},
    summary="逐行说明",
)
def findings(
    request: KeyRequest, source: Key, number: Number, page: Annotated[int, Query(ge=1, le=10_000)] = 1
) -> FindingsOut:
    """Every row that was refused, warned of or left out, with the reason; values for those who may see them."""
    delivery = _own_delivery(request, source, number)
    found = Paginator(delivery.findings.in_file_order(), FINDINGS_A_PAGE).get_page(page)
    reader = reader_of(request.user, request.jurisdiction)
    return FindingsOut(
        total=found.paginator.count,
        page=found.number,
        pages=found.paginator.num_pages,
        findings=[FindingOut.from_orm(one) for one in shown_findings(found, delivery=delivery, reader=reader)],
    )


def _own_feeds(request: KeyRequest) -> QuerySet[Feed]:
    return Feed.objects.active().filter(supplier=request.organisation).select_related("supplier")


def _own_delivery(request: KeyRequest, source: str, number: int) -> Delivery:
    get_object_or_404(_own_feeds(request), source_key=source)
    return get_object_or_404(Delivery.objects.of(request.jurisdiction).of_source(source), pk=number)


def _feed(feed: Feed, sources: Mapping[str, Source]) -> FeedOut:
    source = sources[feed.source_key]
    columns = [
        ColumnOut(
            key=column.key,
            header=column.header,
            aliases=list(column.aliases),
            type=column.type,
            required=column.required,
            codes={code: list(words) for code, words in column.codes.items()},
        )
        for column in source.columns.values()
    ]
    return FeedOut(
        source=feed.source_key,
        title=source.title,
        supplier=feed.supplier.name,
        schedule=feed.schedule,
        fresh_days=feed.fresh_days,
        contact=feed.contact,
        columns=columns,
    )


def _delivery(delivery: Delivery) -> DeliveryOut:
    names = ("id", "file_name", "sha256", "mode", "as_of", "received_at", "status", "rows", "taken", "refused",
             "skipped", "warned", "orphans", "instability", "message", "known_at", "already_received")  # fmt: skip
    return DeliveryOut(source=delivery.source_key, **{name: getattr(delivery, name) for name in names})
