"""What the benches of the services to owners have in common: lists by what is due, and the page of each step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.paginator import Page
from django.http import Http404, HttpResponse
from django.urls import reverse

from jieti.accounts.models import User
from jieti.domain.workflows.table import Step, Workflow
from jieti.kit import clock
from jieti.kit.advance import Desk
from jieti.kit.cases import Case, CaseQuerySet
from jieti.kit.errors import Refusal
from jieti.web.access import OfficerRequest
from jieti.web.casework import Tag
from jieti.web.officer import ledgers
from jieti.web.officer.ledgers import Sheet, Tab, VersionForm
from jieti.web.paging import Pages

C = TypeVar("C", bound=Case)
F = TypeVar("F", bound=VersionForm)
Q = TypeVar("Q", bound=CaseQuerySet[Any])
Filters = Mapping[str, tuple[str, Callable[[Q], Q]]]
"""Ways to narrow a list by their keys: words, and what is left."""


@dataclass(frozen=True, slots=True)
class Narrowed(Generic[C]):
    """A list as it is asked for: the ways to narrow it, the one chosen, and the page of cases."""

    tabs: list[Tab]
    chosen: str
    cases: "Page[C]"
    pages: Pages


@dataclass(frozen=True, slots=True)
class Bench(Generic[C, F]):
    """One kind of case on its bench.

    `page`, `steps` and `listing` name its addresses; `deeds` is what each step's page does: a step without one is
    taken elsewhere, by the asker or by the system.
    """

    desk: Desk[C]
    workflow: Workflow
    page: str
    listing: str
    deeds: Mapping[str, Callable[[OfficerRequest, C, F], C]]

    def offered(self, case: C, by: User) -> list[tuple[str, str]]:
        """The steps that somebody may take now: label, address."""
        return [(one.label, reverse(f"{self.page}-step", args=[case.pk, one.key])) for one in self._steps(case, by)]

    def note(self, case: C, by: User) -> str:
        """The same as a line of a list says it; empty where there are none."""
        labels = "、".join(one.label for one in self._steps(case, by))
        return f"您可以办理：{labels}" if labels else ""

    def take(
        self,
        request: OfficerRequest,
        case: C,
        key: str,
        *,
        form: Callable[[Step], F],
        visible: CaseQuerySet[C],
        page: Callable[[Refusal], HttpResponse],
        intro: str = "",
    ) -> HttpResponse:
        """The page of one step; a case that its taker no longer sees leads back to the list.

        Raises Http404 for a step that has no page here.
        """
        row = next((one for one in self.workflow.steps if one.key == key and key in self.deeds), None)
        if row is None:
            raise Http404
        if request.method != "POST" and row not in self.desk.offers(case, by=request.user):
            return page(Refusal(f"现在不能办理“{row.label}”。", what_to_do="请在下面看清现在的状态和由谁办理。"))
        back = (str(case), reverse(self.page, args=[case.pk]))

        def deed(filled: F) -> str:
            done = self.deeds[key](request, case, filled)
            return back[1] if visible.filter(pk=done.pk).exists() else reverse(self.listing)

        return ledgers.form_page(request, Sheet(row.label, row.label, back, intro, row.clause), form(row), deed)

    def _steps(self, case: C, by: User) -> list[Step]:
        return [one for one in self.desk.offers(case, by=by) if one.key in self.deeds]


def narrowed(request: OfficerRequest, found: Q, filters: "Filters[Q]") -> Narrowed[Any]:
    """The part and the page of a list that is asked for; what is due first comes first."""
    tabs = [Tab(key, label, narrow(found).count()) for key, (label, narrow) in filters.items()]
    chosen = ledgers.narrowed(request, tabs)
    page, pages = ledgers.paged(request, filters[chosen][1](found).order_by("due_earliest", "-pk"))
    return Narrowed(tabs, chosen, page, pages)


def due_tags(case: Case) -> tuple[Tag, ...]:
    """The deadline of an open case, red where it is over."""
    if not case.is_open:
        return ()
    return (Tag(f"期限 {case.due_text}", "bad" if case.is_late(clock.today()) else ""),)
