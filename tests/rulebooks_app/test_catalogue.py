"""Which rulebook is in force, and that what once decided something can be read again."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from jieti.audit.models import Event
from jieti.rulebooks.actions import record_rulebook
from jieti.rulebooks.catalogue import current_rulebook, recent_rulebook, rulebook_of
from jieti.rulebooks.models import RulebookVersion
from rulecore.source import lineage

SENTENCE = "税务部门登记为一般纳税人。"


@pytest.fixture
def own_rulebooks(tmp_path: Path, settings: Settings) -> Path:
    """A copy of the rulebooks that the test may change; the jurisdiction's folder in it."""
    copy = tmp_path / "rulebooks"
    shutil.copytree(django_settings.RULEBOOKS_DIR, copy)
    settings.RULEBOOKS_DIR = copy
    return copy / django_settings.JURISDICTION / django_settings.EDITION


def amend(folder: Path) -> None:
    """Changes the text of the rulebook that the jurisdiction's extends."""
    file = lineage(folder)[-1] / "tiers.yaml"
    text = file.read_text(encoding="utf-8")
    assert SENTENCE in text
    file.write_text(text.replace(SENTENCE, "改了的一句。"), encoding="utf-8")


def test_the_rulebook_is_read_once_until_a_file_changes(own_rulebooks: Path) -> None:
    first = current_rulebook()
    assert current_rulebook() is first
    amend(own_rulebooks)
    assert current_rulebook().sha256 != first.sha256
    assert current_rulebook().criteria["general_taxpayer"].sentence == "改了的一句。"


def test_what_pages_say_of_the_site_may_be_a_moment_old(own_rulebooks: Path, settings: Settings) -> None:
    settings.KEPT_PAGES_SECONDS = 3600
    first = recent_rulebook()
    amend(own_rulebooks)
    assert recent_rulebook() is first
    assert current_rulebook().sha256 != first.sha256
    settings.KEPT_PAGES_SECONDS = 0
    assert recent_rulebook() is current_rulebook()


@pytest.mark.django_db
def test_a_version_is_recorded_once() -> None:
    version = record_rulebook(by=None)
    assert record_rulebook(by=None) == version
    assert version.document["number"] == "怀市监发〔2024〕41号"
    assert version.document["issued_on"] == "2024-11-18"
    assert Event.objects.filter(verb="rulebooks.record").count() == 1


@pytest.mark.django_db
def test_a_recorded_version_can_be_read_after_the_files_changed(own_rulebooks: Path) -> None:
    version = record_rulebook(by=None)
    assert rulebook_of(version) is current_rulebook()
    amend(own_rulebooks)
    old = rulebook_of(version)
    assert old.sha256 == version.sha256
    assert old.criteria["general_taxpayer"].sentence == SENTENCE
    assert record_rulebook(by=None) != version
    assert RulebookVersion.objects.count() == 2
