"""What the admins of people and stores have in common: which rows are looked at only."""

from django.db import models
from django.http import HttpRequest


class NotAdded:
    """Rows come from the services only. For admins and inlines, like the two below."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class NotChanged:
    """Rows stay as they were written."""

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class NotDeleted:
    """Rows stay. What they hang on cannot be deleted in the admin either: Django asks for each row of the cascade."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class ViewOnly(NotAdded, NotChanged, NotDeleted):
    """To look at, for superusers too."""
