"""名特优新 in the directory: the entries of businesses whose published title is in force say its category.

附件三(一): a recognition is recorded under the business, marked and published.
"""

from django.db import connection, transaction

from jieti.accounts.models import User
from jieti.audit.actions import record
from jieti.kit import clock

CLAUSE = "附件三(一)"

IN_FORCE = """
update directory_directoryentry e
set (category, category_until, category_at) = (coalesce(r.category, ''), r.last_day, %(now)s)
from directory_directoryentry one
left join recognitions_recognition r
       on r.business_id = one.uscc and r.published_at is not null and r.recognised_on <= %(today)s
      and r.last_day >= %(today)s and (r.ended_on is null or r.ended_on > %(today)s)
where one.uscc = e.uscc and (e.category <> '' or r.id is not null)
  and (e.category, e.category_until) is distinct from (coalesce(r.category, ''), r.last_day)
"""


@transaction.atomic
def follow_titles(*, by: User | None) -> int:
    """Brings the entries to the titles that are published and in force today; how many changed."""
    with connection.cursor() as cursor:
        cursor.execute(IN_FORCE, {"now": clock.now(), "today": clock.today()})
        changed: int = cursor.rowcount
    if changed:
        record(by=by, verb="directory.follow_titles", subject="directory", detail={"entries": changed}, clause=CLAUSE)
    return changed
