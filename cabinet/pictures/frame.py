"""What stands around the pages of a store: its name, the menu, the person's other stores, what the person may do."""

from dataclasses import dataclass
from typing import Any

from cabinet.menu import Group, menu_for
from stores.models import Store
from stores.services import access


@dataclass(frozen=True)
class Frame:
    """The store of the page, the stores to switch to, and which pages and controls are open to the person."""

    store: Store
    stores: list[Store]
    menu: list[Group]
    may_see_prices: bool
    may_change_prices: bool
    may_change_store: bool


def frame_of(store: Store, person: Any) -> Frame:
    """Two queries."""
    may = access.allowed(person, store)
    return Frame(
        store=store,
        stores=list(Store.objects.for_user(person, access.Action.SEE_STORE).order_by("name", "pk")),
        menu=menu_for(may),
        may_see_prices=access.Action.SEE_PRICES in may,
        may_change_prices=access.Action.CHANGE_PRICES in may,
        may_change_store=access.Action.CHANGE_STORE in may,
    )
