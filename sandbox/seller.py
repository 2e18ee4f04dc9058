"""The merchant whose prices come from a price list: his points, products, stock and offers."""

from dataclasses import dataclass, field, replace

from sandbox.cards import Card
from sandbox.market import Delivery, Market, Offer
from sandbox.merchants import Merchant


@dataclass(frozen=True, slots=True)
class SalesPoint:
    """A warehouse or shop; `code` is what a price list calls `storeId`."""

    code: str
    city_id: str
    address: str


@dataclass(frozen=True, slots=True)
class PointState:
    """A product at one point. `stock` is None when it is not counted; `preorder_days` is 0 for none."""

    available: bool
    stock: int | None = None
    preorder_days: int = 0


@dataclass(slots=True)
class Product:
    """The seller's article: SKU, card, purchase cost and prices by city in whole tenge, state by point."""

    sku: str
    card: Card
    model: str
    cost: int
    prices: dict[str, int] = field(default_factory=dict)
    points: dict[str, PointState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sale:
    """What left the stock: one product at one point, for a price in tenge per unit; `preorder_days` is 0 for none."""

    sku: str
    point: str
    price: int
    preorder_days: int


class Seller:
    """Holds the products and keeps the market showing exactly what they say."""

    def __init__(self, merchant: Merchant, points: tuple[SalesPoint, ...], market: Market) -> None:
        self.merchant = merchant
        self.points = {point.code: point for point in points}
        self.city_ids = tuple(dict.fromkeys(point.city_id for point in points))
        self.products: dict[str, Product] = {}
        self._by_card: dict[str, Product] = {}
        self._market = market

    def add(self, product: Product) -> None:
        self.products[product.sku] = product
        self._by_card[product.card.id] = product
        self.publish(product)

    def product_on(self, card_id: str) -> Product | None:
        return self._by_card.get(card_id)

    def is_on_sale(self, product: Product) -> bool:
        return any(self._offer(product, city_id) for city_id in self.city_ids)

    def publish(self, product: Product) -> None:
        """Make the shelves of the product's card agree with its prices and points."""
        for city_id in self.city_ids:
            shelf = self._market.shelf(product.card.id, city_id)
            offer = self._offer(product, city_id)
            if shelf is None:
                continue
            if offer is None:
                shelf.remove(self.merchant.id)
            else:
                shelf.put(offer)

    def take_off_sale(self, product: Product) -> None:
        """Leave the card in every city. Prices and stock stay known."""
        product.points = {code: replace(state, available=False) for code, state in product.points.items()}
        self.publish(product)

    def change_price(self, product: Product, city_id: str, price: int | None) -> None:
        """Set the price in one city, as by hand in the cabinet; None takes the product off sale there."""
        if price is None:
            product.prices.pop(city_id, None)
        else:
            product.prices[city_id] = price
        self.publish(product)

    def sell(self, card_id: str, city_id: str, quantity: int) -> Sale | None:
        """Take goods from the first point of the city that has enough, or return None."""
        product = self._by_card[card_id]
        for code, state in self._open_points(product, city_id).items():
            if state.stock is not None and state.stock < quantity:
                continue
            if state.stock is not None:
                product.points[code] = replace(state, stock=state.stock - quantity)
            return Sale(product.sku, code, product.prices[city_id], state.preorder_days)
        return None

    def restock(self, sku: str, point: str, quantity: int) -> None:
        """Put goods back where they came from; what is no longer sold, or not counted, takes nothing in."""
        product = self.products.get(sku)
        state = None if product is None else product.points.get(point)
        if product is not None and state is not None and state.stock is not None:
            product.points[point] = replace(state, stock=state.stock + quantity)

    def _offer(self, product: Product, city_id: str) -> Offer | None:
        price = product.prices.get(city_id)
        open_points = self._open_points(product, city_id)
        if price is None or not open_points:
            return None
        preorder_days = min(state.preorder_days for state in open_points.values())
        delivery = Delivery("TO_DOOR", 1, by_kaspi=True)
        return Offer(self.merchant, product.sku, price, preorder_days, delivery)

    def _open_points(self, product: Product, city_id: str) -> dict[str, PointState]:
        return {
            code: state
            for code, state in product.points.items()
            if state.available and self.points[code].city_id == city_id
        }
