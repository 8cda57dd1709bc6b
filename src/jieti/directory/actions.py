"""The ways into the directory: publishing a run, issuing corrected results again."""

import json
from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.actions import record
from jieti.determinations.actions import mark_published
from jieti.determinations.amending import jurisdiction_of
from jieti.determinations.models import Result, Run
from jieti.directory import publications, registering
from jieti.directory.models import DirectoryEntry, EntryYear
from jieti.directory.names import division_names
from jieti.kit.clock import now
from jieti.kit.errors import Refusal
from jieti.registry.models import Delivery

CLAUSE = "附件一(二)1"
CORRECTION = "附件一(二)3.c"

FROM_RESULTS = """
insert into directory_directoryentry as e
    (uscc, jurisdiction_id, name, search_name, initials, town, industry, established_on, tier, possible, year,
     status, is_new, published_at)
select b.uscc, b.jurisdiction_id, b.name, lower(regexp_replace(normalize(b.name, NFKC), '\\s', '', 'g')),
       b.name_initials, b.town, coalesce(d.value, ''), b.established_on, r.tier, r.possible, %(year)s,
       b.registration_status, false, %(now)s
from determinations_result r
join registry_business b on b.uscc = r.uscc
left join jsonb_each_text(%(divisions)s::jsonb) d
       on d.key = substring(regexp_replace(b.industry, '[^0-9]', '', 'g') for 2)
where r.run_id = %(run)s and r.is_current
on conflict (uscc) do update set
    (jurisdiction_id, name, search_name, initials, town, industry, established_on, tier, possible, year, status,
     is_new, published_at)
  = (excluded.jurisdiction_id, excluded.name, excluded.search_name, excluded.initials, excluded.town, excluded.industry,
     excluded.established_on, excluded.tier, excluded.possible, excluded.year, excluded.status, excluded.is_new,
     excluded.published_at)
where e.year <= excluded.year
  and (e.jurisdiction_id, e.name, e.town, e.industry, e.established_on, e.tier, e.possible, e.year, e.status, e.is_new)
      is distinct from
      (excluded.jurisdiction_id, excluded.name, excluded.town, excluded.industry, excluded.established_on,
       excluded.tier, excluded.possible, excluded.year, excluded.status, excluded.is_new)
"""

YEARS_FROM_RESULTS = """
insert into directory_entryyear (uscc, jurisdiction_id, year, version, tier, possible, published_at, cause)
select r.uscc, b.jurisdiction_id, %(year)s, coalesce(y.version, 0) + 1, r.tier, r.possible, %(now)s, %(cause)s
from determinations_result r
join registry_business b on b.uscc = r.uscc
left join (select distinct on (uscc) uscc, version, tier, possible from directory_entryyear where year = %(year)s
           order by uscc, version desc) y on y.uscc = r.uscc
where r.run_id = %(run)s and r.is_current
  and (y.uscc is null or (y.tier, y.possible) is distinct from (r.tier, r.possible))
"""

COUNT_BIGRAMS = """
insert into directory_bigramcount (bigram, share)
select p.piece, count(*)::float / (select count(*) from directory_directoryentry)
from directory_directoryentry e
cross join lateral (select distinct unnest(directory_bigrams(e.search_name) || string_to_array(e.search_name, null)
                                           || directory_bigrams(e.initials) || left(e.initials, 1)) as piece) p
where p.piece <> ''
group by p.piece
"""


@transaction.atomic
def publish_run(*, run: Run, by: User) -> Run:
    """Writes the run's labels into the directory, its years and a publication, and marks the run published: all or
    nothing.

    Raises what `determinations.actions.mark_published` raises when the run may not be published. 附件一(二)1–2.
    """
    run = mark_published(run=run, by=by)
    entries = write_entries(run)
    record(by=by, verb="directory.published", subject=f"run:{run.pk}", detail={"entries": entries}, clause=CLAUSE)
    jurisdiction = Jurisdiction.objects.get(rulebook=run.rulebook_key)
    publications.publish(by=by, jurisdiction=jurisdiction, cause=f"run:{run.pk}")
    return run


def write_entries(run: Run) -> int:
    """Writes only the entries that the run changes, what is new of the year, and counts the bigrams anew.

    How many entries were written.
    """
    values: dict[str, int | str | datetime | None] = {
        "run": run.pk,
        "year": run.year,
        "now": now(),
        "divisions": json.dumps(dict(division_names())),
        "cause": f"run:{run.pk}",
    }
    with connection.cursor() as cursor:
        cursor.execute(FROM_RESULTS, values)
        written: int = cursor.rowcount
        cursor.execute(YEARS_FROM_RESULTS, values)
        cursor.execute("delete from directory_bigramcount")
        cursor.execute(COUNT_BIGRAMS)
    return written


def republish(*, by: User | None, uscc: str, cause: str) -> DirectoryEntry:
    """Brings a business's entry to the current version of its published results, because of `cause` (`objection:12`).

    A label that changed is a further version of its year and goes out with a new publication; the earlier ones stay.
    Raises Refusal for a business of which no result was published.
    """
    (entry,) = republish_all(by=by, usccs=[uscc], cause=cause)
    return entry


@transaction.atomic
def republish_all(*, by: User | None, usccs: Collection[str], cause: str) -> list[DirectoryEntry]:
    """The same for several businesses, with one publication for all of them."""
    entries = []
    homes: dict[str, Jurisdiction] = {}
    for uscc in dict.fromkeys(usccs):
        results = _published(uscc)
        changed = [result for result in results if _issue(result, cause)]
        if changed:
            home = jurisdiction_of(changed[-1])
            homes[home.pk] = home
        entry = DirectoryEntry.objects.get(pk=uscc)
        entries.append(entry)
        detail = {"cause": cause, "years": [result.run.year for result in changed], "tier": entry.tier}
        record(by=by, verb="directory.republish", subject=f"business:{uscc}", detail=detail, clause=CORRECTION)
    for home in homes.values():
        publications.publish(by=by, jurisdiction=home, cause=cause)
    return entries


def amended_since_published() -> dict[str, list[str]]:
    """The businesses whose published result has a version that the directory does not show yet, by its cause."""
    shown = EntryYear.objects.filter(uscc=OuterRef("uscc"), year=OuterRef("run__year"), cause=OuterRef("cause"))
    waiting = Result.objects.current().published().filter(version__gt=1).exclude(Exists(shown))
    found: dict[str, list[str]] = {}
    for result in waiting.select_related("run").order_by("pk"):
        latest = EntryYear.objects.of(result.uscc).filter(year=result.run.year).first()
        if latest is None or (latest.tier, list(latest.possible)) != (result.tier, list(result.possible)):
            found.setdefault(result.cause, []).append(result.uscc)
    return found


def enter_new_businesses(*, by: User | None, delivery: Delivery) -> int:
    """Enters those founded after the determination, with the tier that the rulebook gives to new businesses.

    How many; none where the rulebook has no `new_businesses`, nothing was published yet, or the delivery is no
    accepted one of the register. 附件一(三)2(1).
    """
    return registering.enter(by=by, delivery=delivery)


def follow_register(*, by: User | None, delivery: Delivery) -> int:
    """Brings names, places and registration states to an accepted delivery of the register, and enters the new ones.

    A business that is registered no longer stays, marked. How many entries were written.
    """
    return registering.follow(by=by, delivery=delivery)


def _published(uscc: str) -> list[Result]:
    """The current version of every published result of the business, the oldest year first."""
    results = Result.objects.current().published().filter(uscc=uscc).select_related("run").order_by("run__year")
    found = list(results)
    if not found or not DirectoryEntry.objects.select_for_update().filter(pk=uscc).exists():
        raise Refusal(f"{uscc} 还没有公布过分型结果。", what_to_do="公布以后才需要更正名录。")
    return found


def _issue(result: Result, cause: str) -> bool:
    """Writes the year's next version, and the entry where it shows this year or an earlier one; whether it differs."""
    year, label = result.run.year, (result.tier, list(result.possible))
    latest = EntryYear.objects.of(result.uscc).filter(year=year).first()
    if latest and (latest.tier, list(latest.possible)) == label:
        return False
    home = jurisdiction_of(result)
    EntryYear.objects.create(
        uscc=result.uscc,
        jurisdiction=home,
        year=year,
        version=latest.version + 1 if latest else 1,
        tier=result.tier,
        possible=result.possible,
        published_at=now(),
        cause=cause,
    )
    DirectoryEntry.objects.filter(pk=result.uscc, year__lte=year).update(
        tier=result.tier, possible=result.possible, year=year, is_new=False, published_at=now()
    )
    return True
