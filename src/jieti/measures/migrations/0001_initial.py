import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Measure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(unique=True, verbose_name='编号')),
                ('title', models.CharField(max_length=100, verbose_name='措施')),
                ('gist', models.TextField(verbose_name='内容')),
                ('strength', models.CharField(choices=[('duty', '应当落实'), ('support', '支持'), ('encourage', '鼓励'), ('explore', '探索')], max_length=10, verbose_name='力度')),
                ('scope_kind', models.CharField(choices=[('tier', '分型帮扶'), ('category', '分类培育'), ('general', '面向全部个体工商户')], max_length=10, verbose_name='类别')),
                ('scope', models.CharField(blank=True, max_length=20, verbose_name='对象')),
                ('clause', models.CharField(max_length=60, verbose_name='条款')),
                ('delivery', models.CharField(choices=[('automatic', '免申即享'), ('apply', '需要申请'), ('service', '主动服务')], max_length=10, verbose_name='方式')),
                ('lead', models.CharField(blank=True, max_length=60, verbose_name='牵头部门标识')),
                ('lead_name', models.CharField(blank=True, max_length=100, verbose_name='牵头部门')),
                ('co', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None, verbose_name='共同负责部门标识')),
                ('co_names', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), default=list, size=None, verbose_name='共同负责部门')),
                ('order', models.PositiveSmallIntegerField(verbose_name='次序')),
            ],
            options={
                'verbose_name': '措施',
                'verbose_name_plural': '措施',
                'ordering': ('order',),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('scope', ''), ('scope_kind', 'general')), models.Q(models.Q(('scope_kind', 'general'), _negated=True), models.Q(('scope', ''), _negated=True)), _connector='OR'), name='measure_scope_named')],
            },
        ),
    ]
