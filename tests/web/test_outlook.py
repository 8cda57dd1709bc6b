"""What lies ahead of a result: the ways to a better one and the days of change, on the pages that may show them."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.test import Client

from jieti.determinations.models import Result, Run
from jieti.determinations.running import explain_result, plan_of
from jieti.kit import clock
from jieti.registry.actions import link_proprietor
from jieti.registry.models import Business, Delivery
from jieti.web.outlook import turnings, ways
from tests.web import district
from tests.web.conftest import LogIn

WAYS, TURNS, END = "怎样可以到更高一型", "结果什么时候可能变化", "认为结果有误"
NEXT = district.YEAR + 1


def main(client: Client, path: str) -> str:
    """What a page says in its main part, as one line of text."""
    response = client.get(path)
    assert response.status_code == 200
    part = response.content.decode().split("<main")[1].split("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", "", part)))


def own(people: district.People, log_in: LogIn, uscc: str) -> str:
    """The proprietor's page of a business, after it has been linked to the proprietor."""
    if uscc != district.GROWTH:
        link_proprietor(by=None, user=people.proprietor, business=Business.objects.get(pk=uscc))
    return main(log_in(people.proprietor), f"/my/{uscc}/")


def between(text: str, start: str, end: str) -> str:
    return text.split(start)[1].split(end, maxsplit=1)[0]


def on(monkeypatch: pytest.MonkeyPatch, year: int, month: int, day: int) -> None:
    moment = datetime(year, month, day, 4, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_a_growth_business_reads_every_way_up(run: Run, people: district.People, log_in: LogIn) -> None:
    text = between(own(people, log_in, district.GROWTH), WAYS, TURNS)
    for shown in (
        "要到“发展型”，下面4种办法做到任意一种就可以",
        "上一年度以单位形式缴纳社保人数 您可以自行改变 现在：0 人，需要：不低于 4 人",
        "依法以单位形式参加社会保险",
        "（附件一(三)2(3)C）",
        "现在：654,321.00 元，需要：不低于 3,000,000.00 元（发展型销售额或营业收入标准） 样例",
        "发展型实际缴纳税款标准：当年认定标准尚未公布",
    ):
        assert shown in text
    assert "经营者可自行改变" not in text
    assert "办法5" not in text


def test_a_pending_business_reads_what_the_missing_data_would_have_to_say(
    run: Run, people: district.People, log_in: LogIn
) -> None:
    page = own(people, log_in, district.PENDING)
    text = between(page, WAYS, TURNS)
    assert (
        "上一年度年报填报的销售额或营业收入 需部门更正或提供 现在：待数据，数据到位后若：不低于 300,000.00 元 样例"
        in text
    )
    assert "可到“成长型或发展型”" in text
    assert f"请在{NEXT}年6月30日前报送年报" in between(page, TURNS, END)


def test_a_new_business_reads_once_what_every_way_takes(run: Run, people: district.People, log_in: LogIn) -> None:
    text = between(own(people, log_in, district.NEW), WAYS, TURNS)
    shared, rest = text.split("再从下面5种办法里任选一种")
    assert f"成立日期 随时间自动满足（{district.YEAR + 2}年1月15日）" in shared
    assert "已做税务登记纳入税务管理 您可以自行改变 现在：否，需要：是" in shared
    assert "税务登记" not in rest
    assert "前提：届时上一年度的数据与现在相同" in rest


def test_the_next_change_and_the_threat_after_it_but_no_series(
    run: Run, people: district.People, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, district.YEAR, 8, 1)
    text = between(own(people, log_in, district.GROWTH), TURNS, END)
    assert f"{NEXT}年1月1日起：变为“待数据" in text
    assert f"{NEXT}年7月1日起：到这一天年报还没有报送的，变为“不符合分型条件”" in text
    assert f"请在{NEXT}年6月30日前报送年报{district.YEAR}年度的年报按时报送了，就不会因此变为“不符合分型条件”" in text
    assert f"{NEXT + 1}年" not in text


def test_a_change_that_lies_behind_is_no_longer_announced(
    run: Run, people: district.People, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = Result.objects.get(run=run, uscc=district.GROWTH)
    plan, explanation = plan_of(run), explain_result(result)

    def days() -> list[tuple[int, int]]:
        return [(item.turn.on.year, item.turn.on.month) for item in turnings(plan, explanation)]

    on(monkeypatch, district.YEAR, 8, 1)
    assert days() == [(NEXT, 1), (NEXT, 7)]
    on(monkeypatch, NEXT, 1, 1)
    assert days() == [(NEXT, 7)]
    assert turnings(plan, explanation)[0].report_by is not None
    on(monkeypatch, NEXT + 9, 1, 1)
    assert days() == []


def test_who_is_at_the_top_or_out_of_reach_is_told_so(run: Run, people: district.People, log_in: LogIn) -> None:
    assert "您已经是最高的一型" in own(people, log_in, district.DEVELOPMENT)
    gone = own(people, log_in, district.GONE)
    assert "没有可以建议的办法" in gone
    assert "今后三年内结果不会自己改变" in gone


def test_a_proprietor_is_shown_the_simplest_ways_only(run: Run) -> None:
    found = explain_result(Result.objects.get(run=run, uscc=district.GROWTH)).changes
    few, every = ways(found, most=2), ways(found)
    assert few is not None
    assert every is not None
    assert (len(few.ways), few.more, few.total) == (2, 2, 4)
    assert (len(every.ways), every.more) == (4, 0)
    assert every.ways[:2] == few.ways
    assert ways(None) is None


def test_the_officer_reads_the_same_folded_with_the_deliveries(
    run: Run, people: district.People, log_in: LogIn
) -> None:
    text = main(log_in(people.reviewer), f"/officer/businesses/{district.SURVIVAL}/")
    assert f"{WAYS}（5种办法）" in text
    assert "上一年度实际缴纳税款 经营者可自行改变 现在：0.00 元，需要：不低于 5,000.00 元" in text
    assert f"请在{NEXT}年6月30日前报送年报" in text.split(TURNS)[1]
    batch = Delivery.objects.get(source_key="tax").pk
    assert f"第{batch}批数据" in text


def test_each_fact_says_how_recent_its_data_are(run: Run, people: district.People, log_in: LogIn) -> None:
    today = clock.today()
    text = own(people, log_in, district.GROWTH)
    assert f"数据来源：国家税务总局北京市怀柔区税务局，数据截至{today.year}年{today.month}月{today.day}日" in text
    assert "批数据" not in text


def test_only_the_amounts_of_a_sample_norm_are_marked(run: Run, people: district.People, log_in: LogIn) -> None:
    text = own(people, log_in, district.GROWTH)
    assert "标有“样例”的数额只用于演示" in text
    assert "标准：不低于 300,000.00 元（成长型销售额或营业收入标准） 样例" in text
    assert "（当年认定标准未公布） 样例" not in text
    type(run.norm).objects.filter(pk=run.norm_id).update(is_sample=False)
    assert "样例" not in own(people, log_in, district.GROWTH)


def test_no_public_page_shows_ways_or_dates(run: Run, log_in: LogIn) -> None:
    for path in ("/", f"/?q={district.GROWTH}", f"/business/{district.GROWTH}/", f"/business/{district.PENDING}/"):
        text = main(log_in(None), path)
        assert not [secret for secret in (*district.SECRETS, WAYS, TURNS, "可以自行改变", "数据截至") if secret in text]


def test_nobody_else_reads_the_ways_of_a_business(run: Run, people: district.People, log_in: LogIn) -> None:
    path = f"/my/{district.GROWTH}/"
    assert log_in(None).get(path).status_code == 302
    for who in (people.outsider, people.clerk):
        response = log_in(who).get(path)
        assert response.status_code == 404
        assert WAYS not in response.content.decode()
    assert log_in(people.outsider).get(f"/officer/businesses/{district.GROWTH}/").status_code == 403
