"""The proof that a business's published result is among the results of its run (docs/verify.md)."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from jieti.determinations.models import Result
from jieti.determinations.receipts import proof_of
from jieti.kit.errors import Refusal
from jieti.web.access import MemberRequest
from jieti.web.proprietor.own import handled


@login_required
@require_safe
def proof(request: MemberRequest, uscc: str) -> HttpResponse:
    """The proof as JSON, for a business that is the user's to look after and that has a published result."""
    business = handled(request, uscc)
    result = Result.objects.published().latest_for(business.pk)
    if result is None:
        raise Http404
    try:
        text = proof_of(result.run, business.pk)
    except Refusal as refused:
        raise Http404(str(refused)) from None
    disposition = f'attachment; filename="proof-{result.run.year}-{business.pk}.json"'
    return HttpResponse(text, content_type="application/json", headers={"Content-Disposition": disposition})
