"""Admin pages for rows that only deeds may write."""

from typing import TypeVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

M = TypeVar("M", bound=models.Model)


class ReadOnlyAdmin(admin.ModelAdmin[M]):
    """To look at; nothing can be added, changed or deleted.

    A row's page shows the list's columns and no more: protected data is read on the pages that record the reading.
    """

    def get_fields(
        self, request: HttpRequest, obj: M | None = None
    ) -> list[str | list[str] | tuple[str, ...] | tuple[()]]:
        return [column for column in self.get_list_display(request) if isinstance(column, str)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False
