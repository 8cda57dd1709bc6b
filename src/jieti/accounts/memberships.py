"""What a user holds: asked of the database each time, or read once for a page that asks many questions."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db.models import Model, Q

from jieti.accounts.models import Jurisdiction, Membership

_read: ContextVar[dict[int, tuple[Membership, ...]] | None] = ContextVar("memberships_read", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Within the block each user's memberships are those of the first question: for what only reads."""
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def holds(user_id: int, what: Q, jurisdiction: Jurisdiction | None) -> bool:
    """Whether the user has a membership, in the jurisdiction if there is one, of which the condition is true."""
    asked = what if jurisdiction is None else what & Q(organisation__jurisdiction=jurisdiction)
    known = _read.get()
    if known is None:
        return Membership.objects.filter(asked, user_id=user_id).exists()
    if user_id not in known:
        known[user_id] = tuple(Membership.objects.filter(user_id=user_id).select_related("organisation"))
    return any(_meets(one, asked) for one in known[user_id])


def _meets(held: Membership, what: Q) -> bool:
    """The condition's truth as the database would find it; the columns of a membership are never null."""
    parts = (_meets(held, one) if isinstance(one, Q) else _says(held, *_lookup(one)) for one in what.children)
    found = not what.children or (any(parts) if what.connector == Q.OR else all(parts))
    return found is not what.negated


def _lookup(child: object) -> tuple[str, object]:
    if not isinstance(child, tuple):
        raise TypeError(f"{child!r} can only be asked of the database")
    return child


def _says(held: Membership, lookup: str, wanted: object) -> bool:
    """One comparison, `role`, `organisation__key` or `organisation__kind__in`. Raises FieldError for another kind."""
    path = lookup.split("__")
    is_one_of = path[-1] == "in"
    row: Model = held
    *way, last = path[:-1] if is_one_of else path
    for name in way:
        row = getattr(row, name)
    found = getattr(row, row._meta.get_field(last).attname)  # type: ignore[union-attr]  # relations to many have none
    if is_one_of:
        assert isinstance(wanted, tuple | list | set | frozenset)  # noqa: S101 - no lookup of perms asks a query
        return found in {_plain(one) for one in wanted}
    return bool(found == _plain(wanted))


def _plain(wanted: object) -> object:
    return wanted.pk if isinstance(wanted, Model) else wanted
