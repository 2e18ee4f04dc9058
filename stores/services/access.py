"""Which role may do what in a store. One table, asked by the services that change things."""

from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from stores.models import Membership, Store
from stores.services.errors import Forbidden

Role = Membership.Role


class Action(StrEnum):
    """What somebody may want to do."""

    CHANGE_STORE = "change_store"
    CHANGE_PRICES = "change_prices"
    HANDLE_ORDERS = "handle_orders"


MAY: dict[str, frozenset[Action]] = {
    Role.OWNER: frozenset(Action),
    Role.MANAGER: frozenset({Action.CHANGE_PRICES, Action.HANDLE_ORDERS}),
    Role.VIEWER: frozenset(),
}


def require(user: Any, store: Store, action: Action) -> None:
    """Raises Forbidden unless the person's role in the store allows the action."""
    if action not in allowed(user, store):
        raise Forbidden("forbidden", _("Your role in this store does not allow this. Ask its owner."))


def allowed(user: Any, store: Store) -> frozenset[Action]:
    """What the person may do in the store: nothing for who is no member."""
    role = Membership.objects.for_store(store).filter(user=user).values_list("role", flat=True).first()
    return frozenset() if role is None else MAY[role]
