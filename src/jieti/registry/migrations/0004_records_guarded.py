import django.db.models
import django.db.models.expressions
from django.db import migrations, models

# Without nested loops: a table that is being filled has no statistics, and comparing row by row would take hours.
GUARD = """
create function registry_record_guard() returns trigger language plpgsql set enable_nestloop = off as $$
begin
    if exists (
        select from fresh f join registry_businessrecord r on r.uscc = f.uscc and r.id <> f.id
        where daterange(r.valid_from, r.valid_to) && daterange(f.valid_from, f.valid_to) and r.known && f.known
    ) then
        raise exception 'two records of a business for one day and one moment'
            using errcode = 'exclusion_violation', constraint = 'registry_record_one_state_a_day';
    end if;
    return null;
end $$;

create function registry_record_keep() returns trigger language plpgsql set enable_nestloop = off as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'records of the register are never deleted' using errcode = 'restrict_violation';
    end if;
    if (select count(*) from stale) <> (
        select count(*) from stale s join fresh f on f.id = s.id
        where upper_inf(s.known) and (lower(f.known) is null or lower(f.known) = lower(s.known))
          and (to_jsonb(f) - 'known') = (to_jsonb(s) - 'known')
    ) then
        raise exception 'of a record of the register only the end of its known time is written'
            using errcode = 'restrict_violation';
    end if;
    return null;
end $$;

create trigger registry_record_one_state_a_day after insert on registry_businessrecord
    referencing new table as fresh for each statement execute function registry_record_guard();
create trigger registry_record_kept after update on registry_businessrecord
    referencing old table as stale new table as fresh for each statement execute function registry_record_keep();
create trigger registry_record_not_deleted before delete on registry_businessrecord
    for each statement execute function registry_record_keep();
"""
UNGUARD = """
drop trigger registry_record_one_state_a_day on registry_businessrecord;
drop trigger registry_record_kept on registry_businessrecord;
drop trigger registry_record_not_deleted on registry_businessrecord;
drop function registry_record_guard();
drop function registry_record_keep();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0003_persons_and_corrections'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='businessrecord',
            name='registry_record_one_state_a_day',
        ),
        migrations.RemoveIndex(
            model_name='businessrecord',
            name='registry_record_uscc',
        ),
        migrations.RemoveIndex(
            model_name='businessrecord',
            name='registry_record_known',
        ),
        migrations.AddConstraint(
            model_name='businessrecord',
            constraint=models.UniqueConstraint(models.F('uscc'), models.F('valid_from'), models.Func(models.F('known'), function='lower'), name='registry_record_once'),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
