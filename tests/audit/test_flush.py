"""Tests with real transactions leave an empty, still guarded record."""

import pytest
from django.db import DatabaseError, connection

from jieti.audit.actions import record
from jieti.audit.models import Event


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_the_record_begins_empty_and_guarded(time: str) -> None:
    assert not Event.objects.exists()
    record(by=None, verb="test.deed", subject=time)
    with pytest.raises(DatabaseError, match="never changed"), connection.cursor() as cursor:
        cursor.execute("delete from audit_event")
