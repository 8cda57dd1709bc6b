"""Deadlines that were provisional, settled by a holiday notice that came with a newer version of the program."""

from collections.abc import Iterator
from datetime import date

import pytest
from pytest_django import Settings

from jieti.appeals.filing import withdraw
from jieti.appeals.models import Objection
from jieti.domain.deadlines import Length
from jieti.domain.working_days import WorkingDays
from jieti.kit import clock
from jieti.notices.models import Notice
from jieti.supervision import tasks
from jieti.supervision.announcing import reannounce_deadlines
from tests.appeals.court import Court, make_court

BEFORE_THE_NOTICE_OF_2026 = date(2025, 10, 31)


@pytest.fixture
def court(db: None, settings: Settings) -> Iterator[Court]:
    """Just before the long breaks of autumn."""
    settings.SIMULATED_CLOCK = True
    with clock.at(date(2026, 9, 24)):
        yield make_court()


def as_an_older_version_had_it(one: Objection) -> None:
    """The deadline as a version of the program had set it that did not have the year's notice yet."""
    known = WorkingDays.load(known_on=BEFORE_THE_NOTICE_OF_2026)
    assert one.due_start is not None
    one.set_deadline(known.deadline(one.due_start, Length.parse(one.due_length)), one.deadline_clause)
    assert one.due_provisional
    one.save()


def test_a_settled_deadline_is_told_to_both_sides_once(court: Court) -> None:
    one = court.file()
    definite = one.due_latest
    as_an_older_version_had_it(one)
    assert one.due_latest
    assert definite
    assert one.due_latest > definite, "until the notice is out the latest day allows for every break"
    home = one.jurisdiction
    assert reannounce_deadlines(home) == 2
    one.refresh_from_db()
    assert (one.due_earliest, one.due_latest, one.due_provisional) == (definite, definite, False)
    to_appellant, to_handler = Notice.objects.filter(kind="deadline_reannounced").order_by("pk")
    assert (to_appellant.recipient, to_appellant.organisation) == (court.people.proprietor, None)
    assert (to_handler.recipient, to_handler.organisation) == (None, court.handler)
    for notice in (to_appellant, to_handler):
        assert one.due_text in notice.body
        assert notice.link.endswith(f"/objections/{one.pk}/")
    assert reannounce_deadlines(home) == 0
    tasks.announce(0)
    assert Notice.objects.filter(kind="deadline_reannounced").count() == 2


def test_what_is_definite_or_still_awaited_is_not_told(court: Court) -> None:
    first = court.file()
    assert reannounce_deadlines(first.jurisdiction) == 0
    withdraw(by=court.people.proprietor, objection=first, version=first.version)
    with clock.at(date(2027, 3, 1)):
        court.run.published_at = clock.now()
        court.run.save()
        one = court.file()
        before = (one.due_earliest, one.due_latest)
        assert one.due_provisional
        assert reannounce_deadlines(one.jurisdiction) == 0
    one.refresh_from_db()
    assert (one.due_earliest, one.due_latest, one.due_provisional) == (*before, True)
    assert not Notice.objects.filter(kind="deadline_reannounced").exists()
