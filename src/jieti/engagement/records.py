"""Visits of the association, public opinion, party-building: written down as they happened."""

import datetime

from django.db import transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.accounts.perms import is_association_worker, may_supervise
from jieti.audit.actions import record
from jieti.engagement.grievances import Account, lodge, new_number
from jieti.engagement.models import AssociationVisit, Grievance, OpinionRecord, PartyActivity
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.registry.models import Business

VISITS, OPINION, PARTY = "正文二(三)7", "正文三(三)", "正文二(三)8"


@transaction.atomic
def log_visit(
    *, by: User, business: Business, visited_on: datetime.date, found: str, done: str = ""
) -> AssociationVisit:
    """Writes down what a visited business said. Raises Refusal for who is not of the association, for a day to come."""
    if not is_association_worker(by, business.jurisdiction):
        raise Refusal("您不是协会的工作人员。", what_to_do="请由协会工作人员登记。")
    demand_past(visited_on)
    visit = AssociationVisit.objects.create(
        jurisdiction=business.jurisdiction,
        business=business,
        visited_on=visited_on,
        found=found.strip(),
        done=done.strip(),
        visited_by=by,
    )
    _record(by, "engagement.log_visit", visit, VISITS)
    return visit


@transaction.atomic
def raise_from_visit(*, by: User, visit: AssociationVisit, title: str) -> Grievance:
    """Passes on a difficulty that a visit found, in the association's name; the answer comes back to the worker.

    Raises Refusal for a visit of somebody else's.
    """
    if visit.visited_by_id != by.pk:
        raise Refusal("这次走访不是您登记的。", what_to_do="请由走访人提出。")
    account = Account(Grievance.Kind.DIFFICULTY, title, f"{visit.business}（{visit.business_id}）：{visit.found}")
    return lodge(by=by, jurisdiction=visit.jurisdiction, account=account, number=new_number())


@transaction.atomic
def record_opinion(
    *, by: User, jurisdiction: Jurisdiction, found_on: datetime.date, origin: str, gist: str, weight: str
) -> OpinionRecord:
    """Writes down what is said in public about the work."""
    _demand_supervisor(by, jurisdiction)
    demand_past(found_on)
    opinion = OpinionRecord.objects.create(
        jurisdiction=jurisdiction,
        found_on=found_on,
        origin=origin.strip(),
        gist=gist.strip(),
        weight=weight,
        added_by=by,
    )
    _record(by, "engagement.record_opinion", opinion, OPINION)
    return opinion


@transaction.atomic
def handle_opinion(*, by: User, opinion: OpinionRecord, handling: str) -> OpinionRecord:
    """How it was handled, written once. Raises Refusal without words and for one that was handled."""
    locked = OpinionRecord.objects.select_for_update(of=("self",)).get(pk=opinion.pk)
    _demand_supervisor(by, locked.jurisdiction)
    if locked.handling:
        raise Refusal("处置情况已经登记。", what_to_do="请刷新页面查看。")
    if not handling.strip():
        raise Refusal("没有填写处置情况。", what_to_do="请写明怎样处置、谁负责。")
    locked.handling, locked.handled_by, locked.handled_on = handling.strip(), by, clock.today()
    locked.save(update_fields=["handling", "handled_by", "handled_on"])
    _record(by, "engagement.handle_opinion", locked, OPINION)
    return locked


@transaction.atomic
def record_party_activity(
    *,
    by: User,
    jurisdiction: Jurisdiction,
    kind: str,
    held_on: datetime.date,
    held_by: str,
    gist: str,
    business: Business | None = None,
) -> PartyActivity:
    """Writes a deed of party-building down, of one business or in general."""
    demand_past(held_on)
    activity = PartyActivity.objects.create(
        jurisdiction=jurisdiction,
        kind=kind,
        held_on=held_on,
        held_by=held_by.strip(),
        gist=gist.strip(),
        business=business,
        added_by=by,
    )
    _record(by, "engagement.record_party_activity", activity, PARTY)
    return activity


def demand_past(day: datetime.date) -> None:
    """Raises Refusal for a day to come."""
    if day > clock.today():
        raise Refusal("日期在今天以后。", what_to_do="请更正日期。")


def _demand_supervisor(by: User, jurisdiction: Jurisdiction) -> None:
    if not may_supervise(by, jurisdiction):
        raise Refusal("您不能登记舆情。", what_to_do="请由区市场监管局的审核或者审批人员办理。")


def _record(by: User, verb: str, row: AssociationVisit | OpinionRecord | PartyActivity, clause: str) -> None:
    subject = f"{row._meta.model_name}:{row.pk}"
    business = getattr(row, "business_id", None)
    detail = {"business": business} if business else {}
    record(by=by, verb=verb, subject=subject, detail=detail, clause=clause, jurisdiction=row.jurisdiction_id)
