"""A refusal for which the page has no place of its own still says what is refused and what to do."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from jieti.kit.errors import Refusal
from jieti.web.posting_only import page_above

CONFLICT = 409


class RefusalPage:
    """Middleware: the page of a Refusal that a view let pass."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """None for anything else than a refusal, which goes its usual way."""
        if not isinstance(exception, Refusal):
            return None
        context = {"title": "现在不能办理", "refusal": exception, "back": page_above(request.path_info)}
        return render(request, "refused.html", context, status=CONFLICT)
