"""Rows that the person who asks may see. A stranger's id is answered like a missing one."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from stores.models import Store
from stores.models.roles import Action


def own_store(request: HttpRequest, store_id: int, to: Action | None = None) -> Store:
    """A store whose prices the person may see, or in which his role allows what `to` says. Raises Http404."""
    found: Store = get_object_or_404(Store.objects.for_user(request.user, to), pk=store_id)
    return found
