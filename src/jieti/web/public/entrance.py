"""Logging in and out, and where each goes from there."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from jieti.accounts.perms import is_officer


class LoginForm(AuthenticationForm):
    """The user's name and password; the message never says which of the two was wrong."""

    username = forms.CharField(label="用户名", widget=forms.TextInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label="密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    error_messages = {
        "invalid_login": "用户名或者密码不正确，请核对后重试。连续多次不正确，登录会暂停一段时间。",
        "inactive": "这个账号已经停用，请联系系统管理员。",
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["username"].error_messages = {"required": "请输入用户名。"}
        self.fields["password"].error_messages = {"required": "请输入密码。"}


class Login(LoginView):
    authentication_form = LoginForm
    template_name = "public/login.html"
    next_page = "public:home"


class Logout(LogoutView):
    next_page = "public:search"


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The page to begin with: the work list for an officer, the own businesses for everybody else."""
    return redirect("officer:home" if is_officer(request.user) else "proprietor:list")
