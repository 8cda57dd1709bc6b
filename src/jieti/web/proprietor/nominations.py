"""A department wants to nominate the business: the proprietor agrees, declines, or takes the consent back."""

from collections.abc import Callable, Mapping

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from jieti.domain.workflows.nomination import NOMINATION
from jieti.kit.errors import Refusal
from jieti.recognitions import nominating
from jieti.recognitions.desk import NOMINATIONS
from jieti.recognitions.models import Nomination
from jieti.web.access import MemberRequest
from jieti.web.proprietor.own import owned

ANSWERS: Mapping[str, Callable[..., Nomination]] = {
    "consent": nominating.consent,
    "refuse_consent": nominating.refuse_consent,
    "revoke_consent": nominating.revoke_consent,
}


@login_required
@require_safe
def detail(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Who nominates, for what, why; the answers that the proprietor can give now."""
    return _page(request, _own(request, uscc, pk))


@login_required
@require_POST
def answer(request: MemberRequest, uscc: str, pk: int, key: str) -> HttpResponse:
    """The proprietor's own answer."""
    one = _own(request, uscc, pk)
    if key not in ANSWERS:
        raise Http404
    sent = request.POST.get("version", "")
    try:
        ANSWERS[key](by=request.user, nomination=one, version=int(sent) if sent.isdecimal() else -1)
    except Refusal as refusal:
        return _page(request, _own(request, uscc, pk), refusal=refusal)
    return redirect("proprietor:nomination", uscc, pk)


def _own(request: MemberRequest, uscc: str, pk: int) -> Nomination:
    """One that the proprietor was asked about; a draft is not theirs to see."""
    found = Nomination.objects.filter(business=owned(request, uscc)).exclude(state="drafted")
    return get_object_or_404(found.select_related("business", "nominator", "campaign__jurisdiction"), pk=pk)


def _page(request: MemberRequest, one: Nomination, *, refusal: Refusal | None = None) -> HttpResponse:
    context = {
        "business": one.business,
        "nomination": one,
        "state": NOMINATION.states[one.state].label,
        "offered": [step for step in NOMINATIONS.offers(one, by=request.user) if step.key in ANSWERS],
        "refusal": refusal,
    }
    return render(request, "proprietor/nomination.html", context, status=409 if refusal else 200)
