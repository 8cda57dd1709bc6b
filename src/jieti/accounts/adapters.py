"""How django-allauth signs people in here: no public sign-up, no e-mail, Chinese messages, secrets encrypted."""

from base64 import b64decode, b64encode
from typing import Any

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString, mark_safe

from jieti.accounts import second_factor, sessions
from jieti.accounts.models import User
from jieti.audit.actions import record
from jieti.kit import protection

WRONG_LOGIN = "用户名或者密码不正确，请核对后重试。连续多次不正确，登录会暂停一段时间。"
WRONG_CODE = "验证码不正确或者已经用过。请等验证器显示下一个验证码后再输入。"
TOO_MANY = "连续多次不正确，已暂停验证。请15分钟后再试。"
LAST_FACTOR = "工作人员账号必须保留至少一种第二重验证方式。请先添加另一种方式，再停用这一种。"
TOLD = {
    "account/messages/password_changed.txt": "密码已经修改，其他设备上的登录已经结束。",
    "mfa/messages/totp_activated.txt": "验证器已经启用，其他设备上的登录已经结束。",
    "mfa/messages/totp_deactivated.txt": "验证器已经停用，其他设备上的登录已经结束。",
    "mfa/messages/webauthn_added.txt": "通行密钥已经添加，其他设备上的登录已经结束。",
    "mfa/messages/webauthn_removed.txt": "通行密钥已经删除，其他设备上的登录已经结束。",
}
"""The library's messages that are worth telling; all others stay unsaid."""
MEANS = {
    "reauthenticate": "密码",
    "mfa_reauthenticate": "手机验证器的验证码或者恢复码",
    "mfa_reauthenticate:webauthn": "通行密钥",
}


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are opened by administrators, or by the real-name platform (`jieti.web.public.identity`)."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "这个账号已经停用，请联系系统管理员。",
        "enter_current_password": "当前密码不正确，请核对后重试。",
        "incorrect_code": WRONG_CODE,
        "incorrect_password": "密码不正确，请核对后重试。",
        "invalid_login": WRONG_LOGIN,
        "rate_limited": TOO_MANY,
        "too_many_login_attempts": TOO_MANY,
        "username_password_mismatch": WRONG_LOGIN,
    }

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Never."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing: django-axes counts wrong passwords, in the database and for every server process alike."""

    def login(self, request: HttpRequest, user: User) -> None:
        """Begins the session and its limits."""
        super().login(request, user)
        sessions.begin(request)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Records the sign-in and by which means it was made."""
        means = [str(step.get("type") or step["method"]) for step in get_authentication_records(request, user)]
        record(by=user, verb="accounts.sign_in", subject=f"user:{user.pk}", detail={"means": means})
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        """The means of proving once more who one is, in our words."""
        found = super().get_reauthentication_methods(user)
        return [method | {"description": MEANS[method["id"]]} for method in found]

    def set_password(self, user: User, password: str) -> None:
        """Every other session of the account ends with the old password."""
        super().set_password(user, password)
        record(by=user, verb="accounts.change_password", subject=f"user:{user.pk}")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *_: object,
        message: str = "",
        **__: object,
    ) -> None:
        """Our own words, or none."""
        text = message or TOLD.get(message_template or "")
        if text:
            messages.add_message(request, level, text)


class SecondFactorAdapter(DefaultMFAAdapter):
    """TOTP and passkeys; what the database keeps of them is encrypted with the site's data key."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": LAST_FACTOR,
        "cannot_generate_recovery_codes": "请先启用验证器或者添加通行密钥，再生成恢复码。",
        "incorrect_code": WRONG_CODE,
    }

    def encrypt(self, text: str) -> str:
        """For a JSON column: base64."""
        return b64encode(protection.encrypt(text)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What `encrypt` was given."""
        return protection.decrypt(b64decode(encrypted_text))

    def build_totp_svg(self, url: str) -> SafeString:
        """The code as an inline picture, which the Content-Security-Policy lets pass."""
        picture = segno.make(url, error="m", micro=False).svg_inline(border=4, light="#fff", omitsize=True)
        return mark_safe(picture)  # noqa: S308 - drawn by segno from numbers

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Anybody any factor, but for the last one of somebody who owes one."""
        others = second_factor.factors_of(authenticator.user).exclude(pk=authenticator.pk)
        return others.exists() or not second_factor.is_owed(authenticator.user)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - the library's name
        """The name suggested for a further passkey."""
        return f"通行密钥{Authenticator.objects.filter(user=user, type=type).count() + 1}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The site as a browser shows it beside its passkeys."""
        return {"id": context.request.get_host().partition(":")[0], "name": settings.MFA_TOTP_ISSUER}
