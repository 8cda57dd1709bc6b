"""报市和抽查: nothing unreported is forgotten, the sample can be drawn again, a finding has its consequence."""

import hashlib
import io
import json
import random
import zipfile

import pytest

from jieti.audit.models import Event
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions import city, deciding
from jieti.recognitions.models import Recognition, SpotCheck
from tests.recognitions.bench import DAY, Bench, fresh


@pytest.fixture
def checked(bench: Bench) -> SpotCheck:
    bench.reported(3)
    return city.draw(by=bench.city_officer, campaign=bench.campaign, count=2, seed="20260921")


@pytest.mark.clause("附件三(二)2.a")
def test_a_package_holds_what_is_not_reported(bench: Bench) -> None:
    titles = [bench.recognised(), bench.recognised()]
    assert [one.recognition for one in city.unreported(bench.campaign)] == titles
    with pytest.raises(Refusal, match="不能办理上报"):
        city.make_report(by=bench.approver, campaign=bench.campaign)
    report = city.make_report(by=bench.reviewer, campaign=bench.campaign)
    with zipfile.ZipFile(io.BytesIO(city.file_of(report).read_bytes())) as package:
        listed = json.loads(package.read(city.LIST))
        about = json.loads(package.read(city.ABOUT))
        assert about["files"][city.LIST] == hashlib.sha256(package.read(city.LIST)).hexdigest()
        assert package.read(city.TABLE).startswith(b"PK")
    assert [one["认定编号"] for one in listed] == [one.number for one in titles]
    with pytest.raises(Refusal, match="还没有标记上报"):
        city.make_report(by=bench.reviewer, campaign=bench.campaign)
    assert {fresh(one.application).state for one in titles} == {"recognised"}
    city.mark_sent(by=bench.reviewer, report=report)
    assert {fresh(one.application).state for one in titles} == {"reported"}
    assert not city.unreported(bench.campaign).exists()
    with pytest.raises(Refusal, match="已经标记"):
        city.mark_sent(by=bench.reviewer, report=report)
    with pytest.raises(Refusal, match="没有待上报"):
        city.make_report(by=bench.reviewer, campaign=bench.campaign)


def test_a_changed_package_is_not_sent(bench: Bench) -> None:
    bench.recognised()
    report = city.make_report(by=bench.reviewer, campaign=bench.campaign)
    city.file_of(report).write_bytes(b"PK")
    with pytest.raises(Refusal, match="散列值不一致"):
        city.mark_sent(by=bench.reviewer, report=report)


@pytest.mark.clause("附件三(二)2.b")
def test_a_sample_is_random_logged_and_drawn_again(bench: Bench, checked: SpotCheck) -> None:
    numbers = sorted(Recognition.objects.values_list("number", flat=True))
    assert checked.population == numbers
    assert checked.sample == sorted(random.Random("20260921").sample(numbers, 2))
    event = Event.objects.get(verb="recognitions.draw_spot_check")
    assert (event.detail["seed"], event.detail["sample"]) == ("20260921", checked.sample)
    states = dict(Recognition.objects.values_list("number", "application__state"))
    assert {states[number] for number in checked.sample} == {"spot_checking"}
    assert sorted(states.values()) == ["reported", "spot_checking", "spot_checking"]


def test_drawing_is_the_citys(bench: Bench) -> None:
    bench.reported(1)
    with pytest.raises(Refusal, match="市市场监管局"):
        city.draw(by=bench.reviewer, campaign=bench.campaign, count=1)
    with pytest.raises(Refusal, match="至少是1"):
        city.draw(by=bench.city_officer, campaign=bench.campaign, count=0)
    made = city.draw(by=bench.city_officer, campaign=bench.campaign, count=5)
    assert len(made.sample) == 1
    assert len(made.seed) == 16
    with pytest.raises(Refusal, match="没有已上报"):
        city.draw(by=bench.city_officer, campaign=bench.campaign, count=1)


def test_what_is_found_in_order_takes_effect(bench: Bench, checked: SpotCheck) -> None:
    title = Recognition.objects.get(number=checked.sample[0])
    case = fresh(title.application)
    case = city.find_in_order(by=bench.city_officer, application=case, version=case.version)
    deciding.publish_titles(by=bench.approver, recognitions=[title])
    done = deciding.take_effect(by=bench.reviewer, application=case, version=case.version)
    assert done.state == "in_force"
    assert Recognition.objects.get(pk=title.pk).ended_on is None


def test_a_supplement_has_its_deadline_and_then_refusal_is_proposed(bench: Bench, checked: SpotCheck) -> None:
    case = fresh(Recognition.objects.get(number=checked.sample[0]).application)
    case = city.ask_supplement(by=bench.city_officer, application=case, version=case.version, reason="缺食品许可")
    with pytest.raises(Refusal, match="未满"):
        city.miss_supplement(by=bench.city_officer, application=case, version=case.version)
    assert case.due_latest is not None
    with clock.at(case.due_latest + DAY):
        case = city.miss_supplement(by=bench.city_officer, application=case, version=case.version)
    assert city.missed(case)


def test_a_supplement_in_time_goes_back_to_the_check(bench: Bench, checked: SpotCheck) -> None:
    case = fresh(Recognition.objects.get(number=checked.sample[0]).application)
    case = city.ask_supplement(by=bench.city_officer, application=case, version=case.version, reason="缺食品许可")
    case = city.supplement(by=bench.reviewer, application=case, version=case.version)
    assert case.state == "spot_checking"
    assert not city.missed(case)


def test_a_refusal_of_the_city_ends_the_title(bench: Bench, checked: SpotCheck) -> None:
    title = Recognition.objects.get(number=checked.sample[0])
    case = fresh(title.application)
    second = bench.city_officer
    with pytest.raises(Refusal, match="另一人"):
        city.refuse(by=second, application=case, version=case.version, reason="不符合条件")
    other = bench.another_city_officer()
    done = city.refuse(by=other, application=case, version=case.version, reason="不符合条件")
    ended = Recognition.objects.get(pk=title.pk)
    assert (done.state, ended.end_kind, ended.ended_on) == ("refused", "withdrawn", clock.today())
    assert "不符合条件" in ended.end_reason
