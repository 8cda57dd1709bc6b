"""Five different ends of a title; each is told, reasoned, documented where it is decided, and final."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from jieti.accounts.models import Role
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.protection import decrypting_reader
from jieti.notices.models import Notice
from jieti.recognitions import end_letters, ending
from jieti.recognitions.models import Application, Ending, Recognition, WatchFinding
from jieti.recognitions.screening import screen
from jieti.recognitions.title_calendar import expire, turn
from jieti.recognitions.titles import end_title
from tests.recognitions.titles_scene import Scene, fresh, make_scene
from tests.web import district


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


def opened(scene: Scene, one: Recognition, kind: str = Ending.Kind.WITHDRAWAL) -> Ending:
    return ending.open_case(by=scene.people.reviewer, recognition=one, kind=kind, reason="群众反映，材料不实")


def heard(scene: Scene, case: Ending, *, words: str = "材料是真的，请核实") -> Ending:
    reviewer = scene.people.reviewer
    for step in ("propose", "notify"):
        case = ending.take(by=reviewer, case=case, step=step, version=case.version, reason="核查属实，拟作此处理")
    return ending.take(by=scene.people.proprietor, case=case, step="state", version=case.version, reason=words)


def decided(scene: Scene, case: Ending) -> Ending:
    case = heard(scene, case)
    return ending.take(by=scene.people.approver, case=case, step="decide", version=case.version, reason="事实清楚")


@pytest.mark.clause("附件三(五).h")
def test_a_revocation_is_heard_decided_by_another_person_documented_and_published(scene: Scene) -> None:
    one = scene.title()
    case = decided(scene, opened(scene, one, Ending.Kind.REVOCATION))
    assert case.statement == "材料是真的，请核实"
    ended = fresh(one)
    assert (ended.end_kind, ended.ended_on, ended.end_reason) == ("revoked", clock.today(), "事实清楚")
    assert not ended.is_live(clock.today())
    assert ended.end_number == f"怀市监认终字〔{clock.today().year}〕1号"
    with decrypting_reader(ended_file(ended)) as file:
        assert file.read(5) == b"%PDF-"
    assert Notice.objects.filter(kind="title_ended", recipient=scene.people.proprietor).count() == 1
    case = ending.take(by=scene.people.reviewer, case=case, step="publish", version=case.version)
    assert case.state == "published"


def ended_file(one: Recognition) -> Path:
    return Path(settings.DATA_DIR) / one.end_path


def test_who_proposed_does_not_decide(scene: Scene) -> None:
    district.give_role(scene.people.reviewer, Role.APPROVER)
    case = heard(scene, opened(scene, scene.title()))
    with pytest.raises(Refusal, match="另一人"):
        ending.take(by=scene.people.reviewer, case=case, step="decide", version=case.version, reason="清楚")


def test_nothing_is_decided_before_the_proprietor_could_be_heard(scene: Scene) -> None:
    case = opened(scene, scene.title())
    case = ending.take(by=scene.people.reviewer, case=case, step="propose", version=case.version, reason="属实")
    with pytest.raises(Refusal):
        ending.take(by=scene.people.approver, case=case, step="decide", version=case.version, reason="清楚")


@pytest.mark.clause("附件三(五).h")
def test_a_nominated_title_is_never_revoked(scene: Scene) -> None:
    one = scene.title(path=Application.Path.NOMINATION)
    with pytest.raises(Refusal, match="部门推荐认定的不适用撤销"):
        opened(scene, one, Ending.Kind.REVOCATION)
    with pytest.raises(IntegrityError), transaction.atomic():
        end_title(by=None, recognition=one, kind=Recognition.End.REVOKED, reason="x")


@pytest.mark.clause("附件三(五).i")
def test_a_revocation_bars_five_years_to_the_day_and_a_withdrawal_nothing(scene: Scene) -> None:
    one = scene.title()
    decided(scene, opened(scene, one, Ending.Kind.REVOCATION))
    until = end_letters.ban_until(fresh(one))
    assert until is not None
    assert until == date(clock.today().year + 5, clock.today().month, clock.today().day)
    for day, barred in ((until, True), (until + timedelta(days=1), False)):
        found = screen(scene.business, on=day, path="self")
        known = {finding.key: finding.outcome for finding in found.eligibility.findings}
        assert known["no_reapplication_ban"] is not barred
    other = scene.title(uscc=district.DEVELOPMENT)
    end_title(by=None, recognition=other, kind=Recognition.End.WITHDRAWN, reason="不再符合")
    assert end_letters.ban_until(fresh(other)) is None


def test_an_end_is_final(scene: Scene) -> None:
    one = scene.title()
    end_title(by=None, recognition=one, kind=Recognition.End.WITHDRAWN, reason="不再符合")
    with pytest.raises(Refusal, match="已经终止"):
        end_title(by=None, recognition=one, kind=Recognition.End.EXPIRED, reason="到期")
    with pytest.raises(IntegrityError, match="final"), transaction.atomic():
        Recognition.objects.filter(pk=one.pk).update(ended_on=None, end_kind="")
    with pytest.raises(Refusal, match="不在有效期内"):
        opened(scene, fresh(one))
    assert scene.title().is_live(clock.today())


def test_a_second_case_waits_for_the_first(scene: Scene) -> None:
    one = scene.title()
    opened(scene, one)
    with pytest.raises(Refusal, match="已有一件"):
        opened(scene, one)


def test_dropping_a_case_settles_what_was_found(scene: Scene) -> None:
    one = scene.title()
    WatchFinding.objects.create(recognition=one, rule="published_penalty", found_on=clock.today())
    case = opened(scene, one)
    case = ending.take(
        by=scene.people.reviewer, case=case, step="propose_dropping", version=case.version, reason="不属实"
    )
    ending.take(by=scene.people.approver, case=case, step="drop", version=case.version, reason="同意")
    assert fresh(one).ended_on is None
    assert not WatchFinding.objects.filter(settled_at=None).exists()


@pytest.mark.clause("附件三(五).a")
def test_a_title_expires_the_day_after_its_last_day_and_once(scene: Scene) -> None:
    one = scene.title(recognised_on=date(2024, 11, 25), last_day=date(2027, 11, 25))
    with clock.at(date(2027, 11, 25)):
        assert expire(one.jurisdiction) == 0
        assert fresh(one).is_live(clock.today())
    with clock.at(date(2027, 11, 28)):
        turn(one.jurisdiction)
        ended = fresh(one)
        assert (ended.end_kind, ended.ended_on) == ("expired", date(2027, 11, 26))
        told = Notice.objects.count()
        turn(one.jurisdiction)
        assert Notice.objects.count() == told
    assert ended.end_number


def test_an_expiry_needs_no_font(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_font(letter: object) -> bytes:
        raise Refusal("没有字体")

    monkeypatch.setattr(end_letters, "pdf_of", no_font)
    one = scene.title(recognised_on=date(2024, 11, 25), last_day=date(2027, 11, 25))
    with clock.at(date(2027, 12, 1)):
        assert expire(one.jurisdiction) == 1
    assert (fresh(one).end_kind, fresh(one).end_number) == ("expired", "")


def test_an_outsider_takes_no_step(scene: Scene) -> None:
    case = opened(scene, scene.title())
    for step in ("propose", "ask_evidence"):
        with pytest.raises(Refusal, match="不能办理"):
            ending.take(by=scene.people.outsider, case=case, step=step, version=case.version, reason="x")
