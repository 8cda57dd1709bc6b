"""Two database roles: the owner migrates, the application works, and the record is beyond the application's reach."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

ROLE = """
select rolsuper, rolbypassrls or rolcreaterole or rolreplication,
    pg_has_role(rolname, (select relowner from pg_class where oid = 'audit_event'::regclass), 'member')
from pg_roles where rolname = %s
"""
GRANTS = """
grant connect on database {database} to {role};
revoke create on schema public from {role};
grant usage on schema public to {role};
grant select, insert, update, delete on all tables in schema public to {role};
grant usage, select on all sequences in schema public to {role};
alter default privileges in schema public grant select, insert, update, delete on tables to {role};
alter default privileges in schema public grant usage, select on sequences to {role};
revoke all on audit_event, audit_digest, django_migrations from {role};
grant select, insert on audit_event to {role};
grant select on audit_digest, django_migrations to {role};
"""


class Command(BaseCommand):
    help = (
        "Gives the database role of the running application what it needs and no more: audit records it may read and "
        "append, never change, delete, truncate or unguard. Run it as the owner of the tables, after every migration."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="an existing database role that owns none of the tables")

    def handle(self, *_args: Any, role: str, **_options: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            _check(cursor, role)
            name, database = sql.Identifier(role), sql.Identifier(connection.settings_dict["NAME"])
            cursor.execute(sql.SQL(GRANTS).format(role=name, database=database).as_string(cursor.connection))
        self.stdout.write(f"{role}: may read and append audit records, and work on every other table")


def _check(cursor: CursorWrapper, role: str) -> None:
    cursor.execute(ROLE, [role])
    found = cursor.fetchone()
    if found is None:
        raise CommandError(f"there is no database role {role}: create it first (create role … login password …)")
    superuser, privileged, owner = found
    if superuser or privileged or owner:
        raise CommandError(
            f"{role} could undo the guard (superuser, special rights, or a member of the tables' owner): "
            "choose a role without them for the application"
        )
