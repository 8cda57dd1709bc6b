import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_site'),
    ]

    operations = [
        migrations.AddField(
            model_name='organisation',
            name='jurisdiction',
            field=models.ForeignKey(default=settings.JURISDICTION.split("-")[1], on_delete=django.db.models.deletion.PROTECT, related_name='organisations', to='accounts.jurisdiction', verbose_name='辖区'),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.UniqueConstraint(fields=('jurisdiction', 'key'), name='accounts_organisation_key'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.UniqueConstraint(fields=('jurisdiction', 'name'), name='accounts_organisation_name'),
        ),
    ]
