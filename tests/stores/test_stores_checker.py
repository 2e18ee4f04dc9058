"""What the checker says of a list, and where exactly it begins to say no."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from stores.models import CityPrice, Store
from stores.services import catalogue
from stores.services.prices.checker import Contents, Refusal, read_contents, read_previous, why_refused
from tests.cast import ALMATY, ASTANA

pytestmark = pytest.mark.django_db
MERCHANT = "30125007"
PRICE, FLOOR, CEILING = 10_000, 7_000, 13_000


@pytest.fixture
def shop(store: Store) -> Store:
    """150 products in two cities; the first has no ceiling, the second no floor."""
    limits = {0: (FLOOR, None), 1: (None, CEILING)}
    there = catalogue.AvailabilityFacts(is_available=True)
    facts = [
        catalogue.ProductFacts(
            sku=f"SKU-{number}",
            card_id="",
            model="Чайник",
            prices={
                city: catalogue.PriceFacts(PRICE, *limits.get(number, (FLOOR, CEILING))) for city in (ALMATY, ASTANA)
            },
            availability={"PP1": there, "PP2": there},
        )
        for number in range(150)
    ]
    catalogue.bring_in(store, [], facts)
    return store


def contents(products: int = 150, **moved: int) -> Contents:
    """The list of the first so many products at the price of the table; `moved`: SKU_5=9_000 in Almaty."""
    skus = [f"SKU-{number}" for number in range(products)]
    prices = {(sku, city): PRICE for sku in skus for city in (ALMATY, ASTANA)}
    prices |= {(name.replace("_", "-"), ALMATY): price for name, price in moved.items()}
    return Contents(MERCHANT, prices, frozenset((sku, point) for sku in skus for point in ("PP1", "PP2")))


def all_moved(count: int, price: int) -> dict[str, int]:
    return {f"SKU_{number}": price for number in range(10, 10 + count)}


LIVE = contents()


@pytest.mark.parametrize(
    ("story", "new", "refusal"),
    [
        ("nothing moved", LIVE, None),
        ("at the floor and at the ceiling", contents(SKU_5=FLOOR, SKU_6=CEILING), None),
        ("under the floor", contents(SKU_5=FLOOR - 1), Refusal("under_floor", "SKU-5", ALMATY, FLOOR - 1)),
        ("over the ceiling", contents(SKU_5=CEILING + 1), Refusal("over_ceiling", "SKU-5", ALMATY, CEILING + 1)),
        ("under the only limit", contents(SKU_0=FLOOR - 1), Refusal("under_floor", "SKU-0", ALMATY, FLOOR - 1)),
        ("over the only limit", contents(SKU_1=CEILING + 1), Refusal("over_ceiling", "SKU-1", ALMATY, CEILING + 1)),
        ("another price, no ceiling", contents(SKU_0=PRICE + 1), Refusal("not_the_price", "SKU-0", ALMATY, PRICE + 1)),
        ("another price, no floor", contents(SKU_1=PRICE - 1), Refusal("not_the_price", "SKU-1", ALMATY, PRICE - 1)),
        ("99 tenge, no floor", contents(SKU_1=99), Refusal("under_floor", "SKU-1", ALMATY, 99)),
        ("100 tenge, no floor", contents(SKU_1=100), Refusal("not_the_price", "SKU-1", ALMATY, 100)),
        ("nobody knows it", contents(SKU_X=PRICE), Refusal("unknown_offer", "SKU-X", ALMATY, PRICE)),
        ("a merchant of another name", replace(LIVE, merchant_id="3"), Refusal("other_merchant", read="3")),
        ("no prices", replace(LIVE, prices={}), Refusal("empty")),
        ("a fault", replace(LIVE, fault=Refusal("sku_twice", "SKU-7")), Refusal("sku_twice", "SKU-7")),
        ("seven products gone, 14 of 300 prices", contents(143), None),
        ("eight products gone, 16 of 300 prices", contents(142), Refusal("shrunk", read=16)),
        ("seven products off sale", replace(LIVE, on_sale=contents(143).on_sale), None),
        ("eight products off sale", replace(LIVE, on_sale=contents(142).on_sale), Refusal("off_sale", read=16)),
        ("a fiftieth of 300 prices moved far", contents(**all_moved(6, CEILING)), None),
        ("one more", contents(**all_moved(7, CEILING)), Refusal("many_moved", read=7)),
        ("many moved a fifth up", contents(**all_moved(30, 12_000)), None),
        ("many moved a fifth and a tenge up", contents(**all_moved(30, 12_001)), Refusal("many_moved", read=30)),
        ("many moved a fifth down", contents(**all_moved(30, 8_000)), None),
        ("many moved a fifth and a tenge down", contents(**all_moved(30, 7_999)), Refusal("many_moved", read=30)),
    ],
)
def test_what_is_refused(story: str, new: Contents, refusal: Refusal | None, shop: Store) -> None:
    assert why_refused(new, LIVE, shop) == refusal, story


def test_one_reason_hides_another_until_a_person_accepts_it(shop: Store) -> None:
    new = replace(contents(142, **all_moved(7, CEILING)), on_sale=frozenset())
    accepted: frozenset[str] = frozenset()
    for code, read in (("shrunk", 16), ("off_sale", 284), ("many_moved", 7)):
        assert why_refused(new, LIVE, shop, accepted) == Refusal(code, read=read)
        accepted |= {code}
    assert why_refused(new, LIVE, shop, accepted) is None


def test_nobody_accepts_a_wrong_price(shop: Store) -> None:
    codes = frozenset({"under_floor", "over_ceiling", "unknown_offer", "not_the_price"})
    assert why_refused(contents(SKU_5=FLOOR - 1), LIVE, shop, codes).code == "under_floor"


def test_what_was_live_may_stay_live_without_a_corridor(shop: Store) -> None:
    """The table moved on after the list was built."""
    CityPrice.everything.filter(product__store=shop, product__sku="SKU-0").update(price=PRICE + 500)
    assert why_refused(LIVE, LIVE, shop) is None
    assert why_refused(LIVE, Contents(), shop) == Refusal("not_the_price", "SKU-0", ALMATY, PRICE)


def test_what_a_person_confirmed_did_not_move(shop: Store) -> None:
    CityPrice.everything.filter(product__store=shop).update(confirmed_price=CEILING)
    assert why_refused(contents(**all_moved(30, CEILING)), LIVE, shop) is None
    assert why_refused(contents(**all_moved(30, 7_999)), LIVE, shop) == Refusal("many_moved", read=30)


def test_of_a_small_list_one_product_may_go_and_five_prices_may_move(shop: Store) -> None:
    small = contents(12)
    assert why_refused(contents(11), small, shop) is None
    assert why_refused(contents(10), small, shop) == Refusal("shrunk", read=4)
    names = [f"SKU_{number}" for number in range(2, 8)]
    assert why_refused(contents(12, **dict.fromkeys(names[:5], CEILING)), small, shop) is None
    assert why_refused(contents(12, **dict.fromkeys(names, CEILING)), small, shop) == Refusal("many_moved", read=6)


def test_an_offer_that_nobody_knows_is_refused_also_where_it_was_live_and_moved(shop: Store) -> None:
    live, new = contents(SKU_X=PRICE), contents(SKU_X=3 * PRICE)
    assert why_refused(new, live, shop) == Refusal("unknown_offer", "SKU-X", ALMATY, 3 * PRICE)


def test_another_stores_rows_are_not_asked(shop: Store, strangers_store: Store) -> None:
    theirs = replace(LIVE, merchant_id=strangers_store.merchant_id)
    assert why_refused(theirs, LIVE, strangers_store) == Refusal("unknown_offer", "SKU-0", ALMATY, PRICE)


LIST = """<?xml version="1.0" encoding="utf-8"?>
<kaspi_catalog date="2026" xmlns="kaspiShopping"><company>K</company><merchantid>30125007</merchantid><offers>
<offer sku="A"><model>m</model><availabilities>
<availability available="yes" storeId="PP1"/><availability available="no" storeId="PP2"/></availabilities>
<cityprices><cityprice cityId="750000000">10000</cityprice><cityprice cityId="710000000">9000</cityprice></cityprices>
</offer>{more}</offers></kaspi_catalog>"""
SAME = '<offer sku="A"><model>m</model><cityprices><cityprice cityId="1">1</cityprice></cityprices></offer>'
EVERYWHERE = '<offer sku="B"><model>m</model><price>9500</price></offer>'


@pytest.mark.parametrize(
    ("more", "read"),
    [
        (
            "",
            Contents(MERCHANT, {("A", ALMATY): 10_000, ("A", ASTANA): 9_000}, frozenset({("A", "PP1")})),
        ),
        (SAME, Contents(fault=Refusal("sku_twice", "A"))),
        (EVERYWHERE, Contents(fault=Refusal("price_without_city", "B", read=9_500))),
        ("<x/>", Contents(fault=Refusal("malformed", read="line 6: x where an offer was due"))),
    ],
)
def test_what_is_read(more: str, read: Contents, tmp_path: Path) -> None:
    path = tmp_path / "list.xml"
    path.write_text(LIST.format(more=more), encoding="utf-8")
    assert read_contents(path) == read


def test_a_list_that_is_not_there_is_no_list(tmp_path: Path) -> None:
    fault = read_contents(tmp_path / "gone.xml").fault
    assert (fault.code, str(tmp_path / "gone.xml") in fault.read) == ("malformed", True)


def test_a_live_list_that_cannot_be_read_is_compared_with_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "live.xml"
    path.write_text(LIST.format(more=""), encoding="utf-8")
    assert read_previous(path) == read_contents(path)
    assert read_previous(None) == Contents()
    assert not caplog.records
    path.write_text("damaged")
    with caplog.at_level(logging.ERROR):
        assert read_previous(path) == Contents()
    [record] = caplog.records
    assert record.getMessage() == f"the live price list {path} cannot be read: {read_contents(path).fault}"
