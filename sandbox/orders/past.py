"""Orders of the past, for who wants to try out an old account: made at once, most of them over."""

import random

from sandbox.catalogue import City
from sandbox.chance import stream
from sandbox.clock import DAY
from sandbox.orders.book import OrderBook
from sandbox.orders.checkout import Basket, Line
from sandbox.orders.order import Fate, Order, Reason
from sandbox.seller import Seller

# Younger ones are still under way.
OVER_AFTER = 10 * DAY


def fill_past(  # noqa: PLR0913, PLR0917 - a past has these six sides
    book: OrderBook, seller: Seller, cities: tuple[City, ...], count: int, span: float, now: float
) -> None:
    """Place `count` orders evenly over the `span` seconds before `now`, each as far as it would have come."""
    rng = stream(count, f"past/{seller.merchant.id}")
    products = list(seller.products.values())
    points = list(seller.points.values())
    for index in range(count):
        product, point = rng.choice(products), rng.choice(points)
        city = next(city for city in cities if city.id == point.city_id)
        line = Line(product.sku, product.card, rng.choice((1, 1, 1, 2)), product.card.base_price)
        basket = Basket(seller.merchant.id, city, point.code, (line,), fate=Fate())
        placed_at = now - span + span * index / count
        _bring_on(book, book.place(basket, placed_at), rng, now)


def _bring_on(book: OrderBook, order: Order, rng: random.Random, now: float) -> None:
    """Let happen what has happened since: accepted at least, mostly completed where that is long ago."""
    if rng.random() < 0.05:
        book.life.cancel(order, order.placed_at + 600, reason=Reason.BUYER_CANCELLATION_HIMSELF)
        return
    book.life.enter_tray(order, order.placed_at + 900)
    is_over = now - order.placed_at > OVER_AFTER and rng.random() < 0.99
    if order.delivery.by_kaspi and (is_over or rng.random() < 0.5):
        book.life.assemble(order, 1, order.placed_at + 1800)
        book.life.hand_over(order, min(order.placed_at + DAY, now))
    if is_over:
        book.life.complete(order, order.placed_at + 3 * DAY)
