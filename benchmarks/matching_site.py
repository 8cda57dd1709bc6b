"""The businesses of `benchmarks.matching` in the product's database, without the way there."""

import datetime
import shutil
from pathlib import Path

import pyarrow.parquet as pq
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from jieti.accounts.models import Jurisdiction
from jieti.accounts.rulebook_files import folder_of
from jieti.measures.actions import load_measures
from jieti.registry.models import Delivery
from tests.factories.accounts import make_jurisdiction
from tests.factories.recognitions import make_published_run, make_table

TIERS = ("survival", "growth", "development", "ineligible")


def fill(folder: Path) -> Jurisdiction:
    """The district with its measures, the register as delivered and as rows, results, accounts of some."""
    call_command("migrate", verbosity=0)
    Path(settings.DATA_DIR).mkdir(parents=True, exist_ok=True)
    home = make_jurisdiction()
    load_measures(by=None, folder=folder_of(home))
    with transaction.atomic():
        delivery = _register(folder)
        _businesses(folder, home, delivery)
        _results(folder, make_published_run(year=datetime.date(2026, 1, 1).year).pk)
        _accounts()
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze registry_business, determinations_result, registry_proprietorship")
    return home


def _register(folder: Path) -> Delivery:
    """An accepted delivery whose clean table is the benchmark's file."""
    (Path(settings.DATA_DIR) / "clean").mkdir(exist_ok=True)
    delivery = make_table("registration")
    shutil.copyfile(folder / "registration.parquet", delivery.clean_file)
    return delivery


def _businesses(folder: Path, home: Jurisdiction, delivery: Delivery) -> None:
    columns = "uscc, jurisdiction_id, name, registration_status, established_on, proprietor, entity_kind, address,"
    columns += " town, industry, name_initials, delivery_id"
    with connection.cursor() as cursor, cursor.copy(f"copy registry_business ({columns}) from stdin") as copy:
        for batch in pq.ParquetFile(folder / "registration.parquet").iter_batches():
            for uscc, state, town in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                name, day = f"店{uscc[-7:]}", "2015-01-01"
                copy.write_row((uscc, home.pk, name, state, day, "", "individual", "", town, "", "", delivery.pk))


def _results(folder: Path, run: int) -> None:
    columns = "run_id, uscc, tier, possible, true_bits, unknown_bits"
    with connection.cursor() as cursor, cursor.copy(f"copy determinations_result ({columns}) from stdin") as copy:
        for batch in pq.ParquetFile(folder / "results.parquet").iter_batches(columns=["uscc", *TIERS]):
            for uscc, *flags in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                possible = [tier for tier, flag in zip(TIERS, flags, strict=True) if flag is not False] or [
                    "ineligible"
                ]
                copy.write_row((run, uscc, possible[0] if len(possible) == 1 else None, possible, 0, 0))


def _accounts() -> None:
    """Proprietors of about one in eight, each with an account of their own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into accounts_user (password, is_superuser, username, first_name, last_name, email, is_staff,"
            " is_active, date_joined, display_name, password_is_temporary)"
            " select '', false, uscc, '', '', '', false, true, now(), '', false"
            " from registry_business where right(uscc, 2) < '4'",
        )
        cursor.execute(
            "insert into registry_proprietorship (created_at, user_id, business_id)"
            " select now(), u.id, u.username from accounts_user u join registry_business b on b.uscc = u.username"
        )
