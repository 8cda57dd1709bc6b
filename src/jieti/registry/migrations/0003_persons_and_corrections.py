from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0002_register_and_feeds'),
    ]

    operations = [
        migrations.AddField(
            model_name='person',
            name='phone_hash',
            field=models.CharField(blank=True, default='', max_length=64, verbose_name='联系电话的键控散列'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='delivery',
            name='is_correction',
            field=models.BooleanField(default=False, verbose_name='更正以前的错误'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('is_correction', False), ('mode', 'supplement'), _connector='OR'), name='registry_delivery_correction_supplements'),
        ),
    ]
