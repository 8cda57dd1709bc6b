"""Pages that not everybody may open."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, QueryDict

from jieti.accounts.models import User
from jieti.accounts.perms import Visitor

View = Callable[..., HttpResponseBase]


class MemberRequest(HttpRequest):
    """A request of somebody who has logged in."""

    user: User


def only(question: Callable[[Visitor], bool]) -> Callable[[View], View]:
    """Lets in those for whom the question is answered yes; a stranger is asked to log in, anybody else gets 403."""

    def guard(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not question(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return guard


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, even if nothing was filled in; None where the form is only asked for."""
    return request.POST if request.method == "POST" else None
