# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from django.contrib import admin

from stores.admin.base import StoresAdmin, ViewOnly
from stores.models import PathStep


@admin.register(PathStep)
class PathStepAdmin(ViewOnly, StoresAdmin):
    list_display = ["name", "finished_at"]
    search_fields = ["name"]
    ordering = ["finished_at"]
