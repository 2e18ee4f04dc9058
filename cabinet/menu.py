"""
The cabinet's map: the pages of a store in their groups, and which of them a person sees.

A page is one line of the table. Who may not do what it needs does not see it, nor a group of which no page is left.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stores.models.roles import Action


@dataclass(frozen=True)
class Page:
    """A page of a store: the name that its templates give as `at`, its title, its route (of a store id alone)."""

    at: str
    title: str | Promise
    route: str
    needs: Action = Action.SEE_PRICES


@dataclass(frozen=True)
class Group:
    """Pages that belong together. The first one opens with the group."""

    title: str | Promise
    pages: tuple[Page, ...]

    @property
    def places(self) -> tuple[str, ...]:
        """The `at` of each of its pages."""
        return tuple(page.at for page in self.pages)


MENU = (
    Group(
        _("Products"),
        (
            Page("products", _("All products"), "cabinet:store-products"),
            Page("stock", _("Stock"), "cabinet:stock"),
            Page("files", _("Files"), "cabinet:uploads"),
            Page("cards", _("New cards"), "cabinet:card-batches"),
            Page("changes", _("History"), "cabinet:changes"),
        ),
    ),
    Group(
        _("Prices"),
        (
            Page("prices", _("Mode and alarms"), "cabinet:store-prices"),
            Page("rules", _("Rules"), "cabinet:rules"),
            Page("what-if", _("What if"), "cabinet:what-if"),
            Page("price-list", _("Price list"), "cabinet:price-list"),
        ),
    ),
    Group(
        _("Orders"),
        (
            Page("orders", _("All orders"), "cabinet:orders", Action.SEE_ORDERS),
            Page("acceptance", _("Acceptance"), "cabinet:acceptance"),
        ),
    ),
    Group(_("Market"), (Page("rivals", _("Rivals"), "cabinet:rivals"),)),
    Group(
        _("Money"),
        (
            Page("statistics", _("Statistics"), "cabinet:statistics"),
            Page("profits", _("Profit"), "cabinet:profits"),
            Page("returns", _("Returns"), "cabinet:returns", Action.SEE_ORDERS),
            Page("quality", _("Quality"), "cabinet:quality"),
        ),
    ),
    Group(_("Messages"), (Page("messages", _("Messages"), "cabinet:notifications", Action.SEE_ORDERS),)),
    Group(
        _("Store"),
        (
            Page("team", _("Team"), "cabinet:team", Action.SEE_STORE),
            Page("points", _("Sales points"), "cabinet:points"),
            Page("connection", _("Connection"), "cabinet:connection"),
        ),
    ),
)


def menu_for(may: Collection[Action]) -> list[Group]:
    """The groups and pages for somebody who may do this in the store."""
    seen = (replace(group, pages=tuple(page for page in group.pages if page.needs in may)) for group in MENU)
    return [group for group in seen if group.pages]
