"""The forms of signing in, in Chinese; a one-time code opens once."""

import re
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as GiveFactorForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.cache import cache

from jieti.accounts.models import User

ONE_TIME = {"autocomplete": "one-time-code", "inputmode": "numeric"}


class SignInForm(LoginForm):
    """The user's name and password; the message never says which of the two was wrong."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label="用户名",
            max_length=150,
            error_messages={"required": "请输入用户名。"},
            widget=forms.TextInput(attrs={"autocomplete": "username"}),
        )
        self.fields["password"] = _password("密码", "current-password", "请输入密码。")
        self.order_fields(["login", "password"])

    def add_prefix(self, field_name: str) -> str:
        """The field that the library calls `login` is `username` in the page."""
        prefixed: str = super().add_prefix("username" if field_name == "login" else field_name)
        return prefixed


class ConfirmForm(ReauthenticateForm):
    """The password once more, before something that protects the account is changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = _password("密码", "current-password", "请输入密码。")


class NewPasswordForm(ChangePasswordForm):
    """The old password and twice the new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"] = _password("当前密码", "current-password", "请输入当前密码。")
        for name, label in (("password1", "新密码"), ("password2", "再次输入新密码")):
            field = self.fields[name]
            field.label, field.help_text = label, ""
            field.error_messages["required"] = f"请输入{label.removeprefix('再次输入')}。"
            field.widget.attrs = {"autocomplete": "new-password"}
        self.fields["password1"].help_text = "".join(password_validators_help_texts())

    def clean(self) -> Any:
        """Two different new passwords are said to be so in our words."""
        first, second = self.cleaned_data.get("password1"), self.cleaned_data.get("password2")
        if first and second and first != second:
            self.add_error("password2", "两次输入的新密码不一致。")
            return self.cleaned_data
        return super().clean()


class _Once:
    """A code of the authenticator app, spent by its first use for as long as it would be valid."""

    user: User
    authenticator: Authenticator
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = forms.CharField(
            label="验证码",
            max_length=20,
            error_messages={"required": "请输入验证码。"},
            widget=forms.TextInput(attrs=ONE_TIME),
        )

    def clean_code(self) -> str:
        """Raises ValidationError when the code is wrong or has been used."""
        code: str = super().clean_code()  # type: ignore[misc]
        given = getattr(self, "authenticator", None)
        if (given is None or given.type == Authenticator.Type.TOTP) and not _spend(self.user, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_Once, AuthenticateForm):
    """The code of the authenticator app, or a recovery code, after the password."""


class CodeAgainForm(_Once, GiveFactorForm):
    """The same, before something that protects the account is changed."""


class SetUpAppForm(_Once, ActivateTOTPForm):
    """The first code proves that the app holds the key."""


class AddPasskeyForm(AddWebAuthnForm):
    """A passkey and the name by which its owner knows it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = forms.CharField(
            label="名称",
            required=False,
            max_length=100,
            help_text="方便以后辨认，例如“办公室电脑”“我的手机”。",
        )
        self.fields["credential"].error_messages["required"] = "浏览器没有完成通行密钥的设置，请重试。"


def _password(label: str, autocomplete: str, required: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        error_messages={"required": required},
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


def _spend(user: User, code: str) -> bool:
    """True the first time. The library forgets a code after one period, but accepts those of the periods beside."""
    digits = re.sub(r"\D", "", code)
    seconds = settings.MFA_TOTP_PERIOD * (2 * settings.MFA_TOTP_TOLERANCE + 1)
    return cache.add(f"jieti.totp.{user.pk}.{digits}", "spent", timeout=seconds)
