"""Duties that come from measures: one for each version that is a duty, over when the measure is."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from jieti.accounts.models import Jurisdiction, Organisation
from jieti.engagement import duties, reminding
from jieti.engagement.models import Duty
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.measures.authoring import bring_up, draft, publish, retire, submit
from jieti.measures.models import Measure, Strength
from jieti.notices.models import Notice
from jieti.rulebooks.actions import load_site
from jieti.supervision.obligations import follow
from tests.measures import shops

DAY = timedelta(days=1)
CLOSED = ("dropped", "closed")


@pytest.fixture
def home(db: None, settings: Settings) -> Jurisdiction:
    """A district with its bodies and no measures."""
    settings.SIMULATED_CLOCK = True
    return load_site(by=None)


def duty_of(measure: Measure, version: int = 1) -> Duty:
    return Duty.objects.get(measure=measure.key, measure_version=version)


@pytest.mark.clause("正文二(三)7.c")
def test_a_measure_that_must_be_carried_out_gives_its_body_one_duty(home: Jurisdiction) -> None:
    measure = shops.published()
    assert follow(home) == 1
    assert follow(home) == 0
    duty = Duty.objects.get()
    assert (duty.responsible.key, duty.owner, duty.state) == (shops.LABOUR, shops.LABOUR, "assigned")
    assert (duty.measure, duty.measure_version) == (measure.key, 1)
    assert duty.due_latest == measure.versions.get().ends_on
    assert (duty.title, duty.clause) == ("落实措施：社会保险补贴", "正文二(三)6")
    assert duty.steps.get().step == "arise"
    told = Notice.objects.get(kind="service_task")
    assert told.organisation == duty.responsible


def last_reason(duty: Duty) -> str:
    return duty.steps.latest("number").reason


def test_without_a_last_day_it_is_due_by_the_rulebook(home: Jurisdiction) -> None:
    shops.published(ends_on=None, validity_definite=False)
    follow(home)
    due = Duty.objects.get().due_latest
    assert due is not None
    assert clock.today() + 90 * DAY <= due <= clock.today() + 105 * DAY


@pytest.mark.parametrize("strength", [one for one in Strength.values if one != Strength.DUTY])
def test_what_is_no_duty_gives_none(home: Jurisdiction, strength: str) -> None:
    shops.published(strength=strength)
    assert follow(home) == 0


def test_the_loaded_measures_of_single_bodies_give_duties_and_those_of_all_do_not(home: Jurisdiction) -> None:
    shops.load()
    follow(home)
    given = set(Duty.objects.values_list("measure", flat=True))
    single = set(Organisation.objects.filter(jurisdiction=home).values_list("key", flat=True))
    expected = {one.key for one in Measure.objects.of(home) if one.is_binding and one.lead in single}
    assert given == expected
    assert "S2b" not in given
    assert "BK1" not in given


def test_it_lapses_when_the_measure_is_retired(home: Jurisdiction) -> None:
    measure = shops.published()
    follow(home)
    retire(by=shops.approver(), measure=measure, reason="文件废止")
    assert follow(home) == 1
    assert follow(home) == 0
    duty = Duty.objects.get()
    assert (duty.state, duty.closed_on) == ("dropped", clock.today())
    assert last_reason(duty) == "措施已废止：文件废止"
    with pytest.raises(Refusal):
        duties.report(by=shops.approver(), duty=duty, version=duty.version, words="已办")


def test_what_was_reported_keeps_waiting_for_its_reply(home: Jurisdiction) -> None:
    measure = shops.published()
    follow(home)
    Duty.objects.update(state="reported", report="已发放12户")
    retire(by=shops.approver(), measure=measure, reason="文件废止")
    assert follow(home) == 0
    assert Duty.objects.get().state == "reported"


def test_a_last_day_that_passes_makes_it_late_not_void(home: Jurisdiction) -> None:
    shops.published(ends_on=clock.today() + 30 * DAY)
    follow(home)
    with clock.at(clock.today() + 31 * DAY):
        bring_up(jurisdiction=home)
        assert Measure.objects.get().retired_on is not None
        assert follow(home) == 0
        reminding.remind()
        assert Duty.objects.get().state == "escalated"


def test_the_next_version_takes_the_duty_over(home: Jurisdiction) -> None:
    first = shops.published(ends_on=None, validity_definite=False)
    follow(home)
    with clock.at(clock.today() + 10 * DAY):
        begins = clock.today() + 5 * DAY
        content = shops.content(starts_on=begins, ends_on=None, validity_definite=False, title="社会保险补贴和培训")
        body = shops.labour()
        version = draft(by=shops.author(), jurisdiction=home, organisation=body, content=content, measure=first)
        publish(by=shops.approver(), version=submit(by=shops.author(), version=version))
        assert follow(home) == 1
        assert {one.state for one in Duty.objects.all()} == {"assigned"}
    with clock.at(clock.today() + 15 * DAY):
        assert follow(home) == 1
        assert duty_of(first).state == "dropped"
        assert last_reason(duty_of(first)) == "措施已由第2版替代。"
        assert duty_of(first, 2).state == "assigned"


def test_what_was_late_before_the_next_version_stays_late(home: Jurisdiction) -> None:
    first = shops.published(ends_on=None, validity_definite=False)
    follow(home)
    with clock.at(clock.today() + 150 * DAY):
        shops.published(first, starts_on=clock.today(), ends_on=None, validity_definite=False)
        assert follow(home) == 1
        assert duty_of(first).state == "assigned"


def test_a_duty_that_people_assigned_is_left_alone(home: Jurisdiction) -> None:
    measure = shops.published(strength="support")
    task = duties.Task("落实", "一周内", clock.today() + 7 * DAY, measure=measure.key)
    duties.assign(by=shops.approver(), jurisdiction=home, responsible=shops.labour(), task=task)
    retire(by=shops.approver(), measure=measure, reason="文件废止")
    assert follow(home) == 0
    assert Duty.objects.get().state not in CLOSED
