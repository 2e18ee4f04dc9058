"""The world: made from a seed, moved by time, without any input or output of its own."""

import random

from sandbox.access import Access
from sandbox.buyers import PAUSES, CityBuyers, Habits
from sandbox.cards import Card, make_cards
from sandbox.catalogue import City, catalogue
from sandbox.chance import stream
from sandbox.clock import Agenda
from sandbox.config import WorldConfig
from sandbox.market import Delivery, Market, Offer, Shelf
from sandbox.merchants import OWN_MERCHANT, OWN_MERCHANT_ID, Merchant, make_crowd, make_regulars
from sandbox.new_cards.desk import Desk
from sandbox.orders.book import OrderBook
from sandbox.rivals import CHARACTERS, Limits, Rival
from sandbox.seller import PointState, Product, SalesPoint, Seller

FEWEST_OFFERS = 3
MOST_OFFERS = 25
# A crowded card has more offers than the 64 that fit into one answer.
CROWDED_EVERY = 80
CROWDED_AT = (4, 6)
CROWDED_OFFERS = (66, 80)

_DELIVERIES = ("TO_DOOR", "POSTOMAT", "PICKUP", "EXPRESS")
_DELIVERY_WEIGHTS = (12, 4, 3, 1)
_DELIVERY_DAYS = (0, 1, 2, 4, 6, 9)
_DELIVERY_DAY_WEIGHTS = (1, 6, 4, 3, 1, 1)


class UnknownNameError(LookupError):
    """A card, city or merchant that this world does not have, or not there."""


class World:
    """Cards, merchants and offers, and everybody who moves them.

    The same config and the same `now` give the same world, and advancing it in one step or in many makes
    no difference. `now` is seconds since 1970, UTC.
    """

    def __init__(self, config: WorldConfig, now: float) -> None:
        names = catalogue().shops
        self.config = config
        self.now = now
        self.paused = config.paused
        self.cities: tuple[City, ...] = catalogue().cities
        self.cards = make_cards(config.seed, config.cards, catalogue())
        self.market = Market(self.cards, tuple(city.id for city in self.cities))
        self.regulars = make_regulars(config.seed, names)
        self.crowd = make_crowd(config.seed, names)
        everybody = (OWN_MERCHANT, *self.regulars, *self.crowd)
        self.merchants = {merchant.id: merchant for merchant in everybody}
        self.sellers = {OWN_MERCHANT_ID: self._make_seller()}
        self.access = Access.of(config.seed, self.sellers)
        self._agenda = Agenda()
        self.book = OrderBook(config.seed, self._agenda, self.sellers)
        self.desk = Desk(config.seed, self.sellers, self.market, self._publish)
        self._chances = {merchant.id: stream(config.seed, f"rival/{merchant.id}") for merchant in everybody}
        self._settle_rivals()
        self._settle_buyers()

    def advance_to(self, moment: float) -> None:
        """Play everything due up to `moment`. While paused nobody acts, and all turns wait."""
        if moment <= self.now:
            return
        if self.paused:
            self._agenda.postpone(moment - self.now)
        else:
            self._agenda.run_until(moment)
        # Moderators are no actors: they work while rivals and buyers stand still.
        self.desk.advance_to(moment)
        self.now = moment

    def shelf(self, card_id: str, city_id: str) -> Shelf:
        """Return the offers of a card in a city. Raises UnknownNameError."""
        shelf = self.market.shelf(card_id, city_id)
        if shelf is None:
            raise UnknownNameError(f"no card {card_id!r} in city {city_id!r}")
        return shelf

    def set_price(self, card_id: str, city_id: str, merchant_id: str, price: int | None) -> None:
        """Put a merchant's price (tenge) on a shelf by hand; None makes him leave it.

        Raises UnknownNameError.
        """
        shelf = self.shelf(card_id, city_id)
        merchant = self.merchants.get(merchant_id)
        if merchant is None:
            raise UnknownNameError(f"no merchant {merchant_id!r}")
        if merchant_id in self.sellers:
            self._set_seller_price(self.sellers[merchant_id], shelf, price)
        elif price is None:
            shelf.remove(merchant_id)
        elif merchant_id in shelf:
            shelf.reprice(merchant_id, price)
        else:
            shelf.put(_make_offer(self._chances[merchant_id], merchant, shelf.card, price))

    def _publish(self, card: Card) -> None:
        """A page that everybody can find from now on. Nobody sells there yet."""
        self.cards = (*self.cards, card)
        self.market.add(card, tuple(city.id for city in self.cities))

    def _set_seller_price(self, seller: Seller, shelf: Shelf, price: int | None) -> None:
        product = seller.product_on(shelf.card.id)
        if product is None:
            raise UnknownNameError(f"merchant {seller.merchant.id} has no product on card {shelf.card.id}")
        seller.change_price(product, shelf.city_id, price)

    def _make_seller(self) -> Seller:
        points = tuple(
            SalesPoint(f"PP{number}", city.id, city.address) for number, city in enumerate(self.cities, start=1)
        )
        seller = Seller(OWN_MERCHANT, points, self.market)
        for number, card in enumerate(self.cards[: self.config.merchant_cards], start=1):
            rng = stream(self.config.seed, f"product/{card.id}")
            seller.add(_make_product(rng, number, card, points))
        return seller

    def _settle_rivals(self) -> None:
        for index, card in enumerate(self.cards):
            rng = stream(self.config.seed, f"shelves/{card.id}")
            pool, counts = self._choose_sellers(rng, is_crowded=index % CROWDED_EVERY in CROWDED_AT)
            for city, count in zip(self.cities, counts, strict=True):
                shelf = self.shelf(card.id, city.id)
                for merchant in rng.sample(pool, count - len(shelf)):
                    self._settle_rival(shelf, merchant)

    def _choose_sellers(self, rng: random.Random, *, is_crowded: bool) -> tuple[list[Merchant], list[int]]:
        """Return the merchants of a card, and how many offers it shall have in each city."""
        if is_crowded:
            return [*self.regulars, *self.crowd], [rng.randint(*CROWDED_OFFERS) for _ in self.cities]
        counts = [round(rng.triangular(FEWEST_OFFERS, MOST_OFFERS, 8)) for _ in self.cities]
        return rng.sample(self.regulars, max(counts)), counts

    def _settle_rival(self, shelf: Shelf, merchant: Merchant) -> None:
        rng = self._chances[merchant.id]
        limits = _make_limits(rng, shelf.card.base_price)
        offer = _make_offer(rng, merchant, shelf.card, rng.randint((limits.minimum + limits.usual) // 2, limits.usual))
        shelf.put(offer)
        if merchant.character is not None:
            rival: Rival = CHARACTERS[merchant.character](shelf, offer, limits, rng, self.config.tempo)
            self._agenda.add(self.now + rival.pause(0, rival.longest), rival.act)

    def _settle_buyers(self) -> None:
        for city, pause in zip(self.cities, PAUSES, strict=True):
            habits = Habits(pause / self.config.tempo, stream(self.config.seed, f"buyers/{city.id}"))
            shelves = [shelf for shelf in self.market if shelf.city_id == city.id]
            buyers = CityBuyers(city, shelves, self.sellers, self.book, habits)
            self._agenda.add(buyers.next_turn(self.now), buyers.act)


def _make_limits(rng: random.Random, base_price: int) -> Limits:
    step = rng.choice((1, 1, 1, 5, 10, 50))
    return Limits(
        minimum=round(base_price * rng.uniform(0.82, 0.95)),
        usual=round(base_price * rng.uniform(0.98, 1.15)),
        step=min(step, max(1, base_price // 500)),
    )


def _make_offer(rng: random.Random, merchant: Merchant, card: Card, price: int) -> Offer:
    kind = rng.choices(_DELIVERIES, _DELIVERY_WEIGHTS)[0]
    days = rng.choices(_DELIVERY_DAYS, _DELIVERY_DAY_WEIGHTS)[0]
    return Offer(
        merchant=merchant,
        sku=f"{card.category.code[:3].upper()}{rng.randint(1000, 99999)}",
        price=price,
        preorder_days=rng.randint(2, 14) if rng.random() < 0.05 else 0,
        delivery=Delivery(kind, 0 if kind == "EXPRESS" else days, by_kaspi=rng.random() < 0.8),
    )


def _make_product(rng: random.Random, number: int, card: Card, points: tuple[SalesPoint, ...]) -> Product:
    """Make a product on sale at the first point, and nearly always at the others."""
    price = round(card.base_price * rng.uniform(0.97, 1.08))
    product = Product(
        sku=f"{card.category.code[:3].upper()}-{number:04d}",
        card=card,
        model=card.title,
        cost=round(card.base_price * rng.uniform(0.58, 0.76)),
        prices={point.city_id: price for point in points},
    )
    for index, point in enumerate(points):
        is_here = index == 0 or rng.random() < 0.85
        stock = None if rng.random() < 0.05 else rng.randint(3, 60)
        product.points[point.code] = PointState(is_here, stock if is_here else 0)
    return product
