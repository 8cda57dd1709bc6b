"""How each business stood, and when that was known: the register's deliveries as bitemporal records, never overwritten.

A delivery says of a business how it stood on the delivery's `as_of`. That holds from this day until another delivery
said otherwise. The first that is known of a business held since it was established. What a full delivery leaves out
is not in the register from its `as_of` on. A delivery about a day of which a newer one has already spoken ("late")
holds until that newer one. A correction (`Delivery.is_correction`, or the same `as_of` told anew) replaces the wrong
state for as long as it was taken to hold. What was known before stays known for the time before.
"""

import datetime
from collections.abc import Mapping

from django.db import connection
from django.db.models import Min

from jieti.accounts.models import Jurisdiction
from jieti.registry.models import BusinessRecord, Delivery
from jieti.registry.models.businesses import BusinessRecordQuerySet
from jieti.registry.models.deliveries import DeliveryQuerySet

STATE = (
    "jurisdiction_id",
    "name",
    "registration_status",
    "established_on",
    "proprietor",
    "person_id",
    "entity_kind",
    "address",
    "town",
    "industry",
)
"""The columns that make a state, in the register and in its records alike."""
_COLUMNS = ", ".join(STATE)


def _of(table: str) -> str:
    return ", ".join(f"{table}.{column}" for column in STATE)


_SAID = f"""
    create temporary table history_said as
    with here as (
        select r.*, d.as_of as told, d.is_correction as corrected
        from registry_businessrecord r join registry_delivery d on d.id = r.delivery_id
        where upper_inf(r.known) and r.valid_from <= %(as_of)s and (r.valid_to is null or r.valid_to > %(as_of)s)
    ), said as (
        select coalesce(b.uscc, here.uscc) as uscc, b.uscc is not null as is_present, {_of("b")},
               here.id as here_id, here.valid_from as here_from, here.valid_to as here_to, here.told, here.corrected
        from (
            select * from registry_business
            where jurisdiction_id = %(jurisdiction)s and absent_since_id is null
              and (%(full)s or delivery_id = %(delivery)s)
        ) b full join here on here.uscc = b.uscc
        where case
            when b.uscc is null then
                %(full)s and here.jurisdiction_id = %(jurisdiction)s and (here.told <= %(as_of)s or here.corrected)
            else here.id is null or ({_of("b")}) is distinct from ({_of("here")})
        end
    )
    select said.*,
        case
            when here_id is null and earlier then %(as_of)s
            when here_id is null then least(established_on, %(as_of)s)
            when %(corrects)s or told = %(as_of)s or here_from = %(as_of)s then here_from
            when told > %(as_of)s and not corrected and not %(has_earlier)s and first_from = here_from then here_from
            else %(as_of)s
        end as since,
        case
            when here_id is not null and %(corrects)s then here_to
            when told > %(as_of)s and not corrected then least(%(next)s, next_from, here_to, told)
            else least(%(next)s, next_from, here_to)
        end as until
    from said cross join lateral (
        select min(r.valid_from) as first_from, bool_or(r.valid_from <= %(as_of)s) as earlier,
               min(r.valid_from) filter (where r.valid_from > %(as_of)s) as next_from
        from registry_businessrecord r where r.uscc = said.uscc and upper_inf(r.known)
    ) around
"""  # noqa: S608 - names of our own columns
_END = """
    update registry_businessrecord r set known = tstzrange(lower(r.known), %(known_at)s)
    from history_said s where r.id = s.here_id
"""
_RECORD_ANEW = f"""
    insert into registry_businessrecord (uscc, {_COLUMNS}, valid_from, valid_to, known, delivery_id)
    select r.uscc, {_of("r")}, r.valid_from, s.since, tstzrange(%(known_at)s, null), r.delivery_id
    from history_said s join registry_businessrecord r on r.id = s.here_id where s.since > r.valid_from
    union all
    select r.uscc, {_of("r")}, s.until, r.valid_to, tstzrange(%(known_at)s, null), r.delivery_id
    from history_said s join registry_businessrecord r on r.id = s.here_id
    where s.until < coalesce(r.valid_to, 'infinity')
"""  # noqa: S608 - names of our own columns
_RECORD = f"""
    insert into registry_businessrecord (uscc, {_COLUMNS}, valid_from, valid_to, known, delivery_id)
    select uscc, {_COLUMNS}, since, until, tstzrange(%(known_at)s, null), %(delivery)s
    from history_said where is_present order by uscc
"""  # noqa: S608 - names of our own columns


def record_states(delivery: Delivery) -> int:
    """Writes what an accepted delivery of the register tells; returns of how many businesses it told something new.

    Called in the transaction that accepts it, when Business already stands as the delivery's table has it
    (`load_businesses`, `load_persons`). A supplement speaks only of the rows that it changed.
    """
    full = _full_deliveries(delivery)
    known = {
        "delivery": delivery.pk,
        "jurisdiction": delivery.jurisdiction_id,
        "as_of": delivery.as_of,
        "known_at": delivery.known_at,
        "full": delivery.mode == Delivery.Mode.FULL,
        "corrects": delivery.is_correction,
        "next": full.filter(as_of__gt=delivery.as_of).aggregate(day=Min("as_of"))["day"],
        "has_earlier": full.filter(as_of__lt=delivery.as_of).exists(),
    }
    with connection.cursor() as cursor:
        # Tables filled in one go have no statistics yet, and a plan made without them takes hours.
        cursor.execute("analyze registry_businessrecord, registry_business")
        cursor.execute(_SAID, known)
        cursor.execute("analyze history_said")
        for statement in (_END, _RECORD_ANEW, _RECORD):
            cursor.execute(statement, known)
        cursor.execute("select count(*) from history_said")
        (told,) = cursor.fetchone()
        cursor.execute("drop table history_said")
    return int(told)


def register_at(moment: datetime.datetime, jurisdiction: Jurisdiction) -> BusinessRecordQuerySet:
    """What was known of the jurisdiction's businesses at `moment`; narrow it with `valid_on(day)`."""
    return BusinessRecord.objects.filter(jurisdiction=jurisdiction).known_at(moment)


def tables_known_at(moment: datetime.datetime, jurisdiction: Jurisdiction) -> Mapping[str, Delivery]:
    """The delivery of each source whose clean table was the source's table at `moment`. 「7月1日我们知道什么」."""
    return Delivery.objects.of(jurisdiction).known_at(moment).latest_by_source()


def _full_deliveries(delivery: Delivery) -> DeliveryQuerySet:
    """The full deliveries of the register that count already."""
    return Delivery.objects.accepted().filter(
        jurisdiction_id=delivery.jurisdiction_id, source_key=delivery.source_key, mode=Delivery.Mode.FULL
    )
