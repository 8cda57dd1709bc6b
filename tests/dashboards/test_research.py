"""The export for research: nobody can be told from four others, by any column or all."""

import csv
import io
from collections import Counter

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieti.accounts.models import Jurisdiction, Role
from jieti.audit.models import Event
from jieti.dashboards.actions import export_for_research
from jieti.dashboards.models import Snapshot
from jieti.dashboards.places import towns_of
from jieti.dashboards.research import ANY, COLUMNS, Raw, anonymous
from jieti.dashboards.suppression import LEAST
from jieti.kit.errors import Refusal
from jieti.registry.models import Business
from tests.factories.recognitions import officer

raws = st.builds(
    Raw,
    town=st.sampled_from(["雁栖镇", "怀柔镇", ""]),
    division=st.sampled_from(["62", "61", "52", "", "99"]),
    founded=st.one_of(st.none(), st.integers(1995, 2026)),
    tier=st.sampled_from(["survival", "growth", "pending"]),
    tier_before=st.sampled_from(["", "pending", "survival"]),
    status=st.sampled_from(["active", "deregistered", ""]),
)


@given(st.dictionaries(raws, st.integers(1, 9), max_size=60))
@settings(deadline=None)
def test_every_row_is_alike_for_at_least_five_and_nobody_is_lost(found: dict[Raw, int]) -> None:
    rows, left_out = anonymous(found)
    assert all(count >= LEAST for count in rows.values())
    assert sum(rows.values()) + left_out == sum(found.values())


@pytest.mark.django_db
def test_no_row_of_the_files_is_of_fewer_than_five(snapshot: Snapshot, home: Jurisdiction) -> None:
    reviewer = officer(Role.REVIEWER)
    export = export_for_research(by=reviewer, jurisdiction=home)
    written = list(csv.reader(io.StringIO(export.as_csv().removeprefix("\ufeff"))))
    assert written[0] == [column.heading for column in COLUMNS]
    alike = Counter({tuple(row[:-1]): int(row[-1]) for row in written[1:]})
    assert len(alike) == len(written) - 1 > 20
    assert min(alike.values()) >= LEAST
    assert export.left_out < export.told / 10
    kept = pq.read_table(io.BytesIO(export.as_parquet()))
    assert kept.column_names == [column.key for column in COLUMNS]
    assert sum(count or 0 for count in kept.column("businesses").to_pylist()) == export.told
    event = Event.objects.filter(verb="dashboards.export_research").get()
    assert event.detail["rows"] == len(export.rows)


@pytest.mark.django_db
def test_nothing_that_names_a_business_is_in_it(snapshot: Snapshot, home: Jurisdiction) -> None:
    text = export_for_research(by=officer(Role.REVIEWER), jurisdiction=home).as_csv()
    one = Business.objects.first()
    assert one is not None
    assert one.uscc not in text
    assert one.name not in text


@pytest.mark.django_db
def test_its_towns_stand_in_the_documents_order(snapshot: Snapshot, home: Jurisdiction) -> None:
    export = export_for_research(by=officer(Role.REVIEWER), jurisdiction=home)
    found = list(dict.fromkeys(profile.town for profile, _ in export.rows))
    ordered = [town.name for town in towns_of(home)]
    assert [town for town in found if town != ANY] == [town for town in ordered if town in found]


@pytest.mark.django_db
def test_before_the_first_publication_there_is_none(home: Jurisdiction) -> None:
    with pytest.raises(Refusal) as refused:
        export_for_research(by=officer(Role.REVIEWER), jurisdiction=home)
    assert refused.value.what_to_do
