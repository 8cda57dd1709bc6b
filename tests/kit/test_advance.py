"""Cases on a real table: order, roles, two persons, reasons, clocks, stale pages, and what is left behind."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, ClassVar, cast

import pytest
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, connection, models, transaction
from pytest_django import Settings

from jieti.accounts.models import User
from jieti.audit.actions import record
from jieti.audit.models import Event
from jieti.domain.holiday_notices import Notice
from jieti.domain.workflows import WORKFLOWS
from jieti.domain.workflows.table import parts_of
from jieti.domain.working_days import WorkingDays
from jieti.kit import clock
from jieti.kit.advance import Desk, notices_with_us
from jieti.kit.cases import Case, CaseQuerySet, CaseStep, Urgency, reannounce
from jieti.kit.errors import Refusal
from rulecore.source import load_rulebook
from tests.factories.accounts import make_user
from tests.rulebooks.files import DEMO, HUAIROU

PROCEDURE = load_rulebook(HUAIROU).procedure
RECOGNITION = WORKFLOWS["recognition"].switched(parts_of(PROCEDURE, path="self"))
WEDNESDAY = date(2026, 7, 1)


class Matter(Case):
    """A case with one column of its own."""

    about = models.CharField(max_length=40, default="")

    objects = CaseQuerySet["Matter"].as_manager()

    class Meta(Case.Meta):
        app_label = "kit_tests"


class MatterStep(CaseStep):
    """Its steps."""

    case = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="steps")

    objects: ClassVar[models.Manager["MatterStep"]] = models.Manager()

    class Meta(CaseStep.Meta):
        app_label = "kit_tests"


def named(*names: str) -> Callable[[AbstractBaseUser, Matter], bool]:
    return lambda user, _: user.get_username() in names


OFFICERS = named("ann", "ben")
MAY = {
    "appellant": named("owner"),
    "proprietor": named("owner"),
    "acceptor": named("clerk"),
    "verifier": OFFICERS,
    "reviewer": OFFICERS,
    "visitor": OFFICERS,
    "decider": OFFICERS,
}


def desk(**changes: object) -> Desk[Matter]:
    usual: dict[str, object] = {
        "model": Matter,
        "steps": MatterStep,
        "workflow": lambda _: WORKFLOWS["objection"],
        "procedure": lambda _: PROCEDURE,
        "may": MAY,
        "record": record,
        "audited": frozenset({"about"}),
    }
    return Desk(**{**usual, **changes})  # type: ignore[arg-type]


APPEALS = desk()
CAMPAIGN = desk(workflow=lambda _: RECOGNITION)


@pytest.fixture(autouse=True)
def simulation(settings: Settings) -> None:
    settings.SIMULATED_CLOCK = True


@pytest.fixture
def tables(db: None) -> Iterator[None]:
    """The tables of the models above, for one test."""
    with connection.schema_editor() as editor:
        editor.create_model(Matter)
        editor.create_model(MatterStep)
    yield
    if connection.in_atomic_block:  # the test's transaction takes them back
        return
    with connection.schema_editor() as editor:
        editor.delete_model(MatterStep)
        editor.delete_model(Matter)


@pytest.fixture
def people(tables: None) -> Mapping[str, User]:
    return {name: make_user(name) for name in ("owner", "clerk", "ann", "ben", "stranger")}


def on(day: date) -> AbstractContextManager[None]:
    return clock.at(day)


def filed(people: Mapping[str, User], day: date = WEDNESDAY) -> Matter:
    with on(day):
        matter = Matter(year=2026, owner="district_regulator", about="甲店")
        return APPEALS.open(matter, "file", by=people["owner"], reason="雇员人数不对")


def take(matter: Matter, step: str, by: User | None, day: date, at: Desk[Matter] = APPEALS, **more: object) -> Matter:
    with on(day):
        given = {"reason": "见附件", "version": matter.version, **more}
        return at.advance(matter, step, by=by, **given)  # type: ignore[arg-type]


def verifying(people: Mapping[str, User], day: date = WEDNESDAY) -> Matter:
    accepted = take(filed(people, day), "accept", people["clerk"], day)
    return take(accepted, "verify", people["ann"], day)


def test_opening_sets_state_deadline_and_history(people: Mapping[str, User]) -> None:
    matter = filed(people)
    assert (matter.state, matter.version, matter.opened_on, matter.closed_on) == ("filed", 1, WEDNESDAY, None)
    assert matter.due_earliest == matter.due_latest == date(2026, 7, 8)
    assert matter.deadline_clause == "附件一(二)3（参照个体工商户年度报告暂行办法第十九条）"
    (step,) = MatterStep.objects.filter(case=matter)
    assert (step.number, step.step, step.source, step.target, step.by) == (1, "file", "", "filed", people["owner"])
    assert (step.reason, step.late, step.due_latest) == ("雇员人数不对", False, date(2026, 7, 8))


def test_a_case_is_opened_once(people: Mapping[str, User]) -> None:
    matter = filed(people)
    with pytest.raises(Refusal, match="已经提出过"), on(WEDNESDAY):
        APPEALS.open(matter, "file", by=people["owner"], reason="又一次")
    with pytest.raises(Refusal, match="已经提出过"), on(WEDNESDAY):
        APPEALS.open(Matter(year=2026, owner="x"), "accept", by=people["clerk"])


def test_the_whole_way_of_an_upheld_objection(people: Mapping[str, User]) -> None:
    matter = verifying(people)
    assert matter.due_latest == date(2026, 7, 29)
    matter = take(matter, "conclude", people["ann"], date(2026, 7, 20))
    matter = take(matter, "uphold", people["ben"], date(2026, 7, 21))
    assert matter.due_latest == date(2026, 7, 28)
    matter = take(matter, "correct", people["ann"], date(2026, 7, 22), about="乙店")
    assert matter.about == "乙店"
    matter = take(matter, "reply", people["clerk"], date(2026, 7, 22))
    assert (matter.state, matter.closed_on, matter.due_latest) == ("replied", date(2026, 7, 22), None)
    assert [one.number for one in MatterStep.objects.filter(case=matter)] == list(range(1, 8))
    assert Matter.objects.open().count() == 0


def test_the_record_tells_before_and_after(people: Mapping[str, User]) -> None:
    matter = take(filed(people), "accept", people["clerk"], WEDNESDAY)
    event = Event.objects.get(verb="objection.accept")
    assert (event.subject, event.clause, event.actor) == (f"matter:{matter.pk}", "附件一(二)3", "clerk")
    assert event.before == {
        "state": "filed", "version": 1, "owner": "district_regulator", "due_earliest": "2026-07-08",
        "due_latest": "2026-07-08", "clock_left": None, "about": "甲店",
    }  # fmt: skip
    assert event.after is not None
    assert (event.after["state"], event.after["due_latest"]) == ("accepted", "2026-07-29")


def test_a_step_out_of_order_says_what_can_be_done(people: Mapping[str, User]) -> None:
    with pytest.raises(Refusal) as refusal:
        take(filed(people), "uphold", people["ann"], WEDNESDAY)
    assert refusal.value.message == "现在的状态是“已提出”，不能办理“决定异议成立”。"
    assert refusal.value.what_to_do == "现在可以办理：“受理”、“不予受理”、“撤回异议”。"


def test_a_step_that_does_not_exist_is_refused(people: Mapping[str, User]) -> None:
    with pytest.raises(Refusal, match="没有要办的这一步"):
        take(filed(people), "burn", people["ann"], WEDNESDAY)


def test_a_closed_case_is_closed(people: Mapping[str, User]) -> None:
    matter = take(filed(people), "withdraw", people["owner"], WEDNESDAY)
    with pytest.raises(Refusal) as refusal:
        take(matter, "accept", people["clerk"], WEDNESDAY)
    assert refusal.value.what_to_do == "这件事已经办结，不能再办。"


def test_a_second_click_and_a_stale_page_are_refused(people: Mapping[str, User]) -> None:
    matter = filed(people)
    take(matter, "accept", people["clerk"], WEDNESDAY)
    with pytest.raises(Refusal) as refusal:
        take(matter, "accept", people["clerk"], WEDNESDAY, version=1)
    assert refusal.value.message == "打开这一页以后，这件事已经办过“受理”。"
    assert "刷新" in refusal.value.what_to_do
    assert Event.objects.filter(verb="objection.accept").count() == 1


@pytest.mark.parametrize("who", ["stranger", "owner", "ann"])
def test_only_the_role_may(people: Mapping[str, User], who: str) -> None:
    matter = filed(people)
    with pytest.raises(Refusal, match="这一步由受理人员办理"):
        take(matter, "accept", people[who], WEDNESDAY)
    matter.refresh_from_db()
    assert (matter.state, matter.version) == ("filed", 1)
    assert not Event.objects.filter(verb="objection.accept").exists()


def test_a_role_without_an_answer_may_not(people: Mapping[str, User]) -> None:
    mute = desk(may={})
    with pytest.raises(Refusal, match="不能办理"):
        take(filed(people), "accept", people["clerk"], WEDNESDAY, at=mute)


def test_a_person_does_not_act_for_the_system_nor_it_for_a_person(people: Mapping[str, User]) -> None:
    with pytest.raises(Refusal):
        take(filed(people), "accept", None, WEDNESDAY)
    with on(date(2026, 8, 11)):
        draft = CAMPAIGN.open(Matter(year=2026, owner="x"), "draft", by=people["owner"])
    with pytest.raises(Refusal, match="由系统办理"):
        take(draft, "lapse", people["owner"], date(2026, 12, 1), at=CAMPAIGN)
    lapsed = take(draft, "lapse", None, date(2026, 12, 1), at=CAMPAIGN)
    assert MatterStep.objects.get(case=lapsed, step="lapse").by is None


def test_two_persons_means_two(people: Mapping[str, User]) -> None:
    matter = take(verifying(people), "conclude", people["ann"], WEDNESDAY)
    with pytest.raises(Refusal, match="须由另一人办理"):
        take(matter, "uphold", people["ann"], WEDNESDAY)
    assert take(matter, "uphold", people["ben"], WEDNESDAY).state == "upheld"


def test_a_case_sent_back_remembers_its_first_person(people: Mapping[str, User]) -> None:
    matter = take(verifying(people), "conclude", people["ann"], WEDNESDAY)
    matter = take(matter, "send_back", people["ben"], WEDNESDAY)
    matter = take(matter, "conclude", people["ben"], WEDNESDAY)
    for name in ("ann", "ben"):
        with pytest.raises(Refusal, match="须由另一人办理"):
            take(matter, "refuse", people[name], WEDNESDAY)


def test_a_reason_is_not_blank(people: Mapping[str, User]) -> None:
    with pytest.raises(Refusal, match="必须写明理由"):
        take(filed(people), "not_accept", people["clerk"], WEDNESDAY, reason=" \n")


def test_offers_are_what_the_person_may_do_now(people: Mapping[str, User]) -> None:
    matter = take(verifying(people), "conclude", people["ann"], WEDNESDAY)
    offered = {name: [step.key for step in APPEALS.offers(matter, by=user)] for name, user in people.items()}
    assert offered == {
        "owner": ["withdraw"], "clerk": [], "ann": [], "ben": ["send_back", "uphold", "refuse"], "stranger": [],
    }  # fmt: skip


def test_waiting_for_evidence_stops_the_clock(people: Mapping[str, User]) -> None:
    matter = verifying(people)
    matter = take(matter, "ask_evidence", people["ann"], date(2026, 7, 8))
    assert (matter.clock_stopped_on, matter.clock_left) == (date(2026, 7, 8), 15)
    assert matter.due_latest == date(2026, 7, 22)
    matter = take(matter, "supply_evidence", people["owner"], date(2026, 7, 17))
    assert (matter.clock_stopped_on, matter.clock_left, matter.clock_clause) == (None, None, "")
    assert matter.due_latest == date(2026, 8, 7)
    assert "第十九条" in matter.deadline_clause


def test_waiting_ends_only_after_its_own_deadline(people: Mapping[str, User]) -> None:
    matter = take(verifying(people), "ask_evidence", people["ann"], date(2026, 7, 8))
    with pytest.raises(Refusal, match=r"2026-07-22.*未满"):
        take(matter, "end_waiting", people["ann"], date(2026, 7, 22))
    with on(date(2026, 7, 22)):
        assert "end_waiting" not in [step.key for step in APPEALS.offers(matter, by=people["ann"])]
    matter = take(matter, "end_waiting", people["ann"], date(2026, 7, 23))
    assert matter.due_latest == date(2026, 8, 13)


def test_stopping_a_late_clock_does_not_cure_it(people: Mapping[str, User]) -> None:
    matter = take(verifying(people), "ask_evidence", people["ann"], date(2026, 8, 3))
    assert matter.clock_left == 0
    assert MatterStep.objects.get(case=matter, step="ask_evidence").late is True
    matter = take(matter, "supply_evidence", people["owner"], date(2026, 8, 5))
    assert matter.due_latest == date(2026, 8, 5)


def test_withdrawing_while_the_clock_is_stopped_closes_the_case(people: Mapping[str, User]) -> None:
    matter = take(verifying(people), "ask_evidence", people["ann"], date(2026, 7, 8))
    matter = take(matter, "withdraw", people["owner"], date(2026, 7, 9))
    assert (matter.closed_on, matter.clock_stopped_on, matter.clock_left) == (date(2026, 7, 9), None, None)


def test_a_stopped_clock_does_not_move_the_end_of_the_campaign(people: Mapping[str, User]) -> None:
    with on(date(2026, 8, 11)):
        matter = CAMPAIGN.open(Matter(year=2026, owner="district_regulator"), "draft", by=people["owner"])
    assert (matter.due_latest, matter.due_start) == (date(2026, 11, 30), None)
    for step, name in (("submit", "owner"), ("accept", "clerk"), ("review", "ann"), ("ask_evidence", "ann")):
        matter = take(matter, step, people[name], date(2026, 8, 12), at=CAMPAIGN)
    assert (matter.clock_until, matter.clock_left) == (date(2026, 11, 30), None)
    matter = take(matter, "supply_evidence", people["owner"], date(2026, 8, 20), at=CAMPAIGN)
    assert (matter.due_latest, matter.clock_until) == (date(2026, 11, 30), None)


def test_notice_runs_its_whole_length_before_the_decision(people: Mapping[str, User]) -> None:
    with on(date(2026, 8, 11)):
        matter = CAMPAIGN.open(Matter(year=2026, owner="district_regulator"), "draft", by=people["owner"])
    way = (
        ("submit", "owner"), ("accept", "clerk"), ("review", "ann"), ("pass_to_visit", "ann"), ("record_visit", "ann"),
        ("propose", "ann"), ("give_notice", "ben"),
    )  # fmt: skip
    for step, name in way:
        matter = take(matter, step, people[name], date(2026, 9, 18), at=CAMPAIGN)
    assert matter.due_latest == date(2026, 9, 24)  # Sunday the 20th is worked
    with pytest.raises(Refusal, match="未满"):
        take(matter, "end_notice", people["clerk"], date(2026, 9, 24), at=CAMPAIGN)
    matter = take(matter, "end_notice", people["clerk"], date(2026, 9, 25), at=CAMPAIGN)
    assert MatterStep.objects.get(case=matter, step="end_notice").late is False, "its first day"
    with pytest.raises(Refusal, match="须由另一人办理"):
        take(matter, "recognise", people["ann"], date(2026, 9, 28), at=CAMPAIGN)
    assert take(matter, "recognise", people["ben"], date(2026, 9, 28), at=CAMPAIGN).state == "recognised"


def test_a_given_day_is_the_deadline(people: Mapping[str, User]) -> None:
    extensions = desk(workflow=lambda _: WORKFLOWS["extension"])
    with on(date(2026, 11, 26)):
        matter = Matter(year=2026, owner="district_regulator")
        opened = extensions.open(matter, "open_by_calendar", by=None, due_on=date(2027, 11, 25))
        assert opened.due_latest == date(2027, 11, 25)
        with pytest.raises(TypeError, match="due_on"):
            extensions.open(Matter(year=2026, owner="x"), "open_by_calendar", by=None)


def test_a_guard_refuses_and_nothing_is_written(people: Mapping[str, User]) -> None:
    def closed(matter: Matter, data: Mapping[str, object]) -> None:
        raise Refusal(f"{matter.state}：受理窗口已关闭。", what_to_do="请于次年再提。")

    matter = filed(people)
    with pytest.raises(Refusal, match="filed：受理窗口已关闭"):
        take(matter, "accept", people["clerk"], WEDNESDAY, at=desk(guards={"accept": closed}))
    matter.refresh_from_db()
    assert (matter.state, MatterStep.objects.filter(case=matter).count()) == ("filed", 1)


def test_a_recorder_that_fails_takes_the_step_back(people: Mapping[str, User]) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError

    matter = filed(people)
    with pytest.raises(RuntimeError):
        take(matter, "accept", people["clerk"], WEDNESDAY, at=desk(record=broken))
    matter.refresh_from_db()
    assert (matter.state, matter.version, MatterStep.objects.count()) == ("filed", 1, 1)


@pytest.mark.parametrize("name", ["state", "opened_on", "due_latest", "id", "colour", "owner_"])
def test_a_step_writes_no_column_that_is_not_the_apps(people: Mapping[str, User], name: str) -> None:
    with pytest.raises(TypeError):
        take(filed(people), "accept", people["clerk"], WEDNESDAY, **cast("Any", {name: "x"}))


def test_a_case_is_handed_over(people: Mapping[str, User]) -> None:
    matter = take(verifying(people), "consult", people["ann"], WEDNESDAY, owner="tax_bureau")
    assert matter.owner == "tax_bureau"
    assert MatterStep.objects.get(case=matter, step="consult").owner == "tax_bureau"


def test_a_rulebook_without_the_limit_is_named(people: Mapping[str, User]) -> None:
    other = desk(procedure=lambda _: load_rulebook(DEMO).procedure)
    with pytest.raises(Refusal, match="objection_decide"):
        take(filed(people), "accept", people["clerk"], WEDNESDAY, at=other)


def test_overdue_and_perhaps_overdue(people: Mapping[str, User]) -> None:
    matter = filed(people, date(2027, 9, 1))
    assert matter.due_provisional
    assert matter.due_earliest is not None
    assert matter.due_latest is not None
    assert "暂定" in matter.due_text
    days = (matter.due_earliest, matter.due_latest, matter.due_latest + timedelta(days=1))
    assert [matter.is_late(day) for day in days] == [False, None, True]
    assert [Matter.objects.overdue(day).count() for day in days] == [0, 0, 1]
    assert [Matter.objects.perhaps_overdue(day).count() for day in days] == [0, 1, 0]
    assert [matter.urgency(day) for day in days] == [Urgency.DUE_SOON, None, Urgency.OVERDUE]


@pytest.mark.parametrize(
    ("before", "said"), [(3, None), (2, Urgency.DUE_SOON), (0, Urgency.DUE_SOON), (-1, Urgency.OVERDUE)]
)
def test_a_deadline_is_near_two_days_before_it(people: Mapping[str, User], before: int, said: Urgency | None) -> None:
    matter = filed(people)
    due = matter.due_earliest
    assert due is not None
    assert due == matter.due_latest
    assert matter.urgency(due - timedelta(days=before)) is said


def test_what_is_closed_is_never_urgent(people: Mapping[str, User]) -> None:
    matter = filed(people)
    due = matter.due_latest
    assert due is not None
    matter.set_day(None, "")
    assert matter.urgency(due + timedelta(days=9)) is None


def test_a_loaded_notice_announces_deadlines_anew(people: Mapping[str, User]) -> None:
    waiting, definite = filed(people, date(2027, 9, 1)), filed(people)
    notice = Notice(2027, "示例", date(2026, 11, 20), "", "", MappingProxyType({date(2027, 9, 5): True}))
    loaded = WorkingDays((*notices_with_us().notices, notice))
    assert reannounce(Matter.objects.all(), notices_with_us()) == []
    assert reannounce(Matter.objects.all(), loaded) == [waiting]
    waiting.refresh_from_db()
    assert (waiting.due_earliest, waiting.due_latest, waiting.due_provisional) == (date(2027, 9, 7),) * 2 + (False,)
    assert waiting.deadline_clause == definite.deadline_clause
    assert reannounce(Matter.objects.all(), loaded) == []


@pytest.mark.parametrize(
    "nonsense",
    [
        {"owner": ""},
        {"state": ""},
        {"due_earliest": None, "due_latest": None},
        {"closed_on": date(2026, 7, 2)},
        {"due_earliest": date(2026, 9, 9)},
        {"clock_left": 3},
        {"clock_stopped_on": date(2026, 7, 2)},
    ],
)
def test_the_database_refuses_nonsense(people: Mapping[str, User], nonsense: Mapping[str, object]) -> None:
    matter = filed(people)
    with pytest.raises(IntegrityError), transaction.atomic():
        Matter.objects.filter(pk=matter.pk).update(**nonsense)


@pytest.mark.django_db(transaction=True)
def test_of_eight_clicks_at_once_one_counts(people: Mapping[str, User]) -> None:
    matter = filed(people)
    barrier, outcomes = threading.Barrier(8), list[str]()

    def click(step: str) -> None:
        try:
            barrier.wait(timeout=30)
            take(matter, step, people["clerk"], WEDNESDAY)
            outcomes.append("done")
        except Refusal:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=(step,)) for step in ("accept", "not_accept") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", *["refused"] * 7]
    matter.refresh_from_db()
    assert matter.version == 2
    assert [step.number for step in MatterStep.objects.filter(case=matter)] == [1, 2]
    assert Event.objects.filter(subject=f"matter:{matter.pk}").count() == 2
