"""The notices of a proprietor or an agent."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse
from django.views.decorators.http import require_safe

from jieti.web import inbox
from jieti.web.access import MemberRequest


@login_required
@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Those addressed to the reader."""
    return inbox.index(request, "proprietor/notices.html")


@login_required
@require_safe
def index_xlsx(request: MemberRequest) -> FileResponse:
    """The same as a table."""
    return inbox.index_xlsx(request)
