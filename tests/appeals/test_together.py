"""Two people at the same moment, each with a connection of their own."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from jieti.appeals import handling
from jieti.appeals.models import LetterSeries, Objection
from jieti.determinations.models import Result
from jieti.directory.corrections import correct_result
from jieti.kit.errors import Refusal
from tests.appeals.court import Court, make_court
from tests.web import district


@pytest.fixture
def court(transactional_db: None) -> Court:
    return make_court()


def together(*deeds: Callable[[], object]) -> list[object]:
    """What each deed came to: what it returned, or the refusal."""
    found: list[object] = [None] * len(deeds)
    start = threading.Barrier(len(deeds))

    def do(number: int, deed: Callable[[], object]) -> None:
        start.wait()
        try:
            found[number] = deed()
        except Refusal as refused:
            found[number] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_of_two_at_once_one_goes_through(court: Court) -> None:
    """Filing, accepting, correcting, answering: each done twice at once happens once."""
    filed = together(court.file, court.file)
    (refused,) = [one for one in filed if isinstance(one, Refusal)]
    assert "正在处理" in refused.message
    one = Objection.objects.get()
    both = together(
        lambda: handling.accept(by=court.people.clerk, objection=one, version=one.version),
        lambda: handling.accept(by=court.people.reviewer, objection=one, version=one.version),
    )
    assert [isinstance(each, Refusal) for each in both].count(True) == 1
    assert one.steps.count() == 2
    verified = handling.verify(by=court.people.reviewer, objection=one, version=2)
    values = {"turnover": "3000000.00"}
    concluded = handling.conclude(by=court.people.reviewer, objection=verified, version=3, values=values, reason="漏填")
    upheld = handling.uphold(by=court.people.approver, objection=concluded, version=4, reason="成立")
    both = together(
        lambda: correct_result(by=court.people.reviewer, objection=upheld, version=5),
        lambda: correct_result(by=court.second_reviewer, objection=upheld, version=5),
    )
    assert [isinstance(each, Refusal) for each in both].count(True) == 1
    assert Result.objects.filter(uscc=district.GROWTH).count() == 2
    corrected = Objection.objects.get()
    both = together(
        lambda: handling.reply(by=court.people.clerk, objection=corrected, version=6, message="一"),
        lambda: handling.reply(by=court.people.clerk, objection=corrected, version=6, message="二"),
    )
    assert [isinstance(each, Refusal) for each in both].count(True) == 1
    assert LetterSeries.objects.get().last == 1
