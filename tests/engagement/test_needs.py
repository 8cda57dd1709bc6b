"""需求、培训和场地: to the body that the rulebook names, places that run out, and an outcome for each."""

from datetime import timedelta

import pytest

from jieti.audit.models import Event
from jieti.engagement import needs
from jieti.engagement.desks import NEEDS
from jieti.engagement.models import Need, Offer
from jieti.engagement.offers import Terms, add_offer, withdraw_offer
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.notices.models import Notice
from tests.engagement.staff import Staff


def filed(staff: Staff, kind: str = "hiring") -> Need:
    return needs.file_need(by=staff.people.proprietor, business=staff.business, kind=kind, statement="招厨师两名")


def course(staff: Staff, *, places: int | None = 1, **terms: object) -> Offer:
    wanted = Terms("course", "中式烹调师", "四级，不收费", "60000000", places=places, **terms)  # type: ignore[arg-type]
    return add_offer(by=staff.human_resources, organiser=staff.body("human_resources_bureau"), terms=wanted)


@pytest.mark.clause("正文二(三)6.f")
@pytest.mark.clause("正文二(三)6.g")
@pytest.mark.parametrize(
    ("kind", "handler"),
    [
        ("training", "human_resources_bureau"),
        ("hiring", "human_resources_bureau"),
        ("financing", "development_reform_commission"),
        ("premises", "area_004"),
        ("partners", "economy_information_bureau"),
    ],
)
def test_each_kind_reaches_its_body_with_a_date(staff: Staff, kind: str, handler: str) -> None:
    need = filed(staff, kind)
    assert (need.handler.key, need.handler.jurisdiction) == (handler, staff.site)
    assert need.due_latest is not None
    assert need.due_latest > clock.today()
    assert Notice.objects.get(kind="service_task").organisation == need.handler


@pytest.mark.clause("正文二(三)6.g")
def test_a_need_of_money_closes_with_its_outcome(staff: Staff) -> None:
    need = filed(staff, "financing")
    with pytest.raises(Refusal, match="您不能办理"):
        needs.settle(by=staff.tax, need=need, version=need.version, outcome="met", note="已放款")
    need = needs.accept(by=staff.development, need=need, version=need.version)
    with pytest.raises(Refusal, match="没有选择结果"):
        needs.settle(by=staff.development, need=need, version=need.version, outcome="", note="已放款")
    need = needs.settle(by=staff.development, need=need, version=need.version, outcome="met", note="农商行放款")
    assert (need.state, need.outcome, need.closed_on) == ("settled", "met", clock.today())
    told = Notice.objects.filter(recipient=staff.people.proprietor, subject=f"need:{need.pk}")
    assert told.count() == 2
    filed(staff, "financing")


def test_one_of_a_kind_is_open_at_a_time(staff: Staff) -> None:
    filed(staff)
    with pytest.raises(Refusal, match="已经登记"):
        filed(staff)
    filed(staff, "training")


def test_nobody_asks_for_another(staff: Staff) -> None:
    for by in (staff.other_owner, staff.people.outsider, staff.human_resources):
        with pytest.raises(Refusal, match="您不能办理"):
            needs.file_need(by=by, business=staff.business, kind="hiring", statement="招人")
    assert not Need.objects.exists()


@pytest.mark.clause("正文二(三)6.f")
def test_places_run_out_and_come_back(staff: Staff) -> None:
    offer = course(staff)
    mine = needs.sign_up(by=staff.people.proprietor, business=staff.business, offer=offer)
    assert (mine.kind, mine.handler.key) == ("training", "human_resources_bureau")
    with pytest.raises(Refusal, match="名额已满"):
        needs.sign_up(by=staff.other_owner, business=staff.other, offer=offer)
    needs.withdraw(by=staff.people.proprietor, need=mine, version=mine.version)
    needs.sign_up(by=staff.other_owner, business=staff.other, offer=offer)


def test_a_second_sign_up_is_told_so(staff: Staff) -> None:
    offer = course(staff, places=None)
    needs.sign_up(by=staff.people.proprietor, business=staff.business, offer=offer)
    with pytest.raises(Refusal, match="已经登记"):
        needs.sign_up(by=staff.people.proprietor, business=staff.business, offer=offer)
    filed(staff, "training")


def test_what_is_over_or_withdrawn_takes_nobody(staff: Staff) -> None:
    offer = course(staff, ends_on=clock.today())
    with clock.at(clock.today() + timedelta(days=1)), pytest.raises(Refusal, match="已经结束"):
        needs.sign_up(by=staff.people.proprietor, business=staff.business, offer=offer)
    with pytest.raises(Refusal, match="不是"):
        withdraw_offer(by=staff.tax, offer=offer)
    withdraw_offer(by=staff.human_resources, offer=offer)
    withdraw_offer(by=staff.human_resources, offer=offer)
    assert Event.objects.filter(verb="engagement.withdraw_offer").count() == 1
    with pytest.raises(Refusal, match="已经结束"):
        needs.sign_up(by=staff.people.proprietor, business=staff.business, offer=offer)


def test_a_body_offers_only_in_its_own_name(staff: Staff) -> None:
    terms = Terms("premises", "摊位", "20平方米", "60000000")
    with pytest.raises(Refusal, match="不是"):
        add_offer(by=staff.tax, organiser=staff.body("area_004"), terms=terms)
    assert add_offer(by=staff.town, organiser=staff.body("area_004"), terms=terms).organiser.key == "area_004"
    with pytest.raises(Refusal, match="截止日期"):
        course(staff, ends_on=clock.today() - timedelta(days=1))


def test_a_need_is_referred_to_a_course(staff: Staff) -> None:
    need, offer = filed(staff, "training"), course(staff)
    with pytest.raises(Refusal, match="没有选择推荐什么"):
        needs.refer(by=staff.human_resources, need=need, version=need.version, reason="合适")
    need = needs.refer(by=staff.human_resources, need=need, version=need.version, reason="合适", offer=offer)
    assert (need.state, need.offer) == ("referred", offer)
    assert [step.key for step in NEEDS.offers(need, by=staff.people.proprietor)] == ["withdraw"]


def test_a_need_is_handed_to_another_body(staff: Staff) -> None:
    need = filed(staff, "partners")
    to = staff.body("commerce_bureau")
    need = needs.hand_over(by=staff.economy, need=need, version=need.version, to=to, reason="电商合作")
    assert (need.handler, need.owner) == (to, "commerce_bureau")
    with pytest.raises(Refusal, match="您不能办理"):
        needs.accept(by=staff.economy, need=need, version=need.version)
    assert list(Need.objects.all().handled_by(staff.commerce)) == [need]
    assert not Need.objects.all().handled_by(staff.economy).exists()
