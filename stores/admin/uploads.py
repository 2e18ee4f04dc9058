# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from django.contrib import admin

from stores.admin.base import StoresAdmin, ViewOnly
from stores.models import ProductUpload, UploadColumns, UploadPage


@admin.register(ProductUpload)
class ProductUploadAdmin(ViewOnly, StoresAdmin):
    """What was read from a file and what became of it; the file itself stays with its seller."""

    list_display = [
        *("created_at", "store", "file_name", "kind", "state"),
        *("rows_read", "rows_added", "rows_changed", "rows_refused"),
    ]
    list_filter = ["state", "kind"]
    list_select_related = ["store"]
    search_fields = ["file_name", "store__name", "uploaded_by__email"]
    ordering = ["-pk"]
    fields = [
        ("store", "uploaded_by"),
        ("file_name", "size", "kind"),
        ("state", "attempts"),
        "columns",
        ("is_whole_range", "move_prices", "is_confirmed"),
        ("rows_read", "rows_added", "rows_changed", "rows_unchanged"),
        ("rows_refused", "rows_leaving", "rows_held", "rows_waiting", "counts_confirmed"),
        "refusal",
        "doubts",
        "batch",
        ("created_at", "applied_at", "cleared_at"),
    ]
    readonly_fields = ["created_at"]


@admin.register(UploadColumns)
class UploadColumnsAdmin(ViewOnly, StoresAdmin):
    list_display = ["store", "fingerprint", "changed_at"]
    list_select_related = ["store"]
    search_fields = ["store__name", "fingerprint"]
    ordering = ["-pk"]
    fields = ["store", "fingerprint", "columns", "changed_at"]
    readonly_fields = ["changed_at"]


@admin.register(UploadPage)
class UploadPageAdmin(ViewOnly, StoresAdmin):
    """A page of a preview, as the seller sees it."""

    list_display = ["upload", "kind", "number"]
    list_filter = ["kind"]
    list_select_related = ["upload"]
    search_fields = ["upload__file_name", "upload__store__name"]
    ordering = ["-pk"]
    fields = ["upload", "kind", "number", "entries"]
