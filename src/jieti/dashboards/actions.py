"""Taking the picture: counting everything once and keeping it."""

from django.db import connection, transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.actions import record
from jieti.dashboards.composing import AIMS, figures_of
from jieti.dashboards.models import Snapshot
from jieti.dashboards.research import COLUMNS, Export, export_of
from jieti.determinations.models import Run
from jieti.kit import clock
from jieti.kit.errors import Refusal

BASIS = """
select (select max(id) from determinations_result where is_current and run_id = any(%(runs)s)),
       (select max(id) from appeals_objectionstep), (select max(id) from recognitions_applicationstep),
       (select max(id) from recognitions_recognition),
       (select max(id) from registry_delivery where status = 'accepted')
"""


@transaction.atomic
def take_snapshot(*, by: User | None, jurisdiction: Jurisdiction) -> Snapshot:
    """Counts everything and keeps it as the day's picture; a later one of the same day takes its place."""
    figures = [figure.as_json() for figure in figures_of(jurisdiction, clock.today())]
    values = {"taken_at": clock.now(), "basis": basis_of(jurisdiction), "figures": figures}
    snapshot, _ = Snapshot.objects.update_or_create(jurisdiction=jurisdiction, taken_on=clock.today(), defaults=values)
    record(
        by=by,
        verb="dashboards.take_snapshot",
        subject=f"snapshot:{snapshot.pk}",
        detail={"on": str(snapshot.taken_on), "figures": len(figures)},
        clause=AIMS,
        jurisdiction=jurisdiction.pk,
    )
    return snapshot


def follow(*, by: User | None, jurisdiction: Jurisdiction) -> Snapshot | None:
    """Takes the picture again where something was published, decided or delivered since, and once a day in any case.

    None where the newest one still holds.
    """
    newest = Snapshot.objects.of(jurisdiction).newest()
    if newest and newest.taken_on == clock.today() and newest.basis == basis_of(jurisdiction):
        return None
    return take_snapshot(by=by, jurisdiction=jurisdiction)


def basis_of(jurisdiction: Jurisdiction) -> str:
    """What is newest now, in a word that changes with it."""
    published = Run.objects.of(jurisdiction).main().published()
    with connection.cursor() as cursor:
        cursor.execute(BASIS, {"runs": list(published.values_list("pk", flat=True))})
        row = cursor.fetchone()
    return "-".join(str(one or 0) for one in row)


def export_for_research(*, by: User, jurisdiction: Jurisdiction) -> Export:
    """The de-identified table of the last published year; who took it is recorded. Raises Refusal before the first."""
    run = Run.objects.of(jurisdiction).main().published().select_related("rulebook").order_by("-year").first()
    if run is None:
        raise Refusal("还没有公布过分型结果。", what_to_do="公布以后才有可以导出的数据。")
    export = export_of(jurisdiction, run)
    record(
        by=by,
        verb="dashboards.export_research",
        subject=f"run:{run.pk}",
        detail={"rows": len(export.rows), "businesses": export.told, "columns": [column.key for column in COLUMNS]},
        clause=AIMS,
        jurisdiction=jurisdiction.pk,
    )
    return export
