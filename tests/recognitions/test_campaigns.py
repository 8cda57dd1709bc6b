"""The campaign opens after the July results, within its phase; what it rests on is frozen; what is late is listed."""

from datetime import date, timedelta

import pytest

from jieti.determinations.models import Run
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions import filing
from jieti.recognitions.campaigns import (
    comparison_of,
    countdown,
    current_campaign,
    demand_open,
    open_campaign,
    overdue,
    undecided,
)
from jieti.recognitions.models import Campaign
from tests.factories.accounts import make_jurisdiction
from tests.factories.recognitions import make_application, make_published_run
from tests.recognitions.intake import Intake


@pytest.fixture
def unopened(intake: Intake) -> Intake:
    intake.campaign.delete()
    return intake


def _open(intake: Intake, year: int = 2026) -> Campaign:
    return open_campaign(by=intake.approver, jurisdiction=make_jurisdiction(), year=year)


@pytest.mark.clause("附件三(二)1.a")
def test_it_opens_only_when_the_results_are_published(unopened: Intake) -> None:
    Run.objects.all().update(status=Run.Status.DONE, published_by=None, published_at=None)
    with pytest.raises(Refusal, match="还没有公布") as refused:
        _open(unopened)
    assert "集中判定" in refused.value.what_to_do


def test_it_opens_within_the_phase_and_freezes_the_base(unopened: Intake) -> None:
    with clock.at(date(2026, 8, 10)), pytest.raises(Refusal) as early:
        _open(unopened)
    assert "2026年8月11日" in early.value.what_to_do
    with clock.at(date(2026, 12, 1)), pytest.raises(Refusal, match="11月30日"):
        _open(unopened)
    with pytest.raises(Refusal, match="不能启动"):
        open_campaign(by=unopened.reviewer, jurisdiction=make_jurisdiction(), year=2026)
    one = _open(unopened)
    assert (one.base, one.ceiling, one.receipt) == (1039, 51, make_published_run(year=2026).merkle_root)
    assert (one.opens_on, one.closes_on) == (clock.today(), date(2026, 11, 30))
    assert sum(factor["weight"] for factor in one.factors) == 100
    with pytest.raises(Refusal, match="已经启动"):
        _open(unopened)


def test_weights_add_up(unopened: Intake) -> None:
    factors, rule = comparison_of(make_jurisdiction())
    factors[0]["weight"] += 1
    with pytest.raises(Refusal, match="101"):
        open_campaign(by=unopened.approver, jurisdiction=make_jurisdiction(), year=2026, factors=factors, tie_rule=rule)


@pytest.mark.clause("正文二(一)3.a")
def test_outside_its_days_nothing_is_taken_in(intake: Intake) -> None:
    with pytest.raises(Refusal, match="还没有开始") as early, clock.at(date(2026, 8, 10)):
        demand_open(intake.campaign, "application")
    assert "2026年8月11日" in early.value.what_to_do
    one = intake.drafted()
    with clock.at(date(2026, 12, 1)):
        with pytest.raises(Refusal, match="11月30日截止") as late:
            filing.submit(by=intake.proprietor, application=one, version=one.version)
        assert "内容会保留" in late.value.what_to_do
        kept = filing.save_draft(by=intake.proprietor, application=one, introduction="后来又补了几句")
        assert kept.introduction == "后来又补了几句"
        gone = filing.lapse(application=one)
        assert (gone.state, gone.introduction) == ("lapsed", "后来又补了几句")


def test_before_it_is_opened_the_day_or_step_is_named(unopened: Intake) -> None:
    with pytest.raises(Refusal, match="还没有启动") as refused:
        unopened.start()
    assert "启动以后" in refused.value.what_to_do
    with clock.at(date(2026, 12, 5)), pytest.raises(Refusal) as over:
        unopened.start()
    assert "2027年8月11日" in over.value.what_to_do
    assert current_campaign(make_jurisdiction()) is None


@pytest.mark.clause("正文二(一)3.b")
def test_whatever_is_undecided_on_the_first_of_december_is_overdue(intake: Intake) -> None:
    one = make_application(campaign=intake.campaign, state="deciding")
    draft = make_application(campaign=intake.campaign, state="draft")
    with clock.at(intake.campaign.closes_on):
        assert not overdue(intake.campaign).exists()
    with clock.at(intake.campaign.closes_on + timedelta(days=1)):
        assert list(overdue(intake.campaign)) == [one]
        late = {row.stage.key: row.is_late for row in countdown(intake.campaign)}
        assert late["recognition"]
        assert not late["review"]
    assert draft not in undecided(intake.campaign)
