"""活动: announced, invited to by town and industry, full, cancelled, held, reported on; and as a calendar."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from jieti.engagement import gatherings
from jieti.engagement.calendars import calendar_of
from jieti.engagement.gatherings import Plan
from jieti.engagement.models import Gathering
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.notices.actions import declinable, set_wishes
from jieti.notices.models import Dispatch, Notice
from tests.engagement.staff import Staff


def planned(staff: Staff, *, kind: str = "festival", places: int | None = None, **audience: list[str]) -> Gathering:
    start = clock.now() + timedelta(days=10)
    plan = Plan(
        kind,
        "雁栖美食节",
        "特色菜展示",
        "雁栖湖",
        start,
        start + timedelta(hours=3),
        "60000001",
        places=places,
        audience=audience,
    )
    return gatherings.plan_gathering(by=staff.commerce, organiser=staff.body("commerce_bureau"), plan=plan)


def announced(staff: Staff, **options: object) -> Gathering:
    return gatherings.publish_gathering(by=staff.commerce, gathering=planned(staff, **options))  # type: ignore[arg-type]


@pytest.mark.clause("正文二(三)7.a")
def test_only_the_audience_is_invited_and_once(staff: Staff) -> None:
    one = announced(staff, towns=["雁栖镇"], industries=["62"])
    assert [business.pk for business in gatherings.audience_of(one)] == [staff.business.pk]
    assert gatherings.invite(by=staff.commerce, gathering=one) == 1
    assert gatherings.invite(by=staff.commerce, gathering=one) == 0
    told = Notice.objects.get(kind="event_invitation")
    assert (told.recipient, told.is_duty) == (staff.people.proprietor, False)
    assert "雁栖湖" in told.body


def test_nobody_deregistered_is_invited(staff: Staff) -> None:
    assert gatherings.audience_of(announced(staff)).count() == 5


def test_who_declines_invitations_gets_no_mail(staff: Staff) -> None:
    owner = staff.people.proprietor
    owner.email = "laowang@example.com"
    owner.save()
    assert "event_invitation" in declinable()
    set_wishes(by=owner, refused=[("event_invitation", "email")])
    gatherings.invite(by=staff.commerce, gathering=announced(staff))
    assert Notice.objects.filter(kind="event_invitation", recipient=owner).exists()
    assert not Dispatch.objects.filter(user=owner).exists()


def test_the_last_place_is_taken_once(staff: Staff) -> None:
    one = announced(staff, places=1)
    mine = gatherings.answer_invitation(
        by=staff.people.proprietor, business=staff.business, gathering=one, is_coming=True
    )
    assert not mine.is_invited
    with pytest.raises(Refusal, match="名额已满"):
        gatherings.answer_invitation(by=staff.other_owner, business=staff.other, gathering=one, is_coming=True)
    gatherings.answer_invitation(by=staff.people.proprietor, business=staff.business, gathering=one, is_coming=True)
    gatherings.answer_invitation(by=staff.people.proprietor, business=staff.business, gathering=one, is_coming=False)
    gatherings.answer_invitation(by=staff.other_owner, business=staff.other, gathering=one, is_coming=True)
    assert one.invitations.coming().count() == 1


def test_nobody_answers_for_another_or_to_a_draft(staff: Staff) -> None:
    one = announced(staff)
    with pytest.raises(Refusal, match="不能替这一户"):
        gatherings.answer_invitation(by=staff.other_owner, business=staff.business, gathering=one, is_coming=True)
    with pytest.raises(Refusal, match="还没有发布"):
        gatherings.invite(by=staff.commerce, gathering=planned(staff))
    with pytest.raises(Refusal, match="不是"):
        gatherings.invite(by=staff.tax, gathering=one)


def test_who_signed_up_is_told_when_it_is_off(staff: Staff) -> None:
    one = announced(staff)
    gatherings.answer_invitation(by=staff.people.proprietor, business=staff.business, gathering=one, is_coming=True)
    gatherings.cancel_gathering(by=staff.commerce, gathering=one)
    assert Notice.objects.get(kind="event_changed").recipient == staff.people.proprietor
    with pytest.raises(Refusal, match="取消"):
        gatherings.answer_invitation(by=staff.other_owner, business=staff.other, gathering=one, is_coming=True)


@pytest.mark.clause("正文二(三)6.i")
def test_a_match_names_both_sides_and_its_result(staff: Staff) -> None:
    one = announced(staff, kind="matchmaking")
    gatherings.answer_invitation(by=staff.people.proprietor, business=staff.business, gathering=one, is_coming=True)
    with pytest.raises(Refusal, match="还没有结束"):
        gatherings.report_gathering(by=staff.commerce, gathering=one, result="签约")
    with pytest.raises(Refusal, match="还没有开始"):
        gatherings.note_attendance(by=staff.commerce, gathering=one, came=[])
    with clock.at(one.ends_at + timedelta(hours=1)):
        assert gatherings.note_attendance(by=staff.commerce, gathering=one, came=[staff.business.pk]) == 1
        with pytest.raises(Refusal, match="对接双方"):
            gatherings.report_gathering(by=staff.commerce, gathering=one, result="签约两份")
        done = gatherings.report_gathering(
            by=staff.commerce, gathering=one, result="签约两份", both_sides="某超市与老王饭馆"
        )
    assert (done.result, done.both_sides) == ("签约两份", "某超市与老王饭馆")
    assert one.invitations.get().has_come is True


def test_times_must_be_in_order(staff: Staff) -> None:
    start = clock.now()
    plan = Plan("other", "会", "会", "会", start, start, "1")
    with pytest.raises(Refusal, match="结束时间"):
        gatherings.plan_gathering(by=staff.commerce, organiser=staff.body("commerce_bureau"), plan=plan)


@pytest.mark.clause("正文二(三)7.a")
def test_the_feed_is_a_calendar_and_keeps_what_is_off(staff: Staff) -> None:
    on, off = announced(staff), announced(staff, kind="service_month")
    off = gatherings.cancel_gathering(by=staff.commerce, gathering=off)
    feed = Calendar.from_ical(calendar_of([on, off], name="活动", host="example.com"))
    events = {str(one["UID"]): one for one in feed.walk("VEVENT")}
    assert str(events[f"gathering-{on.pk}@example.com"]["STATUS"]) == "CONFIRMED"
    assert str(events[f"gathering-{off.pk}@example.com"]["STATUS"]) == "CANCELLED"
    assert str(events[f"gathering-{on.pk}@example.com"]["SUMMARY"]) == "雁栖美食节"
    assert events[f"gathering-{on.pk}@example.com"].decoded("DTSTART") == on.starts_at.replace(microsecond=0)
