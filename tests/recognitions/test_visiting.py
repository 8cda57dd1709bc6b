"""Visits: planned town by town, kept once however often they are sent, and never half."""

import dataclasses
import datetime
import uuid

import pytest
from PIL import Image

from jieti.accounts.models import Role
from jieti.audit.models import Event
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.protection import decrypting_reader
from jieti.recognitions import visiting
from jieti.recognitions.desk import APPLICATIONS
from jieti.recognitions.models import Visit, VisitPhoto
from tests.factories.recognitions import make_business, officer
from tests.recognitions.bench import DAY, FIRST_DAY, Bench, fresh, picture, seen_of


def kept_files(bench: Bench) -> int:
    folder = VisitPhoto(stored_as=visiting.FOLDER).stored_file
    return len(list(folder.glob("*"))) if folder.exists() else 0


@pytest.mark.clause("附件三(二)2.a")
def test_a_sent_visit_takes_the_application_on(bench: Bench) -> None:
    case = bench.case("visiting")
    (visit,) = bench.planned(case)
    sent = visiting.record_visit(by=bench.visitor, visit=visit, seen=seen_of(visit))
    assert fresh(case).state == "reviewed"
    assert sent.sent_at == clock.now()
    assert sent.companion == "小李"
    photo = sent.photos.get()
    assert (photo.name, photo.kind) == ("门面.jpg", "jpeg")
    with Image.open(decrypting_reader(photo.stored_file)) as opened:
        assert opened.size == (40, 30)
    assert sent.visitor_signature != sent.proprietor_signature


def test_sent_twice_is_kept_once(bench: Bench) -> None:
    case = bench.case("visiting")
    (visit,) = bench.planned(case)
    seen = seen_of(visit)
    first = visiting.record_visit(by=bench.visitor, visit=visit, seen=seen)
    files = kept_files(bench)
    again = visiting.record_visit(by=bench.visitor, visit=visit, seen=dataclasses.replace(seen, note="改过"))
    assert again.pk == first.pk
    assert again.note == "情况属实"
    assert kept_files(bench) == files == 3
    assert Event.objects.filter(verb="recognitions.record_visit").count() == 1
    assert fresh(case).steps.filter(step="record_visit").count() == 1
    with pytest.raises(Refusal, match="已经提交过"):
        visiting.record_visit(by=bench.visitor, visit=visit, seen=seen_of(visit))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"findings": {}}, "没有填写"),
        ({"findings": {"renowned.quality_and_reputation": {"met": True, "note": " "}}}, "没有填写"),
        ({"findings": {"other.criterion": {"met": True, "note": "有"}}}, "不看的条件"),
        ({"note": " "}, "综合意见"),
        ({"visitor_signature": b""}, "走访人没有签名"),
        ({"proprietor_signature": b""}, "经营者没有签名"),
        ({"photos": []}, "没有照片"),
        ({"photos": [("一.jpg", picture())] * 11}, "超过10张"),
        ({"photos": [("假.jpg", b"<html>")]}, "不是图片"),
        ({"photos": [("文件.jpg", b"%PDF-1.4\n%%EOF")]}, "不是照片"),
        ({"started_at": datetime.datetime(2026, 9, 15, 12, tzinfo=datetime.UTC)}, "到达时间"),
    ],
)
def test_a_visit_is_whole_or_not_at_all(bench: Bench, changes: dict[str, object], message: str) -> None:
    case = bench.case("visiting")
    (visit,) = bench.planned(case)
    with pytest.raises(Refusal, match=message):
        visiting.record_visit(by=bench.visitor, visit=visit, seen=seen_of(visit, **changes))
    assert Visit.objects.get(pk=visit.pk).sent_at is None
    assert fresh(case).state == "visiting"
    assert kept_files(bench) == 0


def test_only_the_visitor_sends(bench: Bench) -> None:
    (visit,) = bench.planned(bench.case("visiting"))
    for person in (bench.clerk, bench.reviewer, bench.approver, bench.outsider):
        with pytest.raises(Refusal, match="不是安排给您的"):
            visiting.record_visit(by=person, visit=visit, seen=seen_of(visit))


def test_a_visit_to_one_that_withdrew_is_refused(bench: Bench) -> None:
    """The phone keeps it and says why; nothing is written."""
    case = bench.case("visiting")
    (visit,) = bench.planned(case)
    type(case).objects.filter(pk=case.pk).update(state="reviewing")
    with pytest.raises(Refusal, match="不能办理"):
        visiting.record_visit(by=bench.visitor, visit=visit, seen=seen_of(visit))
    assert Visit.objects.get(pk=visit.pk).sent_at is None
    assert kept_files(bench) == 0


def test_no_visit_no_way_on(bench: Bench) -> None:
    case = bench.case("visiting")
    bench.planned(case)
    with pytest.raises(Refusal, match="还没有走访记录"):
        APPLICATIONS.advance(case, "record_visit", by=bench.visitor, version=case.version, reason="去过了")


def test_the_route_goes_town_by_town(bench: Bench) -> None:
    towns = ("渤海镇", "泉河街道", "渤海镇", "别处")
    cases = [bench.case("visiting", business=make_business(town=town)) for town in towns]
    visits = bench.planned(*cases)
    assert [one.application.business.town for one in visiting.route_of(visits)] == [
        "泉河街道",
        "渤海镇",
        "渤海镇",
        "别处",
    ]
    first, _, third, _ = visits
    again = visiting.reorder(by=bench.visitor, visitor=bench.visitor, on=FIRST_DAY, order=[third.pk, first.pk])
    assert [one.pk for one in again if one.application.business.town == "渤海镇"] == [third.pk, first.pk]
    with pytest.raises(Refusal, match="不能调整"):
        visiting.reorder(by=bench.outsider, visitor=bench.visitor, on=FIRST_DAY, order=[])


def test_planning_is_refused(bench: Bench) -> None:
    case = bench.case("visiting")
    with pytest.raises(Refusal, match="没有选择"):
        bench.planned()
    with pytest.raises(Refusal, match="已经过去"):
        bench.planned(case, on=FIRST_DAY - DAY)
    with pytest.raises(Refusal, match="不能安排"):
        visiting.plan_visits(by=bench.approver, applications=[case], visitor=bench.visitor, on=FIRST_DAY)
    with pytest.raises(Refusal, match="不是走访人员"):
        visiting.plan_visits(by=bench.clerk, applications=[case], visitor=bench.approver, on=FIRST_DAY)
    with pytest.raises(Refusal, match="不在待走访状态"):
        bench.planned(bench.case("reviewing"))
    bench.planned(case)
    with pytest.raises(Refusal, match="已经安排"):
        bench.planned(case)


def test_a_cancelled_visit_can_be_planned_anew(bench: Bench) -> None:
    case = bench.case("visiting")
    (visit,) = bench.planned(case)
    with pytest.raises(Refusal, match="不能取消"):
        visiting.cancel_visit(by=officer(Role.APPROVER), visit=visit, reason="改期")
    with pytest.raises(Refusal, match="理由"):
        visiting.cancel_visit(by=bench.clerk, visit=visit, reason=" ")
    visiting.cancel_visit(by=bench.clerk, visit=visit, reason="经营者外出")
    (again,) = bench.planned(case, on=FIRST_DAY + datetime.timedelta(days=2))
    visiting.record_visit(by=bench.visitor, visit=again, seen=seen_of(again, client_key=uuid.uuid4()))
    with pytest.raises(Refusal, match="已经提交"):
        visiting.cancel_visit(by=bench.clerk, visit=again, reason="重来")


def test_without_a_wish_every_category_is_looked_at(bench: Bench) -> None:
    case = bench.case("visiting")
    case.preferred_category = ""
    found = {one.key.partition(".")[0] for one in visiting.judged_criteria(case)}
    assert found == {"renowned", "distinctive", "quality", "emerging"}
