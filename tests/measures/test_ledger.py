"""The reach ledger: told, seen, confirmed, used, declined, blocked; and that every business is accounted for."""

import datetime
import io
import random
from typing import Any

import pytest
import xlsxwriter
from django.db import connection

from jieti.accounts.models import Jurisdiction, User
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.measures.authoring import retire
from jieti.measures.delivering import DAY, HEADERS, Receipt, record_receipt, record_receipts
from jieti.measures.matching import follow, match_all
from jieti.measures.models import Measure, ReachBatch, ReachEvent, Signature, Standing
from jieti.measures.reach import Line, balance, is_accounted_for, spread
from jieti.measures.reporting import Quarter, report
from jieti.measures.telling import confirm, decline, hand_out, see, set_opt_out, tell
from jieti.notices.models import Notice
from jieti.registry.models import Business, Feed, Proprietorship
from tests.factories.recognitions import make_business, make_result
from tests.measures import shops

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(db: None) -> Jurisdiction:
    return shops.load()


@pytest.fixture
def shop(home: Jurisdiction) -> Business:
    """One business of the survival tier whose proprietor has an account."""
    found = make_business()
    make_result(found, "survival")
    shops.deliver([found])
    shops.owner_of(found)
    return found


def owner(shop: Business) -> User:
    return Proprietorship.objects.get(business=shop).user


def line(home: Jurisdiction, key: str) -> Line:
    return next(one for one in balance(home) if one.measure.key == key)


def matched(home: Jurisdiction) -> None:
    match_all(by=None, jurisdiction=home, cause="首次匹配")


def receipt(shop: Business, number: str = "1号") -> Receipt:
    values: dict[str, Any] = {"uscc": shop.pk, "on": clock.today(), "document_number": number}
    return Receipt(**values)


@pytest.mark.clause("正文二(三)6.a")
def test_from_match_to_receipt_without_an_application(home: Jurisdiction, shop: Business) -> None:
    measure = shops.published()
    matched(home)
    told = tell(by=None, jurisdiction=home)
    notice = Notice.objects.get(recipient=owner(shop), kind="measures_told_duty")
    assert told.businesses == 1
    assert f"/my/{shop.pk}/measures/" == notice.link
    assert "谢绝" in notice.body
    see(by=owner(shop), business=shop, measures=[measure])
    see(by=owner(shop), business=shop, measures=[measure])
    confirm(by=owner(shop), business=shop, measure=measure)
    record_receipt(by=shops.author(), organisation=shops.labour(), measure=measure, receipt=receipt(shop))
    found = line(home, measure.key)
    assert (found.counts.matched, found.counts.told, found.seen, found.confirmed, found.used) == (1, 1, 1, 1, 1)
    assert is_accounted_for(home)


def test_telling_again_tells_nothing_twice(home: Jurisdiction, shop: Business) -> None:
    matched(home)
    first, second = (tell(by=None, jurisdiction=home) for _ in range(2))
    assert (first.businesses, second.businesses) == (1, 0)
    assert Notice.objects.filter(recipient=owner(shop)).count() == 1
    measure = shops.published()
    matched(home)
    assert tell(by=None, jurisdiction=home).pairs == 1
    assert measure.title in Notice.objects.filter(recipient=owner(shop)).first().body  # type: ignore[union-attr]


def test_who_opts_out_is_told_of_duties_alone(home: Jurisdiction, shop: Business) -> None:
    matched(home)
    set_opt_out(by=owner(shop), business=shop, opted_out=True)
    tell(by=None, jurisdiction=home)
    for one in balance(home):
        if one.counts.matched and one.measure.lead:
            assert one.counts.told == int(one.measure.is_binding), one.measure.key
            assert one.counts.blocked == int(not one.measure.is_binding)
    assert is_accounted_for(home)
    set_opt_out(by=owner(shop), business=shop, opted_out=False)
    tell(by=None, jurisdiction=home)
    assert not sum(one.counts.blocked for one in balance(home) if one.measure.lead)


def test_without_an_account_it_waits_until_told_in_person(home: Jurisdiction) -> None:
    alone, measure = make_business(), Measure.objects.get(key="BG2")
    shops.deliver([alone])
    matched(home)
    tell(by=None, jurisdiction=home)
    waiting = line(home, "BG2").counts
    assert (waiting.matched, waiting.told, waiting.waiting, waiting.unreachable) == (1, 0, 1, 1)
    with pytest.raises(Refusal, match="今天之后"):
        hand_out(by=shops.author(), measure=measure, usccs=[alone.pk], on=clock.today() + datetime.timedelta(days=1))
    assert hand_out(by=shops.author(), measure=measure, usccs=[alone.pk, "x"], on=clock.today()) == 1
    assert hand_out(by=shops.author(), measure=measure, usccs=[alone.pk], on=clock.today()) == 0
    assert line(home, "BG2").counts.told == 1
    assert is_accounted_for(home)


def test_a_measure_for_which_nobody_answers_is_blocked(home: Jurisdiction, shop: Business) -> None:
    gap = Measure.objects.without_department().first()
    assert gap is not None
    Measure.objects.filter(pk=gap.pk).update(scope_kind="general", scope="")
    gap.versions.update(scope_kind="general", scope="")
    matched(home)
    tell(by=None, jurisdiction=home)
    assert line(home, gap.key).counts.blocked == 1
    assert is_accounted_for(home)


def test_declined_and_again_confirmed(home: Jurisdiction, shop: Business) -> None:
    measure = shops.published()
    matched(home)
    decline(by=owner(shop), business=shop, measure=measure, reason="")
    with pytest.raises(Refusal, match="已经谢绝"):
        decline(by=owner(shop), business=shop, measure=measure, reason="不需要")
    with pytest.raises(Refusal, match="经营者已经谢绝"):
        record_receipt(by=shops.author(), organisation=shops.labour(), measure=measure, receipt=receipt(shop))
    assert (line(home, measure.key).declined, line(home, measure.key).confirmed) == (1, 0)
    confirm(by=owner(shop), business=shop, measure=measure)
    with pytest.raises(Refusal, match="已经确认"):
        confirm(by=owner(shop), business=shop, measure=measure)
    assert (line(home, measure.key).declined, line(home, measure.key).confirmed) == (0, 1)


@pytest.mark.parametrize("open_one", ["beneficiary", "basis", "content", "validity"])
def test_only_what_is_definite_goes_by_itself(home: Jurisdiction, shop: Business, open_one: str) -> None:
    changes: dict[str, Any] = {f"{open_one}_definite": False}
    measure = shops.published(**changes)
    matched(home)
    with pytest.raises(Refusal, match="不是免申即享"):
        confirm(by=owner(shop), business=shop, measure=measure)


def test_what_is_not_matched_is_neither_confirmed_nor_declined(home: Jurisdiction, shop: Business) -> None:
    measure = shops.published(scope_kind="tier", scope="growth")
    matched(home)
    for say in (confirm, decline):
        with pytest.raises(Refusal, match="不符合"):
            say(by=owner(shop), business=shop, measure=measure, **({"reason": ""} if say is decline else {}))


def sheet(*rows: list[object], headers: tuple[str, ...] = HEADERS) -> io.BytesIO:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet()
    for number, row in enumerate([list(headers), *rows]):
        page.write_row(number, 0, row)
    book.close()
    out.seek(0)
    return out


def test_a_table_of_receipts_and_its_bad_rows(home: Jurisdiction, shop: Business) -> None:
    grown, gone, pending = make_business(), make_business(registration_status="deregistered"), make_business()
    make_result(grown, "growth")
    make_result(gone, "survival")
    shops.deliver([shop, grown, gone, pending])
    measure = shops.published(delivery="service", scope_kind="tier", scope="survival")
    matched(home)
    today, later = clock.today().isoformat(), (clock.today() + datetime.timedelta(days=1)).isoformat()
    file = sheet(
        [shop.pk, today, "1号", "", ""],
        [shop.pk, today, "1号", "", ""],
        [grown.pk, today, "2号", "", ""],
        [gone.pk, today, "3号", "", ""],
        [pending.pk, today, "4号", "", ""],
        ["92110116MA0000000X", today, "5号", "", ""],
        [shop.pk, "去年", "6号", "", ""],
        [shop.pk, today, "", "", ""],
        [shop.pk, later, "8号", "", ""],
        [shop.pk, "2001-01-01", "9号", "", ""],
        [shop.pk, today, "", "受阻", "联系不上"],
        [shop.pk, today, "", "受阻", ""],
        [shop.pk, today, "1号", "也许", ""],
        ["", "", "", "", ""],
    )
    taken = record_receipts(by=shops.author(), organisation=shops.labour(), measure=measure, file=file)
    said = {one.number: one.reason for one in taken.refused}
    assert taken.taken == 2
    expected = {
        3: "已经登记过", 4: "不符合", 5: "注销", 6: "待数据", 7: "名册里没有", 8: "不是日期", 9: "没有填“回执编号”",
        10: "今天之后", 11: "早于措施的施行日期", 13: "没有填“说明”", 14: "不认识",
    }  # fmt: skip
    assert said.keys() == expected.keys()
    for number, words in expected.items():
        assert words in said[number], (number, said[number])
    assert ReachEvent.objects.filter(kind="blocked", reason="联系不上").count() == 1
    assert is_accounted_for(home)


def test_a_receipt_for_whom_it_is_not_meant_is_refused_with_the_reason(home: Jurisdiction, shop: Business) -> None:
    measure = shops.published(scope_kind="tier", scope="growth")
    matched(home)
    with pytest.raises(Refusal, match="成长型"):
        record_receipt(by=shops.author(), organisation=shops.labour(), measure=measure, receipt=receipt(shop))
    assert not ReachEvent.objects.exists()


def test_not_confirmed_not_delivered(home: Jurisdiction, shop: Business) -> None:
    measure = shops.published()
    matched(home)
    with pytest.raises(Refusal, match="还没有确认"):
        record_receipt(by=shops.author(), organisation=shops.labour(), measure=measure, receipt=receipt(shop))


def test_another_body_cannot_record(home: Jurisdiction, shop: Business) -> None:
    matched(home)
    with pytest.raises(Refusal, match=r"由.*落实"):
        record_receipt(
            by=shops.author(),
            organisation=shops.labour(),
            measure=Measure.objects.get(key="BG2"),
            receipt=receipt(shop),
        )


@pytest.mark.parametrize("file", [io.BytesIO(b"not a workbook"), sheet(headers=("甲", "乙"))])
def test_files_that_are_no_table_of_receipts(home: Jurisdiction, file: io.BytesIO) -> None:
    measure = shops.published()
    with pytest.raises(Refusal, match=f"文件已损坏|{DAY}"):
        record_receipts(by=shops.author(), organisation=shops.labour(), measure=measure, file=file)


def test_the_ledger_balances_whatever_happens(home: Jurisdiction) -> None:
    population = shops.populate(random.Random(11), 60)
    for one in population[:30]:
        shops.owner_of(one)
    measure = shops.published(condition="{fact: insured_headcount, at_least: 3}", sentence="参保3人以上。")
    assert is_accounted_for(home)
    assert all(one.counts.unexamined == 60 for one in balance(home))
    matched(home)
    tell(by=None, jurisdiction=home)
    before = line(home, measure.key).counts
    assert before.told
    assert is_accounted_for(home)
    Feed.objects.create(
        jurisdiction=home, source_key="social_insurance", supplier=shops.labour(), schedule="每月", is_active=False
    )
    follow(jurisdiction=home)
    lost = line(home, measure.key).counts
    assert (lost.matched, lost.told_before) == (0, before.told)
    assert lost.unknown >= before.matched
    assert is_accounted_for(home)
    ended = Measure.objects.get(key="BG2")
    standing_before = line(home, "BG2").counts
    retire(by=shops.approver(), measure=ended, reason="政策到期")
    follow(jurisdiction=home)
    closed = ReachBatch.objects.get(measure=ended, kind="closed")
    assert (closed.businesses, closed.told) == (standing_before.matched, standing_before.told)
    assert line(home, "BG2").counts.told_before == standing_before.told
    assert is_accounted_for(home)
    with connection.cursor() as cursor:
        cursor.execute("drop index measures_standing_signature")
    assert is_accounted_for(home)
    Standing.objects.filter(pk__in=[one.pk for one in population[30:35]]).delete()
    assert all(one.counts.unexamined == 5 for one in balance(home))
    Signature.objects.filter(standings__isnull=True).delete()
    matched(home)
    assert is_accounted_for(home)
    assert not any(one.counts.unexamined for one in balance(home))


def test_the_account_notices_what_was_told_and_forgotten(home: Jurisdiction, shop: Business) -> None:
    matched(home)
    tell(by=None, jurisdiction=home)
    assert is_accounted_for(home)
    Standing.objects.update(told=[])
    assert not is_accounted_for(home)


@pytest.mark.parametrize("by", ["town", "tier", "department"])
def test_by_town_tier_and_department_it_is_the_same_sum(home: Jurisdiction, by: str) -> None:
    population = shops.populate(random.Random(12), 40)
    for one in population[:10]:
        shops.owner_of(one)
    matched(home)
    tell(by=None, jurisdiction=home)
    whole = [one.counts for one in balance(home)]
    parts = spread(home, by, list(Measure.objects.of(home)))
    for name in ("businesses", "matched", "told", "waiting", "blocked", "unknown", "unmatched"):
        assert sum(getattr(one, name) for one in parts.values()) == sum(getattr(one, name) for one in whole)
    assert all(one.balances for one in parts.values())


def test_the_quarter_lists_every_measure_of_every_department(home: Jurisdiction, shop: Business) -> None:
    matched(home)
    tell(by=None, jurisdiction=home)
    rows = report(home, Quarter.of(clock.today()))
    assert len(rows) == 75
    assert sum(row.told for row in rows) == sum(one.counts.told for one in balance(home))
    assert not sum(row.told for row in report(home, Quarter.of(clock.today()).previous))


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [((2026, 2, 3), (2026, 1, 1), (2026, 3, 31)), ((2026, 12, 31), (2026, 10, 1), (2026, 12, 31))],
)
def test_quarters(day: tuple[int, int, int], first: tuple[int, int, int], last: tuple[int, int, int]) -> None:
    quarter = Quarter.of(datetime.date(*day))
    assert (quarter.first, quarter.last) == (datetime.date(*first), datetime.date(*last))
    assert quarter.next.previous == quarter
