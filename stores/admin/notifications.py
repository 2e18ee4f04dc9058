# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from django.contrib import admin

from stores.admin.base import StoresAdmin, ViewOnly
from stores.models import Notification


@admin.register(Notification)
class NotificationAdmin(ViewOnly, StoresAdmin):
    list_display = ["created_at", "store", "kind", "severity", "product", "delivery", "told_at", "read_at"]
    list_filter = ["kind", "severity", "delivery", "created_at"]
    list_select_related = ["store", "product"]
    search_fields = ["store__name", "product__sku", "^event"]
    ordering = ["-pk"]
    fields = [
        ("store", "product"),
        ("kind", "severity", "event"),
        "facts",
        "delivery",
        ("created_at", "told_at", "read_at"),
    ]
    readonly_fields = ["created_at"]
