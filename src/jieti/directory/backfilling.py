"""The years and the first publication of a directory that was published before either was kept."""

from dataclasses import dataclass

from django.db import connection, transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.actions import record
from jieti.determinations.models import Run
from jieti.directory import publications
from jieti.directory.models import DirectoryEntry, Publication

CLAUSE = "附件一(二)2"

PUBLISHED_VERSIONS = """
with published as (
    select r.uscc, b.jurisdiction_id, n.id as run, n.year, r.version, r.tier, r.possible, r.cause,
           greatest(n.published_at, r.decided_at) as published_at, row_number() over versions = 1 as is_first,
           lag(r.tier) over versions as tier_before, lag(r.possible) over versions as possible_before
    from determinations_result r
    join determinations_run n on n.id = r.run_id and n.kind = 'main' and n.status = 'published'
    join registry_business b on b.uscc = r.uscc
    where b.jurisdiction_id = %(jurisdiction)s
      and not exists (select from determinations_result q where q.run_id = r.run_id and q.uscc = r.uscc
                      and q.version > r.version and q.decided_at <= n.published_at)
      and not exists (select from directory_entryyear y where y.uscc = r.uscc and y.year = n.year)
    window versions as (partition by n.id, r.uscc order by r.version))
insert into directory_entryyear (uscc, jurisdiction_id, year, version, tier, possible, published_at, cause)
select uscc, jurisdiction_id, year, row_number() over (partition by uscc, year order by version), tier, possible,
       published_at, case when is_first then 'run:' || run else cause end
from published where is_first or (tier, possible) is distinct from (tier_before, possible_before)
"""
"""A version before the run's publication was never published; one that says the same as the last is not news."""

ENTRIES_WITHOUT_RESULT = """
insert into directory_entryyear (uscc, jurisdiction_id, year, version, tier, possible, published_at, cause)
select e.uscc, e.jurisdiction_id, e.year, 1, e.tier, e.possible, e.published_at, ''
from directory_directoryentry e
where e.jurisdiction_id = %(jurisdiction)s
  and not exists (select from directory_entryyear y where y.uscc = e.uscc and y.year = e.year)
"""


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What a jurisdiction's directory was given: versions of years, and whether it got its first publication."""

    versions: int
    is_published: bool


@transaction.atomic
def backfill(*, by: User | None, jurisdiction: Jurisdiction) -> Backfilled:
    """Writes what the published runs and the entries say of every year that has nothing, each with its own day, and
    publishes a directory that never was. What is there stays; a second time nothing happens.
    """
    values = {"jurisdiction": jurisdiction.pk}
    with connection.cursor() as cursor:
        cursor.execute(PUBLISHED_VERSIONS, values)
        versions = cursor.rowcount
        cursor.execute(ENTRIES_WITHOUT_RESULT, values)
        versions += cursor.rowcount
    done = Backfilled(versions, _publish_first(by, jurisdiction))
    if done.versions or done.is_published:
        detail = {"versions": done.versions, "published": done.is_published}
        subject = f"jurisdiction:{jurisdiction.pk}"
        home = jurisdiction.pk
        record(by=by, verb="directory.backfill", subject=subject, detail=detail, clause=CLAUSE, jurisdiction=home)
    return done


def _publish_first(by: User | None, jurisdiction: Jurisdiction) -> bool:
    is_there = Publication.objects.of(jurisdiction).exists()
    if is_there or not DirectoryEntry.objects.filter(jurisdiction=jurisdiction).exists():
        return False
    run = Run.objects.of(jurisdiction).main().published().order_by("-year").first()
    publications.publish(by=by, jurisdiction=jurisdiction, cause=f"run:{run.pk}" if run else "")
    return True
