"""Stock as orders moved it, and what stores want of it, to look at: the services write them."""

# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from django.contrib import admin

from stores.admin.base import StoresAdmin, ViewOnly
from stores.models import StockMovement, StockRules


@admin.register(StockMovement)
class StockMovementAdmin(ViewOnly, StoresAdmin):
    list_display = ["availability", "store", "kind", "change", "stock_after", "created_at"]
    list_filter = ["kind", "created_at"]
    list_select_related = ["store", "availability__product", "availability__sales_point"]
    search_fields = ["availability__product__sku", "=order_item__order__code", "store__name"]
    ordering = ["-pk"]
    fields = [
        ("store", "availability", "order_item"),
        ("kind", "change", "lost", "remaining", "stock_after"),
        ("counted_at", "actor", "created_at"),
    ]
    readonly_fields = ["counted_at", "created_at"]


@admin.register(StockRules)
class StockRulesAdmin(ViewOnly, StoresAdmin):
    list_display = ["store", "follows_orders", "hides_gone", "doubted_after_days"]
    list_select_related = ["store"]
    search_fields = ["store__name"]
    ordering = ["-pk"]
