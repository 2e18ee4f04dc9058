# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from django.contrib import admin

from stores.admin.base import StoresAdmin, ViewOnly
from stores.models import Replay


@admin.register(Replay)
class ReplayAdmin(ViewOnly, StoresAdmin):
    list_display = ["created_at", "store", "asked_by", "strategy", "begins_at", "ends_at", "state", "done", "total"]
    list_filter = ["state", "strategy", "created_at"]
    list_select_related = ["store", "asked_by"]
    search_fields = ["store__name", "asked_by__email"]
    ordering = ["-pk"]
    fields = [
        ("store", "asked_by"),
        ("begins_at", "ends_at"),
        ("strategy", "plan", "step"),
        ("product_ids", "category_code"),
        ("state", "done", "total", "attempts"),
        "result",
        ("created_at", "finished_at"),
    ]
    readonly_fields = ["created_at"]
