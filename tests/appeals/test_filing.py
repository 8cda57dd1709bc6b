"""Who may file, until when, about what; what is kept of the evidence; what is told to whom."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from jieti.appeals import reminding
from jieti.appeals.filing import contestable, file_objection, window_of, withdraw
from jieti.appeals.models import Objection
from jieti.determinations.models import Result, Run
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.notices.models import Notice
from tests.appeals.court import DEVELOPMENT_TURNOVER, Court, kept, photo
from tests.web import district

SHANGHAI = ZoneInfo("Asia/Shanghai")
PUBLISHED = date(2026, 8, 3)
LAST = date(2026, 9, 2)


def publish_on(court: Court, day: date) -> None:
    moment = datetime.combine(day, time(10), SHANGHAI)
    Run.objects.filter(pk=court.run.pk).update(published_at=moment)


def test_the_thirtieth_day_is_in_time_and_the_thirty_first_is_not(court: Court) -> None:
    publish_on(court, PUBLISHED)
    window = window_of(court.result, court.business)
    assert (window.deadline.latest, window.limit.by_analogy) == (LAST, "个体工商户年度报告暂行办法第十九条")
    with clock.at(LAST + timedelta(days=1)), pytest.raises(Refusal, match="期限") as refused:
        court.file()
    assert "更正请求" in refused.value.what_to_do
    with clock.at(LAST):
        assert court.file().opened_on == LAST


def test_a_last_day_on_a_holiday_moves_to_the_next_working_day(court: Court) -> None:
    """民法典第二百零三条: 30 days from 2 September 2026 end on 2 October, within the National Day holiday."""
    publish_on(court, date(2026, 9, 2))
    assert window_of(court.result, court.business).deadline.latest == date(2026, 10, 8)


def test_while_a_holiday_notice_is_not_out_the_latest_day_counts(court: Court) -> None:
    publish_on(court, date(2027, 1, 4))
    window = window_of(court.result, court.business)
    assert window.deadline.provisional
    with clock.at(window.deadline.latest):
        assert court.file().due_provisional


@pytest.mark.clause("附件一(二)3.a")
def test_strangers_and_past_agents_file_nothing(court: Court) -> None:
    for who in (court.people.outsider, court.people.reviewer, court.agent):
        with pytest.raises(Refusal, match="经营者本人或者受托人"):
            court.file(by=who)
    mandate = court.mandate(-10, -1)
    with pytest.raises(Refusal, match="经营者本人或者受托人"):
        court.file(by=court.agent)
    mandate.ends_on = clock.today()
    mandate.save()
    one = court.file(by=court.agent)
    assert (one.raised_by, one.steps.get().on_behalf_of) == (court.agent, f"business:{district.GROWTH}")
    with clock.at(clock.today() + timedelta(days=1)), pytest.raises(Refusal, match="不能办理"):
        withdraw(by=court.agent, objection=one, version=one.version)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"claims": {}}, "没有选择"),
        ({"claims": {"turnover": "654321.00"}}, "相同"),
        ({"claims": {"turnover": ""}}, "相同"),
        ({"claims": {"turnover": "lots"}}, "不是"),
        ({"claims": {"shoe_size": "43"}}, "不使用"),
        ({"statement": " \n"}, "没有说明"),
    ],
)
def test_what_disputes_nothing_is_refused(court: Court, changes: dict[str, object], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        court.file(**changes)
    assert not Objection.objects.exists()


def test_only_the_newest_published_result_can_be_objected_to(court: Court) -> None:
    other = Result.objects.current().get(uscc=district.DEVELOPMENT, run=court.run)
    with pytest.raises(Refusal, match="现行"):
        court.file(result=other)
    first = court.result
    court.corrected()
    with pytest.raises(Refusal, match="现行"):
        court.file(result=first)
    unpublished = court.result
    Run.objects.filter(pk=court.run.pk).update(status=Run.Status.DONE, published_at=None, published_by=None)
    with pytest.raises(Refusal, match="现行"):
        file_objection(
            by=court.people.proprietor,
            business=court.business,
            result=unpublished,
            statement="还没有公布",
            claims={"turnover": "1.00"},
        )


def test_one_open_objection_a_result(court: Court) -> None:
    first = court.file()
    with pytest.raises(Refusal, match="正在处理"):
        court.file()
    withdraw(by=court.people.proprietor, objection=first, version=first.version)
    assert court.file().pk != first.pk


def test_the_facts_offered_are_those_that_the_result_rests_on(court: Court) -> None:
    listed = {one.fact.key: one for one in contestable(court.result, court.business)}
    assert listed["turnover"].used == "654321.00"
    assert listed["tax_paid"].supplier.key == "tax_bureau"
    assert listed["turnover"].supplier.key == "district_regulator"
    assert listed["abnormal_mark"].used_text == "否"


def test_evidence_is_bounded_and_the_same_file_counts_once(court: Court) -> None:
    same = [kept(), kept()]
    assert court.file(evidence=same).evidence.count() == 1
    one = Objection.objects.get()
    withdraw(by=court.people.proprietor, objection=one, version=one.version)
    many = [kept(photo(size=(40, 30 + number))) for number in range(11)]
    with pytest.raises(Refusal, match="10个"):
        court.file(evidence=many)


def test_files_that_were_swept_meanwhile_are_asked_for_again(court: Court) -> None:
    old = kept()
    with clock.at(clock.today() + timedelta(days=1)):
        assert reminding.sweep() == 0
    with clock.at(clock.today() + timedelta(days=4)):
        assert reminding.sweep() == 1
    with pytest.raises(Refusal, match="重新选择"):
        court.file(evidence=[old])


def test_what_an_objection_holds_is_never_swept(court: Court) -> None:
    one = court.file(evidence=[kept()])
    with clock.at(clock.today() + timedelta(days=400)):
        assert reminding.sweep() == 0
    assert one.evidence.get().stored_file.exists()


@pytest.mark.clause("附件一(二)3.b")
def test_deadlines_near_and_over_are_told_once(court: Court) -> None:
    publish_on(court, PUBLISHED)
    with clock.at(date(2026, 8, 3)):
        one = court.file()
    assert one.due_latest == date(2026, 8, 10)
    with clock.at(date(2026, 8, 7)):
        assert reminding.remind() == 0
    with clock.at(date(2026, 8, 10)):
        assert reminding.remind() == 1
        assert reminding.remind() == 0
    with clock.at(date(2026, 8, 11)):
        assert reminding.remind() == 2
        assert reminding.remind() == 0
    assert Notice.objects.for_user(court.people.clerk).filter(kind="objection_overdue").count() == 1
    assert Notice.objects.for_user(court.people.approver).filter(kind="objection_overdue").count() == 1
    assert not Notice.objects.for_user(court.people.outsider).exists()


def test_nobody_is_told_protected_data(court: Court) -> None:
    one = court.replied()
    for notice in Notice.objects.filter(subject=f"objection:{one.pk}"):
        assert "654" not in notice.title + notice.body
        assert DEVELOPMENT_TURNOVER not in notice.title + notice.body
