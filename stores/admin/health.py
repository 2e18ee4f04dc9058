# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from django.contrib import admin

from stores.admin.base import StoresAdmin, ViewOnly
from stores.models import PathStep, TaskFailure


@admin.register(PathStep)
class PathStepAdmin(ViewOnly, StoresAdmin):
    list_display = ["name", "finished_at"]
    search_fields = ["name"]
    ordering = ["finished_at"]


@admin.register(TaskFailure)
class TaskFailureAdmin(ViewOnly, StoresAdmin):
    """The last failures of the background, at most a thousand."""

    list_display = ["failed_at", "task", "error"]
    list_filter = ["task", "error", "failed_at"]
    search_fields = ["task", "error"]
    ordering = ["-pk"]
    fields = ["task", "error", "failed_at"]
    readonly_fields = ["failed_at"]
