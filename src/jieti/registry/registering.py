"""Brings an accepted delivery of the register into the database: persons, the history, the businesses as they stand."""

from django.db import connection

from jieti.registry.history import bring_up_to_date, record_states
from jieti.registry.loading import load_incoming
from jieti.registry.models import Delivery
from jieti.registry.persons import write_persons

_WORK_MEMORY = "set local work_mem = '128MB'"
"""For sorting a million rows in memory rather than on disk, until the transaction ends."""


def load_register(delivery: Delivery) -> int:
    """Writes all that the delivery tells; returns of how many businesses it told something new.

    Called in the transaction that accepts it, so that it counts as a whole or not at all.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WORK_MEMORY)
        load_incoming(delivery)
        write_persons(delivery)
        record_states(delivery)
        bring_up_to_date(delivery)
        cursor.execute("select count(*) from history_said")
        (told,) = cursor.fetchone()
        cursor.execute("drop table incoming_business, history_said")
    return int(told)
