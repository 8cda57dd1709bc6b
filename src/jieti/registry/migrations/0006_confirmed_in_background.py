import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

USCC_FORM = models.Q(
    django.db.models.lookups.Exact(django.db.models.functions.text.Length('uscc'), 18),
    models.Q(('uscc__regex', '[^0-9A-HJ-NPQRTUWXY]'), _negated=True),
    models.Q(
        django.db.models.lookups.Regex(django.db.models.functions.text.Left('uscc', 8), '[^0-9]'), _negated=True
    ),
)

# One reference after another, each value once: all in one join takes several times as long for a million rows.
REFERS = """
create or replace function registry_refers() returns trigger language plpgsql as $$
declare
    is_lost boolean;
begin
    for n in 0 .. tg_nargs / 3 - 1 loop
        execute format('select exists (select from (select distinct %1$I as value from fresh where %1$I is not null) f'
                       ' where not exists (select from %2$I t where t.%3$I = f.value))',
                       tg_argv[3 * n], tg_argv[3 * n + 1], tg_argv[3 * n + 2]) into is_lost;
        if is_lost then
            raise exception 'a row of % refers to what is not there', tg_table_name
                using errcode = 'foreign_key_violation';
        end if;
    end loop;
    return null;
end $$;
"""
# Codes are never searched by how they begin; the index for that is written for every row all the same.
NO_INDEX = "drop index if exists registry_business_uscc_41173f03_like;"


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_contact_phone'),
        ('registry', '0005_register_in_bulk'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='business',
            name='registry_business_uscc',
        ),
        migrations.RemoveConstraint(
            model_name='business',
            name='registry_business_registration_status',
        ),
        migrations.RemoveConstraint(
            model_name='businessrecord',
            name='registry_record_uscc_form',
        ),
        migrations.RemoveConstraint(
            model_name='delivery',
            name='registry_delivery_read_has_table_refused_has_reason',
        ),
        migrations.RemoveConstraint(
            model_name='delivery',
            name='registry_delivery_confirmed_together',
        ),
        migrations.AlterField(
            model_name='delivery',
            name='status',
            field=models.CharField(choices=[('received', '已收到'), ('reading', '正在读入'), ('checked', '待复核'), ('held', '异常待确认'), ('confirming', '正在生效'), ('accepted', '已生效'), ('refused', '整份退回'), ('declined', '复核不通过')], default='received', max_length=10, verbose_name='状态'),
        ),
        migrations.AddConstraint(
            model_name='business',
            constraint=models.CheckConstraint(condition=USCC_FORM, name='registry_business_uscc'),
        ),
        migrations.AddConstraint(
            model_name='businessrecord',
            constraint=models.CheckConstraint(condition=USCC_FORM, name='registry_record_uscc_form'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('checked', 'held', 'confirming', 'accepted', 'declined')), models.Q(('clean_path', ''), _negated=True)), models.Q(('clean_path', ''), ('clean_rows', 0), ('status__in', ('received', 'reading')), ('taken', 0)), models.Q(('clean_path', ''), ('clean_rows', 0), ('status', 'refused'), ('taken', 0), models.Q(('message', ''), _negated=True)), _connector='OR'), name='registry_delivery_read_has_table_refused_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_by__isnull', False), ('status__in', ('confirming', 'accepted', 'declined'))), models.Q(('confirmed_by', None), ('known_at', models.F('received_at')), ('status', 'accepted')), models.Q(models.Q(('status__in', ('confirming', 'accepted', 'declined')), _negated=True), ('confirmed_by', None)), _connector='OR'), name='registry_delivery_confirmed_together'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'confirming')), fields=('jurisdiction', 'source_key'), name='registry_delivery_one_confirming'),
        ),
        migrations.RunSQL(REFERS, migrations.RunSQL.noop),
        migrations.RunSQL(NO_INDEX, migrations.RunSQL.noop),
    ]
