"""The second factor: everybody who works here owes one before the first page of their work."""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
    record_authentication,
)
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from jieti.accounts import sessions
from jieti.accounts.models import Membership, User
from jieti.audit.actions import record

REQUIRED = "required"
OPTIONAL = "optional"
OPEN_TO_ALL = frozenset({"public", "proprietor"})
"""The audiences (names of address lists) whose pages ask for no second factor. Every other one does."""

ACCOUNT_PAGES = "/account/"
SET_UP_FIRST = "工作人员账号须先设置第二重验证，才能进入工作台。"

View = Callable[..., HttpResponse]


def is_owed(user: User) -> bool:
    """Members of any organisation in any role and those who may enter the administration, where the site demands it."""
    if settings.SECOND_FACTOR != REQUIRED:
        return False
    return user.is_staff or Membership.objects.filter(user_id=user.pk).exists()


def factors_of(user: User) -> QuerySet[Authenticator]:
    """Authenticator app and passkeys; recovery codes only stand in for these."""
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user_id=user.pk)
    return found.exclude(type=Authenticator.Type.RECOVERY_CODES)


def was_given(request: HttpRequest) -> bool:
    """Whether this session has been opened with a second factor."""
    return any(step.get("method") == "mfa" for step in get_authentication_records(request, request.user))


class SecondFactorDemand:
    """Middleware: before a page of work, leads those without a second factor to setting one up, others to giving it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: View, _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if _is_open(request) or not isinstance(request.user, User) or was_given(request) or not is_owed(request.user):
            return None
        step = _step(request.user)
        if step is None:
            messages.warning(request, SET_UP_FIRST)
            return HttpResponseRedirect(reverse("mfa_index"))
        return HttpResponseRedirect(f"{step}?{urlencode({'next': request.get_full_path()})}")


def added(request: HttpRequest, authenticator: Authenticator) -> None:
    """After a factor was set up: this session has given it; sessions elsewhere, opened without it, end."""
    user = _user(request)
    record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    _changed(request, user, "accounts.add_factor", authenticator.type)


def removed(request: HttpRequest, authenticator: Authenticator) -> None:
    """After a factor was taken away: it opens nothing any more, here nor elsewhere."""
    user = _user(request)
    steps = get_authentication_records(request, user)
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        step for step in steps if step.get("type") != authenticator.type
    ]
    _changed(request, user, "accounts.remove_factor", authenticator.type)


@transaction.atomic
def reset(*, by: User | None, user: User) -> None:
    """Takes every factor and recovery code from an account whose owner has lost them; ends its sessions.

    The administrator has made sure of the person. The owner sets up a new factor at the next sign-in.
    """
    Authenticator.objects.filter(user=user).delete()
    sessions.end_all(by=by, user=user)
    record(by=by, verb="accounts.reset_second_factor", subject=f"user:{user.pk}")


def site(_request: HttpRequest) -> dict[str, bool]:
    """Context processor: whether this site demands no second factor, which its pages then say."""
    return {"second_factor_optional": settings.SECOND_FACTOR != REQUIRED}


def _changed(request: HttpRequest, user: User, verb: str, kind: str) -> None:
    record(by=user, verb=verb, subject=f"user:{user.pk}", detail={"kind": kind})
    sessions.end_others(by=user, request=request)


def _is_open(request: HttpRequest) -> bool:
    match = request.resolver_match
    return request.path.startswith(ACCOUNT_PAGES) or (
        match is not None and bool(OPEN_TO_ALL.intersection(match.namespaces))
    )


def _step(user: User) -> str | None:
    """The page that asks for the factor which the user has; None when there is none."""
    if not factors_of(user).exists():
        return None
    methods = get_adapter().get_reauthentication_methods(user)
    return next((str(method["url"]) for method in methods if method["id"].startswith("mfa_")), None)


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise TypeError("factors belong to users who are signed in")
    return request.user
