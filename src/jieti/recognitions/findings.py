"""What a reviewer does with a finding of the watch that calls for no end."""

from django.db import transaction

from jieti.accounts.models import User
from jieti.accounts.perms import may_review_applications
from jieti.audit.actions import record
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions.models import Ending, WatchFinding

CLAUSE = "附件三(五)"


@transaction.atomic
def settle_finding(*, by: User, finding: WatchFinding, settlement: str) -> WatchFinding:
    """Says why the title stays as it is. Raises Refusal for others, without words, and while a case is about it."""
    one = WatchFinding.objects.select_for_update(of=("self",)).select_related("recognition").get(pk=finding.pk)
    if not may_review_applications(by, one.recognition.jurisdiction):
        raise Refusal("您不能处理监测发现。", what_to_do="请由区市场监管局的审核人员办理。")
    if one.settled_at is not None:
        raise Refusal("这一发现已经处理。", what_to_do="请刷新页面，看清现在的情况。")
    if not settlement.strip():
        raise Refusal("没有写明核查情况。", what_to_do="请写明核查了什么、为什么认定不受影响。")
    if Ending.objects.open().filter(recognition=one.recognition_id, finding=one).exists():
        raise Refusal("这一发现正在终止认定的核查里办理。", what_to_do="请在那一件里提出处理意见。")
    one.settled_at, one.settled_by, one.settlement = clock.now(), by, settlement.strip()
    one.save(update_fields=["settled_at", "settled_by", "settlement"])
    record(
        by=by,
        verb="recognitions.settle_finding",
        subject=f"recognition:{one.recognition_id}",
        detail={"rule": one.rule},
        clause=CLAUSE,
        jurisdiction=one.recognition.jurisdiction_id,
    )
    return one
