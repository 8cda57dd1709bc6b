"""A directory that was published before its history was kept gets both, as if they had been kept from the start."""

import io

import pytest
from django.core.management import call_command

from jieti.accounts.models import Jurisdiction
from jieti.audit.models import Event
from jieti.determinations.amending import amend_result
from jieti.determinations.models import Result
from jieti.directory import publications
from jieti.directory.actions import follow_results, republish
from jieti.directory.backfilling import Backfilled, backfill
from jieti.directory.models import DirectoryEntry, EntryYear, Publication
from rulecore.result import proves
from tests.web import district

History = list[tuple[str, int, int, str | None, list[str], str]]


@pytest.fixture
def people(db: None) -> district.People:
    found = district.make_people()
    district.published(found)
    return found


def amend(people: district.People, turnover: int, cause: str) -> None:
    result = Result.objects.latest_for(district.GROWTH)
    assert result is not None
    amend_result(by=people.approver, result=result, facts={"turnover": turnover}, cause=cause, clause="附件一(二)3.c")


def history() -> History:
    found = EntryYear.objects.order_by("uscc", "year", "version")
    return [(one.uscc, one.year, one.version, one.tier, list(one.possible), one.cause) for one in found]


def as_an_early_version_left_it() -> None:
    EntryYear.objects.all().delete()
    Publication.objects.all().delete()


def test_what_was_never_kept_comes_out_as_if_it_had_been(people: district.People) -> None:
    amend(people, 654_322, "objection:1")  # another reason, the same label: nothing went out
    amend(people, 3_000_000, "objection:2")
    republish(by=people.approver, uscc=district.GROWTH, cause="objection:2")
    kept, root = history(), Publication.objects.latest("number").merkle_root
    assert len(kept) == 7
    as_an_early_version_left_it()
    home = Jurisdiction.objects.site()
    assert backfill(by=None, jurisdiction=home) == Backfilled(7, is_published=True)
    assert history() == kept
    publication = Publication.objects.get()
    assert (publication.number, publication.merkle_root) == (1, root)
    for entry in DirectoryEntry.objects.all():
        proof = publications.prove(publication, entry.pk)
        assert proof is not None
        assert proves(proof, bytes.fromhex(root))
    days = {one.version: one.published_at for one in EntryYear.objects.of(district.GROWTH)}
    results = {one.version: one for one in Result.objects.filter(uscc=district.GROWTH).select_related("run")}
    assert days == {1: results[1].run.published_at, 2: results[3].decided_at}
    assert follow_results(by=None) == 0


def test_a_second_time_nothing_happens(people: district.People) -> None:
    as_an_early_version_left_it()
    home = Jurisdiction.objects.site()
    backfill(by=None, jurisdiction=home)
    kept = history()
    assert backfill(by=None, jurisdiction=home) == Backfilled(0, is_published=False)
    assert (history(), Publication.objects.count()) == (kept, 1)
    assert Event.objects.filter(verb="directory.backfill").count() == 1


def test_a_site_that_kept_its_history_is_left_alone(people: district.People) -> None:
    kept = history()
    assert backfill(by=None, jurisdiction=Jurisdiction.objects.site()) == Backfilled(0, is_published=False)
    assert history() == kept
    assert not Event.objects.filter(verb="directory.backfill").exists()


def test_an_entry_that_no_run_brought_has_a_year_as_well(people: district.People) -> None:
    entry = DirectoryEntry.objects.get(pk=district.GROWTH)
    EntryYear.objects.filter(uscc=entry.pk).delete()
    Result.objects.filter(uscc=entry.pk).delete()
    assert backfill(by=None, jurisdiction=entry.jurisdiction) == Backfilled(1, is_published=False)
    one = EntryYear.objects.get(uscc=entry.pk)
    assert (one.version, one.tier, one.published_at, one.cause) == (1, entry.tier, entry.published_at, "")


def test_the_command_tells_each_jurisdiction(people: district.People) -> None:
    as_an_early_version_left_it()
    out = io.StringIO()
    call_command("backfill_directory", stdout=out)
    assert "怀柔区：补记6条历年分型，名录已首次发布\n" in out.getvalue()
    call_command("backfill_directory", stdout=out)
    assert "怀柔区：补记0条历年分型\n" in out.getvalue()
