"""Logging in and out, and where each goes from there."""

import datetime
import math
from collections.abc import Mapping
from typing import Any

from allauth.account.views import LoginView, LogoutView
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from jieti.accounts.perms import is_member
from jieti.kit import clock
from jieti.web.public.identity import platforms

LOCKED = 403
TOO_MANY = 429


class Login(LoginView):
    """The password, and the identity platforms that the site knows; django-axes locks after five wrong passwords."""

    template_name = "public/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the platforms, and where to go afterwards."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"platforms": platforms(), "next": self.get_next_url() or ""}


class Logout(LogoutView):
    """By a button only: a link could be planted on anybody."""

    http_method_names = ["post"]


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The page to begin with: the work list for an officer, the own businesses for everybody else."""
    return redirect("officer:home" if is_member(request.user) else "proprietor:list")


def locked(
    request: HttpRequest, _response: HttpResponse | None = None, credentials: Mapping[str, str] | None = None
) -> HttpResponse:
    """What django-axes shows instead of the login page while an account is locked for this address: until when."""
    until = _locked_until(request, (credentials or {}).get("username", ""))
    minutes = math.ceil((until - clock.now()).total_seconds() / 60)
    return render(request, "public/locked.html", {"until": until, "minutes": max(1, minutes)}, status=LOCKED)


def too_many(request: HttpRequest) -> HttpResponse:
    """Too many requests of one kind in a short time."""
    return render(request, "public/too_many.html", status=TOO_MANY)


def _locked_until(request: HttpRequest, username: str) -> datetime.datetime:
    address = getattr(request, "axes_ip_address", None)
    attempts = AccessAttempt.objects.filter(username=username, ip_address=address)
    last = attempts.order_by("attempt_time").last()
    begun: datetime.datetime = clock.now() if last is None else last.attempt_time
    return begun + datetime.timedelta(minutes=settings.LOCKED_MINUTES)
