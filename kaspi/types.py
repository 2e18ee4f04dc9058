"""What the storefront told us: immutable facts, whole tenge, UTC."""

from datetime import datetime

from msgspec import Struct


class Offer(Struct, frozen=True, gc=False):
    """
    One seller's offer on a card in a city.

    `merchant_id` is text: old merchants have words where new ones have digits. `price` is in whole tenge.
    `merchant_name` and `merchant_sku` are empty when the marketplace left them out. `rating` is 0..5, None
    for a shop that nobody has rated. `preorder_days` is 0 for goods at hand. `delivers_at` is aware UTC;
    where `delivery_duration` (`TODAY`, `TILL_5_DAYS`, ...) disagrees with it, the moment wins. `place`
    counts from 1 in the marketplace's own order.
    """

    card_id: str
    merchant_id: str
    merchant_name: str
    merchant_sku: str
    price: int
    rating: float | None
    reviews: int
    preorder_days: int
    delivers_at: datetime | None
    delivery_duration: str | None
    kaspi_delivery: bool
    place: int


class CardOffers(Struct, frozen=True):
    """
    All offers of a card in a city, in the marketplace's order.

    `read_at` (aware UTC) is the moment before the first page was asked for: no offer here is older than that.
    No offers at all means *unknown*, not "no rivals": a card that does not exist answers the same way.
    """

    card_id: str
    city_id: str
    offers: tuple[Offer, ...]
    read_at: datetime

    @property
    def total(self) -> int:
        """How many sellers offer the card."""
        return len(self.offers)


class ListedCard(Struct, frozen=True, gc=False):
    """
    A card as a listing shows it.

    `lowest_price` (whole tenge) and `best_merchant` belong to the cheapest seller in the city, never to the
    merchant whose listing was read. `rating` is None for a card that nobody has rated.
    """

    card_id: str
    title: str
    brand: str | None
    lowest_price: int
    rating: float | None
    reviews: int
    best_merchant: str | None


class ListedPage(Struct, frozen=True):
    """The cards that one page of a listing brought. `read_at` (aware UTC) is the moment before it was asked for."""

    cards: tuple[ListedCard, ...]
    read_at: datetime
