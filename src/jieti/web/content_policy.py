"""What a page may load and where its forms may go: `settings.CONTENT_SECURITY_POLICY` as a header of every answer."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponseBase


def middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """The policy is written once and not for each answer anew: no page has one of its own."""
    policy = build_policy()

    def answering(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault(HEADER, policy)
        return response

    return answering
