"""Measures written on the web: two people, checked conditions, no overlap, no promise without a duty."""

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from jieti.accounts.models import Jurisdiction
from jieti.accounts.rulebook_files import folder_of
from jieti.audit.models import Event
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.measures.actions import load_measures
from jieti.measures.authoring import assign, bring_up, draft, publish, retire, revise, send_back, submit
from jieti.measures.conditions import facts_in
from jieti.measures.matching import rules_in_force
from jieti.measures.models import Measure, MeasureVersion, ReachBatch
from jieti.rulebooks.catalogue import current_rulebook
from tests.measures import shops

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
SENTENCE = "参保3人以上。"


@pytest.fixture
def home(db: None) -> Jurisdiction:
    return shops.load()


def drafted(home: Jurisdiction, measure: Measure | None = None, **changes: Any) -> MeasureVersion:
    content = shops.content(**changes)
    return draft(by=shops.author(), jurisdiction=home, organisation=shops.labour(), content=content, measure=measure)


def test_the_75_are_version_1_and_in_force(home: Jurisdiction) -> None:
    versions = MeasureVersion.objects.of(home)
    assert versions.count() == versions.in_force(clock.today()).count() == 75
    assert set(versions.values_list("version", flat=True)) == {1}
    assert sorted(Measure.objects.of(home).values_list("number", flat=True)) == list(range(75))
    assert len(rules_in_force(home)) == 75
    assert not any(one.goes_by_itself for one in versions)


@pytest.mark.clause("正文二(二)4.a")
def test_a_department_adds_a_measure_of_its_own(home: Jurisdiction) -> None:
    version = drafted(home, condition="{fact: insured_headcount, at_least: 3}", sentence=SENTENCE)
    assert not Measure.objects.filter(key=version.key).exists()
    version = publish(by=shops.approver(), version=submit(by=shops.author(), version=version))
    measure = Measure.objects.get(key="N1")
    assert (measure.number, measure.title, version.measure) == (75, version.title, measure)
    verbs = set(Event.objects.filter(subject=f"measure-version:{version.pk}").values_list("verb", flat=True))
    assert verbs == {"measures.draft", "measures.submit", "measures.publish"}


def test_its_author_cannot_publish_it(home: Jurisdiction) -> None:
    version = submit(by=shops.author(), version=drafted(home))
    with pytest.raises(Refusal, match="起草人不能发布"):
        publish(by=shops.author(), version=version)
    with pytest.raises(IntegrityError), transaction.atomic():
        MeasureVersion.objects.filter(pk=version.pk).update(published_by=version.drafted_by)


def test_sent_back_revised_and_published(home: Jurisdiction) -> None:
    version = submit(by=shops.author(), version=drafted(home))
    with pytest.raises(Refusal, match="理由"):
        send_back(by=shops.approver(), version=version, reason=" ")
    version = send_back(by=shops.approver(), version=version, reason="写明标准")
    assert (version.status, version.returned_reason) == ("draft", "写明标准")
    with pytest.raises(Refusal, match="现在是“起草”"):
        publish(by=shops.approver(), version=version)
    version = revise(by=shops.author(), version=version, content=shops.content(title="社保补贴"))
    assert publish(by=shops.approver(), version=submit(by=shops.author(), version=version)).title == "社保补贴"


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("{fact: no_such_fact, is: true}", "no fact or column named"),
        ("{fact: insured_headcount, is: many}", "is not a int"),
        ("{fact: insured_headcount, at_least: {parameter: nowhere}}", "no parameter"),
        ("{fact: registration_status, in: [sleeping]}", "none of"),
        ("{fact: registration_status, at_least: active}", "no order"),
        ("{all: []", "YAML"),
        ("- a list", "不是规则语言"),
        ("{criterion: registered}", "不能引用"),
        ("{fact: application_path, is: self}", "逐件判断"),
        ("{fact: insured_headcount, missing: true}", "missing"),
        ("{fact: insured_headcount, at_least: 3, at_most: 5}", "exactly one comparison"),
        ("{fact: established_on, before: 2002}", "is not a date"),
    ],
)
def test_a_condition_that_does_not_check_cannot_be_sent_to_review(
    home: Jurisdiction, condition: str, said: str
) -> None:
    with pytest.raises(Refusal, match=said):
        submit(by=shops.author(), version=drafted(home, condition=condition, sentence=SENTENCE))


def test_a_condition_that_stopped_checking_cannot_be_published(home: Jurisdiction) -> None:
    version = submit(by=shops.author(), version=drafted(home))
    MeasureVersion.objects.filter(pk=version.pk).update(condition="{fact: gone, is: true}", sentence=SENTENCE)
    with pytest.raises(Refusal, match="no fact"):
        publish(by=shops.approver(), version=version)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lead": "nobody"}, "没有“nobody”这个单位"),
        ({"co": ("nobody",)}, "没有“nobody”这个单位"),
        ({"scope_kind": "tier", "scope": "renowned"}, "对象与类别不一致"),
        ({"starts_on": datetime.date(2030, 1, 2), "ends_on": datetime.date(2030, 1, 1)}, "早于施行日期"),
        ({"condition": "{fact: insured_headcount, is: 3}"}, "没有用一句话"),
        ({"ends_on": None}, "没有截止日期"),
    ],
)
def test_what_cannot_even_be_drafted(home: Jurisdiction, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal, match=said):
        drafted(home, **changes)


@pytest.mark.parametrize("strength", ["support", "encourage", "explore"])
def test_no_money_is_promised_where_there_is_no_duty(home: Jurisdiction, strength: str) -> None:
    with pytest.raises(Refusal, match="不能写明给付的金额"):
        submit(by=shops.author(), version=drafted(home, strength=strength, gist="每户给予3000元补贴。"))
    duty = drafted(home, strength="duty", gist="每户给予3000元补贴。") if strength == "support" else None
    assert duty is None or submit(by=shops.author(), version=duty).status == "review"


def test_only_who_may_know_a_fact_may_ask_for_it(home: Jurisdiction) -> None:
    condition: dict[str, Any] = {"condition": "{fact: founder_group_verified, is: true}", "sentence": "属于重点群体。"}
    fact = facts_in(current_rulebook(home), condition["condition"])[0]
    assert fact.data_class == "sensitive"
    with pytest.raises(Refusal, match="区商务局无权知悉"):
        submit(by=shops.author(), version=drafted(home, lead="commerce_bureau", **condition))
    MeasureVersion.objects.filter(status="draft").delete()
    assert submit(by=shops.author(), version=drafted(home, **condition)).status == "review"


def test_the_next_version_takes_over_on_its_first_day(home: Jurisdiction, settings: Settings) -> None:
    settings.SIMULATED_CLOCK = True
    measure = Measure.objects.get(key="BG3")
    start = clock.today() + 10 * DAY
    shops.published(measure, title="新的名称", starts_on=start, ends_on=start + 30 * DAY)
    first = measure.versions.get(version=1)
    assert first.ends_on == start - DAY
    assert Measure.objects.get(key="BG3").title != "新的名称"
    with clock.at(start):
        assert [one.key for one in bring_up(jurisdiction=home)] == ["BG3"]
        assert Measure.objects.get(key="BG3").title == "新的名称"
    with clock.at(start + 31 * DAY):
        bring_up(jurisdiction=home)
        assert Measure.objects.get(key="BG3").retired_on == start + 31 * DAY
        assert ReachBatch.objects.get(measure=measure, kind="closed").reason == "施行期满"


def test_versions_never_overlap(home: Jurisdiction) -> None:
    today = clock.today()
    measure = shops.published(starts_on=today, ends_on=today + 30 * DAY)
    for start in (today - DAY, today, today + 30 * DAY):
        version = drafted(home, measure, starts_on=start, ends_on=start + 60 * DAY)
        with pytest.raises(Refusal, match="日期重叠"):
            publish(by=shops.approver(), version=submit(by=shops.author(), version=version))
        version.delete()
    version = drafted(home, measure, starts_on=today + 31 * DAY, ends_on=today + 60 * DAY)
    publish(by=shops.approver(), version=submit(by=shops.author(), version=version))
    with pytest.raises(IntegrityError), transaction.atomic():
        MeasureVersion.objects.filter(pk=version.pk).update(starts_on=today)


def test_one_open_version_at_a_time(home: Jurisdiction) -> None:
    measure = Measure.objects.get(key="BG3")
    drafted(home, measure)
    with pytest.raises(Refusal, match="没有发布的版本"):
        drafted(home, measure)


def test_the_gap_is_shown_and_assigned(home: Jurisdiction) -> None:
    gap = Measure.objects.of(home).without_department()
    assert {one.key for one in gap} >= {"BK1", "BX2"}
    measure = Measure.objects.get(key="BX2")
    body = shops.labour()
    version = assign(by=shops.author(), organisation=body, measure=measure, lead="economy_information_bureau")
    assert version.status == "review"
    publish(by=shops.approver(), version=version)
    measure.refresh_from_db()
    assert measure.department == "区经信局"
    assert not gap.filter(pk=measure.pk).exists()
    with pytest.raises(Refusal, match="已经有牵头部门"):
        assign(by=shops.author(), organisation=body, measure=measure, lead="commerce_bureau")


def test_retired_once_with_a_reason(home: Jurisdiction) -> None:
    measure = Measure.objects.get(key="BG3")
    with pytest.raises(Refusal, match="理由"):
        retire(by=shops.approver(), measure=measure, reason="")
    retire(by=shops.approver(), measure=measure, reason="文件废止")
    with pytest.raises(Refusal, match="不需要再次"):
        retire(by=shops.approver(), measure=measure, reason="文件废止")
    assert not Measure.objects.in_force().filter(pk=measure.pk).exists()
    assert measure.versions.get().retired_reason == "文件废止"
    assert len(rules_in_force(home)) == 74


def test_loading_again_keeps_what_departments_wrote(home: Jurisdiction) -> None:
    shops.published(Measure.objects.get(key="BG3"), title="部门改写的")
    added = shops.published(title="部门新增的")
    load_measures(by=None, folder=folder_of(home))
    assert Measure.objects.get(key="BG3").title == "部门改写的"
    assert Measure.objects.in_force().filter(pk=added.pk).exists()
    assert Measure.objects.in_force().count() == 76
