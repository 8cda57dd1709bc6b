"""The table of Django's cache in the database: spent one-time codes and counted tries, for every server process."""

from django.db import migrations

MAKE = """
create table shared_cache (
    cache_key varchar(255) primary key,
    value text not null,
    expires timestamp with time zone not null
);
create index shared_cache_expires on shared_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_organisation_jurisdiction")]

    operations = [migrations.RunSQL(MAKE, "drop table shared_cache")]
