"""With two database roles the application cannot bend the record, nor take its guard away."""

from collections.abc import Iterator

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from jieti.audit.actions import INSERT
from jieti.audit.checking import verify
from tests.audit.tampering import deeds

pytestmark = pytest.mark.django_db(transaction=True)

ROLE, PASSWORD = "jieti_application", "only-for-this-test"
Connection = psycopg.Connection[tuple[object, ...]]
NOTHING = "language plpgsql as $$ begin return new; end $$"
ANY_ROW = "for each row execute function suppress_redundant_updates_trigger()"
VALUES = ["2026-07-01 04:00+00", "x", None, "", "test.deed", "s", "", "{}", None, None, "", "request-0001"]


@pytest.fixture
def role() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"create role {ROLE} login password '{PASSWORD}'")
        yield ROLE
        cursor.execute(f"drop owned by {ROLE}")
        cursor.execute(f"drop role {ROLE}")


@pytest.fixture
def application(role: str) -> Iterator[Connection]:
    """The database as the application's own role sees it."""
    deeds()
    call_command("grant_application_role", role)
    here = connection.settings_dict
    with psycopg.connect(
        host=here["HOST"], port=here["PORT"], dbname=here["NAME"], user=ROLE, password=PASSWORD, autocommit=True
    ) as opened:
        yield opened


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_event set verb = 'x'",
        "delete from audit_event",
        "truncate audit_event",
        "truncate audit_event cascade",
        "alter table audit_event disable trigger all",
        "alter table audit_event disable trigger user",
        "alter table audit_event disable trigger audit_event_refuse",
        "drop trigger audit_event_refuse on audit_event",
        "drop trigger audit_event_chain on audit_event",
        "drop function audit_event_refuse() cascade",
        f"create or replace function audit_event_refuse() returns trigger {NOTHING}",
        "alter function audit_event_chain() set search_path = pg_temp",
        f"create trigger mine before update on audit_event {ANY_ROW}",
        "create rule mine as on insert to audit_event do instead nothing",
        "create function public.mine() returns int language sql as 'select 1'",
        "drop table audit_event",
        "alter table audit_event rename to other",
        "alter table audit_event owner to jieti_application",
        "set session_replication_role = replica",
        "create or replace view audit_digest as select 1",
        "insert into audit_event select * from audit_event on conflict (day, number) do update set verb = 'x'",
        "delete from django_migrations",
    ],
)
def test_the_application_is_refused(application: Connection, statement: str) -> None:
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidTableDefinition)):
        application.execute(statement)
    found = verify()
    assert (found.records, found.broken) == (3, None)


def test_the_application_reads_appends_and_works(application: Connection) -> None:
    (row,) = application.execute(INSERT, VALUES).fetchall()
    assert row[5]
    counted = application.execute("select count(*) from audit_event").fetchone()
    assert counted == (4,)
    assert application.execute("select records from audit_digest").fetchall()
    application.execute("update accounts_user set display_name = display_name")
    assert verify().broken is None


def test_what_the_application_grants_itself_is_nothing(application: Connection) -> None:
    """PostgreSQL only warns of a grant that grants nothing."""
    application.execute(f"grant update, delete, truncate, trigger on audit_event to {ROLE}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute("update audit_event set verb = 'x'")


def test_tables_made_later_are_the_applications_too(application: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("create table made_later (id bigserial primary key)")
        try:
            application.execute("insert into made_later default values")
        finally:
            cursor.execute("drop table made_later")


def test_granting_twice_changes_nothing(application: Connection, role: str) -> None:
    call_command("grant_application_role", role)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute("delete from audit_event")


def test_a_role_that_does_not_exist_is_said() -> None:
    with pytest.raises(CommandError, match="there is no database role"):
        call_command("grant_application_role", "nobody_here")


def test_a_role_with_power_over_the_guard_is_refused(role: str) -> None:
    with pytest.raises(CommandError, match="could undo the guard"):
        call_command("grant_application_role", connection.settings_dict["USER"])
    with connection.cursor() as cursor:
        cursor.execute("select relowner::regrole::text from pg_class where oid = 'audit_event'::regclass")
        owner = sql.Identifier(cursor.fetchone()[0]).as_string(cursor.connection)
        cursor.execute(f"grant {owner} to {role}")
    with pytest.raises(CommandError, match="could undo the guard"):
        call_command("grant_application_role", role)
