"""What stands around the pages of a store: its name, the menu, the person's other stores, what the person may do."""

from dataclasses import dataclass
from typing import Any

from cabinet.menu import Group, menu_for
from stores.models import Membership, Store
from stores.models.roles import MAY
from stores.services import access


@dataclass(frozen=True)
class Doorway:
    """A store of the person, and the route of the page with which the person begins there."""

    store: Store
    route: str


@dataclass(frozen=True)
class Frame:
    """The store of the page, the stores to switch to, and which pages and controls are open to the person."""

    store: Store
    stores: list[Doorway]
    menu: list[Group]
    may_see_prices: bool
    may_change_prices: bool
    may_change_store: bool
    may_handle_orders: bool


def frame_of(store: Store, person: Any) -> Frame:
    """Two queries."""
    may = access.allowed(person, store)
    return Frame(
        store=store,
        stores=doorways_of(person),
        menu=menu_for(may),
        may_see_prices=access.Action.SEE_PRICES in may,
        may_change_prices=access.Action.CHANGE_PRICES in may,
        may_change_store=access.Action.CHANGE_STORE in may,
        may_handle_orders=access.Action.HANDLE_ORDERS in may,
    )


def doorways_of(person: Any) -> list[Doorway]:
    """The person's stores by name; one query."""
    own = Membership.everything.filter(user=person).select_related("store").order_by("store__name", "store")
    return [Doorway(each.store, menu_for(MAY[each.role])[0].pages[0].route) for each in own]
