"""What a price list says: immutable values, whole tenge."""

from msgspec import Struct


class PriceListHeader(Struct, frozen=True, gc=False):
    """Whose list it is. `date` is free text for the marketplace; an ISO moment is customary."""

    company: str
    merchant_id: str
    date: str


class Availability(Struct, frozen=True, gc=False):
    """
    One article in one sales point.

    `store_id` is the point's code without the merchant (`PP1`). `stock_count` None means "in stock, not
    counted". `preorder_days` is 1..30, or None when the goods are at hand.
    """

    store_id: str
    available: bool
    stock_count: int | None = None
    preorder_days: int | None = None


class CityPrice(Struct, frozen=True, gc=False):
    """The price in one city, whole tenge with VAT; `city_id` is a code of `kaspi.CITIES`."""

    city_id: str
    price: int


class PriceListOffer(Struct, frozen=True):
    """One article: either `price`, the same in every city, or `city_prices`. Whole tenge with VAT."""

    sku: str
    model: str
    brand: str | None
    availabilities: tuple[Availability, ...]
    price: int | None = None
    city_prices: tuple[CityPrice, ...] = ()
