from django.contrib import admin

from jieti.kit.admin import ReadOnlyAdmin
from jieti.registry.models import Business, Delivery, Feed, Proprietorship, RefusedRow


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin[Feed]):
    list_display = ("jurisdiction", "source_key", "supplier", "schedule", "fresh_days", "is_active")
    list_filter = ("jurisdiction", "is_active")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin[Delivery]):
    list_display = ("source_key", "file_name", "mode", "as_of", "received_at", "status", "taken", "refused", "known_at")
    list_filter = ("jurisdiction", "source_key", "status", "mode", "channel")
    search_fields = ("file_name", "sha256")


@admin.register(RefusedRow)
class RefusedRowAdmin(ReadOnlyAdmin[RefusedRow]):
    list_display = ("delivery", "sheet", "row_number", "column", "severity", "reason")
    list_filter = ("severity",)


@admin.register(Business)
class BusinessAdmin(ReadOnlyAdmin[Business]):
    list_display = ("uscc", "name", "registration_status", "town", "established_on")
    search_fields = ("uscc", "name", "name_initials")


@admin.register(Proprietorship)
class ProprietorshipAdmin(ReadOnlyAdmin[Proprietorship]):
    list_display = ("user", "business", "created_at")
