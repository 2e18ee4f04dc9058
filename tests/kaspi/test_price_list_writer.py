"""Writing a price list: exactly the file the marketplace expects, or a refusal that says what to correct."""

import io
from typing import Any

import pytest
from msgspec.structs import replace

from kaspi import (
    Availability,
    CityPrice,
    InvalidOffer,
    InvalidPriceList,
    OfferPattern,
    Place,
    PriceListHeader,
    PriceListOffer,
    render_offer,
    write_price_list,
)
from tests.kaspi.price_list_lint import lint_price_list

HEADER = PriceListHeader("Sample Trade", "99000001", "2026-01-05T10:00:00")
POINT = Availability("PP1", available=True)
OFFER = PriceListOffer("A-1", "Blender X1", "SampleBrand", (POINT,), price=17990)


def written(*offers: PriceListOffer, header: PriceListHeader = HEADER) -> str:
    target = io.BytesIO()
    assert write_price_list(target, header, offers) == len(offers)
    return target.getvalue().decode()


def test_the_whole_file() -> None:
    by_city = PriceListOffer(
        sku="B 2",
        model="Kettle <K2> & \"Co\" 'quiet'",
        brand=None,
        availabilities=(
            Availability("PP1", available=True, stock_count=12, preorder_days=3),
            Availability("PP2", available=False, stock_count=0),
        ),
        city_prices=(CityPrice("750000000", 9990), CityPrice("710000000", 10490)),
    )
    assert written(OFFER, by_city) == (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<kaspi_catalog date="2026-01-05T10:00:00"\n'
        '    xmlns="kaspiShopping"\n'
        '    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\n'
        '    xsi:schemaLocation="kaspiShopping http://kaspi.kz/kaspishopping.xsd">\n'
        "<company>Sample Trade</company>\n"
        "<merchantid>99000001</merchantid>\n"
        "<offers>\n"
        '<offer sku="A-1"><model>Blender X1</model><brand>SampleBrand</brand>'
        '<availabilities><availability available="yes" storeId="PP1"/></availabilities>'
        "<price>17990</price></offer>\n"
        '<offer sku="B 2"><model>Kettle &lt;K2&gt; &amp; &quot;Co&quot; &apos;quiet&apos;</model>'
        '<availabilities><availability available="yes" storeId="PP1" preOrder="3" stockCount="12"/>'
        '<availability available="no" storeId="PP2" stockCount="0"/></availabilities>'
        '<cityprices><cityprice cityId="750000000">9990</cityprice>'
        '<cityprice cityId="710000000">10490</cityprice></cityprices></offer>\n'
        "</offers>\n"
        "</kaspi_catalog>\n"
    )


def test_what_is_written_passes_the_lint() -> None:
    text = written(OFFER, replace(OFFER, sku="A-2", price=None, city_prices=(CityPrice("750000000", 1),)))
    assert lint_price_list(io.BytesIO(text.encode())) == []


def test_ends_of_lines_are_written_as_references() -> None:
    text = written(replace(OFFER, sku="A\t1", model="one\r\ntwo"))
    assert '<offer sku="A&#9;1"><model>one&#13;&#10;two</model>' in text


@pytest.mark.parametrize("days", [None, 1, 30])
@pytest.mark.parametrize("stock", [None, 0, 10**18 - 1])
def test_numbers_within_bounds_are_written(days: int | None, stock: int | None) -> None:
    point = Availability("PP1", available=True, stock_count=stock, preorder_days=days)
    text = written(replace(OFFER, availabilities=(point,)))
    assert text.count(f' preOrder="{days}"') == (days is not None)
    assert text.count(f' stockCount="{stock}"') == (stock is not None)


def point(**changes: Any) -> tuple[Availability]:
    return (replace(POINT, **changes),)


def city(city_id: object, price: object) -> CityPrice:
    return CityPrice(city_id, price)


@pytest.mark.parametrize(
    ("changes", "field", "read"),
    [
        ({"sku": ""}, "sku", ""),
        ({"sku": " \t"}, "sku", " \t"),
        ({"sku": None}, "sku", None),
        ({"sku": 17}, "sku", 17),
        ({"model": ""}, "model", ""),
        ({"model": "\u00a0"}, "model", "\u00a0"),
        ({"model": None}, "model", None),
        ({"model": b"X1"}, "model", b"X1"),
        ({"model": "x" * 65_537}, "model", "x" * 65_537),
        ({"model": "a\x00b"}, "model", "a\x00b"),
        ({"model": "a\x0bb"}, "model", "a\x0bb"),
        ({"model": "a\x1fb"}, "model", "a\x1fb"),
        ({"model": "a\ud800b"}, "model", "a\ud800b"),
        ({"model": "a\uffffb"}, "model", "a\uffffb"),
        ({"sku": "a\x08b"}, "sku", "a\x08b"),
        ({"brand": ""}, "brand", ""),
        ({"brand": "\x01"}, "brand", "\x01"),
        ({"price": 0}, "price", 0),
        ({"price": -1}, "price", -1),
        ({"price": True}, "price", True),
        ({"price": 17990.0}, "price", 17990.0),
        ({"price": "17990"}, "price", "17990"),
        ({"price": 10**18}, "price", 10**18),
        ({"price": None}, "price", (None, ())),
        ({"city_prices": (CityPrice("750000000", 1),)}, "price", (17990, (CityPrice("750000000", 1),))),
        ({"availabilities": ()}, "availabilities", ()),
        ({"availabilities": (POINT, POINT)}, "availabilities", ("PP1", "PP1")),
        ({"availabilities": point(store_id="")}, "store_id", ""),
        ({"availabilities": point(available="no")}, "available", "no"),
        ({"availabilities": point(available=1)}, "available", 1),
        ({"availabilities": point(preorder_days=0)}, "preorder_days", 0),
        ({"availabilities": point(preorder_days=31)}, "preorder_days", 31),
        ({"availabilities": point(preorder_days=True)}, "preorder_days", True),
        ({"availabilities": point(stock_count=-1)}, "stock_count", -1),
        ({"availabilities": point(stock_count=1.5)}, "stock_count", 1.5),
        ({"price": None, "city_prices": (city("750000000", 0),)}, "price in 750000000", 0),
        ({"price": None, "city_prices": (city("750000000", True),)}, "price in 750000000", True),
        ({"price": None, "city_prices": (city("almaty", 5),)}, "city_id", "almaty"),
        ({"price": None, "city_prices": (city("", 5),)}, "city_id", ""),
        ({"price": None, "city_prices": (city(750000000, 5),)}, "city_id", 750000000),
        ({"price": None, "city_prices": (city("1", 5), city("1", 6))}, "city_prices", ("1", "1")),
    ],
)
def test_what_must_not_be_published_is_refused(changes: dict[str, Any], field: str, read: object) -> None:
    wrong = replace(OFFER, **changes)
    with pytest.raises(InvalidOffer) as raised:
        written(wrong)
    error = raised.value
    assert (error.sku, error.field, error.read) == (wrong.sku, field, read)
    assert error.expected
    assert type(error.read) is type(read)


def test_a_pattern_is_filled_in_as_an_offer_is_written() -> None:
    places = [Place("PP1", available=True, is_counted=True, preorder_days=3), Place("50%s", False, False)]
    pattern = OfferPattern(places, ["750000000", "710000000"])
    availabilities = (Availability("PP1", True, 12, 3), Availability("50%s", False))
    prices = (CityPrice("750000000", 9990), CityPrice("710000000", 10490))
    offer = PriceListOffer("100%", "{0} & %d", None, availabilities, city_prices=prices)
    assert pattern.fill("100%", "{0} & %d", None, ["12"], ["9990", "10490"]) == render_offer(offer)


@pytest.mark.parametrize(
    ("counts", "prices", "field"),
    [
        ([], ["5"], "stock_count"),
        (["1", "2"], ["5"], "stock_count"),
        (["-1"], ["5"], "stock_count"),
        ([""], ["5"], "stock_count"),
        (["1"], [], "price"),
        (["1"], ["5", "6"], "price"),
        (["1"], ["5.0"], "price"),
        (["1"], ["٥"], "price"),
        (["1"], ["5<"], "price"),
    ],
)
def test_a_pattern_takes_its_numbers_and_no_others(counts: list[str], prices: list[str], field: str) -> None:
    pattern = OfferPattern([Place("PP1", available=True, is_counted=True)], ["750000000"])
    with pytest.raises(InvalidPriceList) as raised:
        pattern.fill("A-1", "Blender", None, counts, prices)
    assert raised.value.field == field


def test_a_repeated_sku_is_refused() -> None:
    with pytest.raises(InvalidOffer) as raised:
        written(OFFER, replace(OFFER, sku="a-1"), OFFER)
    assert (raised.value.sku, raised.value.field) == ("A-1", "sku")


def test_a_list_without_offers_is_refused_and_left_without_an_end() -> None:
    target = io.BytesIO()
    with pytest.raises(InvalidPriceList) as raised:
        write_price_list(target, HEADER, [])
    assert raised.value.field == "offers"
    assert b"</kaspi_catalog>" not in target.getvalue()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("company", ""),
        ("company", "a\x00"),
        ("company", None),
        ("merchant_id", ""),
        ("merchant_id", "990 00001"),
        ("merchant_id", "<"),
        ("merchant_id", 99000001),
        ("date", ""),
    ],
)
def test_a_wrong_header_is_refused_before_a_byte_is_written(field: str, value: object) -> None:
    target = io.BytesIO()
    with pytest.raises(InvalidPriceList) as raised:
        write_price_list(target, replace(HEADER, **{field: value}), [OFFER])
    assert (raised.value.field, raised.value.read) == (field, value)
    assert target.getvalue() == b""


def test_offers_are_taken_one_by_one() -> None:
    target = io.BytesIO()
    sizes: list[int] = []

    def offers() -> Any:
        for number in range(3):
            sizes.append(len(target.getvalue()))
            yield replace(OFFER, sku=f"A-{number}")

    assert write_price_list(target, HEADER, offers()) == 3
    assert sizes[0] < sizes[1] < sizes[2] < len(target.getvalue())


def test_signs_of_formatting_in_the_header_are_only_text() -> None:
    header = PriceListHeader("{0} {date} %s", "99000001", "<{company}>")
    text = written(OFFER, header=header)
    assert "<company>{0} {date} %s</company>" in text
    assert 'date="&lt;{company}&gt;"' in text
