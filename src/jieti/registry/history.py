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
    with b as (
        select i.*, %(jurisdiction)s::text as jurisdiction_id, p.id as person_id
        from incoming_business i left join registry_person p using (identity_hash)
    ), here as (
        select r.*, d.as_of as told, d.is_correction as corrected
        from registry_businessrecord r join registry_delivery d on d.id = r.delivery_id
        where upper_inf(r.known) and r.valid_from <= %(as_of)s and (r.valid_to is null or r.valid_to > %(as_of)s)
    ), said as (
        select coalesce(b.uscc, here.uscc) as uscc, b.uscc is not null as is_present, {_of("b")}, b.name_initials,
               here.id as here_id, here.valid_from as here_from, here.valid_to as here_to, here.told, here.corrected
        from b full join here on here.uscc = b.uscc
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
            when told > %(as_of)s then least(%(next)s, next_from, here_to, told)
            else least(%(next)s, next_from, here_to)
        end as until
    from said cross join lateral (
        select min(r.valid_from) as first_from, bool_or(r.valid_from <= %(as_of)s) as earlier,
               min(r.valid_from) filter (where r.valid_from > %(as_of)s) as next_from
        from registry_businessrecord r where r.uscc = said.uscc and upper_inf(r.known)
    ) around
    order by uscc collate "C"
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
    from history_said where is_present
"""  # noqa: S608 - names of our own columns


_STATE = f"{_COLUMNS}, name_initials"
_CHANGE = f"""
    update registry_business b set ({_STATE}, delivery_id, absent_since_id)
        = ({_of("s")}, s.name_initials, %(delivery)s, null)
    from history_said s where s.uscc = b.uscc and s.is_present and s.until is null
      and ({_of("b")}, b.name_initials, b.absent_since_id)
          is distinct from ({_of("s")}, s.name_initials, null::bigint)
"""  # noqa: S608 - names of our own columns
_ADD = f"""
    insert into registry_business (uscc, {_STATE}, delivery_id, absent_since_id)
    select s.uscc, {_of("s")}, s.name_initials, %(delivery)s,
           case when s.until is not null then %(next_delivery)s::bigint end
    from history_said s
    where s.is_present and not exists (select from registry_business b where b.uscc = s.uscc)
"""  # noqa: S608 - names of our own columns
_MARK_ABSENT = """
    update registry_business b set absent_since_id = %(delivery)s
    from history_said s
    where s.uscc = b.uscc and not s.is_present and s.until is null and b.absent_since_id is null
"""


def record_states(delivery: Delivery) -> None:
    """Writes what a delivery of the register, as `incoming_business` has it, tells of the businesses that is new.

    The temporary table `history_said` then holds this, with the days `since` and `until` which it holds.
    """
    full = _full_deliveries(delivery)
    later = _next_full(delivery)
    known: dict[str, str | int | datetime.date | None] = {
        "delivery": delivery.pk,
        "jurisdiction": delivery.jurisdiction_id,
        "as_of": delivery.as_of,
        "known_at": delivery.known_at,
        "full": delivery.mode == Delivery.Mode.FULL,
        "corrects": delivery.is_correction,
        "next": later.as_of if later else None,
        "has_earlier": full.filter(as_of__lt=delivery.as_of).exists(),
    }
    with connection.cursor() as cursor:
        # Tables filled in one go have no statistics yet, and a plan made without them takes hours.
        cursor.execute("analyze registry_businessrecord (uscc, valid_from, valid_to, known, delivery_id)")
        for statement in (_SAID, "analyze history_said (uscc, here_id, until)", _END, _RECORD_ANEW, _RECORD):
            cursor.execute(statement, known)


def bring_up_to_date(delivery: Delivery) -> None:
    """Brings Business to what its history, by `history_said`, now holds of today.

    What a late delivery tells of days of which a newer one has spoken changes no business. One that only a late
    delivery knows is entered as absent since the newer.
    """
    later = _next_full(delivery)
    known = {"delivery": delivery.pk, "next_delivery": later.pk if later else None}
    with connection.cursor() as cursor:
        for statement in (_CHANGE, _ADD, _MARK_ABSENT, "analyze registry_business (uscc, jurisdiction_id)"):
            cursor.execute(statement, known)


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


def _next_full(delivery: Delivery) -> Delivery | None:
    """The full delivery about the next day of which one speaks, the first of them that counted."""
    later = _full_deliveries(delivery).filter(as_of__gt=delivery.as_of)
    return later.order_by("as_of", "known_at").first()
