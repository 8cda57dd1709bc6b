"""更正请求: a proprietor says that a value is wrong; its supplier answers. 《个人信息保护法》第四十六条."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from django.db import IntegrityError, transaction

from jieti.accounts.models import User
from jieti.accounts.perms import may_answer_for
from jieti.audit.actions import record
from jieti.domain.deadlines import Deadline, Limit
from jieti.domain.working_days import WorkingDays
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.evidence import Kept, distinct
from jieti.registry.mandates import is_proprietor
from jieti.registry.models import Business, CorrectionFile, CorrectionRequest, Delivery
from jieti.registry.sources import source_of
from jieti.registry.supplied import supplier_of
from rulecore.model import Column, Source

CLAUSE = "《个人信息保护法》第四十六条"
FOLDER = "corrections/evidence"
"""Where the files are kept, encrypted, below settings.DATA_DIR."""
LIMIT = "correction_answer"
"""What the rulebook calls the time for an answer: neither the document nor the law sets one."""


@transaction.atomic
def raise_correction(
    *,
    by: User,
    business: Business,
    source_key: str,
    item: str,
    shown_value: str,
    claim: str,
    evidence: Sequence[Kept] = (),
) -> CorrectionRequest:
    """Asks the supplier of a value to check it. `item` is a column, or `item_of` a row of a table with many.

    Raises Refusal for somebody who may not speak for the business, for what no table supplies, without an account of
    what is wrong, while the same value is being checked already, and for more than ten files.
    """
    if not Business.objects.handled_by(by, on=clock.today()).filter(pk=business.pk).exists():
        raise Refusal("只有经营者本人或者受托人可以提出更正请求。", what_to_do="请由经营者本人登录后办理。")
    source = source_of(source_key, business.jurisdiction)
    column_of(source, item)
    if not claim.strip():
        raise Refusal("没有说明哪里有误。", what_to_do="请写明正确的情况，有证明的写明证明名称。")
    addressed_to = supplier_of(business.jurisdiction, source)
    request = CorrectionRequest(
        business=business,
        source_key=source_key,
        item=item,
        shown_value=shown_value,
        claim=claim.strip(),
        raised_by=by,
        addressed_to=addressed_to,
    )
    files = distinct(evidence)
    _save_new(request)
    CorrectionFile.objects.bulk_create(CorrectionFile(request=request, **asdict(one)) for one in files)
    _record(by, "registry.raise_correction", request, {"to": addressed_to.key})
    return request


@transaction.atomic
def answer_corrected(*, by: User, request: CorrectionRequest, delivery: Delivery, answer: str) -> CorrectionRequest:
    """The value was wrong; `delivery`, accepted since, has put it right.

    Raises Refusal for anybody but the supplier's officers and for a delivery that cannot have corrected it.
    """
    request = _open(by, request)
    fits = delivery.status == Delivery.Status.ACCEPTED and delivery.source_key == request.source_key
    is_since = delivery.known_at is not None and delivery.known_at >= request.raised_at
    if not fits or not is_since or delivery.jurisdiction_id != request.business.jurisdiction_id:
        raise Refusal(
            "这份送数不能说明数据已经更正。", what_to_do="请先送交更正后的数据并经复核生效，再选择那一份送数。"
        )
    return _answer(by, request, CorrectionRequest.Status.CORRECTED, answer, delivery)


@transaction.atomic
def uphold(*, by: User, request: CorrectionRequest, reasons: str) -> CorrectionRequest:
    """The value was checked and is right, for these reasons. Raises Refusal for anybody but the supplier's officers."""
    return _answer(by, _open(by, request), CorrectionRequest.Status.UPHELD, reasons, None)


@transaction.atomic
def withdraw_correction(*, by: User, request: CorrectionRequest) -> CorrectionRequest:
    """Whoever raised it takes it back, as long as it has no answer."""
    request = _locked(request)
    if request.raised_by_id != by.pk:
        raise Refusal("只有提出人可以撤回。", what_to_do="请由提出人登录后办理。")
    request.status = CorrectionRequest.Status.WITHDRAWN
    request.save(update_fields=["status"])
    _record(by, "registry.withdraw_correction", request, {})
    return request


def column_of(source: Source, item: str) -> Column:
    """The column of a source that an item speaks of. Raises Refusal where the source has none such."""
    column = source.columns.get(item.partition("-")[0])
    if column is None or column.type == "uscc":
        raise Refusal("没有这一项数据。", what_to_do="请从“各部门提供的数据”里选择有误的一项。")
    return column


def with_deadlines(requests: Sequence[CorrectionRequest], limit: Limit) -> list[tuple[CorrectionRequest, Deadline]]:
    """Each with the day by which it ought to be answered: the rulebook's `LIMIT` after it was raised."""
    calendar = WorkingDays.load(known_on=clock.today())
    return [(request, calendar.deadline(clock.day_of(request.raised_at), limit.length)) for request in requests]


def is_overdue(request: CorrectionRequest, deadline: Deadline) -> bool:
    """Whether it waits for an answer that is certainly late."""
    return request.status == CorrectionRequest.Status.OPEN and clock.today() > deadline.latest


def _save_new(request: CorrectionRequest) -> None:
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError as error:
        if "registry_correction_one_open" not in str(error):
            raise
        raise Refusal("这一项已经提出过更正请求，正在核实。", what_to_do="请等待答复，或者撤回后重新提出。") from None


def _locked(request: CorrectionRequest) -> CorrectionRequest:
    request = (
        CorrectionRequest.objects.select_for_update().select_related("business", "addressed_to").get(pk=request.pk)
    )
    if request.status != CorrectionRequest.Status.OPEN:
        raise Refusal(f"这个请求{request.get_status_display()}。", what_to_do="如有新的情况，可以重新提出。")
    return request


def _open(by: User, request: CorrectionRequest) -> CorrectionRequest:
    request = _locked(request)
    if not may_answer_for(by, request.addressed_to):
        raise Refusal(f"这个请求由{request.addressed_to}答复。", what_to_do="请由供数单位的工作人员办理。")
    return request


def _answer(
    by: User, request: CorrectionRequest, status: CorrectionRequest.Status, answer: str, delivery: Delivery | None
) -> CorrectionRequest:
    if not answer.strip():
        raise Refusal("没有填写答复。", what_to_do="请写明核实的情况和理由，经营者会看到。")
    request.status, request.answer, request.delivery = status, answer.strip(), delivery
    request.answered_by, request.answered_at = by, clock.now()
    request.save(update_fields=["status", "answer", "delivery", "answered_by", "answered_at"])
    _record(by, "registry.answer_correction", request, {"status": status.value})
    return request


def _record(by: User, verb: str, request: CorrectionRequest, detail: Mapping[str, object]) -> None:
    place = {"request": request.pk, "source": request.source_key, "item": request.item}
    subject = f"business:{request.business_id}"
    speaks_for_other = request.status in {
        CorrectionRequest.Status.OPEN,
        CorrectionRequest.Status.WITHDRAWN,
    } and not is_proprietor(by, request.business)
    record(
        by=by,
        verb=verb,
        subject=subject,
        detail=place | dict(detail),
        clause=CLAUSE,
        on_behalf_of=subject if speaks_for_other else "",
        jurisdiction=request.business.jurisdiction_id,
    )
