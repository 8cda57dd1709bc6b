"""A value is doubted by those it is about and answered by those who supplied it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from jieti.accounts.models import Organisation, OrganisationKind, Role, User
from jieti.audit.models import Event
from jieti.domain.deadlines import Length, Limit, Unit
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.registry.corrections import (
    LIMIT,
    answer_corrected,
    is_overdue,
    raise_correction,
    uphold,
    with_deadlines,
    withdraw_correction,
)
from jieti.registry.models import Business, CorrectionRequest, Delivery, Feed, Proprietorship
from jieti.registry.sources import source_of
from jieti.registry.supplied import supplier_of
from tests.factories.accounts import make_officer, make_organisation, make_user
from tests.factories.tables import code
from tests.registry.register import accept, row

Raise = Callable[..., CorrectionRequest]
FIVE_DAYS = Limit(LIMIT, "答复", "正文三(一)", Length(5, Unit.WORKING_DAYS))


@pytest.fixture
def tax_bureau(district: Organisation) -> Organisation:
    return make_organisation("tax_bureau", "区税务局", OrganisationKind.DEPARTMENT)


@pytest.fixture
def tax_officer(tax_bureau: Organisation) -> User:
    return make_officer(tax_bureau, Role.DEPARTMENT_OFFICER, username="tax")


@pytest.fixture
def owner(intake_clerk: User) -> User:
    accept([row(code(1)), row(code(2))], by=intake_clerk, as_of=clock.today())
    user = make_user("owner", display_name="王建国")
    Proprietorship.objects.create(user=user, business_id=code(1))
    return user


@pytest.fixture
def doubt(owner: User, tax_bureau: Organisation) -> Raise:
    def ask(**changes: object) -> CorrectionRequest:
        given: dict[str, object] = {
            "by": owner,
            "business": Business.objects.get(pk=code(1)),
            "source_key": "registration",
            "item": "address",
            "shown_value": "南大街1号",
            "claim": "去年搬到南大街3号",
        }
        return raise_correction(**(given | changes))  # type: ignore[arg-type]

    return ask


def test_it_goes_to_whoever_supplied_the_value(doubt: Raise, tax_bureau: Organisation, district: Organisation) -> None:
    assert doubt().addressed_to == district
    assert doubt(source_key="tax", item="paid-0123456789").addressed_to == tax_bureau


def test_the_feed_says_who_supplies(doubt: Raise, tax_bureau: Organisation) -> None:
    home = tax_bureau.jurisdiction
    Feed.objects.create(jurisdiction=home, source_key="credit", supplier=tax_bureau, schedule="每月")
    assert doubt(source_key="credit", item="reason-1").addressed_to == tax_bureau


def test_a_group_of_departments_is_answered_for_by_the_regulator(doubt: Raise, district: Organisation) -> None:
    assert supplier_of(district.jurisdiction, source_of("awards")) == district


def test_one_open_request_a_value(doubt: Raise, owner: User) -> None:
    first = doubt()
    with pytest.raises(Refusal, match="正在核实"):
        doubt(claim="再说一次")
    doubt(item="name")
    withdraw_correction(by=owner, request=first)
    doubt()
    assert CorrectionRequest.objects.open().count() == 2


def test_strangers_raise_nothing(doubt: Raise, outsider: User) -> None:
    with pytest.raises(Refusal, match="经营者本人或者受托人"):
        doubt(by=outsider)
    with pytest.raises(Refusal, match="经营者本人或者受托人"):
        doubt(business=Business.objects.get(pk=code(2)))


@pytest.mark.parametrize("changes", [{"claim": "  "}, {"item": "nothing"}, {"item": "uscc"}, {"source_key": "nowhere"}])
def test_what_cannot_be_asked(doubt: Raise, changes: dict[str, object]) -> None:
    with pytest.raises(Refusal):
        doubt(**changes)


def test_upheld_with_reasons_by_the_supplier_alone(
    doubt: Raise, tax_officer: User, reviewer: User, owner: User
) -> None:
    asked = doubt(source_key="tax", item="paid-1")
    for somebody in (reviewer, owner):
        with pytest.raises(Refusal, match="区税务局"):
            uphold(by=somebody, request=asked, reasons="核实无误")
    with pytest.raises(Refusal, match="答复"):
        uphold(by=tax_officer, request=asked, reasons=" ")
    done = uphold(by=tax_officer, request=asked, reasons="完税证明记载一致")
    assert (done.status, done.answered_by, done.answer) == ("upheld", tax_officer, "完税证明记载一致")
    with pytest.raises(Refusal, match="核实无误"):
        uphold(by=tax_officer, request=asked, reasons="再答一次")


def test_corrected_by_a_delivery_that_came_since(doubt: Raise, intake_clerk: User, reviewer: User) -> None:
    earlier = Delivery.objects.get()
    asked = doubt()
    with pytest.raises(Refusal, match="不能说明"):
        answer_corrected(by=reviewer, request=asked, delivery=earlier, answer="已更正")
    rows = [row(code(1), address="南大街3号"), row(code(2))]
    later = accept(rows, by=intake_clerk, as_of=clock.today(), mode="supplement", is_correction=True)
    other = doubt(item="name")
    with pytest.raises(Refusal, match="不能说明"):
        answer_corrected(by=reviewer, request=other, delivery=later, answer="已更正")
    done = answer_corrected(by=reviewer, request=asked, delivery=later, answer="已更正为南大街3号")
    assert (done.status, done.delivery) == ("corrected", later)


def test_only_the_asker_withdraws(doubt: Raise, outsider: User, owner: User) -> None:
    asked = doubt()
    with pytest.raises(Refusal, match="提出人"):
        withdraw_correction(by=outsider, request=asked)
    assert withdraw_correction(by=owner, request=asked).status == "withdrawn"


def test_due_in_five_working_days(doubt: Raise) -> None:
    asked = doubt()
    noon = clock.now().replace(year=2026, month=9, day=24, hour=4)
    CorrectionRequest.objects.update(raised_at=noon)
    asked.refresh_from_db()
    ((_, due),) = with_deadlines([asked], FIVE_DAYS)
    assert due.start == date(2026, 9, 24)
    assert due.latest > date(2026, 10, 7)
    assert is_overdue(asked, due) is (clock.today() > due.latest)


def test_a_request_made_late_in_the_evening_counts_from_its_own_day(doubt: Raise) -> None:
    """21:00 UTC is already tomorrow here."""
    asked = doubt()
    asked.raised_at = clock.now().replace(year=2026, month=3, day=9, hour=21)
    ((_, due),) = with_deadlines([asked], FIVE_DAYS)
    assert due.start == date(2026, 3, 10)
    assert due.latest == date(2026, 3, 10) + timedelta(days=7)


def test_what_is_said_stays_out_of_the_record(doubt: Raise, tax_officer: User) -> None:
    asked = doubt(source_key="tax", item="paid-1", shown_value="4,321.09元", claim="应为五千")
    uphold(by=tax_officer, request=asked, reasons="一致的理由")
    told = "".join(str(event.__dict__) for event in Event.objects.all())
    assert not [word for word in ("4,321.09", "应为五千", "一致的理由") if word in told]
    assert Event.objects.filter(verb="registry.answer_correction", clause__contains="第四十六条").exists()
