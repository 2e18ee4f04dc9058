"""What somebody wants changed of products, whichever door he comes through."""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias

from msgspec import Struct, field


class Empty(Enum):
    """The wish that a field has no value. Nothing at all (None) is the wish that it stays as it is."""

    EMPTY = "empty"


EMPTY = Empty.EMPTY

Text: TypeAlias = str | Empty | None
Number: TypeAlias = int | Empty | None


class CityChange(Struct, frozen=True):
    """
    A price and its corridor in one city, whole tenge. `seen`: what stood in these fields when the wish was made; where
    that is another by now, and by a person's will, the wish is refused.
    """

    price: int | None = None
    floor: Number = None
    ceiling: Number = None
    seen: Mapping[str, int | None] | None = None


class PointChange(Struct, frozen=True):
    """A product at one sales point. An empty `stock_count`: in stock, not counted."""

    is_available: bool | None = None
    stock_count: Number = None
    preorder_days: Number = None


class ProductChange(Struct, frozen=True):
    """
    What is wanted of one product, named by its SKU; one that the store does not have is added.

    None leaves a field as it is, EMPTY takes its value away. `everywhere` is meant for each city where the product has
    a price (a new one: for each city of its `points`); `cities`, by city id, say what is different in some. `points` by
    their codes. `version`: of the product as it was read, 0 where the store did not have it; another one refuses the
    change.
    """

    sku: str
    card_id: Text = None
    model: str | None = None
    brand: Text = None
    category_code: Text = None
    weight_g: Number = None
    purchase_cost: Number = None
    packaging_cost: int | None = None
    least_margin: Decimal | Empty | None = None
    strategy: str | None = None
    plan: Mapping[str, Any] | None = None
    step: int | None = None
    is_paused: bool | None = None
    is_exclusive: bool | None = None
    everywhere: CityChange | None = None
    cities: Mapping[str, CityChange] = field(default_factory=dict)
    points: Mapping[str, PointChange] = field(default_factory=dict)
    version: int | None = None

    def tells_price(self, city_id: str) -> bool:
        """Whether it names a price for a city where the product has one."""
        wanted = (self.everywhere, self.cities.get(city_id))
        return any(each is not None and each.price is not None for each in wanted)
