"""Every order of the sellers, and the way to find them."""

from bisect import bisect_left, bisect_right

from sandbox.clock import Agenda
from sandbox.orders.checkout import Basket, place_order
from sandbox.orders.life import Life
from sandbox.orders.order import Order
from sandbox.orders.rules import Rules
from sandbox.seller import Seller

FIRST_CODE = 700_000_001


class OrderBook:
    """Orders of the sellers, oldest first, and a count of everything bought from anybody."""

    def __init__(self, seed: int, agenda: Agenda, sellers: dict[str, Seller]) -> None:
        self.orders: list[Order] = []
        self.purchases = 0
        self.life = Life(agenda, self._restock)
        self.rules = Rules(seed, self.life)
        self._seed = seed
        self._sellers = sellers
        self._by_code: dict[str, Order] = {}

    def place(self, basket: Basket, now: float) -> Order:
        """Take a buyer's order; from now on it lives."""
        order = place_order(self._seed, str(FIRST_CODE + len(self.orders)), basket, now)
        self.orders.append(order)
        self._by_code[order.code] = order
        self.life.begin(order)
        return order

    def find(self, merchant_id: str, code: str | None) -> Order | None:
        """Return the merchant's order of that number; another one's is not found."""
        order = self._by_code.get(code or "")
        return order if order is not None and order.merchant_id == merchant_id else None

    def placed(self, merchant_id: str, since: float, until: float) -> list[Order]:
        """Return the merchant's orders placed from `since` to `until`, both included, newest first."""
        start = bisect_left(self.orders, since, key=_placed_at)
        end = bisect_right(self.orders, until, key=_placed_at)
        return [order for order in reversed(self.orders[start:end]) if order.merchant_id == merchant_id]

    def _restock(self, order: Order, sku: str, quantity: int) -> None:
        self._sellers[order.merchant_id].restock(sku, order.point, quantity)


def _placed_at(order: Order) -> float:
    return order.placed_at
