"""Every delivery is held against the titles: what it shows is found once, told, and acted on."""

from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from jieti.determinations.models import Result
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.notices.models import Notice
from jieti.recognitions import ending, findings, watching
from jieti.recognitions.models import Ending, ProprietorChange, Recognition, Watch, WatchFinding
from jieti.recognitions.watching import follow, watch
from jieti.registry.models import Business
from tests.recognitions.titles_scene import Scene, fresh, make_scene
from tests.web import district


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


def tomorrow() -> AbstractContextManager[None]:
    return clock.at(clock.today() + timedelta(days=1))


def deliver(scene: Scene, source: str, text: str) -> None:
    delivery = district.deliver(scene.people.clerk, source, text)
    assert delivery.status == "accepted", delivery.message


def rules(one: Recognition) -> set[str]:
    return set(one.watch_findings.values_list("rule", flat=True))


@pytest.mark.clause("附件三(五).b")
def test_a_new_abnormal_mark_raises_a_case_with_the_delivery_that_brought_it(scene: Scene) -> None:
    one = scene.title()
    assert follow(one.jurisdiction) == 0
    mark = f"{district.GROWTH},经营异常状态,,通过登记的住所无法联系,{clock.today()},是,,\n"
    deliver(scene, "credit", district.CREDIT + mark)
    assert follow(one.jurisdiction) == 1
    finding = WatchFinding.objects.get()
    assert (finding.rule, finding.delivery.source_key if finding.delivery else "") == ("abnormal_mark", "credit")
    case = Ending.objects.get()
    assert (case.kind, case.state, case.finding) == ("withdrawal", "investigating", finding)
    assert case.due_latest is not None
    assert Notice.objects.filter(kind="title_found").count() == 1
    assert Notice.objects.filter(kind="title_case", recipient=scene.people.proprietor).count() == 1
    assert fresh(one).ended_on is None
    assert follow(one.jurisdiction) == 0
    assert watch(one.jurisdiction) == 0
    assert Watch.objects.count() == 2


def test_what_was_settled_is_not_found_again_until_it_was_mended(scene: Scene) -> None:
    one = scene.title()
    mark = f"{district.GROWTH},经营异常状态,,无法联系,{clock.today()},是,,\n"
    deliver(scene, "credit", district.CREDIT + mark)
    watch(one.jurisdiction)
    case = Ending.objects.get()
    reviewer = scene.people.reviewer
    case = ending.take(by=reviewer, case=case, step="propose_dropping", version=case.version, reason="已联系上")
    ending.take(by=scene.people.approver, case=case, step="drop", version=case.version, reason="同意")
    assert watch(one.jurisdiction) == 0
    restored = mark.replace(",是,,", f",是,{clock.today()},")
    deliver(scene, "credit", district.CREDIT + restored)
    assert watch(one.jurisdiction) == 0
    again = f"{district.GROWTH},经营异常状态,,又一次无法联系,{clock.today()},是,,\n"
    deliver(scene, "credit", district.CREDIT + restored + again)
    assert watch(one.jurisdiction) == 1
    assert Ending.objects.count() == 2


@pytest.mark.clause("附件三(三)1(2)")
def test_a_new_bar_is_found(scene: Scene) -> None:
    one = scene.title()
    deliver(scene, "courts", district.COURTS + f"{district.GROWTH},王建国,（2026）京0116执9号,{clock.today()},\n")
    penalty = f"{district.GROWTH},行政处罚,罚款,无照经营,{clock.today()},是,,\n"
    deliver(scene, "credit", district.CREDIT + penalty)
    assert watch(one.jurisdiction) == 2
    assert rules(one) == {"judgment_default", "published_penalty"}
    assert Ending.objects.count() == 1


def test_a_tier_that_became_ineligible_is_found(scene: Scene) -> None:
    one = scene.title()
    Result.objects.filter(uscc=district.GROWTH, is_current=True).update(tier="ineligible", possible=["ineligible"])
    assert watch(one.jurisdiction) == 1
    assert rules(one) == {"tier_ineligible"}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [({"registration_status": "deregistered"}, "deregistered"), ({"entity_kind": "enterprise"}, "converted")],
)
def test_a_deregistration_and_a_conversion_end_a_title_by_themselves(
    scene: Scene, changes: dict[str, str], kind: str
) -> None:
    one = scene.title()
    ending.open_case(by=scene.people.reviewer, recognition=one, kind="withdrawal", reason="另案")
    Business.objects.filter(pk=one.business_id).update(**changes)
    assert watch(one.jurisdiction) == 1
    ended = fresh(one)
    assert (ended.end_kind, ended.ended_on) == (kind, clock.today())
    assert ended.end_number
    assert Ending.objects.get().state == "ended"
    assert not WatchFinding.objects.filter(settled_at=None).exists()
    assert Notice.objects.filter(kind="title_ended", recipient=scene.people.proprietor).count() == 1
    assert watch(one.jurisdiction) == 0


@pytest.mark.clause("附件三(五).e")
def test_another_proprietor_in_the_register_is_found_and_rechecked(scene: Scene) -> None:
    one = scene.title()
    with tomorrow():
        deliver(scene, "registration", district.REGISTRATION.replace("王建国", "王小明"))
        assert watch(one.jurisdiction) == 1
        change = ProprietorChange.objects.get()
        assert (change.origin, change.before, change.after) == ("found", "王建国", "王小明")
        assert change.rechecked["lines"]
        assert rules(one) == {watching.CHANGED}
        assert watch(one.jurisdiction) == 0


def test_a_reviewer_settles_a_finding_and_nobody_else(scene: Scene) -> None:
    one = scene.title()
    finding = WatchFinding.objects.create(recognition=one, rule="absent_from_register", found_on=clock.today())
    with pytest.raises(Refusal, match="审核人员"):
        findings.settle_finding(by=scene.people.auditor, finding=finding, settlement="核实了")
    with pytest.raises(Refusal, match="没有写明"):
        findings.settle_finding(by=scene.people.reviewer, finding=finding, settlement=" ")
    findings.settle_finding(by=scene.people.reviewer, finding=finding, settlement="登记机关漏报，已核实")
    with pytest.raises(Refusal, match="已经处理"):
        findings.settle_finding(by=scene.people.reviewer, finding=finding, settlement="再核实")


def test_unknown_is_no_finding(scene: Scene) -> None:
    one = scene.title(uscc=district.PENDING)
    assert watch(one.jurisdiction) == 0
    assert not Ending.objects.exists()
