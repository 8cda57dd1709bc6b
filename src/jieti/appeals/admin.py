from django.contrib import admin

from jieti.appeals.models import Objection
from jieti.kit.admin import ReadOnlyAdmin


@admin.register(Objection)
class ObjectionAdmin(ReadOnlyAdmin[Objection]):
    list_display = ("business", "year", "state", "owner", "due_latest", "outcome")
    list_filter = ("jurisdiction", "state", "year")
