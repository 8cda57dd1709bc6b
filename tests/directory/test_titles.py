"""The directory says of a business that its title is in force, from the day it is published to its last."""

from datetime import date, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from jieti.audit.models import Event
from jieti.directory.models import DirectoryEntry
from jieti.directory.titles import follow_titles
from jieti.kit import clock
from jieti.recognitions.models import Recognition
from jieti.registry.models import Business
from tests.factories.recognitions import make_recognition
from tests.web import district

DAY = timedelta(days=1)


@pytest.fixture
def title(db: None) -> Recognition:
    district.make_published()
    shop = Business.objects.get(pk=district.GROWTH)
    return make_recognition(business=shop, category="quality", published_at=clock.now())


def said() -> tuple[str, date | None]:
    entry = DirectoryEntry.objects.get(pk=district.GROWTH)
    return entry.category_label, entry.category_until


def test_a_title_shows_on_the_page_the_search_and_the_table(title: Recognition, client: Client) -> None:
    before = client.get(f"/business/{district.GROWTH}/")
    assert "优质类" not in before.content.decode()
    assert follow_titles(by=None) == 1
    page = client.get(f"/business/{district.GROWTH}/", headers={"If-None-Match": before["ETag"]})
    assert page.status_code == 200
    assert f"优质类</strong></p>\n      <p>认定编号{title.number}" in page.content.decode()
    found = client.get("/", {"category": "quality"}).content.decode()
    assert district.GROWTH in found
    assert district.SURVIVAL not in found
    assert district.GROWTH not in client.get("/", {"category": "emerging"}).content.decode()
    assert said() == ("优质", title.last_day)


def test_doing_it_again_changes_and_records_nothing(title: Recognition) -> None:
    assert follow_titles(by=None) == 1
    assert follow_titles(by=None) == 0
    assert Event.objects.filter(verb="directory.follow_titles").count() == 1


def test_a_title_that_is_not_published_is_not_shown(title: Recognition) -> None:
    Recognition.objects.update(published_at=None)
    assert follow_titles(by=None) == 0
    assert said() == ("", None)


def test_the_last_day_still_shows_and_the_day_after_does_not(title: Recognition, settings: Settings) -> None:
    settings.SIMULATED_CLOCK = True
    follow_titles(by=None)
    with clock.at(title.last_day):
        assert follow_titles(by=None) == 0
    with clock.at(title.last_day + DAY):
        assert follow_titles(by=None) == 1
    assert said() == ("", None)


def test_a_title_that_ended_is_gone_from_the_day_it_ended(title: Recognition) -> None:
    follow_titles(by=None)
    Recognition.objects.update(ended_on=clock.today(), end_kind="withdrawn")
    assert follow_titles(by=None) == 1
    assert said() == ("", None)
