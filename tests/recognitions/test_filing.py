"""What the applicant does, and everything that is refused."""

import pytest

from jieti.kit.errors import Refusal
from jieti.kit.evidence import MOST_FILES
from jieti.recognitions import filing, interests, nominating, reviewing
from jieti.recognitions.models import Attachment
from tests.appeals.court import photo
from tests.recognitions.intake import Intake, kept


def test_one_open_application_a_business(intake: Intake) -> None:
    one = intake.start()
    with pytest.raises(Refusal, match=r"已经有一件.*附件三\(四\)"):
        intake.start()
    filing.withdraw(by=intake.proprietor, application=one, version=one.version)
    assert intake.start().pk != one.pk


def test_an_agent_with_a_mandate_applies_and_nobody_else(intake: Intake) -> None:
    with pytest.raises(Refusal, match="只有经营者本人"):
        intake.start(by=intake.agent)
    intake.mandate(30)
    one = intake.start(by=intake.agent)
    assert one.steps.get().on_behalf_of == f"business:{intake.business.pk}"
    with pytest.raises(Refusal, match="只有经营者本人"):
        filing.save_draft(by=intake.nominator, application=one, introduction="改")


def test_an_unfinished_form_is_not_submitted(intake: Intake) -> None:
    one = intake.start()
    with pytest.raises(Refusal, match="意向类别"):
        filing.submit(by=intake.proprietor, application=one, version=one.version)
    filing.save_draft(by=intake.proprietor, application=one, preferred_category="quality")
    with pytest.raises(Refusal, match="经营特色"):
        filing.submit(by=intake.proprietor, application=one, version=one.version)
    with pytest.raises(Refusal, match="没有这一类别"):
        filing.save_draft(by=intake.proprietor, application=one, preferred_category="famous")
    with pytest.raises(Refusal, match="没有“nonsense”"):
        filing.save_draft(by=intake.proprietor, application=one, answers={"nonsense": "true"})


def test_a_stale_page_submits_nothing(intake: Intake) -> None:
    one = intake.drafted()
    filing.submit(by=intake.proprietor, application=one, version=one.version)
    with pytest.raises(Refusal, match="打开这一页以后"):
        filing.submit(by=intake.proprietor, application=one, version=one.version)


def test_evidence_is_kept_once_and_not_without_end(intake: Intake) -> None:
    one = intake.drafted()
    filing.attach(by=intake.proprietor, application=one, evidence=[kept(), kept(name="又一份.jpg")], criterion="x.y")
    assert Attachment.objects.count() == 1
    many = [kept(photo(size=(20 + n, 20)), name=f"{n}.jpg") for n in range(MOST_FILES)]
    with pytest.raises(Refusal, match="超过10个"):
        filing.attach(by=intake.proprietor, application=one, evidence=many)
    filing.detach(by=intake.proprietor, application=one, attachment=Attachment.objects.get())
    one = filing.submit(by=intake.proprietor, application=one, version=one.version)
    with pytest.raises(Refusal, match="不能添加"):
        filing.attach(by=intake.proprietor, application=one, evidence=[kept()])


def test_a_request_for_evidence_stops_the_clock(intake: Intake) -> None:
    one = intake.reviewing()
    due = one.due_latest
    one = reviewing.ask_evidence(by=intake.reviewer, application=one, version=one.version, reason="请补营业场所照片")
    assert one.clock_stopped_on is not None
    with pytest.raises(Refusal, match="没有填写说明"):
        filing.supply_evidence(by=intake.proprietor, application=one, version=one.version, statement=" ")
    with pytest.raises(Refusal, match="未满"):
        reviewing.end_waiting(by=intake.reviewer, application=one, version=one.version)
    one = filing.supply_evidence(
        by=intake.proprietor, application=one, version=one.version, statement="见照片", evidence=[kept()]
    )
    assert (one.state, one.due_latest, one.clock_stopped_on) == ("reviewing", due, None)


def test_what_was_written_comes_into_the_next_draft(intake: Intake) -> None:
    one = intake.drafted()
    one.state, one.closed_on, one.due_earliest, one.due_latest = "lapsed", one.opened_on, None, None
    one.save()
    again = intake.start()
    assert (again.introduction, again.preferred_category) == (one.introduction, "distinctive")


@pytest.mark.clause("附件三(二)2.c")
def test_departments_nominate_to_the_bureau_of_their_level(intake: Intake) -> None:
    intake.department.kind = "city_department"
    intake.department.save()
    with pytest.raises(Refusal, match="同级部门") as refused:
        intake.nominated()
    assert "市市场监管局" in refused.value.what_to_do


@pytest.mark.clause("附件三(二)2.d")
def test_there_is_no_nomination_without_consent_before(intake: Intake) -> None:
    one = intake.nominated()
    with pytest.raises(Refusal, match="现在的状态"):
        nominating.submit(by=intake.second_nominator, nomination=one, version=one.version, reason="同意")
    one = nominating.ask_consent(by=intake.nominator, nomination=one, version=one.version)
    intake.mandate(30)
    with pytest.raises(Refusal, match="不能办理"):
        nominating.consent(by=intake.agent, nomination=one, version=one.version)
    one = nominating.consent(by=intake.proprietor, nomination=one, version=one.version)
    with pytest.raises(Refusal, match="另一人"):
        nominating.submit(by=intake.nominator, nomination=one, version=one.version, reason="同意")
    application = nominating.submit(by=intake.second_nominator, nomination=one, version=one.version, reason="同意")
    assert application.nomination is not None
    assert application.nomination.consented_at is not None
    assert application.nomination.consented_at <= application.steps.get().at
    assert (application.path, application.preferred_category) == ("nomination", "distinctive")


def test_a_proprietor_takes_consent_back(intake: Intake) -> None:
    one = intake.consented()
    done = nominating.revoke_consent(by=intake.proprietor, nomination=one, version=one.version)
    assert (done.state, done.is_open) == ("declined", False)


def test_a_signed_scan_is_consent_too(intake: Intake) -> None:
    one = intake.nominated()
    done = nominating.record_consent(
        by=intake.nominator, nomination=one, version=one.version, scan=kept(folder=nominating.CONSENTS), note="当面签"
    )
    assert (done.state, done.consent, nominating.consent_kind(done)) == ("consented", "signed_scan", "jpeg")


@pytest.mark.clause("附件三(三)2(1)E,(2)E,(3)F,(4)D")
def test_a_nominated_business_passes_without_a_visit(intake: Intake) -> None:
    one = intake.received()
    one = reviewing.accept(by=intake.clerk, application=one, version=one.version)
    interests.declare(by=intake.reviewer, application=one, tie=False)
    one = reviewing.review(by=intake.reviewer, application=one, version=one.version)
    one = reviewing.pass_review(by=intake.reviewer, application=one, version=one.version, reason="推荐属实")
    assert one.state == "reviewed"
    done = reviewing.decide_category(by=intake.reviewer, application=one, category="distinctive", reason="最相符")
    assert done.decided_category == "distinctive"
