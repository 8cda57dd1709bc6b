"""The shape of a permission as the pages ask it."""

from typing import Protocol

from jieti.accounts.models import Jurisdiction
from jieti.accounts.perms import Visitor


class Question(Protocol):
    """A permission of accounts.perms, asked of one jurisdiction."""

    def __call__(self, user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool: ...
