"""The offers of each card in each city, and the order in which a buyer sees them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from operator import attrgetter

from sandbox.cards import Card
from sandbox.merchants import Merchant


@dataclass(frozen=True, slots=True)
class Delivery:
    """How goods reach the buyer: the best way (`TO_DOOR`, ...), whole Almaty days, and who carries them."""

    kind: str
    days: int
    by_kaspi: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """One merchant's offer on one card in one city. The price is in whole tenge."""

    merchant: Merchant
    sku: str
    price: int
    preorder_days: int
    delivery: Delivery

    @property
    def rank(self) -> tuple[int, float, int, str]:
        """Cheapest first; at equal price the better rated, then the more reviewed.

        The merchant id settles the rest, so that a page never depends on who came first.
        """
        merchant = self.merchant
        return self.price, -(merchant.rating or 0.0), -merchant.reviews, merchant.id


class Shelf:
    """All offers of one card in one city, at most one for each merchant."""

    def __init__(self, card: Card, city_id: str) -> None:
        self.card = card
        self.city_id = city_id
        self._offers: dict[str, Offer] = {}
        self._ranked: tuple[Offer, ...] | None = None

    def __len__(self) -> int:
        return len(self._offers)

    def __contains__(self, merchant_id: str) -> bool:
        return merchant_id in self._offers

    def get(self, merchant_id: str) -> Offer | None:
        return self._offers.get(merchant_id)

    def put(self, offer: Offer) -> None:
        """Add the offer, or replace what this merchant offered before."""
        if self._offers.get(offer.merchant.id) != offer:
            self._offers[offer.merchant.id] = offer
            self._ranked = None

    def reprice(self, merchant_id: str, price: int) -> None:
        """Change the price of an offer that is here. Raises KeyError if it is not."""
        self.put(replace(self._offers[merchant_id], price=price))

    def remove(self, merchant_id: str) -> None:
        if self._offers.pop(merchant_id, None) is not None:
            self._ranked = None

    def ranked(self) -> tuple[Offer, ...]:
        """Return the offers, first place first."""
        if self._ranked is None:
            self._ranked = tuple(sorted(self._offers.values(), key=attrgetter("rank")))
        return self._ranked

    def cheapest_besides(self, merchant_id: str) -> int | None:
        """Return the lowest price among the others, or None when there are no others."""
        return next((offer.price for offer in self.ranked() if offer.merchant.id != merchant_id), None)


class Market:
    """Every shelf, by card and city."""

    def __init__(self, cards: tuple[Card, ...], city_ids: tuple[str, ...]) -> None:
        self._shelves = {(card.id, city_id): Shelf(card, city_id) for card in cards for city_id in city_ids}

    def add(self, card: Card, city_ids: tuple[str, ...]) -> None:
        """Put up empty shelves for a card that is new."""
        self._shelves |= {(card.id, city_id): Shelf(card, city_id) for city_id in city_ids}

    def __iter__(self) -> Iterator[Shelf]:
        return iter(self._shelves.values())

    def shelf(self, card_id: str, city_id: str) -> Shelf | None:
        """Return the shelf, or None for a card or city nobody has heard of."""
        return self._shelves.get((card_id, city_id))
