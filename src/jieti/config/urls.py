"""Addresses: one list per audience."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.urls import include, path

# The administration has no door of its own, and no page for the keys of others' doors.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
for model in (Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken, UserSession):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

handler429 = "jieti.web.public.entrance.too_many"

urlpatterns = [
    path("api/", include("jieti.api.urls")),
    path("", include("jieti.web.public.urls")),
    path("", include("jieti.web.public.account_urls")),
    path("my/", include("jieti.web.proprietor.urls")),
    path("officer/", include("jieti.web.officer.urls")),
    path("admin/", admin.site.urls),
]
