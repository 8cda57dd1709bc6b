"""The ways into the directory: publishing a run, issuing corrected results again."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Subquery

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.actions import record
from jieti.determinations.actions import mark_published
from jieti.determinations.models import Result, Run
from jieti.directory import publications, registering
from jieti.directory.models import DirectoryEntry, EntryYear
from jieti.directory.names import division_names
from jieti.kit.clock import now
from jieti.kit.errors import Refusal
from jieti.registry.models import Business, Delivery

CLAUSE = "附件一(二)1"
CORRECTION = "附件一(二)3.c"
BATCH = 2_000

FROM_RESULTS = """
insert into directory_directoryentry as e
    (uscc, jurisdiction_id, name, search_name, initials, town, industry, established_on, tier, possible, year,
     status, is_new, published_at)
select b.uscc, b.jurisdiction_id, b.name, lower(regexp_replace(normalize(b.name, NFKC), '\\s', '', 'g')),
       b.name_initials, b.town, coalesce(d.value, ''), b.established_on, r.tier, r.possible, %(year)s,
       case when b.converted_on is null then b.registration_status else 'converted' end, false, %(now)s
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

FROM_YEARS = """
update directory_directoryentry e
set (tier, possible, year, is_new, published_at) = (y.tier, y.possible, y.year, false, y.published_at)
from (select distinct on (uscc) * from directory_entryyear where id = any(%(years)s) order by uscc, year desc) y
where y.uscc = e.uscc and y.year >= e.year
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
    codes = list(dict.fromkeys(usccs))
    entries = DirectoryEntry.objects.select_for_update().order_by("pk").in_bulk(codes)
    results = list(Result.objects.current().published().filter(uscc__in=codes).select_related("run"))
    if missing := sorted(set(codes) - {one.uscc for one in results if one.uscc in entries}):
        raise Refusal(f"{missing[0]} 还没有公布过分型结果。", what_to_do="公布以后才需要更正名录。")
    homes = {one.rulebook: one for one in Jurisdiction.objects.filter(rulebook__in={_rulebook(one) for one in results})}
    changed = _issue(results, homes, cause)
    for home in homes.values():
        concerned = [one for one in codes if entries[one].jurisdiction_id == home.pk]
        subject = f"business:{concerned[0]}" if len(concerned) == 1 else f"jurisdiction:{home.pk}"
        years = sorted({one.run.year for one in changed if _rulebook(one) == home.rulebook})
        detail = {"cause": cause, "years": years, "businesses": len(concerned)}
        record(by=by, verb="directory.republish", subject=subject, detail=detail, clause=CORRECTION)
        if years:
            publications.publish(by=by, jurisdiction=home, cause=cause)
    issued = DirectoryEntry.objects.in_bulk(codes)
    return [issued[one] for one in codes]


def follow_results(*, by: User | None) -> int:
    """Issues again what became another result after its publication, by its cause; how many businesses.

    Late data make such versions, and no officer has to remember the directory. 附件一(二)3.c.
    """
    waiting = amended_since_published()
    for cause, usccs in waiting.items():
        republish_all(by=by, usccs=usccs, cause=cause)
    return sum(map(len, waiting.values()))


def amended_since_published() -> dict[str, list[str]]:
    """The businesses whose published result has a version that the directory does not show yet, by its cause."""
    of_year = EntryYear.objects.filter(uscc=OuterRef("uscc"), year=OuterRef("run__year")).order_by("-version")
    waiting = Result.objects.current().published().filter(version__gt=1)
    waiting = waiting.exclude(Exists(of_year.filter(cause=OuterRef("cause"))))
    tier, possible = (Subquery(of_year.values(name)[:1]) for name in ("tier", "possible"))
    labels = waiting.annotate(tier_shown=tier, possible_shown=possible).order_by("pk")
    found: dict[str, list[str]] = {}
    for cause, uscc, *label in labels.values_list("cause", "uscc", "tier", "possible", "tier_shown", "possible_shown"):
        if label[:2] != label[2:]:
            found.setdefault(cause, []).append(uscc)
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


def follow_conversion(*, by: User, business: Business) -> int:
    """Marks a business that became an enterprise, whose tier is history; how many entries were written. 附件二(三)2."""
    return registering.follow_conversion(by=by, business=business)


def _rulebook(result: Result) -> str:
    return result.run.rulebook_key


def _issue(results: Sequence[Result], homes: Mapping[str, Jurisdiction], cause: str) -> list[Result]:
    """Writes the next version of every year whose label differs, and the entries that show this year or an earlier
    one; the results that differ.
    """
    usccs = {one.uscc for one in results}
    shown = {(one.uscc, one.year): one for one in EntryYear.objects.filter(uscc__in=usccs).order_by("version")}
    changed = [one for one in results if not _says(shown.get((one.uscc, one.run.year)), one)]
    moment = now()
    versions = (
        EntryYear(
            uscc=one.uscc,
            jurisdiction=homes[_rulebook(one)],
            year=one.run.year,
            version=latest.version + 1 if (latest := shown.get((one.uscc, one.run.year))) else 1,
            tier=one.tier,
            possible=one.possible,
            published_at=moment,
            cause=cause,
        )
        for one in changed
    )
    written = EntryYear.objects.bulk_create(versions, batch_size=BATCH)
    with connection.cursor() as cursor:
        cursor.execute(FROM_YEARS, {"years": [one.pk for one in written]})
    return changed


def _says(latest: EntryYear | None, result: Result) -> bool:
    return latest is not None and (latest.tier, latest.possible) == (result.tier, result.possible)
