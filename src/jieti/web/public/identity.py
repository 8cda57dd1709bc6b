"""Single sign-on by OpenID Connect: officers by the government's identity platform, proprietors by the real-name one.

Of the claims a platform sends, nothing is kept but its key of the person: identity number and name live in memory for
as long as the request that brought them. Source: OpenID Connect Core 1.0 §3.1, Discovery 1.0 §4.3.
"""

import secrets
from dataclasses import dataclass, field
from typing import Any

import jwt
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from requests import RequestException

from jieti.accounts.models import User
from jieti.accounts.signing_in import OFFICERS, PROPRIETORS, link_identity
from jieti.audit.actions import record
from jieti.kit.errors import Refusal
from jieti.kit.protection import keyed_hash
from jieti.registry.persons import bind_by_identity

PROVIDER = "openid_connect"
SIGNATURES = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
TOLERANCE = 60
"""Seconds by which the platform's clock may differ from ours."""
NEEDED = ["iss", "aud", "exp", "iat", "sub"]
UNREACHABLE = (RequestException, OAuth2Error, KeyError, ValueError)
REFUSED, BAD_GATEWAY = 403, 502


@dataclass(frozen=True, slots=True)
class Platform:
    """An identity platform that the site is registered with, as its settings say."""

    key: str
    name: str
    url: str
    client: str
    secret: str = field(repr=False)
    scope: str = "openid"

    @property
    def app(self) -> SocialApp:
        """The same as the library wants it; never in the database."""
        return SocialApp(
            provider=PROVIDER,
            provider_id=self.key,
            name=self.name,
            client_id=self.client,
            secret=self.secret,
            settings={"server_url": self.url, "scope": self.scope.split(), "oauth_pkce_enabled": True},
        )


def platforms() -> list[Platform]:
    """The platforms that the site is configured for."""
    return [Platform(key, **values) for key, values in settings.IDENTITY_PLATFORMS.items()]


@require_safe
@never_cache
def go(request: HttpRequest, platform: str) -> HttpResponse:
    """Sends the visitor to the platform; not when another site's page asks for it."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return redirect("public:login")
    try:
        provider = get_adapter().get_provider(request, platform)
        next_url = get_next_redirect_url(request)
        response: HttpResponse = provider.redirect(request, process=AuthProcess.LOGIN, next_url=next_url)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    except UNREACHABLE:
        return _unreachable(request)
    return response


@require_safe
@never_cache
def back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the platform sends the visitor back to."""
    try:
        response: HttpResponse = OAuth2CallbackView.adapter_view(CheckedTokens(request, provider_id))(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    except Refusal as refusal:
        return _refused(request, refusal)
    except UNREACHABLE:
        return _unreachable(request)
    return response


class CheckedTokens(OpenIDConnectOAuth2Adapter):
    """Takes nothing on trust: issuer, signature, audience, times, and that both answers are about the same person."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The platform's description; its issuer is the address that the site was configured with."""
        config: dict[str, Any] = super().openid_config
        configured = str(self.get_provider().app.settings["server_url"])
        if str(config["issuer"]).rstrip("/") != configured.partition("/.well-known/")[0].rstrip("/"):
            raise OAuth2Error("the platform names another issuer")
        return config

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        """The claims of the signed token, completed by those of the user-info endpoint."""
        id_token = self._decode_id_token(app, kwargs["response"]["id_token"])
        info = self._fetch_user_info(token.token)
        if info.get("sub") != id_token["sub"]:
            raise OAuth2Error("user info is about somebody else")
        return self.get_provider().sociallogin_from_response(request, info | id_token)

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        try:
            return jwt.decode(
                id_token,
                key=self._key(id_token),
                algorithms=SIGNATURES,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=TOLERANCE,
                options={"require": NEEDED},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error("the token is not valid") from error

    def _key(self, id_token: str) -> jwt.PyJWK:
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(answer.json()).keys
        wanted = jwt.get_unverified_header(id_token).get("kid")
        fitting = [key for key in keys if wanted is None or key.key_id == wanted]
        if len(fitting) != 1:
            raise OAuth2Error("no key fits the token")
        return fitting[0]


class IdentityProvider(OpenIDConnectProvider):
    """A platform in the library's sense. Binds each sign-in to a nonce and keeps no claim."""

    oauth2_adapter_class = CheckedTokens

    def redirect(self, request: HttpRequest, process: str, **kwargs: Any) -> HttpResponse:
        """With a nonce that the signed token has to repeat."""
        nonce = secrets.token_urlsafe(32)
        response: HttpResponse = super().redirect(request, process, auth_params={"nonce": nonce}, nonce=nonce, **kwargs)
        return response

    def sociallogin_from_response(self, request: HttpRequest, response: dict[str, Any]) -> SocialLogin:
        """The sign-in, with the claims beside it for this request only."""
        login = super().sociallogin_from_response(request, response)
        login.claims = response
        return login

    def extract_uid(self, data: dict[str, Any]) -> str:
        """The platform's key of the person; of a proprietor only its keyed hash, for it may be an identity number."""
        subject = str(data["sub"])
        return subject if self.app.provider_id == OFFICERS else keyed_hash(f"{self.app.provider_id} {subject}")

    def extract_extra_data(self, _data: dict[str, Any]) -> dict[str, Any]:
        """Nothing of the claims is stored."""
        return {}

    def extract_common_fields(self, _data: dict[str, Any]) -> dict[str, Any]:
        """Nor goes into the account by itself."""
        return {}

    def extract_email_addresses(self, _data: dict[str, Any]) -> list[Any]:
        """Nobody needs an address here."""
        return []


class IdentityAdapter(DefaultSocialAccountAdapter):
    """Whom a platform's answer lets in."""

    def list_apps(
        self, _request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """From the settings alone: no row of the database opens a door."""
        apps = (platform.app for platform in platforms())
        fits = (app for app in apps if provider in {None, app.provider_id} and client_id in {None, app.client_id})
        return list(fits)

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> IdentityProvider:
        """Raises SocialApp.DoesNotExist for a platform that is not configured."""
        return IdentityProvider(request, app=self.get_app(request, provider=provider, client_id=client_id))

    def is_open_for_signup(self, _request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """The real-name platform opens accounts, without any role; the government's opens none."""
        return bool(sociallogin.account.provider == PROPRIETORS)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuses what is not the answer to our question; finds the officer, or binds the known proprietor."""
        _check_nonce(sociallogin)
        if sociallogin.account.provider == OFFICERS:
            _find_officer(sociallogin)
        elif sociallogin.is_existing:
            _bind(request, sociallogin)
        else:
            _identity(sociallogin)

    def populate_user(self, _request: HttpRequest, sociallogin: SocialLogin, _data: dict[str, Any]) -> User:
        """A name by which nobody is known."""
        user: User = sociallogin.user
        user.username = f"p-{secrets.token_hex(8)}"
        return user

    @transaction.atomic
    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, **_: object) -> User:
        """The first sign-in of a proprietor: an account without roles, bound to the businesses of this very person."""
        user: User = sociallogin.user
        user.display_name = _identity(sociallogin)[0]
        user.set_unusable_password()
        sociallogin.save(request)
        record(by=user, verb="accounts.create_user", subject=f"user:{user.pk}", detail={"platform": PROPRIETORS})
        _bind(request, sociallogin)
        return user

    def on_authentication_error(self, request: HttpRequest, _provider: object, **kwargs: Any) -> None:
        """One page for whatever went wrong; the platform's own words may hold personal data and are not shown."""
        cancelled = kwargs.get("error") == AuthError.CANCELLED
        raise ImmediateHttpResponse(_refused(request, _no(CANCELLED if cancelled else NOT_CONFIRMED)))


CANCELLED = ("您取消了身份验证。", "需要登录的，请重新选择登录方式。")
NOT_CONFIRMED = (
    "身份平台的答复没有通过核对，未能登录。",
    "请从登录页重新开始；多次不成功的，请联系本站的系统管理员。",
)
UNKNOWN_OFFICER = (
    "没有与这个身份关联的工作人员账号。",
    "请联系本单位的系统管理员，由其核对身份后关联账号。",
)
NO_IDENTITY = (
    "身份平台没有提供姓名和身份证号码，无法核对经营者身份。",
    "请携带身份证件和营业执照到服务窗口办理。",
)
UNREACHED = ("身份平台暂时连接不上，或者没有正确答复。", "请稍后再试，或者改用其他登录方式。")


def _check_nonce(sociallogin: SocialLogin) -> None:
    expected = str(sociallogin.state.get("nonce") or "")
    answered = str(sociallogin.claims.get("nonce") or "")
    if not expected or not secrets.compare_digest(expected.encode(), answered.encode()):
        raise _no(NOT_CONFIRMED)


def _find_officer(sociallogin: SocialLogin) -> None:
    """The account that an administrator linked, else the one whose user name the configured claim holds."""
    if sociallogin.is_existing:
        return
    name = sociallogin.claims.get(settings.OFFICER_CLAIM) if settings.OFFICER_CLAIM != "sub" else None
    user = User.objects.filter(username=name, is_active=True).first() if isinstance(name, str) else None
    if user is None:
        raise _no(UNKNOWN_OFFICER)
    try:
        account = link_identity(by=None, user=user, platform=OFFICERS, subject=sociallogin.account.uid)
    except Refusal as refusal:
        raise _no(UNKNOWN_OFFICER) from refusal
    sociallogin.account, sociallogin.user = account, user


def _identity(sociallogin: SocialLogin) -> tuple[str, str]:
    """Name and identity number as the platform vouches for them."""
    found = [sociallogin.claims.get(claim) for claim in (settings.NAME_CLAIM, settings.IDENTITY_CLAIM)]
    name, number = (claim.strip() if isinstance(claim, str) else "" for claim in found)
    if not name or not number:
        raise _no(NO_IDENTITY)
    return name[:100], number


def _bind(request: HttpRequest, sociallogin: SocialLogin) -> None:
    user: User = sociallogin.user
    name, number = _identity(sociallogin)
    if not user.is_active:
        return
    try:
        bound = bind_by_identity(by=user, user=user, name=name, identity_number=number)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"已核对您的身份，账号关联了以您为经营者的{len(bound)}户个体工商户。")


def _no(words: tuple[str, str]) -> Refusal:
    return Refusal(words[0], what_to_do=words[1])


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return render(request, "public/identity_refused.html", {"refusal": refusal}, status=REFUSED)


def _unreachable(request: HttpRequest) -> HttpResponse:
    return render(request, "public/identity_refused.html", {"refusal": _no(UNREACHED)}, status=BAD_GATEWAY)
