"""What deliveries of the register change between two determinations: new businesses, names, deregistrations."""

import io

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from jieti.determinations.models import Result, Run
from jieti.directory.actions import enter_new_businesses, follow_register, publish_run, write_entries
from jieti.directory.models import DirectoryEntry, EntryYear, Publication
from jieti.directory.registering import queue_following
from jieti.directory.tasks import follow
from jieti.domain.uscc import compose
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.registry.models import Delivery
from tests.factories.deliveries import delivered
from tests.web import district

LATER = compose(division="110116", organisation="MA000091")
OLDER = compose(division="110116", organisation="MA000092")
FOUNDED = f"{district.YEAR}-08-03"


def register(people: district.People, *rows: str, **changes: str) -> Delivery:
    """The register once more, changed so."""
    text = district.REGISTRATION
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    file = io.BytesIO(("\n".join([*text.splitlines(), *rows]) + "\n").encode())
    delivery = delivered(
        by=people.clerk, source="registration", file=file, file_name="r.csv", as_of=clock.today(), reason="新设登记"
    )
    assert delivery.status == Delivery.Status.ACCEPTED, delivery.message
    return delivery


def new(uscc: str, founded: str, status: str = "登记在册") -> str:
    return f"{uscc},北京新设小店,{status},{founded},新人,某处,雁栖镇,5213,否"


@pytest.mark.clause("附件一(三)2(1).b")
def test_a_business_founded_since_is_survival_at_once(people: district.People, run: Run) -> None:
    delivery = register(people, new(LATER, FOUNDED), new(OLDER, f"{district.YEAR}-06-30"))
    assert enter_new_businesses(by=None, delivery=delivery) == 1
    entry = DirectoryEntry.objects.get(pk=LATER)
    assert (entry.tier, entry.possible, entry.year, entry.is_new) == ("survival", ["survival"], district.YEAR, True)
    assert (entry.industry, entry.initials, entry.status) == ("零售业", "bjxsxd", "active")
    (year,) = EntryYear.objects.of(LATER)
    assert (year.version, year.cause) == (1, f"registration:{delivery.pk}")
    assert not DirectoryEntry.objects.filter(pk=OLDER).exists()
    newest = Publication.objects.newest()
    assert newest is not None
    assert (newest.number, newest.entries, newest.cause) == (2, 7, f"registration:{delivery.pk}")


def test_doing_it_twice_changes_nothing(people: district.People, run: Run) -> None:
    delivery = register(people, new(LATER, FOUNDED))
    follow_register(by=None, delivery=delivery)
    assert follow_register(by=None, delivery=delivery) == 0
    assert enter_new_businesses(by=None, delivery=delivery) == 0
    assert Publication.objects.count() == 2


@pytest.mark.parametrize(
    ("founded", "status"), [(FOUNDED, "注销"), (str(district.YEAR + 1) + "-01-01", "登记在册"), ("", "登记在册")]
)
def test_who_is_not_entered(people: district.People, run: Run, founded: str, status: str) -> None:
    assert enter_new_businesses(by=None, delivery=register(people, new(LATER, founded, status))) == 0
    assert Publication.objects.count() == 1


def test_nothing_is_entered_before_anything_was_published(people: district.People) -> None:
    district.determined(people)
    assert enter_new_businesses(by=None, delivery=register(people, new(LATER, FOUNDED))) == 0
    assert not DirectoryEntry.objects.exists()


def test_other_deliveries_do_not_concern_the_directory(people: district.People, run: Run) -> None:
    delivery = district.deliver(people.clerk, "annual_reports", district.REPORTS.replace("654321", "654322"))
    assert follow_register(by=None, delivery=delivery) == 0


def test_names_and_states_follow_and_nothing_is_deleted(people: district.People, run: Run) -> None:
    changes = {"老王五金建材经营部,登记在册": "老王五金店,注销"}
    delivery = register(people, **changes)
    assert follow_register(by=None, delivery=delivery) == 1
    entry = DirectoryEntry.objects.get(pk=district.SURVIVAL)
    assert (entry.name, entry.status, entry.no_longer) == ("北京怀柔老王五金店", "deregistered", "已注销")
    assert (entry.tier, entry.search_name) == ("survival", "北京怀柔老王五金店")
    assert DirectoryEntry.objects.count() == 6


def test_the_task_follows_an_accepted_delivery(people: district.People, run: Run) -> None:
    delivery = register(people, new(LATER, FOUNDED))
    queue_following(delivery=delivery)
    job = ProcrastinateJob.objects.get(task_name="directory.follow_register")
    assert job.args == {"delivery_id": delivery.pk}
    follow(**job.args)
    assert DirectoryEntry.objects.filter(pk=LATER, is_new=True).exists()


def test_the_next_determination_judges_it_like_any(people: district.People, run: Run) -> None:
    """Entered in between, then part of a run of the same year: one year, no second version while the label holds."""
    follow_register(by=None, delivery=register(people, new(LATER, FOUNDED)))
    Result.objects.create(run=run, uscc=LATER, tier="growth", possible=["growth"], true_bits=0, unknown_bits=0)
    write_entries(run)
    entry = DirectoryEntry.objects.get(pk=LATER)
    assert (entry.tier, entry.is_new) == ("growth", False)
    assert [one.version for one in EntryYear.objects.of(LATER)] == [2, 1]
    assert EntryYear.objects.of(district.GROWTH).count() == 1


def test_an_older_run_does_not_overwrite_a_newer_year(people: district.People, run: Run) -> None:
    DirectoryEntry.objects.filter(pk=district.GROWTH).update(year=district.YEAR + 1, tier="development")
    write_entries(run)
    assert DirectoryEntry.objects.get(pk=district.GROWTH).tier == "development"


def test_publishing_is_for_two(people: district.People) -> None:
    run = district.determined(people)
    with pytest.raises(Refusal):
        publish_run(run=run, by=people.reviewer)
    assert not Publication.objects.exists()
    assert not EntryYear.objects.exists()
