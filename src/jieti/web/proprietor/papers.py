"""决定书 and 认定证书 of the proprietor's own titles, as downloads."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from jieti.kit.errors import Refusal
from jieti.recognitions.models import Recognition
from jieti.web.access import MemberRequest
from jieti.web.papers import certificate_of, decision_of
from jieti.web.proprietor.own import handled


@login_required
@require_safe
def decision(request: MemberRequest, uscc: str, pk: int, form: str) -> HttpResponseBase:
    """The decision as PDF or DOCX."""
    return decision_of(_own(request, uscc, pk), form)


@login_required
@require_safe
def certificate(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """The certificate as PDF, while the title is in force."""
    title = _own(request, uscc, pk)
    try:
        return certificate_of(title)
    except Refusal as refused:
        return render(request, "proprietor/certificate_refused.html", {"title": title, "refusal": refused}, status=409)


def _own(request: MemberRequest, uscc: str, pk: int) -> Recognition:
    found = Recognition.objects.filter(business=handled(request, uscc)).select_related("business", "jurisdiction")
    return get_object_or_404(found, pk=pk)
