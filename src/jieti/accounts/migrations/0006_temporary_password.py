from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("accounts", "0005_shared_cache"),)

    operations = (
        migrations.AddField("user", "password_is_temporary", models.BooleanField("须修改密码", default=False)),
    )
