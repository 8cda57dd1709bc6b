"""Signing in, by the names that django-allauth asks for. Its sign-up, e-mail and password-reset pages are not here."""

from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as GiveCodeView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from django.contrib.auth.decorators import login_required
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from jieti.web import inbox
from jieti.web.public import account, entrance, identity

code_again = GiveCodeView.as_view(template_name="account/confirm_code.html")
passkey_again = ReauthenticateWebAuthnView.as_view(template_name="account/confirm_passkey.html")
codes = ViewRecoveryCodesView.as_view(template_name="account/codes.html")
new_codes = GenerateRecoveryCodesView.as_view(template_name="account/codes_new.html")

urlpatterns = [
    path("login/", entrance.Login.as_view(), name="account_login"),
    path("logout/", entrance.Logout.as_view(), name="account_logout"),
    path("login/code/", AuthenticateView.as_view(template_name="public/login_code.html"), name="mfa_authenticate"),
    path("login/inactive/", TemplateView.as_view(template_name="public/inactive.html"), name="account_inactive"),
    path("login/<slug:platform>/", identity.go, name="identity"),
    path("login/<slug:provider_id>/back/", identity.back, name="openid_connect_callback"),
    path("account/", account.index, name="account_index"),
    path("account/password/", login_required(account.ChangePassword.as_view()), name="account_change_password"),
    path("account/inbox/", inbox.go, name="inbox"),
    path("account/notices/", inbox.settings, name="notice_settings"),
    path("account/notices/read/", inbox.read_all, name="notices_read"),
    path("account/notices/<int:pk>/", inbox.detail, name="notice"),
    path("account/sessions/", account.places, name="usersessions_list"),
    path(
        "account/confirm/",
        login_required(ReauthenticateView.as_view(template_name="account/confirm.html")),
        name="account_reauthenticate",
    ),
    path("account/confirm/code/", code_again, name="mfa_reauthenticate"),
    path("account/confirm/passkey/", passkey_again, name="mfa_reauthenticate_webauthn"),
    path("account/factors/", account.factors, name="mfa_index"),
    path("account/factors/app/", never_cache(login_required(account.SetUpApp.as_view())), name="mfa_activate_totp"),
    path("account/factors/app/remove/", account.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("account/factors/passkeys/add/", login_required(account.AddPasskey.as_view()), name="mfa_add_webauthn"),
    path(
        "account/factors/passkeys/<int:pk>/remove/",
        login_required(account.RemovePasskey.as_view()),
        name="mfa_remove_webauthn",
    ),
    path("account/factors/codes/", never_cache(codes), name="mfa_view_recovery_codes"),
    path("account/factors/codes/new/", login_required(new_codes), name="mfa_generate_recovery_codes"),
    path("account/factors/codes.txt", account.DownloadCodes.as_view(), name="mfa_download_recovery_codes"),
]
