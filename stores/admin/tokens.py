# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from django.contrib import admin

from stores.admin.base import NotAdded, NotChanged, StoresAdmin
from stores.models import ApiToken


@admin.register(ApiToken)
class ApiTokenAdmin(NotAdded, NotChanged, StoresAdmin):
    """To see what somebody's programs may do, and to take a token away that was stolen."""

    list_display = ["name", "user", "beginning", "expires_at", "last_used_at"]
    list_filter = ["expires_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__email", "beginning"]
    ordering = ["-pk"]
    fields = [("name", "user", "beginning"), "scopes", ("created_at", "expires_at", "last_used_at")]
    readonly_fields = ["created_at"]
