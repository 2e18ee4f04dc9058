"""Reading a price list: streaming, strict, and each fault with its line."""

import io
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from kaspi import (
    Availability,
    CityPrice,
    MalformedPriceList,
    PriceListHeader,
    PriceListOffer,
    read_price_list,
)

AVAILABILITIES = '<availabilities><availability available="yes" storeId="PP1"/></availabilities>'
OFFER = f'<offer sku="A-1">\n<model>X1</model>\n{AVAILABILITIES}\n<price>5</price>\n</offer>'
HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<kaspi_catalog date="d" xmlns="kaspiShopping">\n'
    "<company>c</company><merchantid>m</merchantid>\n"
    "<offers>\n"
)
TAIL = "\n</offers></kaspi_catalog>"


def offers_of(text: str | bytes) -> list[PriceListOffer]:
    return list(read_price_list(io.BytesIO(text if isinstance(text, bytes) else text.encode())).offers)


def one(offer: str) -> PriceListOffer:
    (only,) = offers_of(HEAD + offer + TAIL)
    return only


def priced(price: str) -> str:
    return f'<offer sku="A"><model>X</model>\n<price>{price}</price></offer>'


def pointed(attributes: str) -> str:
    return (
        f'<offer sku="A"><model>X</model>\n<availabilities><availability {attributes}/></availabilities>'
        "<price>5</price></offer>"
    )


def in_cities(prices: str) -> str:
    return f'<offer sku="A"><model>X</model>\n<cityprices>{prices}</cityprices></offer>'


def test_one_price_for_every_city(sample: Callable[[str], bytes]) -> None:
    price_list = read_price_list(io.BytesIO(sample("price_list/one_price.xml")))
    assert price_list.header == PriceListHeader("Sample Trade", "99000001", "2026-01-05T10:00:00")
    assert list(price_list.offers) == [
        PriceListOffer(
            sku="SELLERSKU1",
            model="Blender SampleBrand X1 white",
            brand="SampleBrand",
            availabilities=(
                Availability("PP1", available=True, stock_count=12, preorder_days=3),
                Availability("PP2", available=False),
            ),
            price=17990,
        ),
        PriceListOffer(
            sku="SELLERSKU3",
            model="Тостер SampleBrand T3",
            brand="Без бренда",
            availabilities=(Availability("PP1", available=True, stock_count=0),),
            price=12500,
        ),
    ]


def test_prices_by_city(sample: Callable[[str], bytes]) -> None:
    price_list = read_price_list(io.BytesIO(sample("price_list/city_prices.xml")))
    assert price_list.header == PriceListHeader("Sample & Sons", "SampleOldShop", "2026-01-05T10:00:00")
    assert list(price_list.offers) == [
        PriceListOffer(
            sku="SELLERSKU2",
            model='Kettle <K2> "quiet" & 1.7 л',
            brand=None,
            availabilities=(
                Availability("PP1", available=True, stock_count=4),
                Availability("PP7", available=True, stock_count=1),
            ),
            city_prices=(CityPrice("750000000", 9990), CityPrice("710000000", 10490)),
        )
    ]


@pytest.mark.parametrize(
    ("offer", "expected"),
    [
        (OFFER, PriceListOffer("A-1", "X1", None, (Availability("PP1", available=True),), 5)),
        ('<offer sku="A"><model>X</model><price>5</price></offer>', PriceListOffer("A", "X", None, (), 5)),
        (
            '<offer sku="A" rownumber="7"><price oldprice="9">5</price><brand/><model>X</model></offer>',
            PriceListOffer("A", "X", None, (), 5),
        ),
        (
            '<offer sku="A"><model>X</model><deliveryOptions><a city="1"/></deliveryOptions><price>5</price></offer>',
            PriceListOffer("A", "X", None, (), 5),
        ),
        (
            pointed('available="no" storeId="P" preOrder="0" stockCount="007"'),
            PriceListOffer("A", "X", None, (Availability("P", available=False, stock_count=7),), 5),
        ),
        (
            '<offer sku="A"><model><![CDATA[<X> & Y]]></model><!-- note --><price>5</price></offer>',
            PriceListOffer("A", "<X> & Y", None, (), 5),
        ),
        (
            '<k:offer sku="A" xmlns:k="kaspiShopping"><k:model>X</k:model><k:price>5</k:price></k:offer>',
            PriceListOffer("A", "X", None, (), 5),
        ),
    ],
)  # fmt: skip
def test_what_an_offer_may_look_like(offer: str, expected: PriceListOffer) -> None:
    assert one(offer) == expected


def test_a_repeated_sku_is_given_twice() -> None:
    assert [offer.sku for offer in offers_of(HEAD + OFFER + OFFER + TAIL)] == ["A-1", "A-1"]


@pytest.mark.parametrize(
    ("offer", "line", "what"),
    [
        (priced("12.000"), 6, "price is '12.000'"),
        (priced("12 000"), 6, "price is"),
        (priced(" 5 "), 6, "price is"),
        (priced("5.0"), 6, "price is"),
        (priced("5,5"), 6, "price is"),
        (priced("+5"), 6, "price is"),
        (priced("-5"), 6, "price is"),
        (priced("0"), 6, "price is"),
        (priced("05"), 6, "price is"),
        (priced("1e3"), 6, "price is"),
        (priced("٥"), 6, "price is"),
        (priced(""), 6, "price is"),
        (priced("1" * 19), 6, "price is"),
        (priced("9" * 5000), 6, "price is"),
        (priced("5<b/>"), 6, "text between the elements of price"),
        (pointed('available="maybe" storeId="P"'), 6, "available is 'maybe', expected yes or no"),
        (pointed('available="YES" storeId="P"'), 6, "available is"),
        (pointed('storeId="P"'), 6, "availability without available"),
        (pointed('available="yes"'), 6, "availability without storeId"),
        (pointed('available="yes" storeId=" "'), 6, "storeId is blank"),
        (pointed('available="yes" storeId="P" preOrder="31"'), 6, "preOrder is '31'"),
        (pointed('available="yes" storeId="P" preOrder="-1"'), 6, "preOrder is"),
        (pointed('available="yes" storeId="P" preOrder=""'), 6, "preOrder is"),
        (pointed('available="yes" storeId="P" stockCount="1.0"'), 6, "stockCount is"),
        (pointed('available="yes" storeId="P" stockCount="-1"'), 6, "stockCount is"),
        (pointed('available="yes" storeId="P" preorder="3"'), 6, "preorder is not an attribute"),
        (pointed('available="yes" storeId="P"/><availability available="no" storeId="P"'), 6, "repeated"),
        (in_cities(""), 6, "cityprices without cityprice"),
        (in_cities("<cityprice>5</cityprice>"), 6, "cityprice without cityId"),
        (in_cities('<cityprice cityId="almaty">5</cityprice>'), 6, "cityId is 'almaty'"),
        (in_cities('<cityprice cityId="1">5.5</cityprice>'), 6, "cityprice is '5.5'"),
        (in_cities('<cityprice cityId="1">5</cityprice><cityprice cityId="1">6</cityprice>'), 6, "repeated"),
        (in_cities('<price cityId="1">5</price>'), 6, "price where cityprice was due"),
        ("<offer><model>X</model><price>5</price></offer>", 5, "offer without sku"),
        ('<offer sku=" "><model>X</model><price>5</price></offer>', 5, "sku is blank"),
        ('<offer sku="A"><price>5</price></offer>', 5, "offer without model"),
        ('<offer sku="A"><model> </model><price>5</price></offer>', 5, "model is blank"),
        ('<offer sku="A"><model><b>X</b></model><price>5</price></offer>', 5, "elements where the text"),
        ('<offer sku="A"><model>X</model></offer>', 5, "neither or both"),
        ('<offer sku="A"><model>X</model><price>5</price>\n<price>6</price></offer>', 6, "price is repeated"),
        ('<offer sku="A"><model>X</model><price>5</price><loanPeriod>3</loanPeriod></offer>', 5, "loanPeriod"),
        ('<offer sku="A" code="1"><model>X</model><price>5</price></offer>', 5, "code is not an attribute"),
        ('<offer sku="A">\nloose<model>X</model><price>5</price></offer>', 5, "text between the elements"),
        ('<o:offer xmlns:o="other" sku="A"/>', 5, "{other}offer outside of the namespace kaspiShopping"),
        ('<offer xmlns="" sku="A"/>', 5, "offer outside of the namespace kaspiShopping"),
        ("<item/>", 5, "item where an offer was due"),
        ("loose", 5, "text between the elements of offers"),
        ("</offers><company>again</company><offers>" + OFFER, 5, "company after offers, where the list ends"),
        ("", 1, "no offers at all"),
        (OFFER + "</offers><offers>", 9, "offers after offers, where the list ends"),
        (OFFER + "</offers>" + OFFER + "<offers>", 9, "offer after offers, where the list ends"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line(offer: str, line: int, what: str) -> None:
    with pytest.raises(MalformedPriceList) as raised:
        one(offer)
    assert what in raised.value.what
    assert raised.value.line == line


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 1, "no element found"),
        ("plain text", 1, "not well-formed"),
        ("<kaspi_catalog date='d'/>", 1, "kaspi_catalog outside of the namespace kaspiShopping"),
        ("<kaspi_catalog date='d' xmlns='KaspiShopping'/>", 1, "outside of the namespace kaspiShopping"),
        ("<yml_catalog xmlns='kaspiShopping'/>", 1, "yml_catalog where kaspi_catalog"),
        (HEAD.replace(' date="d"', ""), 2, "kaspi_catalog without date"),
        (HEAD.replace("<company>c</company>", ""), 3, "merchantid where company"),
        (HEAD.replace("<merchantid>m</merchantid>", ""), 4, "offers where merchantid"),
        (HEAD.replace(">c<", "><"), 3, "company is blank"),
        (HEAD.replace(">m<", ">a b<"), 3, "merchantid is 'a b'"),
        (HEAD.replace("<offers>\n", "</kaspi_catalog>"), 3, "offers is missing"),
        (HEAD + OFFER, 9, "no element found"),
        (HEAD + OFFER + "</offers>", 9, "no element found"),
        (HEAD + OFFER + TAIL + "<more/>", 10, "junk after document element"),
        (HEAD.replace("utf-8", "no-such-code"), 1, "encoding"),
        (HEAD.replace("utf-8", "shift_jis"), 1, "encoding"),
        (HEAD.encode() + b"\xff", 5, "not well-formed"),
    ],
)
def test_a_broken_file_is_named_with_its_line(text: str | bytes, line: int, what: str) -> None:
    with pytest.raises(MalformedPriceList) as raised:
        offers_of(text)
    assert what in raised.value.what
    assert raised.value.line == line


@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE kaspi_catalog>",
        '<!DOCTYPE kaspi_catalog SYSTEM "http://elsewhere.example/evil.dtd">',
        '<!DOCTYPE kaspi_catalog [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE kaspi_catalog [<!ENTITY file SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_a_dtd_is_refused(declaration: str) -> None:
    head, rest = HEAD.split("\n", 1)
    with pytest.raises(MalformedPriceList, match="line 2: a DTD or an entity"):
        offers_of(f"{head}\n{declaration}\n{rest}{OFFER}{TAIL}")


def test_an_entity_that_nobody_declared_is_refused() -> None:
    with pytest.raises(MalformedPriceList, match="line 5: not well-formed XML"):
        one('<offer sku="A"><model>&nbsp;</model><price>5</price></offer>')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1251"])
def test_the_declared_encoding_is_read(encoding: str) -> None:
    text = HEAD.replace("utf-8", encoding) + OFFER.replace("X1", "Чайник") + TAIL
    (only,) = offers_of(text.encode(encoding))
    assert only.model == "Чайник"


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ("<a><b><c>", "nested more than 5 deep"),
        (f"<model>{'x' * 70_000}</model>", "more than 65536 characters"),
        (f"<availabilities>{'<availability/>' * 10_001}", "more than 10000 elements"),
    ],
)
def test_an_offer_is_bounded(inside: str, what: str) -> None:
    with pytest.raises(MalformedPriceList, match=what):
        one(f'<offer sku="A">{inside}')


def test_offers_before_a_fault_are_given() -> None:
    offers = read_price_list(io.BytesIO((HEAD + OFFER + "<broken" + TAIL).encode())).offers
    assert next(offers).sku == "A-1"
    with pytest.raises(MalformedPriceList):
        next(offers)


class EndlessFile(io.BytesIO):
    """A long price list that is never in memory as a whole."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.chunks = self.parts(count)

    def parts(self, count: int) -> Iterator[bytes]:
        yield HEAD.encode()
        for number in range(count):
            yield OFFER.replace("A-1", f"A-{number}").encode()
        yield TAIL.encode()

    def read(self, _size: int | None = -1) -> bytes:
        return next(self.chunks, b"")


def test_memory_stays_flat() -> None:
    tracemalloc.start()
    try:
        assert len([0 for _ in read_price_list(EndlessFile(10_000)).offers]) == 10_000
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
