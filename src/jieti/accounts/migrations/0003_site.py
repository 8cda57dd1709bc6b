"""A database from before jurisdictions holds one district's data: it becomes that district's."""

from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def name_the_site(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Until its rulebook is loaded again the district goes by its rulebook's key."""
    organisations = apps.get_model("accounts", "Organisation")
    if not organisations.objects.exists():
        return
    apps.get_model("accounts", "Jurisdiction").objects.create(
        code=settings.JURISDICTION.split("-")[1],
        name=settings.JURISDICTION,
        level="district",
        rulebook=settings.JURISDICTION,
        edition=settings.EDITION,
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_jurisdictions")]
    operations = [migrations.RunPython(name_the_site, migrations.RunPython.noop)]
