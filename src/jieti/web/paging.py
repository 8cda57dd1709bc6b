"""Page numbers and addresses of pages, as `_components/pages.html` shows them."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.http import HttpRequest
from django.utils.http import urlencode

NEAR = 2


@dataclass(frozen=True)
class Pages:
    """`query` is the rest of the address's query, ready to be followed by `page=`."""

    current: int
    count: int
    query: str

    @property
    def previous(self) -> int | None:
        return self.current - 1 if self.current > 1 else None

    @property
    def next(self) -> int | None:
        return self.current + 1 if self.current < self.count else None

    @property
    def near(self) -> range:
        return range(max(1, self.current - NEAR), min(self.count, self.current + NEAR) + 1)


def pages_of(request: HttpRequest, current: int, count: int) -> Pages:
    """The pages around the current one, keeping what else the address asks for."""
    rest = [(name, values) for name, values in request.GET.lists() if name != "page"]
    return Pages(current, count, f"{urlencode(rest, doseq=True)}&" if rest else "")


def pages_around(request: HttpRequest, page: Page[Any]) -> Pages:
    """The same for a page of Django's paginator."""
    return pages_of(request, page.number, page.paginator.num_pages)
