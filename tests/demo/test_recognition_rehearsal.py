"""A year of recognitions played in small by the command itself, and that each thing that does not hold is found."""

import datetime
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import Settings
from typer.testing import CliRunner
from typer.testing import Result as Said

from jieti.accounts.models import Jurisdiction, Role
from jieti.config.cli import app
from jieti.demo.recognition_rehearsal import FIRST_YEAR, RecognitionRehearsal, Summary
from jieti.demo.recognition_rehearsal_invariants import CHECKS, Invariants
from jieti.demo.rehearsal_invariants import BrokenInvariantError
from jieti.kit import clock
from jieti.recognitions.ending import open_case
from jieti.recognitions.models import (
    Application,
    ApplicationStep,
    Campaign,
    Ending,
    NominationStep,
    PublicNotice,
    Recognition,
    Visit,
)
from tests.factories.recognitions import make_nomination, officer

BUSINESSES, SEED = 400, 5
EVENING = datetime.date(FIRST_YEAR + 1, 6, 30)
"""The last day of a rehearsal of one year."""
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def simulated(settings: Settings) -> None:
    settings.SIMULATED_CLOCK = True


def rehearse(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Said:
    """The command, on this test's database."""
    monkeypatch.setattr("jieti.demo.rehearsal_site.throw_away_site", lambda: nullcontext(folder))
    wanted = ["--years", "1", "--businesses", str(BUSINESSES), "--seed", str(SEED)]
    return CliRunner().invoke(app, ["rehearse-recognitions", *wanted])


def a_title() -> Recognition:
    """One in force."""
    found = Recognition.objects.unended().select_related("application", "business", "jurisdiction")
    return found.order_by("pk")[:1].get()


def of_one(**changes: object) -> None:
    Recognition.objects.filter(pk=a_title().pk).update(**changes)


def without_a_visit() -> None:
    of_one(path=Application.Path.SELF)
    Visit.objects.filter(application=a_title().application).update(sent_at=None)


def before_its_notice_was_over() -> None:
    one = a_title()
    PublicNotice.objects.filter(applications=one.application_id).update(closes_on=one.recognised_on)


def decided_by_who_proposed() -> None:
    steps = ApplicationStep.objects.filter(case=a_title().application_id)
    proposer = steps.get(step__in=("propose", "choose")).by
    steps.filter(step="recognise").update(by=proposer)


def over_the_ceiling() -> None:
    Campaign.objects.update(ceiling=0)
    of_one(recognised_on=EVENING)


def nominated_without_consent() -> None:
    made = make_nomination(state="drafted")
    NominationStep.objects.create(case=made, number=2, step="submit", target="submitted", owner=made.owner)


def applied_under_a_ban() -> None:
    one = a_title()
    ApplicationStep.objects.filter(case=one.application_id, number=1).update(step="submit")
    before = one.application.opened_on - DAY
    of_one(path=Application.Path.SELF, end_kind=Recognition.End.REVOKED, ended_on=before)


def ended_with_an_open_case() -> None:
    one = a_title()
    if not Ending.objects.open().filter(recognition=one).exists():
        reviewer = officer(Role.REVIEWER, jurisdiction=one.jurisdiction)
        open_case(by=reviewer, recognition=one, kind=Ending.Kind.WITHDRAWAL, reason="群众反映")
    of_one(end_kind=Recognition.End.WITHDRAWN, ended_on=EVENING)


OF_NEW_TITLES: dict[str, Callable[[], object]] = {
    "先走访后认定": without_a_visit,
    "先公示后决定": before_its_notice_was_over,
    "两人办理": decided_by_who_proposed,
    "日期准到日": lambda: of_one(last_day=a_title().last_day + DAY),
}
"""How what holds when a title is given can be broken."""
ANY_EVENING: dict[str, Callable[[], object]] = {
    "超过上限不新增": over_the_ceiling,
    "先同意后推荐": nominated_without_consent,
    "到期准到日": lambda: of_one(last_day=EVENING - DAY),
    "最后一年都启动评估": lambda: of_one(last_day=EVENING),
    "撤销5年内没有申报": applied_under_a_ban,
    "终止后没有未结的事": ended_with_an_open_case,
}
"""How what holds on every evening can be broken."""
BY_THE_DATABASE = {"一户一个有效认定", "每件事都有承办单位和期限"}
"""What its constraints keep as well, so that no test can break it."""


def test_a_year_by_the_command_and_everything_that_breaks_is_found(
    db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = rehearse(monkeypatch, tmp_path)
    assert said.exit_code == 0, said.output
    assert "公示期满" in said.stdout, said.stdout
    assert 0 < Recognition.objects.unended().count() <= Campaign.objects.get().ceiling
    assert set(CHECKS) - set(OF_NEW_TITLES) - set(ANY_EVENING) == BY_THE_DATABASE
    with clock.at(EVENING):
        evenings = Invariants(Jurisdiction.objects.site())
        evenings.check()
        for invariant, breaking in OF_NEW_TITLES.items():
            found = broken_by(breaking, Invariants(Jurisdiction.objects.site()))
            assert found.startswith(f"{EVENING} {invariant}："), f"{invariant}: {found}"
        for invariant, breaking in ANY_EVENING.items():
            found = broken_by(breaking, evenings)
            assert found.startswith(f"{EVENING} {invariant}："), f"{invariant}: {found}"
        evenings.check()
    the_command_fails(monkeypatch, tmp_path)


def broken_by(breaking: Callable[[], object], invariants: Invariants) -> str:
    """What the evening's check says of it; afterwards everything is as it was."""
    with transaction.atomic():
        breaking()
        try:
            invariants.check()
            found = ""
        except BrokenInvariantError as broken:
            found = str(broken)
        transaction.set_rollback(True)
    return found


def the_command_fails(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The same command over a broken site: the first thing that does not hold, and exit code 1."""

    def check(_: RecognitionRehearsal) -> Summary:
        with clock.at(EVENING):
            Invariants(Jurisdiction.objects.site()).check()
        return Summary()

    without_a_visit()
    monkeypatch.setattr(RecognitionRehearsal, "play", check)
    said = rehearse(monkeypatch, folder)
    assert said.exit_code == 1
    assert f"{EVENING} 先走访后认定：{a_title().number}没有走访就认定" in said.output.replace("\n", "")
