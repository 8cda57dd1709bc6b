"""What a user holds: asked of the database each time, or each question once for a page that asks many."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db.models import Q

from jieti.accounts.models import Jurisdiction, Membership

_answers: ContextVar[dict[Hashable, bool] | None] = ContextVar("membership_answers", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Within the block a question has the answer that it had first: for what only reads."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def holds(user_id: int, what: Q, jurisdiction: Jurisdiction | None) -> bool:
    """Whether the user has a membership, in the jurisdiction if there is one, of which the condition is true."""
    known = _answers.get()
    if known is None:
        return _found(user_id, what, jurisdiction)
    question = (user_id, what, jurisdiction)
    if question not in known:
        known[question] = _found(user_id, what, jurisdiction)
    return known[question]


def _found(user_id: int, what: Q, jurisdiction: Jurisdiction | None) -> bool:
    held = Membership.objects.filter(what, user_id=user_id)
    if jurisdiction is not None:
        held = held.filter(organisation__jurisdiction=jurisdiction)
    return held.exists()
