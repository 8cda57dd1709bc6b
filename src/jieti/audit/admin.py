from django.contrib import admin
from django.http import HttpRequest

from jieti.audit.models import Event


@admin.register(Event)
class EventAdmin(admin.ModelAdmin[Event]):
    """To read only."""

    list_display = ("at", "actor", "verb", "subject", "clause")
    list_filter = ("verb", "day")
    search_fields = ("actor", "subject")
    date_hierarchy = "day"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False
