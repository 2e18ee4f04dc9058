# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from django.contrib import admin

from stores.admin.base import StoresAdmin, ViewOnly
from stores.models import PricingRule


@admin.register(PricingRule)
class PricingRuleAdmin(ViewOnly, StoresAdmin):
    """A rule is its seller's word."""

    list_display = ["name", "store", "category_code", "strategy", "step", "is_on", "updated_at"]
    list_filter = ["strategy", "is_on"]
    list_select_related = ["store"]
    search_fields = ["name", "store__name", "category_code"]
    ordering = ["-pk"]
    fields = [
        ("name", "store", "category_code"),
        ("strategy", "step", "is_on"),
        "plan",
        ("created_at", "updated_at"),
    ]
    readonly_fields = ["created_at", "updated_at"]
