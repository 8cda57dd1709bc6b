"""A business's course, as it was known, to those who may know it."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from jieti.accounts.disclosure import reader_of
from jieti.accounts.models import Jurisdiction, Organisation, OrganisationKind, Role, User
from jieti.audit.models import Event
from jieti.kit import clock
from jieti.registry.models import Business, Delivery
from jieti.registry.supplied import supplies_of
from jieti.registry.timeline import Entry, timeline_of
from tests.factories.accounts import make_officer, make_organisation
from tests.factories.tables import code
from tests.registry.register import accept, accepted, row

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)
CREDIT_TYPES: dict[str, pa.DataType] = {
    **dict.fromkeys(("uscc", "kind", "penalty_kind", "reason"), pa.string()),
    **dict.fromkeys(("decided_on", "ended_on", "restored_on"), pa.date32()),
    "published": pa.bool_(),
}
TAX_TYPES: dict[str, pa.DataType] = {
    "uscc": pa.string(),
    "year": pa.int32(),
    **dict.fromkeys(("tax_registered", "abnormal_taxpayer"), pa.bool_()),
    "taxpayer_kind": pa.string(),
    **dict.fromkeys(("paid", "refunded"), pa.decimal128(18, 2)),
}
CREDIT, TAX = pa.schema(CREDIT_TYPES), pa.schema(TAX_TYPES)
MARK = {
    "uscc": code(1),
    "kind": "abnormal_mark",
    "reason": "未按期公示年报",
    "decided_on": date(2025, 7, 10),
    "published": True,
}
PAID = {"uscc": code(1), "year": 2025, "tax_registered": True, "taxpayer_kind": "general", "paid": Decimal("4321.09")}


@pytest.fixture
def course(intake_clerk: User, district: Organisation) -> None:
    """Renamed in July; marked abnormal, restored in August; its taxes."""
    make_organisation("tax_bureau", "区税务局", OrganisationKind.DEPARTMENT)
    accept([row(code(1), name="老王饭馆"), row(code(2))], by=intake_clerk, as_of=JUNE)
    accept([row(code(1), name="老王大饭店"), row(code(2))], by=intake_clerk, as_of=JULY)
    accepted([MARK], CREDIT, "credit", intake_clerk, JULY)
    accepted([MARK | {"ended_on": date(2026, 7, 20)}], CREDIT, "credit", intake_clerk, AUGUST)
    accepted([PAID, PAID | {"uscc": code(2)}], TAX, "tax", intake_clerk, AUGUST)


def read(user: User, uscc: str = code(1), **more: object) -> list[Entry]:
    home = Jurisdiction.objects.site()
    return timeline_of(uscc, reader=reader_of(user, home), **more)  # type: ignore[arg-type]


def texts(entry: Entry) -> dict[str, str]:
    return {detail.label: str(detail.shown) for detail in entry.details}


def test_the_newest_first_with_source_times_and_delivery(course: None, reviewer: User) -> None:
    entries = read(reviewer)
    days = [entry.day for entry in entries]
    assert days == sorted((day for day in days if day), reverse=True)
    renamed = next(entry for entry in entries if entry.title == "登记事项变更")
    (change,) = renamed.details
    assert (str(change.before), str(change.shown)) == ("老王饭馆", "老王大饭店")
    assert (renamed.day, renamed.delivery.as_of, renamed.source.key) == (JULY, JULY, "registration")
    assert renamed.known_at == renamed.delivery.known_at
    assert "市场监督" in renamed.supplier
    first = next(entry for entry in entries if entry.title == "登记情况")
    assert (first.day, texts(first)["登记状态"]) == (date(2015, 1, 1), "登记在册")


def test_words_and_amounts_as_people_write_them(course: None, reviewer: User) -> None:
    (tax,) = (entry for entry in read(reviewer) if entry.source.key == "tax")
    assert texts(tax) == {
        "所属年度": "2025年",
        "已办税务登记": "是",
        "纳税人类型": "增值税一般纳税人",
        "实际入库税款": "4,321.09元",
    }
    assert tax.day == date(2025, 1, 1)


def test_a_row_that_was_replaced_is_told_as_it_was(course: None, reviewer: User) -> None:
    marks = [entry for entry in read(reviewer) if entry.source.key == "credit"]
    assert [(entry.until, entry.gone_at is None) for entry in marks] in (
        [(None, False), (date(2026, 7, 20), True)],
        [(date(2026, 7, 20), True), (None, False)],
    )
    gone = next(entry for entry in marks if entry.gone_at)
    assert gone.gone_at == Delivery.objects.of_source("credit").latest("pk").known_at


def test_what_was_known_then(course: None, reviewer: User) -> None:
    moment = Delivery.objects.of_source("registration").earliest("pk").known_at
    assert [entry.title for entry in read(reviewer, known_at=moment)] == ["登记情况"]
    credit = Delivery.objects.of_source("credit").earliest("pk").known_at
    (mark,) = (entry for entry in read(reviewer, known_at=credit) if entry.source.key == "credit")
    assert (mark.until, mark.gone_at) == (None, None)


def test_a_town_officer_sees_that_there_is_something_and_not_what(course: None) -> None:
    town = make_organisation("area_003", "怀柔镇", OrganisationKind.TOWN)
    officer = make_officer(town, Role.TOWN_OFFICER)
    entries = read(officer)
    told = "".join(text for entry in entries for text in texts(entry).values())
    for secret in ("4,321.09", "未按期公示年报", "王建国", "南大街"):
        assert secret not in told
    assert "可见" in told
    assert next(entry for entry in entries if entry.source.key == "credit").day is None
    assert not Event.objects.filter(verb="registry.read_protected").exists()


def test_a_reading_is_recorded_and_the_owners_own_is_not(course: None, reviewer: User, outsider: User) -> None:
    read(reviewer)
    event = Event.objects.get(verb="registry.read_protected")
    assert "tax.paid" in event.detail["fields"]
    home = Jurisdiction.objects.site()
    own = timeline_of(code(1), reader=reader_of(outsider, home, owns=[code(1)]))
    assert any("4,321.09元" in texts(entry).values() for entry in own)
    assert Event.objects.filter(verb="registry.read_protected").count() == 1


def test_nothing_of_another_business(course: None, reviewer: User) -> None:
    assert all(entry.source.key in {"registration", "tax"} for entry in read(reviewer, code(2)))
    with pytest.raises(Business.DoesNotExist):
        read(reviewer, code(9))


def test_leaving_the_register_and_coming_back(course: None, intake_clerk: User, reviewer: User) -> None:
    accept([row(code(2))], by=intake_clerk, as_of=AUGUST)
    assert read(reviewer)[0].title == "不再见于名册"
    accept([row(code(1)), row(code(2))], by=intake_clerk, as_of=date(2026, 9, 1))
    assert read(reviewer)[0].title == "重新见于名册"


def test_supplied_values_have_names_of_their_own(course: None, intake_clerk: User, reviewer: User) -> None:
    accepted([PAID, PAID | {"year": 2024}], TAX, "tax", intake_clerk, AUGUST)
    home = Jurisdiction.objects.site()
    deliveries = Delivery.objects.of(home).known_at(clock.now()).latest_by_source()
    business = Business.objects.select_related("jurisdiction").get(pk=code(1))
    supplies = supplies_of(business, reader=reader_of(reviewer, home), deliveries=deliveries)
    items = [(supply.source.key, value.item) for supply in supplies for row_ in supply.rows for value in row_]
    assert len(items) == len(set(items))
    assert ("registration", "address") in items
    assert not [item for item in items if "proprietor_id" in item[1] or "phone" in item[1]]
