"""The picture: its numbers are the register's, small ones are hidden, towns stand in the document's order."""

import datetime
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jieti.accounts.models import Jurisdiction
from jieti.audit.models import Event
from jieti.dashboards import tasks
from jieti.dashboards.actions import follow, take_snapshot
from jieti.dashboards.counting import LABELS, MARKS
from jieti.dashboards.figures import Figure
from jieti.dashboards.models import Snapshot
from jieti.dashboards.places import tiles_of, towns_of
from jieti.dashboards.suppression import is_small
from jieti.determinations.models import Result, Run
from jieti.domain.townships import AREAS
from jieti.kit import clock
from jieti.recognitions.models import ApplicationStep
from jieti.registry.models import Business
from tests.dashboards.population import populate
from tests.factories.accounts import make_jurisdiction
from tests.factories.recognitions import make_application, make_campaign, make_published_run, make_recognition

pytestmark = pytest.mark.django_db


def counted(figure: Figure) -> list[int]:
    """The counts of a figure; percentages and years are no counts."""
    return [cell for row in figure.rows for cell in row[1:] if isinstance(cell, int)] if figure.unit == "户" else []


@pytest.mark.clause("正文一.c")
def test_the_three_aims_have_figures_with_definition_and_clause(snapshot: Snapshot) -> None:
    figures = snapshot.all_figures
    assert {"survival", "activity", "tiers", "towns"} <= figures.keys()
    assert all(figure.definition and figure.clause and figure.title for figure in figures.values())
    assert figures["survival"].rows[-1][0] == "中位存续"
    assert any(key.startswith("flow-") for key in figures)


def test_tiers_are_what_was_published(snapshot: Snapshot) -> None:
    run = Run.objects.published().order_by("-year").first()
    assert run is not None
    found = Counter(Result.objects.filter(run=run).values_list("tier", flat=True))
    row = snapshot.all_figures["tiers"].rows[-1]
    true = [found[None if mark == "pending" else mark] for mark in MARKS]
    assert row[0] == str(run.year)
    assert all(cell in (None, count) for cell, count in zip(row[1:-1], true, strict=True))
    assert row[-1] == sum(true)


def test_no_small_count_is_kept_anywhere(snapshot: Snapshot) -> None:
    small = [
        (figure.key, count) for figure in snapshot.all_figures.values() for count in counted(figure) if is_small(count)
    ]
    assert small == []


def test_columns_of_towns_add_up_to_the_years_own_counts(snapshot: Snapshot) -> None:
    figures = snapshot.all_figures
    assert figures["towns"].rows[-1][1:] == figures["tiers"].rows[-1][1:]


@pytest.mark.clause("正文一.c")
def test_towns_stand_in_the_documents_order_whatever_their_numbers(snapshot: Snapshot, home: Jurisdiction) -> None:
    ordered = [town.name for town in towns_of(home)]
    assert ordered[:3] == ["泉河街道", "龙山街道", "怀柔镇"]
    assert [row[0] for row in snapshot.all_figures["towns"].rows] == [*ordered, "全区"]
    Business.objects.filter(town="泉河街道").update(town="喇叭沟门满族乡")
    again = take_snapshot(by=None, jurisdiction=home).all_figures["towns"]
    assert [row[0] for row in again.rows] == [*ordered, "全区"]


def test_activity_is_told_of_the_whole_district_alone(snapshot: Snapshot, home: Jurisdiction) -> None:
    towns = {town.name for town in towns_of(home)}
    for key, figure in snapshot.all_figures.items():
        if key != "towns":
            assert not towns & {str(cell) for row in figure.rows for cell in row}
            assert not towns & set(figure.headers)


def test_every_town_has_a_tile_of_its_own(home: Jurisdiction) -> None:
    tiles = tiles_of(home)
    assert {tile.town for tile in tiles} == {town.name for town in towns_of(home)} - {"雁栖经济开发区"}
    assert len({(tile.column, tile.row) for tile in tiles}) == len(tiles) == len(AREAS) - 1


def test_flow_leads_from_one_years_counts_to_the_nexts(snapshot: Snapshot) -> None:
    figures = snapshot.all_figures
    flow = next(figure for key, figure in reversed(figures.items()) if key.startswith("flow-"))
    before, after = figures["tiers"].rows[-2], figures["tiers"].rows[-1]
    for mark, count in zip(MARKS, before[1:], strict=False):
        row = flow.counts[LABELS[mark]]
        if None not in row:
            assert sum(int(str(cell)) for cell in row) == count
    column = [row[1] for row in flow.rows]
    if None not in column:
        assert sum(int(str(cell)) for cell in column) == after[1]
    assert flow.counts["新进入"][-1] == 0


def test_a_very_small_district_tells_no_breakdown(home: Jurisdiction) -> None:
    populate(businesses=6, years=2)
    figures = take_snapshot(by=None, jurisdiction=home).all_figures
    assert figures["towns"].rows == ()
    assert "推算" in figures["towns"].note
    assert all(not is_small(count) for figure in figures.values() for count in counted(figure))


def test_before_the_first_publication_there_is_little_to_tell(home: Jurisdiction) -> None:
    figures = take_snapshot(by=None, jurisdiction=home).all_figures
    assert "tiers" not in figures
    assert figures["survival"].rows == ()
    assert figures["objections"].note


def test_the_picture_is_taken_again_when_something_was_published(snapshot: Snapshot, home: Jurisdiction) -> None:
    assert follow(by=None, jurisdiction=home) is None
    run = Run.objects.published().order_by("-year").first()
    assert run is not None
    old = Result.objects.filter(run=run).exclude(tier="growth").first()
    assert old is not None
    Result.objects.filter(pk=old.pk).update(is_current=False)
    Result.objects.create(
        run=run, uscc=old.uscc, tier="growth", possible=["growth"], true_bits=0, unknown_bits=0, version=2,
        cause="objection:1", decided_at=clock.now(),
    )  # fmt: skip
    again = follow(by=None, jurisdiction=home)
    assert again is not None
    assert again.pk == snapshot.pk
    assert Snapshot.objects.count() == 1
    before, after = (one.all_figures["tiers"].rows[-1][2] for one in (snapshot, again))
    assert isinstance(before, int)
    assert after == before + 1


def test_the_task_takes_it_for_every_district(home: Jurisdiction) -> None:
    make_published_run(jurisdiction=home)
    tasks.follow(timestamp=0)
    assert Snapshot.objects.of(home).exists()
    assert Event.objects.filter(verb="dashboards.take_snapshot").exists()


def test_counting_takes_a_fixed_number_of_statements(home: Jurisdiction) -> None:
    populate(businesses=60)
    take_snapshot(by=None, jurisdiction=home)
    with CaptureQueriesContext(connection) as few:
        take_snapshot(by=None, jurisdiction=home)
    Business.objects.all().update(town="雁栖镇")
    with CaptureQueriesContext(connection) as more:
        take_snapshot(by=None, jurisdiction=home)
    assert len(few) == len(more) < 45


def test_the_funnel_and_the_quota(home: Jurisdiction) -> None:
    campaign = make_campaign()
    for number in range(30):
        application = make_application(campaign=campaign, is_open=False, closed_on=campaign.closes_on)
        for at, step in enumerate(("submit", "accept", "record_visit")[: 1 + (number < 20) + (number < 18)]):
            ApplicationStep.objects.create(
                case=application, number=at + 1, step=step, target="x", clause="附件三(二)2", owner="x"
            )
    make_recognition(recognised_on=datetime.date(campaign.year, 11, 20))
    figures = take_snapshot(by=None, jurisdiction=home).all_figures
    assert figures["campaign"].counts == {
        "提出申报、推荐": (30,), "受理": (20,), "审核完成": (None,), "拟认定": (0,), "认定": (0,)
    }  # fmt: skip
    assert figures["quota"].counts["数量上限（5%以内）"] == (51,)


def test_another_district_is_not_counted(snapshot: Snapshot) -> None:
    other = make_jurisdiction("110117", "北京市平谷区", "cn-999999-demo-variant")
    figures = take_snapshot(by=None, jurisdiction=other).all_figures
    assert "tiers" not in figures
    assert Snapshot.objects.of(other).newest() != snapshot
