import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import jieti.directory.models
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

# A loop over the characters is four times as fast as generate_series with substr, and so is the index's build.
BIGRAMS = """
create function directory_bigrams(name text) returns text[]
language plpgsql immutable strict parallel safe as $$
declare
    ch text[] := string_to_array(name, null);
    pairs text[] := '{}';
begin
    for i in 1 .. coalesce(array_length(ch, 1), 0) - 1 loop
        pairs := pairs || (ch[i] || ch[i + 1]);
    end loop;
    return pairs;
end
$$
"""

class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        TrigramExtension(),
        migrations.RunSQL(BIGRAMS, reverse_sql="drop function directory_bigrams(text)"),
        migrations.CreateModel(
            name='BigramCount',
            fields=[
                ('bigram', models.TextField(primary_key=True, serialize=False, verbose_name='双字')),
                ('share', models.FloatField(verbose_name='占比')),
            ],
            options={
                'verbose_name': '双字频度',
                'verbose_name_plural': '双字频度',
            },
        ),
        migrations.CreateModel(
            name='DirectoryEntry',
            fields=[
                ('uscc', models.CharField(max_length=18, primary_key=True, serialize=False, verbose_name='统一社会信用代码')),
                ('name', models.TextField(verbose_name='名称')),
                ('search_name', models.TextField(verbose_name='检索用名称')),
                ('initials', models.TextField(blank=True, verbose_name='拼音首字母')),
                ('town', models.TextField(blank=True, verbose_name='所在镇乡街道')),
                ('industry', models.TextField(blank=True, verbose_name='行业大类')),
                ('established_on', models.DateField(null=True, verbose_name='成立日期')),
                ('tier', models.CharField(choices=[('survival', '生存型'), ('growth', '成长型'), ('development', '发展型'), ('ineligible', '不符合分型条件')], max_length=20, null=True, verbose_name='分型结果')),
                ('possible', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None, verbose_name='可能的分型')),
                ('year', models.PositiveSmallIntegerField(verbose_name='判定年度')),
                ('published_at', models.DateTimeField(verbose_name='发布时间')),
            ],
            options={
                'verbose_name': '名录条目',
                'verbose_name_plural': '名录条目',
                'indexes': [django.contrib.postgres.indexes.GinIndex(jieti.directory.models.Bigrams(models.F('search_name')), name='directory_bigrams'), django.contrib.postgres.indexes.GinIndex(fields=['search_name'], name='directory_trigrams', opclasses=['gin_trgm_ops']), models.Index(fields=['town', 'tier'], name='directory_town_tier')],
                'constraints': [models.CheckConstraint(condition=models.Q(('uscc__regex', '^[0-9A-HJ-NPQRTUWXY]{18}$')), name='directory_uscc'), models.CheckConstraint(condition=models.Q(('tier__isnull', True), ('tier__in', ['survival', 'growth', 'development', 'ineligible']), _connector='OR'), name='directory_tier')],
            },
        ),
    ]
