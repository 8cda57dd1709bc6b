"""Feeds from the rulebook, deliveries held and confirmed by two people, keys of pushes, districts apart."""

import datetime

import pytest

from jieti.accounts.models import OrganisationKind, Role, User
from jieti.audit.models import Event
from jieti.kit.errors import Refusal
from jieti.registry.actions import confirm_delivery, decline_delivery, receive_delivery
from jieti.registry.disagreements import disagreements
from jieti.registry.feeds import load_feeds, set_contact, standings
from jieti.registry.models import Business, Delivery, Feed
from jieti.registry.reading import read_delivery
from jieti.registry.sources import all_sources
from jieti.registry.tasks import requeue_stalled
from tests.factories.accounts import make_city, make_officer, make_organisation
from tests.factories.deliveries import checked, confirmed, delivered, make_feeds, second_officer
from tests.factories.tables import Rows, code, register, registered, xlsx

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 7, 1)


def table(count: int, **changes: object) -> Rows:
    return register(*(registered(number, **changes) for number in range(count)))


def hand_in(by: User, rows: Rows, *, as_of: datetime.date = DAY, mode: str = "full") -> Delivery:
    return checked(by=by, source="registration", file=xlsx(rows), file_name="名册.xlsx", as_of=as_of, mode=mode)


def push(by: User, rows: Rows, key: str) -> Delivery:
    return receive_delivery(
        by=by,
        source_key="registration",
        file=xlsx(rows),
        file_name="名册.xlsx",
        as_of=DAY,
        channel="api",
        idempotency_key=key,
    )


def test_every_source_has_a_feed_and_loading_again_changes_nothing(db: None) -> None:
    feeds = make_feeds()
    site = feeds["tax"].jurisdiction
    assert feeds.keys() == all_sources(site).keys()
    assert feeds["tax"].supplier.key == "tax_bureau"
    assert feeds["published_tiers"].supplier.key == "city_regulator"
    assert feeds["awards"].supplier.key == "district_regulator", "a group delivers nothing"
    assert load_feeds(by=None, jurisdiction=site) == 0


def test_loading_keeps_whom_to_call_and_mends_the_rest(intake_clerk: User) -> None:
    feed = make_feeds()["tax"]
    set_contact(by=intake_clerk, feed=feed, contact="征管科 010-6960 0000")
    Feed.objects.filter(pk=feed.pk).update(schedule="每世纪", is_active=False)
    assert load_feeds(by=None, jurisdiction=feed.jurisdiction) == 1
    feed.refresh_from_db()
    assert (feed.schedule, feed.is_active, feed.contact) == ("每年，判定前", True, "征管科 010-6960 0000")


def test_nobody_confirms_their_own_delivery(reviewer: User) -> None:
    delivery = hand_in(reviewer, table(1))
    for decide in (confirm_delivery, decline_delivery):
        with pytest.raises(Refusal, match="送交人不能复核"):
            decide(by=reviewer, delivery=delivery, reason="我自己看过")
    assert not Business.objects.exists()


def test_nothing_counts_before_it_is_confirmed(intake_clerk: User) -> None:
    delivery = hand_in(intake_clerk, table(2))
    assert (delivery.status, delivery.known_at, Business.objects.count()) == ("checked", None, 0)
    accepted = confirmed(delivery)
    assert accepted.known_at
    assert Business.objects.count() == 2
    with pytest.raises(Refusal, match="已生效，不能复核"):
        confirm_delivery(by=second_officer(), delivery=delivery)


def test_a_declined_delivery_needs_a_reason_and_may_be_sent_again(intake_clerk: User) -> None:
    delivery = hand_in(intake_clerk, table(2))
    with pytest.raises(Refusal, match="没有写明退回理由"):
        decline_delivery(by=second_officer(), delivery=delivery, reason=" ")
    declined = decline_delivery(by=second_officer(), delivery=delivery, reason="不是最新的")
    assert (declined.status, declined.known_at) == ("declined", None)
    assert not Business.objects.exists()
    assert not hand_in(intake_clerk, table(2)).already_received


def test_a_table_that_halves_is_held_with_both_numbers_until_somebody_says_why(intake_clerk: User) -> None:
    make_feeds()
    confirmed(hand_in(intake_clerk, table(100)))
    half = hand_in(intake_clerk, table(50))
    assert half.status == "held"
    assert "行数50，上次100" in half.instability[0]
    with pytest.raises(Refusal, match="相差较大"):
        confirm_delivery(by=second_officer(), delivery=half)
    assert confirm_delivery(by=second_officer(), delivery=half, reason="已与登记科核实").status == "accepted"


def test_a_share_that_moves_is_held(intake_clerk: User) -> None:
    make_feeds()
    confirmed(hand_in(intake_clerk, table(100)))
    gone = [registered(number, 登记状态="注销" if number < 40 else "登记在册") for number in range(100)]
    (complaint, *_) = hand_in(intake_clerk, register(*gone)).instability
    assert "占60.0%，上次占100.0%" in complaint


def test_small_tables_and_first_ones_are_not_held(intake_clerk: User) -> None:
    make_feeds()
    assert confirmed(hand_in(intake_clerk, table(4))).status == "accepted"
    assert hand_in(intake_clerk, table(2)).status == "checked"


def test_older_data_than_those_that_count_are_held(intake_clerk: User) -> None:
    confirmed(hand_in(intake_clerk, table(2)))
    older = hand_in(intake_clerk, table(3), as_of=datetime.date(2026, 6, 1))
    assert older.status == "held"
    assert "2026-06-01" in older.instability[0]


def test_a_supplement_of_a_table_that_was_replaced_is_read_anew(intake_clerk: User) -> None:
    confirmed(hand_in(intake_clerk, table(2)))
    supplement = hand_in(intake_clerk, register(registered(9)), mode="supplement")
    confirmed(hand_in(intake_clerk, table(5)))
    with pytest.raises(Refusal, match="重新读入"):
        confirm_delivery(by=second_officer(), delivery=supplement)
    again = confirmed(read_delivery(Delivery.objects.get(pk=supplement.pk)))
    assert (again.status, again.clean_rows) == ("accepted", 6)


def test_a_key_is_for_one_file(intake_clerk: User) -> None:
    first = push(intake_clerk, table(1), "2026-07")
    again = push(intake_clerk, table(1), "2026-07")
    assert (again.pk, again.already_received) == (first.pk, True)
    with pytest.raises(Refusal, match="已经用于另一个文件"):
        push(intake_clerk, table(2), "2026-07")
    assert Delivery.objects.count() == 1


def test_a_feed_that_is_switched_off_takes_nothing(intake_clerk: User) -> None:
    make_feeds()
    Feed.objects.filter(source_key="registration").update(is_active=False)
    with pytest.raises(Refusal, match="已停止接收"):
        hand_in(intake_clerk, table(1))


def test_freshness_knows_fresh_late_and_never(intake_clerk: User) -> None:
    feeds = make_feeds()
    confirmed(hand_in(intake_clerk, table(1), as_of=datetime.date(2021, 1, 1)))
    site = feeds["tax"].jurisdiction
    states = {one.source.key: one.state.value for one in standings(site, list(feeds.values()))}
    assert (states["registration"], states["tax"]) == ("late", "never")


def test_a_name_that_the_court_has_otherwise_is_listed(intake_clerk: User) -> None:
    site = make_feeds()["courts"].jurisdiction
    confirmed(hand_in(intake_clerk, table(3)))
    header = ("统一社会信用代码", "被执行人姓名", "发布日期")
    rows: Rows = [header, [code(1), "王某", "2026-01-01"], [code(2), "李某", "2026-01-01"]]
    delivered(by=intake_clerk, source="courts", file=xlsx(rows), file_name="法院.xlsx", as_of=DAY)
    (found,) = disagreements(site, ["courts"])
    assert (found.uscc, found.value, found.register_value) == (code(2), "李某", "王某")
    assert disagreements(site, ["tax"]) == []


def test_a_department_sees_its_own_deliveries_alone(intake_clerk: User) -> None:
    feeds = make_feeds()
    confirmed(hand_in(intake_clerk, table(1)))
    tax = make_officer(feeds["tax"].supplier, Role.DEPARTMENT_OFFICER, username="tax")
    rows: Rows = [["统一社会信用代码", "所属年度"], [code(0), 2025]]
    own = delivered(by=intake_clerk, source="tax", file=xlsx(rows), file_name="税务.xlsx", as_of=DAY)
    assert list(Delivery.objects.open_to(tax)) == [own]
    assert Delivery.objects.open_to(intake_clerk).count() == 2


def test_districts_do_not_touch_each_other(intake_clerk: User) -> None:
    confirmed(hand_in(intake_clerk, table(2)))
    other = make_city()
    regulator = make_organisation("district_regulator", "别处监管局", OrganisationKind.DEPARTMENT, other)
    clerk = make_officer(regulator, Role.INTAKE_CLERK, username="elsewhere")
    file = xlsx([["统一社会信用代码", "名称"], [code(7), "别处饭馆"]])
    theirs = delivered(by=clerk, source="registration", file=file, file_name="名册.xlsx", as_of=DAY)
    assert (theirs.status, theirs.jurisdiction) == ("accepted", other), theirs.message
    assert Business.objects.current().filter(jurisdiction_id="110116").count() == 2
    assert not Delivery.objects.open_to(intake_clerk).filter(jurisdiction=other).exists()


def test_freeing_stalled_jobs_with_none_does_nothing(intake_clerk: User) -> None:
    push(intake_clerk, table(1), "2026-07")
    requeue_stalled(0)
    assert Event.objects.filter(verb="registry.give_up_delivery").count() == 0
