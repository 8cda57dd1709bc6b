"""A record says more: for whom, before and after, where, and for which request. Old records keep their own format.

`version` says which fields a record's hash covers. The chain's function names its schema itself, so that nobody's
temporary table of the same name is taken for the record.
"""

from django.db import migrations, models

FORWARD = """
create or replace function audit_event_chain() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
declare
    before record;
begin
    -- One writer at a time, until its transaction ends: the next must see this record.
    perform pg_advisory_xact_lock(hashtext('audit_event'));
    select e.day, e.number, e.hash into before
        from audit_event e order by e.day desc, e.number desc limit 1;
    -- A clock that went back must not slip a record into a day already closed.
    new.day := greatest((new.at at time zone 'Asia/Shanghai')::date, before.day);
    new.number := case when before.day = new.day then before.number + 1 else 1 end;
    new.previous_hash := coalesce(before.hash, repeat('0', 64));
    new.version := 2;
    new.hash := encode(sha256(
        audit_netstring(new.version::text)
        || audit_netstring(new.previous_hash)
        || audit_netstring(to_char(new.day, 'YYYY-MM-DD'))
        || audit_netstring(new.number::text)
        || audit_netstring(to_char(new.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'))
        || audit_netstring(new.actor)
        || audit_netstring(coalesce(new.actor_id::text, ''))
        || audit_netstring(new.verb)
        || audit_netstring(new.subject)
        || audit_netstring(new.clause)
        || audit_netstring(new.detail::text)
        || audit_netstring(new.on_behalf_of)
        || audit_netstring(coalesce(new.before::text, ''))
        || audit_netstring(coalesce(new.after::text, ''))
        || audit_netstring(new.jurisdiction)
        || audit_netstring(new.request_id)
    ), 'hex');
    return new;
end
$$;

-- A day is closed once a later day has begun: no record enters it any more. Days are looked up in the index one by one.
create view audit_digest as
with recursive days(day) as (
    (select max(e.day) from audit_event e)
    union all
    select (select max(e.day) from audit_event e where e.day < days.day) from days where days.day is not null
)
select
    days.day,
    newest.number as records,
    oldest.hash as first_hash,
    newest.hash as last_hash,
    days.day < (select max(e.day) from audit_event e) as closed
from days
cross join lateral (
    select e.number, e.hash from audit_event e where e.day = days.day order by e.number desc limit 1
) newest
cross join lateral (
    select e.hash from audit_event e where e.day = days.day order by e.number limit 1
) oldest
where days.day is not null;
"""


class Migration(migrations.Migration):
    dependencies = (("audit", "0002_chain"),)

    operations = (
        migrations.AddField("event", "on_behalf_of", models.CharField("代表", max_length=300, blank=True, default="")),
        migrations.AddField("event", "before", models.JSONField("变更前", null=True, blank=True)),
        migrations.AddField("event", "after", models.JSONField("变更后", null=True, blank=True)),
        migrations.AddField(
            "event", "jurisdiction", models.CharField("辖区代码", max_length=12, blank=True, default="")
        ),
        migrations.AddField(
            "event", "request_id", models.CharField("请求编号", max_length=64, blank=True, default="")
        ),
        migrations.AddField(
            "event", "version", models.PositiveSmallIntegerField("记录格式", default=1, editable=False)
        ),
        migrations.AddIndex(
            "event", models.Index(fields=["jurisdiction", "day", "number"], name="audit_event_jurisdiction")
        ),
        migrations.RunSQL(FORWARD),
    )
