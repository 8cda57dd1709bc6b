"""The training catalogue and the towns' pool of premises. 正文二(三)6, 附件二(一)2."""

import datetime
from dataclasses import asdict, dataclass

from django.db import transaction

from jieti.accounts.models import Organisation, User
from jieti.accounts.perms import may_work_for
from jieti.audit.actions import record
from jieti.engagement.models import Offer
from jieti.kit import clock
from jieti.kit.errors import Refusal


@dataclass(frozen=True, slots=True)
class Terms:
    """What is offered. `places` None: any number; days may be open."""

    kind: str
    title: str
    gist: str
    contact: str
    provider: str = ""
    place: str = ""
    starts_on: datetime.date | None = None
    ends_on: datetime.date | None = None
    places: int | None = None


@transaction.atomic
def add_offer(*, by: User, organiser: Organisation, terms: Terms) -> Offer:
    """Puts a course or premises into the catalogue. Raises Refusal for who does not work for the organiser."""
    demand_member(by, organiser)
    if terms.ends_on is not None and terms.ends_on < (terms.starts_on or clock.today()):
        raise Refusal("截止日期早于开始日期或者今天。", what_to_do="请更正日期。")
    offer = Offer.objects.create(organiser=organiser, added_by=by, **asdict(terms))
    _record(by, "engagement.add_offer", offer)
    return offer


@transaction.atomic
def withdraw_offer(*, by: User, offer: Offer) -> Offer:
    """Takes it out of the catalogue; who has signed up stays signed up. Again changes nothing."""
    locked = Offer.objects.select_for_update().get(pk=offer.pk)
    demand_member(by, locked.organiser)
    if locked.withdrawn_at is None:
        locked.withdrawn_at = clock.now()
        locked.save(update_fields=["withdrawn_at"])
        _record(by, "engagement.withdraw_offer", locked)
    return locked


def demand_member(by: User, organisation: Organisation) -> None:
    """Raises Refusal for who does not work for the body."""
    if not may_work_for(by, organisation):
        raise Refusal(f"您不是{organisation}的工作人员。", what_to_do="请由该单位的工作人员办理。")


def _record(by: User, verb: str, offer: Offer) -> None:
    detail = {"kind": offer.kind, "organiser": offer.organiser.key}
    record(by=by, verb=verb, subject=f"offer:{offer.pk}", detail=detail, jurisdiction=offer.organiser.jurisdiction_id)
