# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from django.contrib import admin

from stores.admin.base import StoresAdmin, ViewOnly
from stores.models import Release


@admin.register(Release)
class ReleaseAdmin(ViewOnly, StoresAdmin):
    list_display = ["recorded_at", "build", "engine_version", "engine_accepted_at"]
    search_fields = ["=build"]
    ordering = ["-pk"]
