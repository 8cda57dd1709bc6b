"""活动: planned, announced, invited to, signed up for, held, reported on. 正文二(三)6–7, 附件四."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q

from jieti.accounts.models import Jurisdiction, Organisation, User
from jieti.audit.actions import record
from jieti.determinations.models import Result, Run
from jieti.domain.terms import RegistrationStatus
from jieti.engagement import telling
from jieti.engagement.models import Gathering, Invitation
from jieti.engagement.offers import demand_member
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions.models import Recognition
from jieti.registry.models import Business, EntityKind
from jieti.registry.models.businesses import BusinessQuerySet

CLAUSE = "正文二(三)7"
A_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Plan:
    """An event to be. `audience` has lists of codes: tiers, categories, towns, industries (divisions); empty: all."""

    kind: str
    title: str
    gist: str
    place: str
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    contact: str
    places: int | None = None
    audience: Mapping[str, Sequence[str]] = field(default_factory=dict)


@transaction.atomic
def plan_gathering(*, by: User, organiser: Organisation, plan: Plan) -> Gathering:
    """Writes an event down; nobody is told yet. Raises Refusal for who is not of the organiser, and for bad times."""
    demand_member(by, organiser)
    if plan.ends_at <= plan.starts_at:
        raise Refusal("结束时间不晚于开始时间。", what_to_do="请更正时间。")
    gathering = Gathering.objects.create(
        organiser=organiser,
        added_by=by,
        kind=plan.kind,
        title=plan.title.strip(),
        gist=plan.gist.strip(),
        place=plan.place.strip(),
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        contact=plan.contact.strip(),
        places=plan.places,
        audience={key: list(values) for key, values in plan.audience.items() if values},
    )
    _record(by, "engagement.plan_gathering", gathering)
    return gathering


@transaction.atomic
def publish_gathering(*, by: User, gathering: Gathering) -> Gathering:
    """Announces it to everybody. Again changes nothing. Raises Refusal for one that is over."""
    locked = _locked(by, gathering)
    if locked.is_over:
        raise Refusal("活动已经结束，不能发布。", what_to_do="请登记新的活动。")
    if locked.published_at is None:
        locked.published_at = clock.now()
        locked.save(update_fields=["published_at"])
        _record(by, "engagement.publish_gathering", locked)
    return locked


@transaction.atomic
def invite(*, by: User, gathering: Gathering) -> int:
    """Invites everybody of the audience who is not yet, and tells those with an account; how many are new.

    Raises Refusal for an event that is not announced, is cancelled or over.
    """
    locked = _locked(by, gathering)
    _demand_on(locked)
    invited = locked.invitations.filter(is_invited=True).values("business")
    chosen = list(audience_of(locked).exclude(pk__in=invited).only("uscc", "jurisdiction"))
    came_alone = {one.business_id: one for one in locked.invitations.filter(is_invited=False)}
    fresh = [Invitation(gathering=locked, business=one, is_invited=True) for one in chosen if one.pk not in came_alone]
    Invitation.objects.bulk_create(fresh, batch_size=A_BATCH)
    locked.invitations.filter(business__in=[one.pk for one in chosen], is_invited=False).update(is_invited=True)
    telling.tell_invited(telling.INVITED, locked, chosen, jurisdiction=locked.organiser.jurisdiction)
    _record(by, "engagement.invite", locked, {"invited": len(chosen)})
    return len(chosen)


@transaction.atomic
def answer_invitation(*, by: User, business: Business, gathering: Gathering, is_coming: bool) -> Invitation:
    """A business says whether it comes, invited or not. Raises Refusal when the places are taken or it is too late."""
    if not Business.objects.handled_by(by, on=clock.today()).filter(pk=business.pk).exists():
        raise Refusal("您不能替这一户报名。", what_to_do="请由经营者本人或者受托人登录后办理。")
    locked = Gathering.objects.select_for_update(of=("self",)).get(pk=gathering.pk)
    _demand_on(locked)
    mine = Invitation.objects.filter(gathering=locked, business=business).first()
    held = mine is not None and mine.answer == Invitation.Answer.COMING
    if is_coming and not held and is_full(locked):
        raise Refusal("名额已满。", what_to_do=f"请联系主办单位：{locked.contact}。")
    one = mine or Invitation(gathering=locked, business=business)
    one.answer = Invitation.Answer.COMING if is_coming else Invitation.Answer.DECLINED
    one.answered_by, one.answered_at = by, clock.now()
    one.save()
    _record(by, "engagement.answer_invitation", locked, {"business": business.pk, "answer": one.answer})
    return one


@transaction.atomic
def cancel_gathering(*, by: User, gathering: Gathering) -> Gathering:
    """Calls it off and tells those who signed up. Raises Refusal for one that is over or not announced."""
    locked = _locked(by, gathering)
    _demand_on(locked)
    locked.cancelled_at = clock.now()
    locked.save(update_fields=["cancelled_at"])
    coming = [one.business for one in locked.invitations.coming().select_related("business")]
    telling.tell_invited(telling.CHANGED, locked, coming, jurisdiction=locked.organiser.jurisdiction)
    _record(by, "engagement.cancel_gathering", locked)
    return locked


@transaction.atomic
def note_attendance(*, by: User, gathering: Gathering, came: Collection[str]) -> int:
    """Who of those who signed up came, by credit code; the others did not. Raises Refusal before it has begun."""
    locked = _locked(by, gathering)
    if locked.starts_at > clock.now():
        raise Refusal("活动还没有开始，不能登记到场。", what_to_do="请在活动开始以后登记。")
    coming = locked.invitations.coming()
    coming.exclude(business__in=came).update(has_come=False)
    count = coming.filter(business__in=came).update(has_come=True)
    _record(by, "engagement.note_attendance", locked, {"came": count})
    return count


@transaction.atomic
def report_gathering(*, by: User, gathering: Gathering, result: str, both_sides: str = "") -> Gathering:
    """What came of it; of a 供需对接 who met whom as well. Raises Refusal before its end and without words."""
    locked = _locked(by, gathering)
    if locked.published_at is None or locked.cancelled_at is not None or not locked.is_over:
        raise Refusal("活动没有举办或者还没有结束。", what_to_do="请在活动结束以后登记成效。")
    if not result.strip():
        raise Refusal("没有填写成效。", what_to_do="请写明成效。")
    if locked.kind == Gathering.Kind.MATCHMAKING and not both_sides.strip():
        raise Refusal("供需对接会要写明对接双方。", what_to_do="请写明哪些单位与哪些个体工商户对接。")
    locked.result, locked.both_sides, locked.reported_at = result.strip(), both_sides.strip(), clock.now()
    locked.save(update_fields=["result", "both_sides", "reported_at"])
    _record(by, "engagement.report_gathering", locked)
    return locked


def is_full(gathering: Gathering) -> bool:
    """Whether no place is left."""
    return gathering.places is not None and gathering.invitations.coming().count() >= gathering.places


def audience_of(gathering: Gathering) -> BusinessQuerySet:
    """The businesses that the event is for, those in business of its organiser's district."""
    asked: Mapping[str, list[str]] = gathering.audience
    found = in_business(gathering.organiser.jurisdiction)
    if towns := asked.get("towns"):
        found = found.filter(town__in=towns)
    if industries := asked.get("industries"):
        within = Q()
        for code in industries:
            within |= Q(industry__startswith=code)
        found = found.filter(within)
    if tiers := asked.get("tiers"):
        run = Run.objects.of(gathering.organiser.jurisdiction).main().published().order_by("-year").first()
        found = found.filter(uscc__in=Result.objects.current().filter(run=run, tier__in=tiers).values("uscc"))
    if categories := asked.get("categories"):
        live = Recognition.objects.live(clock.today()).filter(category__in=categories)
        found = found.filter(uscc__in=live.values("business"))
    return found


def in_business(jurisdiction: Jurisdiction) -> BusinessQuerySet:
    """The individually-owned businesses of a jurisdiction that are registered and in the register as last delivered."""
    found = Business.objects.current().filter(jurisdiction=jurisdiction, entity_kind=EntityKind.INDIVIDUAL)
    return found.filter(Q(registration_status=RegistrationStatus.ACTIVE) | Q(registration_status=None))


def _locked(by: User, gathering: Gathering) -> Gathering:
    locked = Gathering.objects.select_for_update(of=("self",)).get(pk=gathering.pk)
    demand_member(by, locked.organiser)
    return locked


def _demand_on(gathering: Gathering) -> None:
    if gathering.published_at is None:
        raise Refusal("活动还没有发布。", what_to_do="请先发布。")
    if gathering.cancelled_at is not None or gathering.is_over:
        raise Refusal("活动已经取消或者结束。", what_to_do="请看其他活动。")


def _record(by: User, verb: str, gathering: Gathering, detail: Mapping[str, object] | None = None) -> None:
    record(
        by=by,
        verb=verb,
        subject=f"gathering:{gathering.pk}",
        detail=detail,
        clause=CLAUSE,
        jurisdiction=gathering.organiser.jurisdiction_id,
    )
