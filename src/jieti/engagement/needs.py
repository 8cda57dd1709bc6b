"""需求: signed up for, referred to a course, premises or an event, and settled with an outcome. 正文二(三)6."""

from django.db import IntegrityError, transaction

from jieti.accounts.models import Organisation, User
from jieti.engagement import telling
from jieti.engagement.desks import NEEDS
from jieti.engagement.models import Gathering, Need, Offer
from jieti.engagement.routing import handler_of_need
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.registry.models import Business

KIND_OF_OFFER = {Offer.Kind.COURSE.value: Need.Kind.TRAINING, Offer.Kind.PREMISES.value: Need.Kind.PREMISES}
"""What somebody needs who signs up for an offer."""


@transaction.atomic
def file_need(*, by: User, business: Business, kind: str, statement: str, quantity: int | None = None) -> Need:
    """Says what the business needs; the body that the rulebook names deals with it.

    Raises Refusal for an unknown kind, without words, and while a need of this kind is open.
    """
    if kind not in Need.Kind.values or not statement.strip():
        raise Refusal("没有填写完整。", what_to_do="请选择种类，写明具体需求。")
    handler = handler_of_need(business, kind)
    return _open(Need(kind=kind, statement=statement.strip(), quantity=quantity), by, business, handler)


@transaction.atomic
def sign_up(*, by: User, business: Business, offer: Offer, statement: str = "") -> Need:
    """Signs a business up for a course or premises; the body that offers it deals with it.

    Raises Refusal for one that was withdrawn or is over, when the places are taken, and for a second sign-up.
    """
    locked = Offer.objects.select_for_update().get(pk=offer.pk)
    if not Offer.objects.open(clock.today()).filter(pk=locked.pk).exists():
        raise Refusal(f"“{locked}”已经结束或者撤下。", what_to_do="请看其他的培训和场地，或者登记需求。")
    if locked.places is not None and locked.needs.all().holding_places().count() >= locked.places:
        raise Refusal(f"“{locked}”的名额已满。", what_to_do="请看其他的培训和场地，或者登记需求，有名额时联系您。")
    need = Need(kind=KIND_OF_OFFER[locked.kind].value, statement=statement.strip(), offer=locked)
    return _open(need, by, business, locked.organiser)


@transaction.atomic
def accept(*, by: User, need: Need, version: int) -> Need:
    """The handling body takes it up."""
    done = NEEDS.advance(need, "accept", by=by, version=version)
    telling.tell_asker(done, "已经受理")
    return done


@transaction.atomic
def hand_over(*, by: User, need: Need, version: int, to: Organisation, reason: str) -> Need:
    """Gives it to another body. Raises Refusal for the one that has it."""
    if to.pk == need.handler_id:
        raise Refusal(f"已经由{to}办理。", what_to_do="请选择其他单位，或者直接办理。")
    done = NEEDS.advance(need, "hand_over", by=by, version=version, reason=reason, owner=to.key, handler=to)
    telling.tell_body(telling.TASK, done, to)
    return done


@transaction.atomic
def refer(
    *,
    by: User,
    need: Need,
    version: int,
    reason: str,
    offer: Offer | None = None,
    gathering: Gathering | None = None,
) -> Need:
    """Points the business to a course, premises or an event, and says why. Raises Refusal without any of them."""
    if offer is None and gathering is None:
        raise Refusal("没有选择推荐什么。", what_to_do="请选择培训、场地或者活动。")
    done = NEEDS.advance(need, "refer", by=by, version=version, reason=reason, gathering=gathering)
    if offer is not None and done.offer_id is None:
        done.offer = offer
        done.save(update_fields=["offer"])
    telling.tell_asker(done, f"为您推荐了{offer or gathering}")
    return done


@transaction.atomic
def settle(*, by: User, need: Need, version: int, outcome: str, note: str) -> Need:
    """Closes it with what came of it, told to the business. Raises Refusal without an outcome or words."""
    if outcome not in Need.Outcome.values:
        raise Refusal("没有选择结果。", what_to_do="请选择已解决、部分解决或者未解决。")
    done = NEEDS.advance(
        need, "settle", by=by, version=version, reason=note.strip(), outcome=outcome, outcome_note=note.strip()
    )
    telling.tell_asker(done, f"有了结果：{done.get_outcome_display()}")
    return done


def withdraw(*, by: User, need: Need, version: int) -> Need:
    """Takes it back."""
    return NEEDS.advance(need, "withdraw", by=by, version=version)


def _open(need: Need, by: User, business: Business, handler: Organisation) -> Need:
    """Of two of a kind that are filed together the database lets one through."""
    need.jurisdiction, need.business, need.raised_by = business.jurisdiction, business, by
    need.handler, need.owner, need.year = handler, handler.key, clock.today().year
    try:
        with transaction.atomic():
            NEEDS.open(need, "file", by=by)
    except IntegrityError as error:
        if "engagement_need_one" not in str(error):
            raise
        raise Refusal(
            f"“{need.offer or need.get_kind_display()}”已经登记，正在办理。", what_to_do="请在“我的需求”里查看进度。"
        ) from None
    telling.tell_body(telling.TASK, need, handler)
    return need
