from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone

CONTENT = ("title", "gist", "strength", "scope_kind", "scope", "clause", "delivery", "lead", "lead_name", "co",
           "co_names")  # fmt: skip


def give_a_home(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Measures loaded so far are the site's own; each row is its first version."""
    measures, versions = apps.get_model("measures", "Measure"), apps.get_model("measures", "MeasureVersion")
    jurisdictions = apps.get_model("accounts", "Jurisdiction").objects
    home = jurisdictions.filter(rulebook=settings.JURISDICTION).first() or jurisdictions.first()
    if home is None:
        measures.objects.all().delete()
        return
    for number, measure in enumerate(measures.objects.order_by("order")):
        measure.jurisdiction, measure.number = home, number
        measure.save(update_fields=["jurisdiction", "number"])
        versions.objects.create(
            jurisdiction=home, key=measure.key, version=1, measure=measure, status="published",
            beneficiary_definite=True, basis_definite=True, published_at=timezone.now(),
            **{name: getattr(measure, name) for name in CONTENT},
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("measures", "0002_versions_and_ledger")]

    operations = [migrations.RunPython(give_a_home, migrations.RunPython.noop)]
