from django.contrib import admin

from jieti.determinations.models import Result, Run
from jieti.kit.admin import ReadOnlyAdmin


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin[Run]):
    list_display = ("year", "kind", "status", "basis_date", "progress", "started_by", "published_at")
    list_filter = ("year", "kind", "status")


@admin.register(Result)
class ResultAdmin(ReadOnlyAdmin[Result]):
    list_display = ("uscc", "run", "tier", "possible")
    list_filter = ("tier",)
    search_fields = ("uscc",)
