"""The one way into the directory: publishing a run."""

import json
from datetime import datetime

from django.db import connection, transaction

from jieti.accounts.models import User
from jieti.audit.actions import record
from jieti.determinations.actions import mark_published
from jieti.determinations.models import Run
from jieti.domain import industries
from jieti.kit.clock import now

CLAUSE = "附件一(二)1"

FROM_RESULTS = """
insert into directory_directoryentry as e
    (uscc, jurisdiction_id, name, search_name, initials, town, industry, established_on, tier, possible, year,
     published_at)
select b.uscc, b.jurisdiction_id, b.name, lower(regexp_replace(normalize(b.name, NFKC), '\\s', '', 'g')),
       b.name_initials, b.town, coalesce(d.value, ''), b.established_on, r.tier, r.possible, %(year)s, %(now)s
from determinations_result r
join registry_business b on b.uscc = r.uscc
left join jsonb_each_text(%(divisions)s::jsonb) d
       on d.key = substring(regexp_replace(b.industry, '[^0-9]', '', 'g') for 2)
where r.run_id = %(run)s and r.is_current
on conflict (uscc) do update set
    (jurisdiction_id, name, search_name, initials, town, industry, established_on, tier, possible, year, published_at)
  = (excluded.jurisdiction_id, excluded.name, excluded.search_name, excluded.initials, excluded.town, excluded.industry,
     excluded.established_on, excluded.tier, excluded.possible, excluded.year, excluded.published_at)
where (e.jurisdiction_id, e.name, e.town, e.industry, e.established_on, e.tier, e.possible, e.year) is distinct from
      (excluded.jurisdiction_id, excluded.name, excluded.town, excluded.industry, excluded.established_on,
       excluded.tier, excluded.possible, excluded.year)
"""

COUNT_BIGRAMS = """
insert into directory_bigramcount (bigram, share)
select pair, count(*)::float / (select count(*) from directory_directoryentry)
from (select distinct uscc, unnest(directory_bigrams(search_name)) as pair from directory_directoryentry) pairs
group by pair
"""


@transaction.atomic
def publish_run(*, run: Run, by: User) -> Run:
    """Writes the run's labels into the directory and marks the run published, both or neither.

    Raises what `determinations.actions.mark_published` raises when the run may not be published. 附件一(二)1–2.
    """
    run = mark_published(run=run, by=by)
    entries = write_entries(run)
    record(by=by, verb="directory.published", subject=f"run:{run.pk}", detail={"entries": entries}, clause=CLAUSE)
    return run


def write_entries(run: Run) -> int:
    """Writes only the entries that the run changes, then counts the bigrams anew. How many were written."""
    values: dict[str, int | str | datetime | None] = {
        "run": run.pk,
        "year": run.year,
        "now": now(),
        "divisions": json.dumps(division_names()),
    }
    with connection.cursor() as cursor:
        cursor.execute(FROM_RESULTS, values)
        written: int = cursor.rowcount
        cursor.execute("delete from directory_bigramcount")
        cursor.execute(COUNT_BIGRAMS)
    return written


def division_names() -> dict[str, str]:
    """The 97 divisions of GB/T 4754-2017 by their two digits."""
    return {e.code: e.name for e in industries.table().values() if e.level is industries.Level.DIVISION}
