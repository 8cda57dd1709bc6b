"""Addresses: one list per audience."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("jieti.web.public.urls")),
    path("my/", include("jieti.web.proprietor.urls")),
    path("officer/", include("jieti.web.officer.urls")),
    path("admin/", admin.site.urls),
]
