"""Declaring a milestone done that only people can see done."""

import datetime

from django.db import IntegrityError, transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.accounts.perms import may_declare_milestones
from jieti.audit.actions import record
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.supervision.board import milestones_of
from jieti.supervision.facts import is_declarable, seen_done
from jieti.supervision.models import MilestoneDone


@transaction.atomic
def declare_done(
    *, by: User, jurisdiction: Jurisdiction, year: int, key: str, done_on: datetime.date, note: str
) -> MilestoneDone:
    """Somebody says that a milestone of the year is done, since when, and by what it can be seen.

    Raises Refusal for who may not, for one that the rulebook does not hold or that the system sees by itself, for a
    day to come or of another year, without a note, and where it was declared already.
    """
    _demand_right(by, jurisdiction)
    _demand_declarable(jurisdiction, year, key)
    if done_on > clock.today() or done_on.year not in {year, year + 1}:
        raise Refusal("完成日期不对。", what_to_do="请填写今天或者以前、这一年度之内的日期。")
    if not note.strip():
        raise Refusal("没有写明完成情况。", what_to_do="请写明做了什么、依据的文件或者记录。")
    done = MilestoneDone(
        jurisdiction=jurisdiction, year=year, key=key, done_on=done_on, note=note.strip(), declared_by=by
    )
    try:
        with transaction.atomic():
            done.save()
    except IntegrityError:
        raise Refusal("这个节点已经登记为完成。", what_to_do="请刷新页面查看是谁在什么时候登记的。") from None
    _record(by, "supervision.declare_done", done)
    return done


@transaction.atomic
def withdraw_declaration(*, by: User, done: MilestoneDone, reason: str) -> None:
    """A declaration that was wrong is taken back; the record keeps what it said.

    Raises Refusal for who may not, without a reason, and where somebody has taken it back already.
    """
    _demand_right(by, done.jurisdiction)
    if not reason.strip():
        raise Refusal("没有写明撤回的理由。", what_to_do="请写明理由。")
    locked = MilestoneDone.objects.select_for_update().filter(pk=done.pk).first()
    if locked is None:
        raise Refusal("这条登记已经撤回。", what_to_do="请刷新页面。")
    _record(by, "supervision.withdraw_declaration", locked, reason=reason.strip())
    locked.delete()


def _demand_right(by: User, jurisdiction: Jurisdiction) -> None:
    if not may_declare_milestones(by, jurisdiction):
        raise Refusal("您不能登记年度工作节点。", what_to_do="请由审核人员、审批人员或者市级工作人员登记。")


def _demand_declarable(jurisdiction: Jurisdiction, year: int, key: str) -> None:
    found = next((one for one in milestones_of(jurisdiction, year) if one.key == key), None)
    if found is None:
        raise Refusal("这一年没有这个节点。", what_to_do="请从年度工作节点里选择。")
    if not is_declarable(key) or seen_done(jurisdiction, found):
        raise Refusal("这个节点由系统自动记录。", what_to_do="完成相应的工作以后，这里会自动显示为已完成。")


def _record(by: User, verb: str, done: MilestoneDone, *, reason: str = "") -> None:
    detail = {"done_on": str(done.done_on), "note": done.note} | ({"reason": reason} if reason else {})
    subject = f"milestone:{done.jurisdiction_id}:{done.year}:{done.key}"
    record(by=by, verb=verb, subject=subject, detail=detail, jurisdiction=done.jurisdiction_id)
