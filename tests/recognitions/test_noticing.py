"""公示: from its first day to its last, objections by anybody, each handled before the decision."""

import datetime

import pytest
from django.db import connection

from jieti.audit.models import Event
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.notices.models import Notice
from jieti.recognitions import deciding, noticing
from jieti.recognitions.models import Application, Campaign, NoticeObjection, PublicNotice
from tests.recognitions.bench import DAY, FIRST_DAY, Bench, fresh

LAST_DAY = datetime.date(2026, 9, 20)
"""Five working days after the Monday: the Sunday is worked for the October holidays."""


def object_to(notice: PublicNotice, **changes: object) -> NoticeObjection:
    values: dict[str, object] = {
        "by": None,
        "notice": notice,
        "application": notice.applications.first(),
        "name": "李群众",
        "contact": "13812345678",
        "statement": "去年有过投诉",
    }
    return noticing.raise_objection(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def notice(bench: Bench) -> PublicNotice:
    return bench.noticed(bench.proposed(bench.visited(bench.case("visiting"))))


def only(notice: PublicNotice) -> Application:
    return fresh(notice.applications.get())


@pytest.mark.clause("正文三(二).b")
def test_a_notice_has_its_days(bench: Bench, notice: PublicNotice) -> None:
    assert (notice.number, notice.opens_on, notice.closes_on) == (1, FIRST_DAY, LAST_DAY)
    assert not notice.is_provisional
    assert only(notice).due_latest == LAST_DAY
    with clock.at(LAST_DAY), pytest.raises(Refusal, match="未满"):
        noticing.close_notice(by=bench.clerk, notice=notice)
    with clock.at(LAST_DAY + DAY):
        noticing.close_notice(by=bench.clerk, notice=notice)
    assert only(notice).state == "deciding"


def test_anybody_objects_until_the_last_day(bench: Bench, notice: PublicNotice) -> None:
    with clock.at(LAST_DAY):
        one = object_to(notice)
    with connection.cursor() as cursor:
        cursor.execute("select contact from recognitions_noticeobjection")
        assert b"13812345678" not in bytes(cursor.fetchone()[0])
    assert one.contact.reveal() == "13812345678"
    assert Notice.objects.filter(kind="selection_objection").count() == 2
    assert "13812345678" not in str(Event.objects.get(verb="recognitions.raise_notice_objection").detail)
    with clock.at(LAST_DAY + DAY), pytest.raises(Refusal, match="已过"):
        object_to(notice)


@pytest.mark.parametrize("name", ["name", "contact", "statement"])
def test_an_objection_is_complete(notice: PublicNotice, name: str) -> None:
    with pytest.raises(Refusal, match="没有写全"):
        object_to(notice, **{name: " "})


def test_an_objection_names_one_of_the_notice(bench: Bench, notice: PublicNotice) -> None:
    with pytest.raises(Refusal, match="不在本次公示中"):
        object_to(notice, application=bench.case("proposed"))


def test_every_objection_is_handled_before_the_decision(bench: Bench, notice: PublicNotice) -> None:
    one, two = object_to(notice), object_to(notice, name="王群众")
    with clock.at(LAST_DAY + DAY):
        noticing.close_notice(by=bench.clerk, notice=notice)
        case = only(notice)
        assert case.state == "objected"
        with pytest.raises(Refusal, match="2件公示异议没有处理"):
            noticing.dismiss_objections(by=bench.approver, application=case, version=case.version, reason="不成立")
        noticing.answer_objection(by=bench.clerk, objection=one, finding="dismissed", answer="查无此事")
        with pytest.raises(Refusal, match="已经处理过"):
            noticing.answer_objection(by=bench.clerk, objection=one, finding="upheld", answer="再想想")
        noticing.answer_objection(by=bench.clerk, objection=two, finding="dismissed", answer="已经和解")
        with pytest.raises(Refusal, match="没有成立的异议"):
            noticing.uphold_objection(by=bench.approver, application=case, version=case.version, reason="成立")
        done = noticing.dismiss_objections(by=bench.approver, application=case, version=case.version, reason="均不成立")
        assert done.state == "deciding"
        deciding.recognise(by=bench.approver, application=fresh(done), version=done.version, reason="符合条件")


def test_an_objection_that_holds_ends_the_matter(bench: Bench, notice: PublicNotice) -> None:
    one = object_to(notice)
    with clock.at(LAST_DAY + DAY):
        noticing.close_notice(by=bench.clerk, notice=notice)
        noticing.answer_objection(by=bench.clerk, objection=one, finding="upheld", answer="查实")
        case = only(notice)
        with pytest.raises(Refusal, match="有成立的异议"):
            noticing.dismiss_objections(by=bench.approver, application=case, version=case.version, reason="不成立")
        done = noticing.uphold_objection(by=bench.approver, application=case, version=case.version, reason="查实有处罚")
    assert done.state == "refused"
    assert Notice.objects.filter(body__contains="查实有处罚").exists()


def test_who_proposed_does_not_judge_objections(bench: Bench, notice: PublicNotice) -> None:
    one = object_to(notice)
    with pytest.raises(Refusal, match="您提出拟认定的"):
        noticing.answer_objection(by=bench.reviewer, objection=one, finding="dismissed", answer="没有")
    with pytest.raises(Refusal, match="不能处理"):
        noticing.answer_objection(by=bench.approver, objection=one, finding="dismissed", answer="没有")
    with pytest.raises(Refusal, match="没有写明"):
        noticing.answer_objection(by=bench.clerk, objection=one, finding="dismissed", answer=" ")


def test_who_proposed_does_not_publish(bench: Bench) -> None:
    case = bench.proposed(bench.case())
    with pytest.raises(Refusal, match="审批人员"):
        noticing.publish_notice(by=bench.reviewer, campaign=bench.campaign, applications=[case])
    with pytest.raises(Refusal, match="没有选择"):
        noticing.publish_notice(by=bench.approver, campaign=bench.campaign, applications=[])
    assert not PublicNotice.objects.exists()


def test_a_batch_is_published_whole_or_not_at_all(bench: Bench) -> None:
    good, wrong = bench.proposed(bench.case()), bench.case("reviewed")
    with pytest.raises(Refusal, match="不能办理"):
        noticing.publish_notice(by=bench.approver, campaign=bench.campaign, applications=[good, wrong])
    assert fresh(good).state == "proposed"
    assert not PublicNotice.objects.exists()


def test_over_a_year_without_its_holiday_notice_the_last_day_is_provisional(bench: Bench) -> None:
    with clock.at(datetime.date(2026, 12, 28)):
        case = bench.proposed(bench.case())
        notice = bench.noticed(case)
    assert notice.is_provisional
    assert noticing.settle_provisional(Campaign.objects.all()) == 0
    assert PublicNotice.objects.get().closes_on == notice.closes_on
