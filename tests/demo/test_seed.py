"""The demonstration goes the whole path once, and a second start changes nothing."""

import datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from jieti.accounts.models import User
from jieti.audit.checking import verify
from jieti.audit.models import Event
from jieti.demo import seed
from jieti.demo.accounts import ACCOUNTS, SAMPLE_PASSWORD
from jieti.demo.showcase import GROWTH_USCC
from jieti.determinations.models import Result, Run
from jieti.directory.models import DirectoryEntry
from jieti.kit import clock
from jieti.registry.models import Delivery, Proprietorship
from jieti.rulebooks.catalogue import current_rulebook
from jieti.rulebooks.models import AnnualNorm

pytestmark = pytest.mark.django_db

BUSINESSES = 60


def silent(_stage: str, _percent: int) -> None:
    """Nobody watches."""


@pytest.fixture(autouse=True)
def in_november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.datetime(2026, 11, 22, 4, 0, tzinfo=datetime.UTC))


@pytest.fixture
def run() -> Run:
    return seed.prepare(businesses=BUSINESSES, tell=silent)


def test_the_whole_path(run: Run) -> None:
    assert (run.year, run.basis_date, run.status) == (2026, datetime.date(2026, 7, 1), Run.Status.PUBLISHED)
    assert {d.source_key for d in Delivery.objects.accepted()} == {*current_rulebook().sources_of(), "courts"}
    assert Result.objects.get(run=run, uscc=GROWTH_USCC).tier == "growth"
    assert DirectoryEntry.objects.get(uscc=GROWTH_USCC).tier == "growth"
    assert verify().broken is None


def test_the_norm_is_marked_as_sample_and_took_two_people(run: Run) -> None:
    norm = AnnualNorm.objects.get()
    assert norm.is_sample
    assert norm.proposed_by != norm.approved_by


def test_the_summary_names_every_account_and_its_password(run: Run) -> None:
    text = seed.summary("http://127.0.0.1:8000")
    assert SAMPLE_PASSWORD in text
    assert all(account.username in text for account in ACCOUNTS)
    for account in ACCOUNTS:
        assert User.objects.get(username=account.username).check_password(account.password)
    assert Proprietorship.objects.count() == len([account for account in ACCOUNTS if account.uscc])


def test_a_second_start_changes_nothing(run: Run) -> None:
    before = Event.objects.count()
    assert seed.prepare(businesses=BUSINESSES * 2, tell=silent).pk == run.pk
    assert Event.objects.count() == before


def test_an_interrupted_start_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(**_: object) -> Run:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(seed, "publish_run", interrupt)
        with pytest.raises(KeyboardInterrupt):
            seed.prepare(businesses=BUSINESSES, tell=silent)
    deliveries = Delivery.objects.count()
    assert seed.prepare(businesses=BUSINESSES, tell=silent).status == Run.Status.PUBLISHED
    assert Delivery.objects.count() == deliveries


def test_a_public_site_gets_no_sample_accounts(settings: Settings) -> None:
    settings.PUBLIC_HOSTS = ["jieti.example"]
    with pytest.raises(seed.DemoRefusedError, match="JIETI_HOSTS"):
        seed.prepare(businesses=BUSINESSES, tell=silent)
    assert not User.objects.exists()


def test_real_deliveries_are_left_alone(run: Run, outsider: User) -> None:
    Run.objects.update(kind=Run.Kind.SHADOW, status=Run.Status.DONE, published_at=None, published_by=None)
    Delivery.objects.update(received_by=outsider)
    with pytest.raises(seed.DemoRefusedError, match="real deliveries"):
        seed.prepare(businesses=BUSINESSES, tell=silent)


def test_half_written_files_are_written_again(data_dir: Path) -> None:
    half = data_dir / "demo" / f"2026-{BUSINESSES}"
    half.mkdir(parents=True)
    (half / "rubbish").write_text("half")
    assert seed.prepare(businesses=BUSINESSES, tell=silent).status == Run.Status.PUBLISHED
