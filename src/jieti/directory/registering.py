"""What the register's deliveries change in the directory between two determinations."""

import datetime
import json
from collections.abc import Mapping

from django.db import connection, transaction
from procrastinate.contrib.django import app

from jieti.accounts.models import User
from jieti.audit.actions import record
from jieti.determinations.models import Run
from jieti.directory import publications
from jieti.directory.names import division_names
from jieti.domain.terms import RegistrationStatus, Tier
from jieti.kit import clock
from jieti.registry.models import Business, Delivery
from jieti.registry.models.businesses import EntityKind
from jieti.registry.sources import BUSINESS
from jieti.rulebooks.catalogue import current_rulebook

Value = int | str | datetime.date | datetime.datetime
TASK = "directory.follow_register"
CLAUSE = "附件一(三)2(1).b"
CONVERSION = "附件二(三)2"

STATE = """
b.name, lower(regexp_replace(normalize(b.name, NFKC), '\\s', '', 'g')), b.name_initials, b.town,
coalesce(d.value, ''), b.established_on,
case when b.converted_on is null then b.registration_status else 'converted' end
"""
DIVISION = """
left join jsonb_each_text(%(divisions)s::jsonb) d
       on d.key = substring(regexp_replace(b.industry, '[^0-9]', '', 'g') for 2)
"""
SAID = "b.delivery_id = %(delivery)s"
FOLLOW = f"""
update directory_directoryentry e
set (name, search_name, initials, town, industry, established_on, status) = (
    r.name, r.search_name, r.initials, r.town, r.industry, r.established_on, r.status)
from (select b.uscc, {STATE} from registry_business b {DIVISION} where {SAID})
     r (uscc, name, search_name, initials, town, industry, established_on, status)
where e.uscc = r.uscc
  and (e.name, e.initials, e.town, e.industry, e.established_on, e.status)
      is distinct from (r.name, r.initials, r.town, r.industry, r.established_on, r.status)
"""  # noqa: S608 - names of our own columns
FOLLOW_ONE = FOLLOW.replace(SAID, "b.uscc = %(uscc)s")
ENTER = f"""
with entered as (
    insert into directory_directoryentry (uscc, jurisdiction_id, name, search_name, initials, town, industry,
        established_on, status, tier, possible, year, is_new, published_at)
    select b.uscc, b.jurisdiction_id, {STATE}, %(tier)s, array[%(tier)s], extract(year from b.established_on), true,
           %(now)s
    from registry_business b {DIVISION}
    where b.jurisdiction_id = %(jurisdiction)s and b.absent_since_id is null and b.registration_status = %(active)s
      and b.entity_kind = %(individual)s and b.established_on > %(basis)s and b.established_on <= %(today)s
      and not exists (select from determinations_result r where r.run_id = %(run)s and r.uscc = b.uscc)
      and not exists (select from directory_directoryentry e where e.uscc = b.uscc)
    returning uscc, jurisdiction_id, year, tier, possible, published_at)
insert into directory_entryyear (uscc, jurisdiction_id, year, version, tier, possible, published_at, cause)
select uscc, jurisdiction_id, year, 1, tier, possible, published_at, %(cause)s from entered
"""  # noqa: S608 - names of our own columns


def queue_following(*, delivery: Delivery) -> None:
    """Has the directory follow a delivery that was just accepted, if it is one of the register."""
    if _is_of_register(delivery):
        app.configure_task(TASK, queue="directory").defer(delivery_id=delivery.pk)


@transaction.atomic
def follow(*, by: User | None, delivery: Delivery) -> int:
    """What `actions.follow_register` does."""
    if not _is_of_register(delivery):
        return 0
    changed = _execute(FOLLOW, delivery, {})
    entered = _enter(delivery)
    if changed:
        _record(by, "directory.follow_register", delivery, changed)
    if entered:
        _record(by, "directory.enter_new_businesses", delivery, entered)
    if changed + entered:
        publications.publish(by=by, jurisdiction=delivery.jurisdiction, cause=_cause(delivery))
    return changed + entered


@transaction.atomic
def enter(*, by: User | None, delivery: Delivery) -> int:
    """What `actions.enter_new_businesses` does."""
    entered = _enter(delivery) if _is_of_register(delivery) else 0
    if entered:
        _record(by, "directory.enter_new_businesses", delivery, entered)
        publications.publish(by=by, jurisdiction=delivery.jurisdiction, cause=_cause(delivery))
    return entered


@transaction.atomic
def follow_conversion(*, by: User, business: Business) -> int:
    """What `actions.follow_conversion` does."""
    changed = _run(FOLLOW_ONE, {"uscc": business.pk, "divisions": json.dumps(dict(division_names()))})
    if changed:
        subject = f"business:{business.pk}"
        record(
            by=by,
            verb="directory.follow_conversion",
            subject=subject,
            clause=CONVERSION,
            jurisdiction=business.jurisdiction_id,
        )
        publications.publish(by=by, jurisdiction=business.jurisdiction, cause=f"conversion:{business.pk}")
    return changed


def _is_of_register(delivery: Delivery) -> bool:
    source = current_rulebook(delivery.jurisdiction).sources.get(delivery.source_key)
    return delivery.status == Delivery.Status.ACCEPTED and source is not None and source.rows == BUSINESS


def _enter(delivery: Delivery) -> int:
    rulebook = current_rulebook(delivery.jurisdiction)
    rule = rulebook.procedure.get("new_businesses")
    run = Run.objects.main().published().filter(rulebook_key=rulebook.key).order_by("-year").first()
    if not rule or run is None:
        return 0
    values: dict[str, Value] = {
        "run": run.pk,
        "basis": run.basis_date,
        "today": clock.today(),
        "tier": Tier(rule["tier"]).value,
        "active": RegistrationStatus.ACTIVE.value,
        "individual": EntityKind.INDIVIDUAL.value,
        "jurisdiction": delivery.jurisdiction_id,
        "cause": _cause(delivery),
    }
    return _execute(ENTER, delivery, values)


def _execute(statement: str, delivery: Delivery, values: Mapping[str, Value]) -> int:
    known: dict[str, Value] = {
        "delivery": delivery.pk,
        "divisions": json.dumps(dict(division_names())),
        "now": clock.now(),
    }
    return _run(statement, {**known, **values})


def _run(statement: str, values: Mapping[str, Value]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        count: int = cursor.rowcount
    return count


def _cause(delivery: Delivery) -> str:
    return f"registration:{delivery.pk}"


def _record(by: User | None, verb: str, delivery: Delivery, entries: int) -> None:
    record(
        by=by,
        verb=verb,
        subject=f"delivery:{delivery.pk}",
        detail={"entries": entries},
        clause=CLAUSE,
        jurisdiction=delivery.jurisdiction_id,
    )
