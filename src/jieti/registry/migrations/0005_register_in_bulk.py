import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

# Statements are planned when they run: a plan kept from a statement of one row looks a million rows up one by one.
GUARD = """
create function registry_refers() returns trigger language plpgsql as $$
declare
    joins text := '';
    lost text := 'false';
    is_lost boolean;
begin
    for n in 0 .. tg_nargs / 3 - 1 loop
        joins := joins || format(' left join %1$I t%2$s on t%2$s.%3$I = f.%4$I',
                                 tg_argv[3 * n + 1], n, tg_argv[3 * n + 2], tg_argv[3 * n]);
        lost := lost || format(' or f.%1$I is not null and t%2$s.%3$I is null', tg_argv[3 * n], n, tg_argv[3 * n + 2]);
    end loop;
    execute format('select exists (select from fresh f%s where %s)', joins, lost) into is_lost;
    if is_lost then
        raise exception 'a row of % refers to what is not there', tg_table_name using errcode = 'foreign_key_violation';
    end if;
    return null;
end $$;

create function registry_referred_to() returns trigger language plpgsql as $$
declare
    is_held boolean;
begin
    for n in 0 .. (tg_nargs - 1) / 2 - 1 loop
        execute format('select exists (select from stale s join %I t on t.%I = s.%I)',
                       tg_argv[2 * n + 1], tg_argv[2 * n + 2], tg_argv[0]) into is_held;
        if is_held then
            raise exception 'a row of % is referred to', tg_table_name using errcode = 'foreign_key_violation';
        end if;
    end loop;
    return null;
end $$;

create or replace function registry_record_guard() returns trigger language plpgsql as $$
declare
    is_twice boolean;
begin
    execute $check$
        select exists (
            select from fresh f join registry_businessrecord r on r.uscc = f.uscc and r.id <> f.id
            where daterange(r.valid_from, r.valid_to) && daterange(f.valid_from, f.valid_to) and r.known && f.known
        )
    $check$ into is_twice;
    if is_twice then
        raise exception 'two records of a business for one day and one moment'
            using errcode = 'exclusion_violation', constraint = 'registry_record_one_state_a_day';
    end if;
    return null;
end $$;

create trigger registry_business_refers after insert on registry_business referencing new table as fresh
    for each statement execute function registry_refers(
        'jurisdiction_id', 'accounts_jurisdiction', 'code', 'delivery_id', 'registry_delivery', 'id',
        'person_id', 'registry_person', 'id', 'absent_since_id', 'registry_delivery', 'id');
create trigger registry_business_refers_anew after update on registry_business referencing new table as fresh
    for each statement execute function registry_refers(
        'jurisdiction_id', 'accounts_jurisdiction', 'code', 'delivery_id', 'registry_delivery', 'id',
        'person_id', 'registry_person', 'id', 'absent_since_id', 'registry_delivery', 'id');
create trigger registry_record_refers after insert on registry_businessrecord referencing new table as fresh
    for each statement execute function registry_refers(
        'jurisdiction_id', 'accounts_jurisdiction', 'code', 'delivery_id', 'registry_delivery', 'id',
        'person_id', 'registry_person', 'id');

create trigger registry_jurisdiction_referred_to after delete on accounts_jurisdiction referencing old table as stale
    for each statement execute function registry_referred_to(
        'code', 'registry_business', 'jurisdiction_id', 'registry_businessrecord', 'jurisdiction_id');
create trigger registry_delivery_referred_to after delete on registry_delivery referencing old table as stale
    for each statement execute function registry_referred_to(
        'id', 'registry_business', 'delivery_id', 'registry_business', 'absent_since_id',
        'registry_businessrecord', 'delivery_id');
create trigger registry_person_referred_to after delete on registry_person referencing old table as stale
    for each statement execute function registry_referred_to(
        'id', 'registry_business', 'person_id', 'registry_businessrecord', 'person_id');
"""
UNGUARD = """
drop trigger registry_business_refers on registry_business;
drop trigger registry_business_refers_anew on registry_business;
drop trigger registry_record_refers on registry_businessrecord;
drop trigger registry_jurisdiction_referred_to on accounts_jurisdiction;
drop trigger registry_delivery_referred_to on registry_delivery;
drop trigger registry_person_referred_to on registry_person;
drop function registry_refers();
drop function registry_referred_to();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_contact_phone'),
        ('registry', '0004_records_guarded'),
    ]

    operations = [
        migrations.AlterField(
            model_name='business',
            name='absent_since',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='absentees', to='registry.delivery', verbose_name='不再见于'),
        ),
        migrations.AlterField(
            model_name='business',
            name='delivery',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='businesses', to='registry.delivery', verbose_name='送数'),
        ),
        migrations.AlterField(
            model_name='business',
            name='jurisdiction',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='businesses', to='accounts.jurisdiction', verbose_name='辖区'),
        ),
        migrations.AlterField(
            model_name='business',
            name='person',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='businesses', to='registry.person', verbose_name='经营者本人'),
        ),
        migrations.AlterField(
            model_name='businessrecord',
            name='delivery',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='records', to='registry.delivery', verbose_name='送数'),
        ),
        migrations.AlterField(
            model_name='businessrecord',
            name='jurisdiction',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='business_records', to='accounts.jurisdiction', verbose_name='辖区'),
        ),
        migrations.AlterField(
            model_name='businessrecord',
            name='person',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='records', to='registry.person', verbose_name='经营者本人'),
        ),
        migrations.AlterField(
            model_name='person',
            name='identity_hash',
            field=models.CharField(max_length=64, verbose_name='身份证号码的键控散列'),
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.UniqueConstraint(fields=('identity_hash',), name='registry_person_once'),
        ),
        migrations.RemoveConstraint(
            model_name='person',
            name='registry_person_hash',
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.CheckConstraint(condition=models.Q(django.db.models.lookups.Exact(django.db.models.functions.text.Length('identity_hash'), 64), models.Q(('identity_hash__regex', '[^0-9a-f]'), _negated=True)), name='registry_person_hash'),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
