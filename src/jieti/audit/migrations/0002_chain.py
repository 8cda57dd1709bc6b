"""The chain and its guard, in the database: bulk inserts and raw SQL are caught as well."""

from django.db import migrations

FORWARD = """
create function audit_netstring(part text) returns bytea language sql immutable strict as $$
    select convert_to(octet_length(part) || ':' || part, 'UTF8')
$$;

create function audit_event_chain() returns trigger language plpgsql as $$
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
    new.hash := encode(sha256(
        audit_netstring(new.previous_hash)
        || audit_netstring(to_char(new.day, 'YYYY-MM-DD'))
        || audit_netstring(new.number::text)
        || audit_netstring(to_char(new.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'))
        || audit_netstring(new.actor)
        || audit_netstring(coalesce(new.actor_id::text, ''))
        || audit_netstring(new.verb)
        || audit_netstring(new.subject)
        || audit_netstring(new.clause)
        || audit_netstring(new.detail::text)
    ), 'hex');
    return new;
end
$$;

create trigger audit_event_chain before insert on audit_event
    for each row execute function audit_event_chain();

create function audit_event_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'audit records are never changed or removed' using errcode = 'restrict_violation';
end
$$;

create trigger audit_event_refuse before update or delete on audit_event
    for each row execute function audit_event_refuse();

create trigger audit_event_refuse_truncate before truncate on audit_event
    for each statement execute function audit_event_refuse();
"""

BACKWARD = """
drop trigger audit_event_refuse_truncate on audit_event;
drop trigger audit_event_refuse on audit_event;
drop function audit_event_refuse();
drop trigger audit_event_chain on audit_event;
drop function audit_event_chain();
drop function audit_netstring(text);
"""


class Migration(migrations.Migration):
    dependencies = (("audit", "0001_initial"),)

    operations = (migrations.RunSQL(FORWARD, BACKWARD),)
