import pytest

from sandbox.market import Shelf
from sandbox.price_list import PriceListError, Rejection, apply_price_list, read_price_list
from sandbox.seller import PointState, Seller

ALMATY, ASTANA = "750000000", "710000000"
POINT = '<availability available="yes" storeId="PP1"/>'
PRICE = "<price>1500</price>"


def offer(sku: str, points: str = POINT, price: str = PRICE, model: str = "<model>M</model>") -> str:
    return f'<offer sku="{sku}">{model}<brand>B</brand><availabilities>{points}</availabilities>{price}</offer>'


def catalog(*offers: str, merchant: str = "99000001", namespace: str = "kaspiShopping") -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><kaspi_catalog date="d" xmlns="{namespace}">'
        f"<company>Shop</company><merchantid>{merchant}</merchantid><offers>{''.join(offers)}</offers></kaspi_catalog>"
    ).encode()


def shelf_of(seller: Seller, sku: str, city_id: str = ALMATY) -> Shelf:
    shelf = seller._market.shelf(seller.products[sku].card.id, city_id)
    assert shelf is not None
    return shelf


def price_in(seller: Seller, sku: str, city_id: str) -> int | None:
    found = shelf_of(seller, sku, city_id).get("99000001")
    return None if found is None else found.price


def prices(seller: Seller) -> dict[str, int | None]:
    return {sku: price_in(seller, sku, ALMATY) for sku in seller.products}


def test_one_price_holds_in_every_city(seller: Seller) -> None:
    points = POINT + '<availability available="yes" storeId="PP2"/>'
    outcome = apply_price_list(read_price_list(catalog(offer("A", points))), seller)
    assert (outcome.accepted, outcome.rejected, outcome.unrecognised) == (1, [], [])
    assert (price_in(seller, "A", ALMATY), price_in(seller, "A", ASTANA)) == (1500, 1500)


def test_city_prices_hold_in_their_cities(seller: Seller) -> None:
    points = POINT + '<availability available="yes" storeId="PP2"/>'
    price = (
        f'<cityprices><cityprice cityId="{ALMATY}">1400</cityprice>'
        f'<cityprice cityId="{ASTANA}">1600</cityprice></cityprices>'
    )
    apply_price_list(read_price_list(catalog(offer("A", points, price))), seller)
    assert (price_in(seller, "A", ALMATY), price_in(seller, "A", ASTANA)) == (1400, 1600)


def test_a_city_without_a_price_or_a_point_has_no_offer(seller: Seller) -> None:
    price = f'<cityprices><cityprice cityId="{ASTANA}">1600</cityprice></cityprices>'
    apply_price_list(read_price_list(catalog(offer("A", POINT, price), offer("B"))), seller)
    assert (price_in(seller, "A", ALMATY), price_in(seller, "A", ASTANA)) == (None, None)
    assert (price_in(seller, "B", ALMATY), price_in(seller, "B", ASTANA)) == (1500, None)


def test_stock_and_preorder_are_taken_from_the_file(seller: Seller) -> None:
    points = (
        '<availability available="yes" storeId="PP1" preOrder="3" stockCount="12"/>'
        '<availability available="no" storeId="PP2" stockCount="0"/>'
    )
    apply_price_list(read_price_list(catalog(offer("A", points))), seller)
    assert seller.products["A"].points == {
        "PP1": PointState(available=True, stock=12, preorder_days=3),
        "PP2": PointState(available=False, stock=0),
        "PP4": PointState(available=False),
    }
    found = shelf_of(seller, "A").get("99000001")
    assert found is not None
    assert found.preorder_days == 3


def test_a_missing_product_goes_off_sale(seller: Seller) -> None:
    outcome = apply_price_list(read_price_list(catalog(offer("A"))), seller)
    assert outcome.gone_off_sale == ["B", "C"]
    assert prices(seller) == {"A": 1500, "B": None, "C": None}
    again = apply_price_list(read_price_list(catalog(offer("A"))), seller)
    assert again.gone_off_sale == []


def test_a_product_comes_back_with_the_file_that_names_it(seller: Seller) -> None:
    apply_price_list(read_price_list(catalog(offer("A"))), seller)
    apply_price_list(read_price_list(catalog(offer("A"), offer("B"))), seller)
    assert prices(seller) == {"A": 1500, "B": 1500, "C": None}


def test_unknown_articles_are_unrecognised(seller: Seller) -> None:
    outcome = apply_price_list(read_price_list(catalog(offer("A"), offer("NEW-1"))), seller)
    assert (outcome.accepted, outcome.unrecognised) == (1, ["NEW-1"])


def test_the_second_line_of_an_article_is_rejected(seller: Seller) -> None:
    outcome = apply_price_list(read_price_list(catalog(offer("A"), offer("A", price="<price>1</price>"))), seller)
    assert outcome.rejected == [Rejection("A", "duplicate SKU: an earlier line of this file has it")]
    assert (outcome.accepted, prices(seller)["A"]) == (1, 1500)


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        ("price is '0'", offer("A", price="<price>0</price>")),
        ("price is '-5'", offer("A", price="<price>-5</price>")),
        ("price is '12.5'", offer("A", price="<price>12.5</price>")),
        ("price is '12 000'", offer("A", price="<price>12 000</price>")),
        ("price is '１２'", offer("A", price="<price>１２</price>")),
        ("price is ''", offer("A", price="<price/>")),
        ("exactly one of price and cityprices", offer("A", price="")),
        ("exactly one of price and cityprices", offer("A", price=PRICE + "<cityprices/>")),
        ("names no city", offer("A", price="<cityprices/>")),
        (
            "price is 'x'",
            offer("A", price=f'<cityprices><cityprice cityId="{ALMATY}">x</cityprice></cityprices>'),
        ),
        (
            "cityId is 'Almaty'",
            offer("A", price='<cityprices><cityprice cityId="Almaty">9</cityprice></cityprices>'),
        ),
        (
            "has two prices",
            offer("A", price="<cityprices>" + f'<cityprice cityId="{ALMATY}">9</cityprice>' * 2 + "</cityprices>"),
        ),
        (
            "unknown point 'PP9'; known are PP1, PP2, PP4",
            offer("A", '<availability available="yes" storeId="PP9"/>'),
        ),
        ("point PP1 is named twice", offer("A", POINT + POINT)),
        ("names no point", offer("A", "")),
        ("available is 'maybe'", offer("A", '<availability available="maybe" storeId="PP1"/>')),
        ("preOrder is 31", offer("A", '<availability available="yes" storeId="PP1" preOrder="31"/>')),
        ("preOrder is 'x'", offer("A", '<availability available="yes" storeId="PP1" preOrder="x"/>')),
        ("stockCount is '-1'", offer("A", '<availability available="yes" storeId="PP1" stockCount="-1"/>')),
        (
            "points of city 750000000 disagree",
            offer(
                "A",
                '<availability available="yes" storeId="PP1" preOrder="2"/>'
                '<availability available="yes" storeId="PP4" preOrder="3"/>',
            ),
        ),
        ("model is missing", offer("A", model="")),
        ("sku is missing", offer("")),
    ],
)
def test_a_wrong_line_is_rejected_and_its_product_stays(seller: Seller, reason: str, line: str) -> None:
    outcome = apply_price_list(read_price_list(catalog(line, offer("B"), offer("C"))), seller)
    (rejection,) = outcome.rejected
    assert reason in rejection.reason
    assert outcome.accepted == 2
    if rejection.sku:
        assert (outcome.gone_off_sale, prices(seller)) == ([], {"A": 1000, "B": 1500, "C": 1500})


@pytest.mark.parametrize(
    "points",
    [
        '<availability available="yes" storeId="PP1" preOrder="30"/>',
        '<availability available="yes" storeId="PP1" preOrder="0"/>',
        '<availability available="yes" storeId="PP1" stockCount="0"/>',
        '<availability available="yes" storeId="PP1" preOrder="2"/><availability available="no" storeId="PP4"/>',
    ],
)
def test_odd_but_good_lines_are_accepted(seller: Seller, points: str) -> None:
    outcome = apply_price_list(read_price_list(catalog(offer("A", points, "<price>\n 1500 </price>"))), seller)
    assert (outcome.accepted, outcome.rejected, prices(seller)["A"]) == (1, [], 1500)


@pytest.mark.parametrize(
    ("reason", "body"),
    [
        ("empty", b""),
        ("empty", b"  \n"),
        ("no offers", catalog()),
        ("not well-formed", catalog(offer("A"))[:-20]),
        ("not well-formed", b"<html>"),
        ("root is html", b"<html></html>"),
        ("root is {other}kaspi_catalog", catalog(offer("A"), namespace="other")),
        ("root is kaspi_catalog", catalog(offer("A")).replace(b' xmlns="kaspiShopping"', b"")),
        ("no attribute date", catalog(offer("A")).replace(b' date="d"', b"")),
        ("company is missing", catalog(offer("A")).replace(b"<company>Shop</company>", b"")),
        ("merchantid is missing", catalog(offer("A"), merchant="")),
        ("DTD", b'<!DOCTYPE k [<!ENTITY e "1">]>' + catalog(offer("A")).split(b"?>")[1]),
        ("DTD", b'<!DOCTYPE k SYSTEM "http://x/y">' + catalog(offer("A")).split(b"?>")[1]),
    ],
)
def test_a_wrong_file_is_refused_whole(reason: str, body: bytes) -> None:
    with pytest.raises(PriceListError, match=reason):
        read_price_list(body)


def test_the_file_of_another_merchant_changes_nothing(seller: Seller) -> None:
    with pytest.raises(PriceListError, match="merchant 77, not 99000001"):
        apply_price_list(read_price_list(catalog(offer("A"), merchant="77")), seller)
    assert prices(seller) == {"A": 1000, "B": 1000, "C": 1000}
