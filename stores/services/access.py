"""Whether a person may do something in a store: asked by the services that change things."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from stores.models import Membership, Store
from stores.models.roles import MAY, Action, scopes_of
from stores.services.errors import Forbidden

__all__ = ["Action", "allowed", "require"]


def require(user: Any, store: Store, action: Action) -> None:
    """Raises Forbidden unless the person's role in the store allows the action."""
    if action not in allowed(user, store):
        raise Forbidden("forbidden", _("Your role in this store does not allow this. Ask its owner."))


def allowed(user: Any, store: Store) -> frozenset[Action]:
    """What the person may do in the store: nothing for who is no member, and no more than an API token is for."""
    role = Membership.everything.filter(store=store, user=user).values_list("role", flat=True).first()
    return frozenset() if role is None else allowed_to(role, user)


def allowed_to(role: str, user: Any) -> frozenset[Action]:
    """What the person may do in a store where this is his role."""
    return MAY[role] & scopes_of(user)
