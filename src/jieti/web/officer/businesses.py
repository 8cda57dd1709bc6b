"""Any business of the register, and why its result is what it is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from jieti.accounts.perms import may_read_results
from jieti.determinations.models import Result
from jieti.directory.names import as_code
from jieti.directory.overview import businesses
from jieti.registry.models import Business
from jieti.web import explaining
from jieti.web.access import only

LISTED = 50


@only(may_read_results)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Up to fifty businesses by part of the name or the whole code; a code that exists opens at once."""
    q = request.GET.get("q", "").strip()[:100]
    code = as_code(q)
    if code and Business.objects.filter(pk=code).exists():
        return redirect("officer:business", code)
    found = list(businesses(q).order_by("name")[:LISTED]) if len(q) > 1 else []
    context = {"q": q, "found": found, "full": len(found) == LISTED, "short": len(q) == 1}
    return render(request, "officer/businesses.html", context)


@only(may_read_results)
@require_safe
def detail(request: HttpRequest, uscc: str) -> HttpResponse:
    """One business: the latest result, clause by clause, with facts, thresholds and where they come from."""
    business = get_object_or_404(Business, pk=uscc)
    result = Result.objects.latest_for(business.pk)
    context: dict[str, object] = {"business": business, "result": result}
    if result is not None:
        context |= explaining.explained(result)
    return render(request, "officer/business.html", context)
