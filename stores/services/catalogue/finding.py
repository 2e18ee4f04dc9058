"""Which products of a store are meant: the words and conditions that pages, the API and bulk changes share."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from stores.models import Availability, CityPrice, Product
from stores.models.catalogue import matches
from stores.services.keyset import Sorting

# Each word is a condition of its own, and a database takes only so many.
LONGEST_SEARCH = 200
SORTINGS: Mapping[str, Sorting] = {
    "new": Sorting(is_descending=True),
    "name": Sorting("sort_name"),
    "sku": Sorting("sku"),
    "brand": Sorting("brand"),
    "changed": Sorting("updated_at", is_descending=True),
}
FIRST_SORTING = "new"


@dataclass(frozen=True)
class Wanted:
    """
    Conditions that all must hold; empty ones ask nothing.

    `search`: words in SKU, name and brand, or the card. `city_id`: has a price there; `lacks_price_in`: has none there.
    `point_code`: lies there, on sale or not. `has_limits`: a floor and a ceiling in each city. `is_on_sale`: at an open
    point. `has_card`. `lost_place`: not first in some city where rivals were seen. `hold_rule`: why rules leave a price
    of it alone, as a code.
    """

    search: str = ""
    sku: str = ""
    card_id: str = ""
    brand: str = ""
    category_code: str = ""
    strategy: str = ""
    is_paused: bool | None = None
    has_limits: bool | None = None
    is_on_sale: bool | None = None
    has_card: bool | None = None
    lost_place: bool | None = None
    city_id: str = ""
    lacks_price_in: str = ""
    point_code: str = ""
    hold_rule: str = ""

    def told(self) -> dict[str, Any]:
        """The conditions that ask something, by name."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value not in ("", None)}


def find(products: "QuerySet[Product]", wanted: Wanted) -> "QuerySet[Product]":
    """Those of the products that all conditions hold for."""
    told = wanted.told()
    exactly = {name: told[name] for name in EXACTLY if name in told}
    found = products.filter(matches(wanted.search), **exactly)
    for name, condition in CONDITIONS.items():
        if name in told:
            found = found.filter(condition(told[name]))
    return found


def _prices(**conditions: Any) -> Exists:
    return Exists(CityPrice.everything.filter(product=OuterRef("pk"), **conditions))


def _without_limits() -> Exists:
    lacking = Q(floor__isnull=True) | Q(ceiling__isnull=True)
    return Exists(CityPrice.everything.filter(lacking, product=OuterRef("pk")))


def _on_sale() -> Exists:
    return Exists(Availability.everything.filter(product=OuterRef("pk"), is_available=True, sales_point__is_open=True))


def _either(condition: Any, *, wanted: bool) -> Any:
    return condition if wanted else ~condition


EXACTLY = ("sku", "card_id", "brand", "category_code", "strategy", "is_paused")
CONDITIONS: Mapping[str, Any] = {
    "has_limits": lambda wanted: _either(Q(_prices()) & ~Q(_without_limits()), wanted=wanted),
    "is_on_sale": lambda wanted: _either(_on_sale(), wanted=wanted),
    "has_card": lambda wanted: _either(~Q(card_id=""), wanted=wanted),
    "lost_place": lambda wanted: _either(_prices(place__gt=1), wanted=wanted),
    "city_id": lambda city_id: _prices(city_id=city_id),
    "lacks_price_in": lambda city_id: ~_prices(city_id=city_id),
    "point_code": lambda code: Exists(Availability.everything.filter(product=OuterRef("pk"), sales_point__code=code)),
    "hold_rule": lambda code: _prices(hold_rule=code),
}
