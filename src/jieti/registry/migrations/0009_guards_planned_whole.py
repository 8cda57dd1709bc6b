from django.db import migrations

# Counted, not asked whether there is one: for the first of a million the planner goes through an index row by row,
# and of what has to be looked at to the end it makes a join of both tables at once.
GUARD = """
create or replace function registry_refers() returns trigger language plpgsql as $$
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
    execute format('select count(*) > 0 from fresh f%s where %s', joins, lost) into is_lost;
    if is_lost then
        raise exception 'a row of % refers to what is not there', tg_table_name using errcode = 'foreign_key_violation';
    end if;
    return null;
end $$;

create or replace function registry_record_guard() returns trigger language plpgsql as $$
declare
    is_twice boolean;
begin
    execute $check$
        select count(*) > 0 from fresh f join registry_businessrecord r on r.uscc = f.uscc and r.id <> f.id
        where daterange(r.valid_from, r.valid_to) && daterange(f.valid_from, f.valid_to) and r.known && f.known
    $check$ into is_twice;
    if is_twice then
        raise exception 'two records of a business for one day and one moment'
            using errcode = 'exclusion_violation', constraint = 'registry_record_one_state_a_day';
    end if;
    return null;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0008_converted_on"),
    ]

    operations = [
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
