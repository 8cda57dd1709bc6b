"""In which jurisdiction an officer of several works now."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from jieti.accounts.models import Jurisdiction
from jieti.accounts.perms import is_member
from jieti.web.access import CHOSEN_JURISDICTION, OfficerRequest, only


@only(is_member)
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: OfficerRequest) -> HttpResponse:
    """The jurisdictions in the officer's scope; the one chosen holds until the session ends."""
    found = Jurisdiction.objects.seen_by(request.user).order_by("code")
    if request.method == "POST":
        chosen = get_object_or_404(found, pk=request.POST.get("code", ""))
        request.session[CHOSEN_JURISDICTION] = chosen.code
        return redirect("officer:home")
    return render(request, "officer/jurisdictions.html", {"jurisdictions": found})
