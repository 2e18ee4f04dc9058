# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from django.contrib import admin
from django.http import HttpRequest

from stores.admin.base import StoresAdmin, ViewOnly
from stores.models import MerchantToken


@admin.register(MerchantToken)
class MerchantTokenAdmin(ViewOnly, StoresAdmin):
    """Whether a store is connected. The token itself is shown to nobody, sealed or not."""

    list_display = ["store", "last_four", "state", "checked_at", "entered_at", "entered_by"]
    list_filter = ["state"]
    list_select_related = ["store", "entered_by"]
    search_fields = ["store__name", "last_four"]
    ordering = ["-pk"]
    fields = ["store", "last_four", "state", "checked_at", "entered_at", "entered_by"]
    readonly_fields = ["last_four"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Not by the sealed text."""
        return not lookup.startswith("sealed") and super().lookup_allowed(lookup, value, request)
