"""An application from the draft to the end of the review: every way through, and everything that is out of order."""

import pytest

from jieti.audit.models import Event
from jieti.kit.errors import Refusal
from jieti.notices.models import Notice
from jieti.recognitions import interests, reviewing
from jieti.recognitions.desk import APPLICATIONS
from tests.recognitions.intake import Intake


@pytest.mark.clause("附件三(二)2.a")
def test_a_self_application_reaches_the_visit(intake: Intake) -> None:
    one = intake.visiting()
    assert one.state == "visiting"
    assert list(one.steps.values_list("step", flat=True)) == ["draft", "submit", "accept", "review", "pass_to_visit"]
    assert one.screening["standards"]["eligibility"]["tier"] == "eligible"
    assert {step.key for step in APPLICATIONS.offers(one, by=intake.clerk)} == {"record_visit"}
    intake.visited(one)
    done = APPLICATIONS.advance(one, "record_visit", by=intake.clerk, version=one.version, reason="实地看过")
    assert done.state == "reviewed"
    verbs = set(Event.objects.filter(subject=f"application:{one.pk}").values_list("verb", flat=True))
    assert {"recognition.submit", "recognitions.assess", "recognitions.declare_interest"} <= verbs
    kinds = set(Notice.objects.filter(subject=f"application:{one.pk}").values_list("kind", flat=True))
    assert {"recognition_task", "application_accepted", "application_reviewed"} <= kinds


@pytest.mark.clause("附件三(四).b")
def test_the_category_is_decided_among_those_that_are_met(intake: Intake) -> None:
    one = intake.reviewing("renowned")
    with pytest.raises(Refusal, match="没有确定满足"):
        reviewing.decide_category(by=intake.reviewer, application=one, category="distinctive", reason="更合适")
    intake.judge(one)
    with pytest.raises(Refusal, match="没有确定满足"):
        reviewing.decide_category(by=intake.reviewer, application=one, category="renowned", reason="本人意向")
    done = reviewing.decide_category(by=intake.reviewer, application=one, category="distinctive", reason="烤鱼特色突出")
    assert (done.preferred_category, done.decided_category) == ("renowned", "distinctive")


def test_nobody_reviews_without_a_declaration_or_with_a_tie(intake: Intake) -> None:
    one = intake.accepted()
    with pytest.raises(Refusal, match="还没有声明"):
        reviewing.review(by=intake.reviewer, application=one, version=one.version)
    with pytest.raises(Refusal, match="没有说明"):
        interests.declare(by=intake.reviewer, application=one, tie=True)
    interests.declare(by=intake.reviewer, application=one, tie=True, detail="经营者是我表兄")
    with pytest.raises(Refusal, match="回避"):
        reviewing.review(by=intake.reviewer, application=one, version=one.version)
    with pytest.raises(Refusal, match="不能办理"):
        APPLICATIONS.advance(one, "review", by=intake.reviewer, version=one.version)
    assert APPLICATIONS.offers(one, by=intake.reviewer) == ()
    with pytest.raises(Refusal, match="不能撤回"):
        interests.declare(by=intake.reviewer, application=one, tie=False)
    interests.declare(by=intake.second_reviewer, application=one, tie=False)
    assert reviewing.review(by=intake.second_reviewer, application=one, version=one.version).state == "reviewing"
