"""Telling people: whom, once, by which ways, and what they may decline."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoAssertNumQueries

from jieti.accounts.actions import add_member
from jieti.accounts.models import Jurisdiction, Organisation, Role, User
from jieti.audit.models import Event
from jieti.notices.actions import (
    SEND,
    Message,
    declinable,
    mark_all_read,
    mark_read,
    notify,
    notify_all,
    set_addresses,
    set_wishes,
)
from jieti.notices.models import Channel, Dispatch, Notice, NoticeRead, Refused
from tests.factories.accounts import make_district, make_officer, make_user
from tests.notices.conftest import EMAIL, PHONE

REPORT = {"known": "2026-03-01", "business": "老王饭馆", "year": 2025, "due": "6月30日"}
CHANGED = {"business": "老王饭馆", "year": 2026, "before": "生存型", "after": "成长型", "cause": "异议"}


def remind(home: Jurisdiction, user: User, once: str = "") -> Notice | None:
    return notify(
        jurisdiction=home, kind="annual_report_reminder", subject="business:1", recipient=user, values=REPORT, once=once
    )


def tell_change(home: Jurisdiction, user: User) -> Notice | None:
    return notify(jurisdiction=home, kind="result_changed", subject="business:1", recipient=user, values=CHANGED)


def channels(notice: Notice | None) -> list[str]:
    return sorted(Dispatch.objects.filter(notice=notice).values_list("channel", flat=True))


def test_a_notice_stands_on_the_site_and_goes_to_each_address(home: Jurisdiction, proprietor: User) -> None:
    notice = remind(home, proprietor)
    assert notice
    assert not notice.is_duty
    assert "不符合分型条件" in notice.body
    assert notice.clause == "附件一(三)1"
    assert channels(notice) == ["email", "sms"]
    assert ProcrastinateJob.objects.filter(task_name=SEND, queue_name="notices").count() == 2


def test_without_an_address_it_stands_on_the_site_alone(home: Jurisdiction, outsider: User) -> None:
    notice = remind(home, outsider)
    assert list(Notice.objects.for_user(outsider)) == [notice]
    assert channels(notice) == []


def test_the_same_key_is_told_once(home: Jurisdiction, proprietor: User) -> None:
    assert remind(home, proprietor, once="k")
    assert [remind(home, proprietor, once="k") for _ in range(10)] == [None] * 10
    assert Notice.objects.count() == 1
    assert Dispatch.objects.count() == 2


def test_without_a_key_it_is_told_each_time(home: Jurisdiction, proprietor: User) -> None:
    assert remind(home, proprietor)
    assert remind(home, proprietor)


def test_many_with_the_same_key_in_one_call(home: Jurisdiction, proprietor: User) -> None:
    messages = [Message("s:1", recipient=proprietor, values=CHANGED, once="same")] * 3
    assert len(notify_all(jurisdiction=home, kind="result_changed", messages=messages)) == 1


def test_many_take_few_statements(
    home: Jurisdiction, proprietor: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    messages = [Message(f"s:{n}", recipient=proprietor, values=CHANGED, once=f"{n}") for n in range(200)]
    with django_assert_max_num_queries(12):
        assert len(notify_all(jurisdiction=home, kind="result_changed", messages=messages)) == 200
    assert Dispatch.objects.count() == 400


def test_what_was_declined_is_not_sent_but_stands_on_the_site(home: Jurisdiction, proprietor: User) -> None:
    set_wishes(by=proprietor, refused=[("annual_report_reminder", "sms")])
    assert channels(remind(home, proprietor)) == ["email"]
    set_wishes(by=proprietor, refused=[("annual_report_reminder", "sms"), ("annual_report_reminder", "email")])
    notice = remind(home, proprietor)
    assert channels(notice) == []
    assert notice in Notice.objects.for_user(proprietor)
    set_wishes(by=proprietor, refused=[])
    assert channels(remind(home, proprietor)) == ["email", "sms"]


def test_duties_are_told_all_the_same(home: Jurisdiction, proprietor: User) -> None:
    set_wishes(by=proprietor, refused=[("result_changed", "sms"), ("result_changed", "email")])
    assert not Refused.objects.exists()
    # Even a row that came about when the kind was none.
    Refused.objects.create(user=proprietor, kind="result_changed", channel=Channel.SMS)
    assert channels(tell_change(home, proprietor)) == ["email", "sms"]
    assert "result_changed" not in declinable()


def test_wishes_and_addresses_are_recorded_without_the_addresses(proprietor: User) -> None:
    set_wishes(by=proprietor, refused=[("annual_report_reminder", "sms")])
    set_wishes(by=proprietor, refused=[("annual_report_reminder", "sms")])
    assert Event.objects.filter(verb="notices.set_wishes").count() == 1
    assert Event.objects.filter(verb="notices.set_addresses").count() == 1
    assert not [one for one in Event.objects.all() if EMAIL in str(one.detail) or PHONE in str(one.detail)]


def test_addresses_are_encrypted(home: Jurisdiction, proprietor: User) -> None:
    remind(home, proprietor)
    assert PHONE not in str(User.objects.values("contact_phone").get(pk=proprietor.pk))
    for dispatch in Dispatch.objects.all():
        assert EMAIL.encode() not in bytes(dispatch.address_cipher)
        assert PHONE.encode() not in bytes(dispatch.address_cipher)
    set_addresses(by=proprietor, email="", phone="")
    proprietor.refresh_from_db()
    assert proprietor.contact_phone is None
    assert channels(remind(home, proprietor)) == []


def milestone(home: Jurisdiction, district: Organisation, role: str = "") -> Notice | None:
    values = {"title": "汇总", "year": 2026, "due": "8月10日", "days": 1, "owner": "市局"}
    return notify(
        jurisdiction=home,
        kind="milestone_overdue",
        subject="milestone:x",
        organisation=district,
        role=role,
        values=values,
    )


def test_an_organisation_is_told_by_role(home: Jurisdiction, district: Organisation, reviewer: User) -> None:
    approver = make_officer(district, Role.APPROVER)
    for user in (reviewer, approver):
        set_addresses(by=user, email=f"{user.username}@example.com", phone="")
    to_all, to_approvers = milestone(home, district), milestone(home, district, Role.APPROVER)
    assert to_all
    assert to_approvers
    assert set(Notice.objects.for_user(reviewer)) == {to_all}
    assert set(Notice.objects.for_user(approver)) == {to_all, to_approvers}
    assert Dispatch.objects.filter(notice=to_approvers).count() == 1
    assert Dispatch.objects.filter(notice=to_all).count() == 2


def test_somebody_with_two_roles_gets_one_message(home: Jurisdiction, district: Organisation, reviewer: User) -> None:
    add_member(by=None, user=reviewer, organisation=district, role=Role.AUDITOR)
    set_addresses(by=reviewer, email="r@example.com", phone="")
    reviewer.refresh_from_db()
    notice = milestone(home, district)
    assert Dispatch.objects.filter(notice=notice).count() == 1
    assert Notice.objects.unread_count(reviewer) == 1
    assert list(Notice.objects.for_user(reviewer)) == [notice]


def test_a_role_elsewhere_does_not_read_this_organisations_notices(home: Jurisdiction, district: Organisation) -> None:
    """The role has to be held in the organisation that is addressed."""
    from jieti.accounts.models import OrganisationKind
    from tests.factories.accounts import make_organisation

    other = make_organisation("tax_bureau", "区税务局", OrganisationKind.DEPARTMENT)
    both = make_officer(other, Role.APPROVER, username="both")
    add_member(by=None, user=both, organisation=district, role=Role.REVIEWER)
    milestone(home, district, Role.APPROVER)
    assert not Notice.objects.for_user(both).exists()
    assert Notice.objects.unread_count(both) == 0


def test_a_closed_account_is_sent_nothing(home: Jurisdiction, district: Organisation, reviewer: User) -> None:
    set_addresses(by=reviewer, email="r@example.com", phone="")
    User.objects.filter(pk=reviewer.pk).update(is_active=False)
    assert channels(milestone(home, district)) == []


def test_reading(home: Jurisdiction, proprietor: User, outsider: User) -> None:
    first, second = remind(home, proprietor), remind(home, proprietor)
    assert first
    assert second
    assert Notice.objects.unread_count(proprietor) == 2
    mark_read(by=proprietor, notice=first)
    mark_read(by=proprietor, notice=first)
    assert NoticeRead.objects.count() == 1
    assert list(Notice.objects.for_user(proprietor).unread_by(proprietor)) == [second]
    assert mark_all_read(by=outsider) == 0
    assert mark_all_read(by=proprietor) == 1
    assert Notice.objects.unread_count(proprietor) == 0


def test_an_unknown_kind_is_an_error(home: Jurisdiction, proprietor: User) -> None:
    with pytest.raises(KeyError):
        notify(jurisdiction=home, kind="rumour", subject="s:1", recipient=proprietor)


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Does the deeds in threads of their own at the same moment; what each gave or raised."""
    barrier, found = threading.Barrier(len(deeds)), list[object]()

    def work(deed: Callable[[], object]) -> None:
        barrier.wait()
        try:
            found.append(deed())
        except Exception as error:  # noqa: BLE001 - the test looks at it
            found.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.django_db(transaction=True)
def test_two_at_once_tell_once() -> None:
    home, user = make_district().jurisdiction, make_user("u")
    set_addresses(by=user, email=EMAIL, phone="")
    user.refresh_from_db()

    def tell() -> int:
        messages = [Message(f"s:{n}", recipient=user, values=CHANGED, once=f"{n}") for n in range(50)]
        return len(notify_all(jurisdiction=home, kind="result_changed", messages=messages))

    assert sum(one for one in at_once(*[tell] * 4) if isinstance(one, int)) == 50
    assert Notice.objects.count() == 50
    assert Dispatch.objects.count() == 50
