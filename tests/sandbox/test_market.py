import pytest

from sandbox.market import Shelf
from tests.sandbox.sandbox_fakes import OfferMaker


@pytest.mark.parametrize(
    ("offers", "order"),
    [
        pytest.param([("1", 200, 5.0, 900), ("2", 100, 1.0, 1)], ["2", "1"], id="price first"),
        pytest.param([("1", 100, 4.0, 900), ("2", 100, 4.5, 1)], ["2", "1"], id="equal price: the better rating"),
        pytest.param([("1", 100, 4.0, 10), ("2", 100, 4.0, 11)], ["2", "1"], id="equal rating: more reviews"),
        pytest.param([("1", 100, None, 0), ("2", 100, 3.0, 1)], ["2", "1"], id="no rating is the lowest"),
        pytest.param([("2", 100, 4.0, 10), ("1", 100, 4.0, 10)], ["1", "2"], id="all equal: by id, whoever came first"),
    ],
)
def test_places(
    shelf: Shelf,
    make_offer: OfferMaker,
    offers: list[tuple[str, int, float | None, int]],
    order: list[str],
) -> None:
    for offer in offers:
        shelf.put(make_offer(*offer))
    assert [offer.merchant.id for offer in shelf.ranked()] == order


def test_the_order_follows_every_change(shelf: Shelf, make_offer: OfferMaker) -> None:
    shelf.put(make_offer("1", 100))
    shelf.put(make_offer("2", 200))
    assert [offer.price for offer in shelf.ranked()] == [100, 200]
    shelf.reprice("2", 50)
    assert [offer.merchant.id for offer in shelf.ranked()] == ["2", "1"]
    shelf.remove("2")
    assert [offer.merchant.id for offer in shelf.ranked()] == ["1"]
    shelf.remove("2")
    assert (len(shelf), "1" in shelf, "2" in shelf) == (1, True, False)


def test_the_cheapest_of_the_others(shelf: Shelf, make_offer: OfferMaker) -> None:
    assert shelf.cheapest_besides("1") is None
    shelf.put(make_offer("1", 100))
    assert shelf.cheapest_besides("1") is None
    shelf.put(make_offer("2", 200))
    assert shelf.cheapest_besides("1") == 200
    assert shelf.cheapest_besides("2") == 100
