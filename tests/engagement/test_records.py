"""督办, meetings, visits, opinion, party-building, awards and conversions."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from jieti.accounts.models import Role
from jieti.engagement import duties, reminding
from jieti.engagement.awards import Honour, deliver_awards, end_award, record_award
from jieti.engagement.conversions import advise, record_conversion
from jieti.engagement.duties import Task, record_meeting
from jieti.engagement.models import Award, Duty, PartyActivity
from jieti.engagement.records import (
    handle_opinion,
    log_visit,
    raise_from_visit,
    record_opinion,
    record_party_activity,
)
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.notices.models import Notice
from jieti.registry.models import Delivery
from jieti.registry.reading import read_delivery
from tests.engagement.staff import Staff
from tests.factories.deliveries import confirmed
from tests.web import district

HONOUR = Honour(
    kind="party_building",
    name="先进党支部",
    level="district",
    body="区委组织部",
    body_kind="organisation_department",
    recipient="business",
    awarded_on=clock.today() - timedelta(days=9),
)


def assigned(staff: Staff, **task: object) -> Duty:
    wanted = {"title": "编印参保手册", "task": "十五日内印发", "due_on": clock.today(), "clause": "附件二(二)2"} | task
    return duties.assign(
        by=staff.people.reviewer,
        jurisdiction=staff.site,
        responsible=staff.body("human_resources_bureau"),
        task=Task(**wanted),  # type: ignore[arg-type]
    )


@pytest.mark.clause("正文二(三)7.c")
def test_a_duty_is_reported_by_one_and_closed_by_another(staff: Staff) -> None:
    duty = assigned(staff)
    with pytest.raises(Refusal, match="您不能办理"):
        duties.report(by=staff.tax, duty=duty, version=duty.version, words="已办")
    duty = duties.report(by=staff.human_resources, duty=duty, version=duty.version, words="已印发")
    duty = duties.send_back(by=staff.people.approver, duty=duty, version=duty.version, reason="没有附样本")
    duty = duties.report(by=staff.human_resources, duty=duty, version=duty.version, words="附样本")
    with pytest.raises(Refusal, match="必须写明理由"):
        duties.close(by=staff.people.approver, duty=duty, version=duty.version, reply="")
    duty = duties.close(by=staff.people.approver, duty=duty, version=duty.version, reply="收到，办结")
    assert (duty.state, duty.reply, duty.report) == ("closed", "收到，办结", "附样本")
    with transaction.atomic(), pytest.raises(IntegrityError):
        Duty.objects.filter(pk=duty.pk).update(reply="")


def test_who_reports_does_not_close(staff: Staff) -> None:
    """The regulator's own duty: one of its people reports, another closes."""
    task = Task("公开免罚清单", "一周内", clock.today(), clause="正文二(三)6")
    body = staff.body("district_regulator")
    duty = duties.assign(by=staff.people.reviewer, jurisdiction=staff.site, responsible=body, task=task)
    duty = duties.report(by=staff.people.reviewer, duty=duty, version=duty.version, words="已公开")
    with pytest.raises(Refusal, match="须由另一人办理"):
        duties.close(by=staff.people.reviewer, duty=duty, version=duty.version, reply="好")
    assert duties.close(by=staff.people.approver, duty=duty, version=duty.version, reply="好").state == "closed"


@pytest.mark.clause("正文二(三)7.c")
def test_a_late_duty_is_escalated_once(staff: Staff) -> None:
    duty = assigned(staff)
    assert reminding.remind() == 1
    with clock.at(clock.today() + timedelta(days=1)):
        assert reminding.remind() == 3
        assert reminding.remind() == 0
    duty.refresh_from_db()
    assert duty.state == "escalated"
    assert Notice.objects.filter(kind="service_overdue", role=Role.APPROVER.value).count() == 1


@pytest.mark.parametrize(
    ("task", "words"),
    [({"due_on": clock.today() - timedelta(days=1)}, "早于今天"), ({"clause": ""}, "没有写明依据")],
)
def test_a_duty_without_a_day_or_an_origin_is_refused(staff: Staff, task: dict[str, object], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        assigned(staff, **task)


def test_only_supervisors_assign(staff: Staff) -> None:
    with pytest.raises(Refusal, match="您不能办理"):
        duties.assign(
            by=staff.human_resources,
            jurisdiction=staff.site,
            responsible=staff.body("tax_bureau"),
            task=Task("a", "b", clock.today(), clause="正文二(三)6"),
        )


def test_a_meeting_has_follow_ups(staff: Staff) -> None:
    texts = {"title": "座谈会", "attendees": "各部门", "minutes": "议定三件事"}
    host = staff.body("district_regulator")
    with pytest.raises(Refusal, match="今天以后"):
        record_meeting(by=staff.people.reviewer, host=host, held_on=clock.today() + timedelta(days=1), **texts)
    with pytest.raises(Refusal, match="不能登记会议"):
        record_meeting(by=staff.tax, host=host, held_on=clock.today(), **texts)
    meeting = record_meeting(by=staff.people.reviewer, host=host, held_on=clock.today(), **texts)
    duty = assigned(staff, clause="", meeting=meeting)
    assert list(meeting.duties.all()) == [duty]


@pytest.mark.clause("正文二(三)7.f")
def test_the_association_logs_a_visit_and_passes_a_difficulty_on(staff: Staff) -> None:
    with pytest.raises(Refusal, match="不是协会"):
        log_visit(by=staff.tax, business=staff.business, visited_on=clock.today(), found="客流少")
    visit = log_visit(by=staff.association, business=staff.business, visited_on=clock.today(), found="客流少")
    one = raise_from_visit(by=staff.association, visit=visit, title="客流少")
    assert (one.raised_by, one.kind) == (staff.association, "difficulty")
    with pytest.raises(Refusal, match="不是您登记"):
        raise_from_visit(by=staff.people.reviewer, visit=visit, title="客流少")


@pytest.mark.clause("正文三(三).c")
def test_opinion_is_handled_once(staff: Staff) -> None:
    said = {"found_on": clock.today(), "origin": "热线", "gist": "对分型有疑问", "weight": "noted"}
    with pytest.raises(Refusal, match="不能登记舆情"):
        record_opinion(by=staff.tax, jurisdiction=staff.site, **said)  # type: ignore[arg-type]
    one = record_opinion(by=staff.people.reviewer, jurisdiction=staff.site, **said)  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="没有填写处置"):
        handle_opinion(by=staff.people.approver, opinion=one, handling=" ")
    handle_opinion(by=staff.people.approver, opinion=one, handling="已解释")
    with pytest.raises(Refusal, match="已经登记"):
        handle_opinion(by=staff.people.reviewer, opinion=one, handling="再解释")


@pytest.mark.clause("正文二(三)8")
def test_party_building_is_written_down(staff: Staff) -> None:
    record_party_activity(
        by=staff.people.reviewer,
        jurisdiction=staff.site,
        kind="bringing",
        held_on=clock.today(),
        held_by="指导站",
        gist="送政策上门",
        business=staff.business,
    )
    assert PartyActivity.objects.of(staff.site).count() == 1


@pytest.mark.clause("正文二(三)7.b")
def test_an_award_entered_once_becomes_a_delivery_that_the_standards_read(staff: Staff) -> None:
    record_award(by=staff.commerce, business=staff.business, honour=HONOUR)
    with pytest.raises(Refusal, match="已经登记"):
        record_award(by=staff.people.reviewer, business=staff.business, honour=HONOUR)
    delivery = read_delivery(deliver_awards(by=staff.people.clerk, jurisdiction=staff.site))
    assert (delivery.source_key, delivery.taken, delivery.refused) == ("awards", 1, 0), delivery.message
    assert confirmed(delivery).status == Delivery.Status.ACCEPTED
    assert deliver_awards(by=staff.people.clerk, jurisdiction=staff.site, is_whole=True).already_received


def test_an_award_that_ended_goes_with_the_whole_register(staff: Staff) -> None:
    award = record_award(by=staff.commerce, business=staff.business, honour=HONOUR)
    confirmed(read_delivery(deliver_awards(by=staff.people.clerk, jurisdiction=staff.site)))
    with pytest.raises(Refusal, match="早于授予"):
        end_award(by=staff.commerce, award=award, ended_on=HONOUR.awarded_on - timedelta(days=1))
    end_award(by=staff.commerce, award=award, ended_on=clock.today())
    delivery = read_delivery(deliver_awards(by=staff.people.clerk, jurisdiction=staff.site, is_whole=True))
    assert (delivery.mode, delivery.taken) == (Delivery.Mode.FULL, 1)


def test_awards_of_unknown_codes_and_by_strangers_are_refused(staff: Staff) -> None:
    strange = replace(HONOUR, kind="prize")
    with pytest.raises(Refusal, match="不在本区规则"):
        record_award(by=staff.commerce, business=staff.business, honour=strange)
    with pytest.raises(Refusal, match="不能登记奖项"):
        record_award(by=staff.association, business=staff.business, honour=HONOUR)
    with pytest.raises(Refusal, match="不能报送"):
        deliver_awards(by=staff.association, jurisdiction=staff.site)
    with pytest.raises(Refusal, match="还没有奖项"):
        deliver_awards(by=staff.people.clerk, jurisdiction=staff.site)
    assert not Award.objects.exists()


@pytest.mark.clause("附件二(三)2")
def test_a_conversion_is_recorded_once_and_hinted_to_its_adviser(staff: Staff) -> None:
    deed = {"business": staff.business, "converted_on": clock.today(), "enterprise_name": "老王餐饮有限公司"}
    with pytest.raises(Refusal, match="代码有误"):
        record_conversion(by=staff.people.reviewer, **deed, enterprise_uscc="123")  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="不能登记个转企"):
        record_conversion(by=staff.economy, **deed, enterprise_uscc=district.GROWTH)  # type: ignore[arg-type]
    one = record_conversion(by=staff.people.reviewer, **deed, enterprise_uscc=district.GROWTH)  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="已经登记"):
        record_conversion(by=staff.people.clerk, **deed, enterprise_uscc=district.GROWTH)  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="不能登记专精特新"):
        advise(by=staff.commerce, conversion=one)
    assert advise(by=staff.economy, conversion=one).advised_on == clock.today()
