"""A proprietor's own businesses: the result, why, what helps, and what is still missing."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from jieti.determinations.models import Result
from jieti.directory.models import DirectoryEntry
from jieti.measures.models import Measure
from jieti.registry.models import Business
from jieti.web import explaining
from jieti.web.access import MemberRequest
from jieti.web.outlook import FEW

OBJECTION_CLAUSE = "附件一(二)3"


@login_required
@require_safe
def mine(request: MemberRequest) -> HttpResponse:
    """The businesses of whoever has logged in, with their labels."""
    businesses = list(Business.objects.owned_by(request.user).order_by("uscc"))
    entries = DirectoryEntry.objects.in_bulk([business.pk for business in businesses])
    rows = [(business, entries.get(business.pk)) for business in businesses]
    return render(request, "proprietor/list.html", {"rows": rows})


@login_required
@require_safe
def business(request: MemberRequest, uscc: str) -> HttpResponse:
    """One own business; anybody else's is not found."""
    business = get_object_or_404(Business.objects.owned_by(request.user), pk=uscc)
    result = Result.objects.published().latest_for(business.pk)
    context: dict[str, object] = {"business": business, "result": result, "objection_clause": OBJECTION_CLAUSE}
    if result is not None:
        context |= explaining.explained(result, most_ways=FEW)
        context |= {
            "measures": Measure.objects.for_tier(result.tier) if result.tier else (),
            "general": Measure.objects.general(),
        }
    return render(request, "proprietor/business.html", context)
