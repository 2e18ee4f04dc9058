"""A shelf to stand on, a price list to serve, and a still world to look at."""

from collections.abc import Iterator

import pytest

from sandbox.cards import Card, make_cards
from sandbox.catalogue import catalogue
from sandbox.market import Market, Shelf
from sandbox.merchants import Merchant
from sandbox.seller import PointState, Product, SalesPoint, Seller
from sandbox.server import SandboxServer
from tests.sandbox.sandbox_fakes import Feed, OfferMaker, Shopper

ALMATY, ASTANA = "750000000", "710000000"


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """A small world that stands still until it is told otherwise."""
    with SandboxServer(seed=1, cards=12, merchant_cards=8, clock="manual", paused=True) as server:
        yield server


@pytest.fixture
def shopper(sandbox: SandboxServer) -> Shopper:
    return Shopper(sandbox.url)


@pytest.fixture
def own_cards(sandbox: SandboxServer) -> list[str]:
    """The cards our merchant sells, in the order of the world; the fifth and the seventh are crowded."""
    return [product["card_id"] for product in sandbox.control("GET", "/_sandbox/merchants/30125007/offers")]


@pytest.fixture
def card() -> Card:
    return make_cards(1, 1, catalogue())[0]


@pytest.fixture
def shelf(card: Card) -> Shelf:
    return Shelf(card, ALMATY)


@pytest.fixture
def seller() -> Seller:
    """A shop with two points in Almaty and one in Astana, and three products: A, B and C."""
    cards = make_cards(1, 3, catalogue())
    points = (
        SalesPoint("PP1", ALMATY, "Алматы"),
        SalesPoint("PP2", ASTANA, "Астана"),
        SalesPoint("PP4", ALMATY, "Алматы"),
    )
    shop = Seller(Merchant("99000001", "Shop", 4.0, 10, None), points, Market(cards, (ALMATY, ASTANA)))
    for sku, product_card in zip("ABC", cards, strict=True):
        shop.add(
            Product(
                sku,
                product_card,
                model=f"Model {sku}",
                cost=600,
                prices={ALMATY: 1000, ASTANA: 1100},
                points={"PP1": PointState(available=True, stock=5), "PP2": PointState(available=True)},
            )
        )
    return shop


@pytest.fixture
def make_offer() -> OfferMaker:
    return OfferMaker()


@pytest.fixture
def feed() -> Iterator[Feed]:
    with Feed() as server:
        yield server
