"""Two districts' registers that name one person and are loaded at the same time leave one person."""

import threading
from datetime import date

import pytest
from django.db import connection, connections, transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.demo.identities import Papers
from jieti.registry.models import Business, Person
from tests.factories.accounts import make_jurisdiction
from tests.factories.tables import code
from tests.registry.register import accept, row

JULY = date(2026, 7, 1)
IDENTITY = Papers(1).identity(1)
PATIENCE = 60.0
"""Seconds after which a load counts as stuck."""


@pytest.mark.django_db(transaction=True)
def test_the_second_waits_and_finds_the_first_ones_person(intake_clerk: User) -> None:
    other = make_jurisdiction("110117", "北京市平谷区", "cn-999999-demo-variant")
    second = threading.Thread(target=_load, args=(intake_clerk, other))
    with transaction.atomic():
        accept([row(code(1), identity=IDENTITY)], by=intake_clerk, as_of=JULY)
        second.start()
        _until_one_waits()
    second.join(PATIENCE)
    person = Person.objects.get()
    assert {(one.pk, one.person_id) for one in Business.objects.all()} == {(code(1), person.pk), (code(2), person.pk)}


def _load(by: User, place: Jurisdiction) -> None:
    try:
        with transaction.atomic():
            accept([row(code(2), identity=IDENTITY)], by=by, as_of=JULY, jurisdiction=place)
    finally:
        connections.close_all()


def _until_one_waits() -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.05)):
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from pg_locks where not granted and relation = 'registry_person'::regclass")
            if cursor.fetchone()[0]:
                return
        pause.wait(0.05)
    pytest.fail("the second load does not wait")
