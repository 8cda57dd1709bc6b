"""The three years after: reports, confirmations, changes of proprietor, evaluation and extension, the showcase."""

import io
from datetime import date, timedelta

import pytest

from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.notices.models import Notice
from jieti.recognitions import confirming, extending, proprietor_changes, reporting, showcasing
from jieti.recognitions.extending import Judgment
from jieti.recognitions.models import Application, Confirmation, Ending, Extension, Recognition
from jieti.recognitions.showcasing import Generation, Story
from jieti.recognitions.title_calendar import turn
from jieti.registry.models import Business
from tests.appeals.court import photo
from tests.recognitions.titles_scene import Scene, fresh, make_scene
from tests.web import district

YEAR = district.YEAR


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


def old_title(scene: Scene, **changes: object) -> Recognition:
    """Given in November of last year: its first report is due this July."""
    day = date(YEAR - 1, 11, 25)
    return scene.title(recognised_on=day, last_day=date(YEAR + 2, 11, 25), **changes)  # type: ignore[arg-type]


@pytest.mark.clause("附件三(五).c")
def test_reports_are_due_each_july_of_the_validity_and_reminded_of_three_times(scene: Scene) -> None:
    one = old_title(scene)
    assert reporting.due_days(one) == [date(year, 7, 31) for year in (YEAR, YEAR + 1, YEAR + 2)]
    told = []
    for day in ((6, 1), (6, 1), (7, 14), (7, 15), (7, 31)):
        with clock.at(date(YEAR, *day)):
            told.append(reporting.remind(one.jurisdiction))
    assert told == [1, 0, 0, 1, 1]
    with clock.at(date(YEAR, 8, 1)):
        assert reporting.remind(one.jurisdiction) == 1
        assert reporting.remind(one.jurisdiction) == 0
        assert [due.recognition.pk for due in reporting.late_list(one.jurisdiction, YEAR)] == [one.pk]
    assert fresh(one).ended_on is None


@pytest.mark.clause("附件三(五).c")
def test_a_report_holds_what_the_tables_say_and_comes_once(scene: Scene) -> None:
    one = old_title(scene)
    with clock.at(date(YEAR, 12, 30)):
        report = reporting.hand_in(
            by=scene.people.proprietor, recognition=one, year=YEAR, own={"features": " 新开了直播 ", "help_given": ""}
        )
        assert report.content["own"] == {"features": "新开了直播"}
        sources = {table["source"] for table in report.content["supplied"]}
        assert {"registration", "annual_reports", "tax"} <= sources
        with pytest.raises(Refusal, match="已经报送"):
            reporting.hand_in(by=scene.people.proprietor, recognition=one, year=YEAR, own={})
        with pytest.raises(Refusal, match="没有要报送"):
            reporting.hand_in(by=scene.people.proprietor, recognition=one, year=YEAR + 1, own={})
        with pytest.raises(Refusal, match="本人或者受托人"):
            reporting.hand_in(by=scene.people.outsider, recognition=one, year=YEAR, own={})
        assert reporting.open_year(fresh(one)) is None


@pytest.mark.clause("附件三(五).d")
def test_a_confirmation_is_prechecked_and_one_not_met_opens_a_case(scene: Scene) -> None:
    one = old_title(scene)
    reviewer = scene.people.reviewer
    with clock.at(date(YEAR, 7, 20)), pytest.raises(Refusal, match="期限"):
        confirming.confirm(by=reviewer, recognition=one, outcome="confirmed")
    with clock.at(date(YEAR, 12, 1)):
        assert [item.pk for item in confirming.waiting(one.jurisdiction, YEAR)] == [one.pk]
        lines = {line["key"]: line["outcome"] for line in confirming.precheck(one)["lines"]}
        assert lines["typed"] is True
        assert lines["no_judgment_default"] is True
        assert lines["registered"] is True
        with pytest.raises(Refusal, match="没有写明理由"):
            confirming.confirm(by=reviewer, recognition=one, outcome="not_met")
        with pytest.raises(Refusal, match="整改期限"):
            confirming.confirm(by=reviewer, recognition=one, outcome="conditional", note="补办", mend_by=clock.today())
        with pytest.raises(Refusal, match="审核人员"):
            confirming.confirm(by=scene.people.auditor, recognition=one, outcome="confirmed")
        mend_by = clock.today() + timedelta(days=20)
        made = confirming.confirm(by=reviewer, recognition=one, outcome="conditional", note="补办", mend_by=mend_by)
        with pytest.raises(Refusal, match="已经确认过"):
            confirming.confirm(by=reviewer, recognition=one, outcome="confirmed")
        made = confirming.settle(by=reviewer, confirmation=made, outcome="not_met", note="没有整改")
        assert made.outcome == Confirmation.Outcome.NOT_MET
        case = Ending.objects.get(recognition=one)
        assert (case.kind, case.state) == ("withdrawal", "investigating")
        assert Notice.objects.filter(kind="title_confirmed", recipient=scene.people.proprietor).count() == 2


@pytest.mark.clause("附件三(五).e")
def test_a_reported_change_asks_the_personal_criteria_anew_at_once(scene: Scene) -> None:
    one = old_title(scene, category="quality")
    change = proprietor_changes.report_change(
        by=scene.people.proprietor, recognition=one, after="王小明", changed_on=clock.today()
    )
    keys = {line["key"] for line in change.rechecked["lines"]}
    assert "no_judgment_default" in keys
    assert {"skill_certified", "titled"} <= keys
    assert "certified" not in keys
    with pytest.raises(Refusal, match="已经报告过"):
        proprietor_changes.report_change(
            by=scene.people.proprietor, recognition=one, after="王小明", changed_on=clock.today()
        )
    with pytest.raises(Refusal, match="今天以后"):
        proprietor_changes.report_change(
            by=scene.people.proprietor, recognition=one, after="王二", changed_on=clock.today() + timedelta(days=1)
        )


def evaluated(scene: Scene, one: Recognition, grown: int | None) -> Extension:
    case = Extension.objects.get(recognition=one, closed_on=None)
    judgment = Judgment(grown, "三年翻倍" if grown else "没有明显增长")
    return extending.conclude(
        by=scene.people.reviewer, case=case, version=case.version, judgment=judgment, reason="如上"
    )


@pytest.mark.clause("附件三(五).f")
@pytest.mark.clause("附件三(五).g")
def test_the_last_year_opens_an_evaluation_and_an_extension_can_be_repeated(scene: Scene) -> None:
    one = scene.title(recognised_on=date(2024, 2, 29), last_day=date(2027, 2, 28))
    with clock.at(date(2026, 2, 27)):
        turn(one.jurisdiction)
        assert not Extension.objects.exists()
        with pytest.raises(Refusal, match="到期评估自"):
            extending.open_evaluation(by=scene.people.reviewer, recognition=one)
    for number, (opens, ends) in enumerate([(2026, 2030), (2029, 2033)], start=1):
        with clock.at(date(opens, 2, 28)):
            turn(one.jurisdiction)
            turn(one.jurisdiction)
            case = evaluated(scene, one, 1)
            assert Extension.objects.count() == number
            assert case.screening["outcome"] == "extend"
            with pytest.raises(Refusal):
                extending.extend(by=scene.people.reviewer, case=case, version=case.version, reason="同意")
            extending.extend(by=scene.people.approver, case=case, version=case.version, reason="同意")
        assert (fresh(one).last_day, fresh(one).extensions) == (date(ends, 2, 28), number)


@pytest.mark.clause("附件三(五)A")
def test_without_a_criterion_met_there_is_no_extension_and_the_title_expires(scene: Scene) -> None:
    one = scene.title(recognised_on=date(2024, 11, 25), last_day=date(2027, 11, 25), tier_at_recognition="growth")
    with clock.at(date(2027, 1, 10)):
        turn(one.jurisdiction)
        case = evaluated(scene, one, 0)
        with pytest.raises(Refusal, match="没有满足延期的任何一项条件"):
            extending.extend(by=scene.people.approver, case=case, version=case.version, reason="同意")
    with clock.at(date(2027, 11, 26)):
        turn(one.jurisdiction)
        case.refresh_from_db()
        assert case.state == "expired"
        assert fresh(one).end_kind == "expired"


@pytest.mark.clause("附件三(五)D")
def test_a_recommender_is_asked_and_its_consent_suffices_for_its_own(scene: Scene) -> None:
    one = scene.title(path=Application.Path.NOMINATION, recognised_on=date(2024, 11, 25), last_day=date(2027, 11, 25))
    with clock.at(date(2027, 1, 10)):
        turn(one.jurisdiction)
        case = Extension.objects.get()
        case = extending.take(by=scene.people.reviewer, case=case, step="ask_recommender", version=case.version)
        assert case.owner == "culture_tourism_bureau"
        with pytest.raises(Refusal):
            extending.take(
                by=scene.people.reviewer, case=case, step="give_opinion", version=case.version, reason="同意"
            )
        case = extending.take(
            by=scene.nominator, case=case, step="give_opinion", version=case.version, reason="同意", agrees=True
        )
        case = evaluated(scene, one, 0)
        assert case.screening["outcome"] == "extend"


@pytest.mark.clause("附件三(五)C")
def test_moving_up_since_the_recognition_suffices(scene: Scene) -> None:
    one = scene.title(
        uscc=district.DEVELOPMENT,
        recognised_on=date(2024, 11, 25),
        last_day=date(2027, 11, 25),
        tier_at_recognition="growth",
    )
    with clock.at(date(2027, 1, 10)):
        turn(one.jurisdiction)
        assert evaluated(scene, one, 0).screening["outcome"] == "extend"
        assert Extension.objects.get().series["rows"][0]["values"]["turnover"] == "3680000.00"


def story(**changes: object) -> Story:
    values: dict[str, object] = {
        "story": "三代人做虹鳟鱼",
        "lineage": (Generation("王老汉", "", "1980年", "养鱼"), Generation("老王", "儿子", "2010年", "烹制")),
    }
    return Story(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.clause("正文三(三).b")
@pytest.mark.clause("附件四(三)4.a")
def test_a_showcase_is_there_by_consent_and_while_the_title_is_live(scene: Scene) -> None:
    one = scene.title()
    owner, place = scene.people.proprietor, one.jurisdiction
    assert showcasing.points(place) == []
    made = showcasing.show(
        by=owner, recognition=one, story=story(photo=io.BytesIO(photo()), photo_name="a.jpg", photo_text="鱼塘")
    )
    assert [person["generation"] for person in made.lineage] == [1, 2]
    assert made.photo_kind == "jpeg"
    (point,) = showcasing.points(place)
    assert (point["uscc"], point["town"]) == (district.GROWTH, "雁栖镇")
    assert "王建国" not in str(point)
    showcasing.hide(by=owner, recognition=one)
    assert showcasing.points(place) == []
    showcasing.show(by=owner, recognition=one, story=story(photo_text="鱼塘"))
    assert len(showcasing.points(place)) == 1
    with clock.at(one.last_day + timedelta(days=1)):
        assert showcasing.points(place) == []


def test_only_the_proprietor_consents_and_a_lying_picture_is_refused(scene: Scene) -> None:
    one = scene.title()
    with pytest.raises(Refusal, match="经营者本人决定"):
        showcasing.show(by=scene.people.outsider, recognition=one, story=story())
    for picture, words in ((b"%PDF-1.7\n%%EOF", "不能是PDF"), (b"MZ\x90", "不是图片")):
        with pytest.raises(Refusal, match=words):
            showcasing.show(
                by=scene.people.proprietor,
                recognition=one,
                story=story(photo=io.BytesIO(picture), photo_name="a.jpg", photo_text="鱼"),
            )
    with pytest.raises(Refusal, match="照片说明"):
        showcasing.show(by=scene.people.proprietor, recognition=one, story=story(photo=io.BytesIO(photo())))
    assert Business.objects.filter(pk=one.business_id).exists()
