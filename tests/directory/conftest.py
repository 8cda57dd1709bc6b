from collections.abc import Callable

import pytest

from jieti.directory.models import BigramCount, DirectoryEntry
from jieti.directory.names import normalised
from jieti.domain.uscc import compose
from jieti.kit import clock
from jieti.registry.initials import initials_of
from tests.factories.accounts import make_jurisdiction
from tests.web.conftest import people, published, run

__all__ = ["MakeEntry", "common", "make_entry", "people", "published", "run"]
MakeEntry = Callable[..., DirectoryEntry]


@pytest.fixture
def make_entry(db: None) -> MakeEntry:
    """Writes entries with codes of their own."""
    made: list[DirectoryEntry] = []

    def make(name: str, *, tier: str | None = "survival", town: str = "雁栖镇", uscc: str = "") -> DirectoryEntry:
        code = uscc or compose(division="110116", organisation=f"MA{len(made):06d}")
        entry = DirectoryEntry.objects.create(
            uscc=code,
            jurisdiction=make_jurisdiction(),
            name=name,
            search_name=normalised(name),
            initials=initials_of(name),
            town=town,
            tier=tier,
            possible=[tier] if tier else ["survival", "growth"],
            year=2026,
            published_at=clock.now(),
        )
        made.append(entry)
        return entry

    return make


@pytest.fixture
def common(db: None) -> Callable[[str], None]:
    """Marks a bigram as one that stands in many names."""

    def mark(bigram: str) -> None:
        BigramCount.objects.create(bigram=bigram, share=0.5)

    return mark
