"""Pages that not everybody may open."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial, wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.utils.datastructures import MultiValueDict

from jieti.accounts.memberships import read_once
from jieti.accounts.models import Jurisdiction, User
from jieti.accounts.scope import jurisdiction_of
from jieti.web.navigation import Link, links_for
from jieti.web.questions import Question

View = Callable[..., HttpResponseBase]
Posted = Mapping[str, Any] | None
"""What a form is filled with; None where it is only asked for."""
Files = MultiValueDict[str, UploadedFile[Any]] | None
"""The files that come with it."""
READING = ("GET", "HEAD")
"""The methods that change nothing."""


CHOSEN_JURISDICTION = "jurisdiction"
"""Where the session keeps the division code of the jurisdiction that its user has chosen to work in."""


class MemberRequest(HttpRequest):
    """A request of somebody who has logged in."""

    user: User


class OfficerRequest(MemberRequest):
    """A request of somebody with a role, who works in one jurisdiction at a time: nothing else is looked at."""

    jurisdiction: Jurisdiction
    sections: Callable[[], list[Link]]
    """The main navigation as this officer sees it."""


def only(question: Question) -> Callable[[View], View]:
    """Lets in those for whom the question is answered yes; a stranger is asked to log in, anybody else gets 403.

    The question is asked of the jurisdiction in which the user works, which the request then carries.
    """

    def guard(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: OfficerRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with read_once() if request.method in READING else nullcontext():
                jurisdiction = jurisdiction_of(request.user, request.session.get(CHOSEN_JURISDICTION, ""))
                if jurisdiction is None or not question(request.user, jurisdiction):
                    raise PermissionDenied
                request.jurisdiction = jurisdiction
                request.sections = partial(links_for, request.user, jurisdiction, request.path)
                return view(request, *args, **kwargs)

        return guarded

    return guard


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, even if nothing was filled in; None where the form is only asked for."""
    return request.POST if request.method == "POST" else None
