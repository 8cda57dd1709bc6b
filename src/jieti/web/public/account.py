"""One's own account: password, second factor, recovery codes, and where it is signed in."""

from typing import Any

from allauth.account.views import PasswordChangeView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import DownloadRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts import second_factor, sessions
from jieti.accounts.adapters import LAST_FACTOR, SecondFactorAdapter
from jieti.web.access import MemberRequest
from jieti.web.public.identity import platforms

Kind = Authenticator.Type


@login_required
@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Who is signed in as what, and what protects the account."""
    names = {platform.key: platform.name for platform in platforms()}
    linked = SocialAccount.objects.filter(user=request.user).values_list("provider", flat=True)
    context = {
        "memberships": request.user.memberships.select_related("organisation"),
        "linked": [names[key] for key in linked if key in names],
        "factors": second_factor.factors_of(request.user).count(),
        "places": len(sessions.places_of(request)),
    }
    return render(request, "account/index.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def places(request: MemberRequest) -> HttpResponse:
    """Where the account is signed in; ends one or all of the others."""
    if request.method == "POST":
        number = request.POST.get("place", "")
        ended = sessions.end_others(by=request.user, request=request, only=int(number) if number.isdecimal() else None)
        messages.success(request, f"已结束{ended}处登录。" if ended else "没有需要结束的登录。")
        return redirect("usersessions_list")
    return render(request, "account/sessions.html", {"places": sessions.places_of(request)})


@login_required
@require_safe
def factors(request: MemberRequest) -> HttpResponse:
    """What is set up, and what can be."""
    known = {kind: [] for kind in Kind}  # type: dict[str, list[Authenticator]]
    for authenticator in Authenticator.objects.filter(user=request.user).order_by("created_at"):
        known[authenticator.type].append(authenticator)
    codes = known[Kind.RECOVERY_CODES]
    context = {
        "app": known[Kind.TOTP],
        "passkeys": known[Kind.WEBAUTHN],
        "has_codes": bool(codes),
        "codes_left": len(codes[0].wrap().get_unused_codes()) if codes else 0,
        "is_owed": second_factor.is_owed(request.user),
    }
    return render(request, "account/factors.html", context)


class ChangePassword(PasswordChangeView):
    """Accounts of the identity platforms have no password to change."""

    template_name = "account/password.html"
    success_url = reverse_lazy("account_index")

    def dispatch(self, request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Back to the account where there is no password."""
        if not request.user.has_usable_password():
            messages.info(request, "您的账号通过身份平台登录，没有单独的密码。")
            return redirect("account_index")
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response


class SetUpApp(ActivateTOTPView):
    """The picture to scan, the key to type, and the first code."""

    template_name = "account/app.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """The factor counts for this session; others end."""
        response: HttpResponse = super().form_valid(form)
        second_factor.added(self.request, Authenticator.objects.get(user=self.request.user, type=Kind.TOTP))
        return response


class RemoveApp(DeactivateTOTPView):
    """Asks once more; never the last factor of somebody who owes one."""

    template_name = "account/app_remove.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """The app opens nothing any more."""
        response: HttpResponse = super().form_valid(form)
        second_factor.removed(self.request, self.authenticator)
        return response


class AddPasskey(AddWebAuthnView):
    """The browser makes the key; without script there is the authenticator app."""

    template_name = "account/passkey.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """The factor counts for this session; others end."""
        response: HttpResponse = super().form_valid(form)
        newest = Authenticator.objects.filter(user=self.request.user, type=Kind.WEBAUTHN).latest("pk")
        second_factor.added(self.request, newest)
        return response


class RemovePasskey(RemoveWebAuthnView):
    """Asks once more; never the last factor of somebody who owes one."""

    template_name = "account/passkey_remove.html"
    success_url = reverse_lazy("mfa_index")

    def form_valid(self, form: Any) -> HttpResponse:
        """The passkey opens nothing any more."""
        passkey = self.get_object()
        if not SecondFactorAdapter().can_delete_authenticator(passkey):
            messages.error(self.request, LAST_FACTOR)
            return redirect("mfa_index")
        response: HttpResponse = super().form_valid(form)
        second_factor.removed(self.request, passkey)
        return response


class DownloadCodes(DownloadRecoveryCodesView):
    """The unused codes, one a line."""

    template_name = "account/codes.txt"
    content_type = "text/plain; charset=utf-8"
