"""Whole years played in small, and that a rehearsal finds what does not hold."""

import datetime
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from pytest_django import Settings
from typer.testing import CliRunner
from typer.testing import Result as Said

from jieti.accounts.models import Jurisdiction
from jieti.config.cli import app
from jieti.demo.rehearsal import FIRST_YEAR, Rehearsal
from jieti.demo.rehearsal_invariants import AUDIT, CHECKS, BrokenInvariantError, Invariants
from jieti.demo.rehearsal_population import Population
from jieti.demo.rehearsal_summary import Summary
from jieti.determinations.models import NationalExport, Result, Run
from jieti.directory.models import DirectoryEntry
from jieti.domain.terms import RegistrationStatus
from jieti.kit import clock
from jieti.notices.models import Notice
from jieti.registry.models import Delivery

BUSINESSES = 120


@pytest.fixture(autouse=True)
def simulated(settings: Settings) -> None:
    settings.SIMULATED_CLOCK = True


def quiet(stage: str, percent: int) -> None:
    """Tells nobody."""


@pytest.fixture
def played(db: None, tmp_path: Path) -> Rehearsal:
    found = Rehearsal(years=1, businesses=BUSINESSES, seed=5, folder=tmp_path / "files", tell=quiet)
    found.play()
    return found


def test_a_year(played: Rehearsal) -> None:
    run = Run.objects.main().get()
    assert (run.year, run.status) == (FIRST_YEAR, Run.Status.PUBLISHED)
    assert NationalExport.objects.get().sent_at is not None
    assert Delivery.objects.accepted().count() >= 8
    titles = {(group, title): number for group, title, number in played.summary.rows()}
    assert titles["演练", "过的天数"] > 30
    held = played.summary.checks
    assert set(held) == {*CHECKS, AUDIT}
    assert min(held.values()) == max(held.values()) > 30
    ended = [titles["异议", title] for title in ("异议成立", "异议不成立", "不予受理", "已撤回")]
    assert sum(ended) == titles["异议", "提出"] >= 5
    assert titles["异议", "没有办结"] == titles["更正", "涉及的分型结果：待处理"] == 0

    with clock.at(datetime.date(FIRST_YEAR + 1, 1, 15)):
        checks = Invariants(Jurisdiction.objects.site())
        checks.check(whole=True)
        entry = DirectoryEntry.objects.filter(tier="survival", is_new=False).order_by("uscc")[:1].get()
        DirectoryEntry.objects.filter(pk=entry.pk).update(tier="growth", possible=["growth"])
        with pytest.raises(BrokenInvariantError, match="名录"):
            checks.check()
        DirectoryEntry.objects.filter(pk=entry.pk).update(tier="survival", possible=["survival"])
        first = Result.objects.filter(run=run, version=1).order_by("uscc")[:1].get()
        Result.objects.filter(pk=first.pk).update(true_bits=first.true_bits ^ 1)
        with pytest.raises(BrokenInvariantError, match="默克尔根"):
            checks.check(whole=True)
    assert Notice.objects.exists()


def rehearse(monkeypatch: pytest.MonkeyPatch, folder: Path, play: Callable[[Rehearsal], Summary]) -> Said:
    """The command, on this test's database, with an outcome of our choice."""
    monkeypatch.setattr("jieti.demo.rehearsal_site.throw_away_site", lambda: nullcontext(folder))
    monkeypatch.setattr(Rehearsal, "play", play)
    return CliRunner().invoke(app, ["rehearse", "--years", "2", "--businesses", "60", "--seed", "9"])


def test_the_command_says_what_was_played_and_that_all_of_it_held(
    db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = rehearse(monkeypatch, tmp_path, lambda _: Summary(days=77, checks={"两人办理": 78}))
    assert said.exit_code == 0
    for part in ("演练2年，60户，种子9", "过的天数", "77", "检查结果：全部成立", "两人办理", "78"):
        assert part in said.stdout


def test_the_command_fails_with_the_day_and_what_did_not_hold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(_: Rehearsal) -> Summary:
        raise BrokenInvariantError(datetime.date(2026, 7, 1), "两人办理", "判定公布由一人办理")

    said = rehearse(monkeypatch, tmp_path, broken)
    assert said.exit_code == 1
    assert "2026-07-01 两人办理：判定公布由一人办理" in said.output
    assert "全部成立" not in said.output


def test_the_same_seed_is_the_same_district() -> None:
    basis = datetime.date(2026, 7, 1)
    first, second = (Population(60, 3, basis) for _ in range(2))
    for one in (first, second):
        one.settle(basis)
        one.welcome(basis, datetime.date(2026, 10, 1))
    assert first.now == second.now
    assert len({one.uscc for one in first.now}) == len(first.now) == 61


def test_whoever_has_ended_stays_ended() -> None:
    population = Population(400, 3, datetime.date(2025, 7, 1))
    population.settle(datetime.date(2025, 7, 1))
    ended = {one.uscc: one.status for one in population.now if one.status is not RegistrationStatus.ACTIVE}
    assert ended
    population.settle(datetime.date(2026, 7, 1))
    assert {one.uscc: one.status for one in population.now if one.uscc in ended} == ended


def test_a_file_that_was_cut_off(tmp_path: Path) -> None:
    population = Population(100, 3, datetime.date(2026, 7, 1))
    population.settle(datetime.date(2026, 7, 1))
    whole = population.write("annual_reports", tmp_path / "whole")
    cut = population.write("annual_reports", tmp_path / "cut", share=0.5)
    assert cut.stat().st_size < whole.stat().st_size
