"""The notices of an officer."""

from django.http import FileResponse, HttpResponse
from django.views.decorators.http import require_safe

from jieti.accounts.perms import is_member
from jieti.web import inbox
from jieti.web.access import OfficerRequest, only


@only(is_member)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Those addressed to the reader, and to the bodies that the reader works for."""
    return inbox.index(request, "officer/notices.html")


@only(is_member)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    return inbox.index_xlsx(request)
