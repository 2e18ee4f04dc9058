"""Buyers: they come by city, choose a card by its popularity and mostly take the first offer."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from sandbox.catalogue import City
from sandbox.market import Offer, Shelf
from sandbox.orders.book import OrderBook
from sandbox.orders.checkout import Basket, Line
from sandbox.seller import Seller

# Seconds between two purchases at tempo 1; the first city of the catalogue is the busiest.
PAUSES = (240.0, 420.0, 900.0)
# How likely a buyer starts looking at place 1, 2, 3, ...
PLACES = (0.72, 0.15, 0.07, 0.04, 0.02)
QUANTITIES = (1, 2, 3)
QUANTITY_WEIGHTS = (0.9, 0.08, 0.02)


@dataclass(frozen=True, slots=True)
class Habits:
    """How often a city buys (mean seconds between two purchases), and its stream of chance."""

    mean_pause: float
    rng: random.Random


class CityBuyers:
    """Everybody who buys from the shelves of `city`."""

    def __init__(
        self, city: City, shelves: list[Shelf], sellers: Mapping[str, Seller], book: OrderBook, habits: Habits
    ) -> None:
        self._city = city
        self._shelves = shelves
        self._weights = list(accumulate(shelf.card.popularity for shelf in shelves))
        self._sellers = sellers
        self._book = book
        self._rng = habits.rng
        self._mean_pause = habits.mean_pause

    def act(self, now: float) -> float:
        """Let one buyer buy, and return when the next one comes."""
        shelf = self._rng.choices(self._shelves, cum_weights=self._weights)[0]
        quantity = self._rng.choices(QUANTITIES, QUANTITY_WEIGHTS)[0]
        place = self._rng.choices(range(len(PLACES)), PLACES)[0]
        self._buy(shelf, place, quantity, now)
        return self.next_turn(now)

    def next_turn(self, now: float) -> float:
        return now + self._rng.expovariate(1 / self._mean_pause)

    def _buy(self, shelf: Shelf, place: int, quantity: int, now: float) -> None:
        """Buy from the wanted place; where the goods are not in stock, from the next one down."""
        offers = shelf.ranked()
        for offer in offers[min(place, len(offers) - 1) :] if offers else ():
            if self._take(offer, shelf, quantity, now):
                self._book.purchases += 1
                return

    def _take(self, offer: Offer, shelf: Shelf, quantity: int, now: float) -> bool:
        seller = self._sellers.get(offer.merchant.id)
        if seller is None:
            return True
        sale = seller.sell(shelf.card.id, shelf.city_id, quantity)
        if sale is None:
            return False
        line = Line(sale.sku, shelf.card, quantity, sale.price)
        self._book.place(Basket(seller.merchant.id, self._city, sale.point, (line,), sale.preorder_days), now)
        return True
