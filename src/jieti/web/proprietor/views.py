"""A proprietor's own businesses: the result, why, what helps, what is still missing, and what the departments hold."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jieti.determinations.models import Result
from jieti.directory.models import DirectoryEntry
from jieti.kit import clock
from jieti.measures.models import Measure
from jieti.registry.history import tables_known_at
from jieti.registry.models import Business, CorrectionRequest, Mandate, Proprietorship
from jieti.registry.supplied import SuppliedValue, Supply, supplies_of
from jieti.web import explaining
from jieti.web.access import MemberRequest
from jieti.web.outlook import FEW
from jieti.web.proprietor.own import handled, is_agent, reader

OBJECTION_CLAUSE = "附件一(二)3"


@dataclass(frozen=True, slots=True)
class SourcedValue:
    """A value with its open correction request, if there is one, as `_components/sourced_value.html` shows it."""

    value: SuppliedValue
    open_request: CorrectionRequest | None


@dataclass(frozen=True, slots=True)
class SuppliedTable:
    """A department's rows about the business."""

    supply: Supply
    rows: tuple[tuple[SourcedValue, ...], ...]


@login_required
@require_safe
def mine(request: MemberRequest) -> HttpResponse:
    """The businesses of whoever has logged in, and those entrusted to them, with their labels."""
    businesses = list(Business.objects.handled_by(request.user, on=clock.today()).order_by("uscc"))
    entries = DirectoryEntry.objects.in_bulk([business.pk for business in businesses])
    own = set(Proprietorship.objects.filter(user=request.user).values_list("business_id", flat=True))
    until = {
        mandate.business_id: mandate.ends_on
        for mandate in Mandate.objects.in_force(clock.today()).filter(agent=request.user).order_by("ends_on")
        if mandate.business_id not in own
    }
    rows = [(business, entries.get(business.pk), until.get(business.pk)) for business in businesses]
    return render(request, "proprietor/list.html", {"rows": rows})


@login_required
@require_safe
def business(request: MemberRequest, uscc: str) -> HttpResponse:
    """One business that is the user's to look after; anybody else's is not found."""
    business = handled(request, uscc)
    result = Result.objects.published().latest_for(business.pk)
    context: dict[str, object] = {
        "business": business,
        "is_agent": is_agent(request, business),
        "result": result,
        "objection_clause": OBJECTION_CLAUSE,
        "tables": _tables(request, business),
    }
    if result is not None:
        context |= explaining.explained(result, most_ways=FEW)
        context |= {
            "measures": Measure.objects.for_tier(result.tier) if result.tier else (),
            "general": Measure.objects.general(),
        }
    return render(request, "proprietor/business.html", context)


def _tables(request: MemberRequest, business: Business) -> list[SuppliedTable]:
    deliveries = tables_known_at(clock.now(), business.jurisdiction)
    asked = {(one.source_key, one.item): one for one in CorrectionRequest.objects.open().filter(business=business)}
    return [
        SuppliedTable(
            supply,
            tuple(
                tuple(
                    SourcedValue(value, asked.get((supply.source.key, value.item))) for value in row if value.is_known
                )
                for row in supply.rows
            ),
        )
        for supply in supplies_of(business, reader=reader(request, business), deliveries=deliveries)
    ]
