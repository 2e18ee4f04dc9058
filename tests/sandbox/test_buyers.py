import random

import pytest

from sandbox.buyers import PAUSES, CityBuyers, Habits
from sandbox.catalogue import catalogue
from sandbox.clock import Agenda
from sandbox.config import MANUAL_CLOCK_STARTS_AT as NOW
from sandbox.config import WorldConfig
from sandbox.market import Shelf
from sandbox.orders.book import OrderBook
from sandbox.seller import PointState, Seller
from sandbox.world import World
from tests.sandbox.sandbox_fakes import OfferMaker

ALMATY = "750000000"


def own_shelf(seller: Seller) -> Shelf:
    shelf = seller._market.shelf(seller.products["A"].card.id, ALMATY)
    assert shelf is not None
    return shelf


def make_book(seller: Seller) -> OrderBook:
    return OrderBook(1, Agenda(), {seller.merchant.id: seller})


def make_buyers(seller: Seller, book: OrderBook, seed: int = 1) -> CityBuyers:
    habits = Habits(mean_pause=100, rng=random.Random(seed))
    return CityBuyers(catalogue().cities[0], [own_shelf(seller)], {seller.merchant.id: seller}, book, habits)


def test_an_order_lowers_the_stock_and_keeps_the_price(seller: Seller) -> None:
    book = make_book(seller)
    buyers = make_buyers(seller, book)
    following = buyers.act(NOW)
    (order,) = book.orders
    (entry,) = order.entries
    assert (entry.sku, order.city_id, order.point, entry.price) == ("A", ALMATY, "PP1", 1000)
    assert (order.code, order.placed_at, order.merchant_id) == ("700000001", NOW, "99000001")
    assert seller.products["A"].points["PP1"].stock == 5 - entry.quantity
    assert following > NOW


def test_nobody_sells_what_is_not_there(seller: Seller) -> None:
    seller.products["A"].points["PP1"] = PointState(available=True, stock=0)
    book = make_book(seller)
    make_buyers(seller, book).act(NOW)
    assert (book.orders, book.purchases) == ([], 0)
    assert seller.products["A"].points["PP1"].stock == 0


def test_a_buyer_takes_the_next_offer_when_the_first_has_no_stock(seller: Seller, make_offer: OfferMaker) -> None:
    own_shelf(seller).put(make_offer("1", 5_000))
    seller.products["A"].points["PP1"] = PointState(available=True, stock=0)
    book = make_book(seller)
    make_buyers(seller, book).act(NOW)
    assert (book.orders, book.purchases) == ([], 1)


def test_uncounted_stock_never_ends(seller: Seller) -> None:
    seller.products["A"].points["PP1"] = PointState(available=True, stock=None)
    book = make_book(seller)
    buyers = make_buyers(seller, book)
    for _ in range(50):
        buyers.act(NOW)
    assert len(book.orders) == 50
    assert seller.products["A"].points["PP1"].stock is None


def test_an_empty_shelf_sells_nothing(seller: Seller) -> None:
    own_shelf(seller).remove("99000001")
    book = make_book(seller)
    make_buyers(seller, book).act(NOW)
    assert (book.orders, book.purchases) == ([], 0)


@pytest.mark.parametrize(("rival_price", "least", "most"), [(2_000, 600, 850), (500, 80, 250)])
def test_place_one_sells_most(seller: Seller, make_offer: OfferMaker, rival_price: int, least: int, most: int) -> None:
    seller.products["A"].points["PP1"] = PointState(available=True)
    own_shelf(seller).put(make_offer("1", rival_price))
    for number in range(2, 6):
        own_shelf(seller).put(make_offer(str(number), 3_000 + number))
    book = make_book(seller)
    buyers = make_buyers(seller, book)
    for _ in range(1000):
        buyers.act(NOW)
    assert book.purchases == 1000
    assert least < len(book.orders) < most


def test_a_city_buys_as_often_as_it_does(seller: Seller) -> None:
    buyers = make_buyers(seller, make_book(seller))
    pauses = [buyers.next_turn(NOW) - NOW for _ in range(5000)]
    assert sum(pauses) / len(pauses) == pytest.approx(100, rel=0.05)
    assert PAUSES[0] < PAUSES[1] < PAUSES[2]


def test_orders_are_numbered_in_order_of_time() -> None:
    world = World(WorldConfig(seed=2, cards=9, merchant_cards=9), NOW)
    world.advance_to(NOW + 5 * 24 * 3600)
    orders = world.book.orders
    assert {order.city_id for order in orders} == {city.id for city in world.cities}
    assert [order.placed_at for order in orders] == sorted(order.placed_at for order in orders)
    assert [int(order.code) for order in orders] == list(range(700_000_001, 700_000_001 + len(orders)))
