"""A password that somebody else has seen is changed before anything else is done."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from jieti.accounts.models import User

CHANGE = "account_change_password"
OPEN = {CHANGE, "account_logout", "logout", "account_login", "login", "mfa_authenticate", "display"}
"""Pages that stay open until then, by their names."""
CHANGE_FIRST = "您使用的是临时密码，请先修改密码。"

SAME = "新密码不能与当前密码相同。"

View = Callable[..., HttpResponse]


class FirstPasswordDemand:
    """Middleware: leads those with a temporary password to the page where they change it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: View, _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        user, match = request.user, request.resolver_match
        if not isinstance(user, User) or not user.password_is_temporary or (match and match.url_name in OPEN):
            return None
        messages.warning(request, CHANGE_FIRST)
        return HttpResponseRedirect(reverse(CHANGE))


class NewPasswordValidator:
    """A change changes something: otherwise the temporary password, which others know, would stay."""

    def validate(self, password: str, user: AbstractUser | None = None) -> None:
        """Raises ValidationError when it is the password that the account has."""
        if user is not None and user.pk and check_password(password, user.password):
            raise ValidationError(SAME, code="password_unchanged")

    def get_help_text(self) -> str:
        return SAME
