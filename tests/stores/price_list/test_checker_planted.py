"""
A thousand price lists with one planted error each, all refused; a thousand sound ones, all let through.

The lists are written here, byte by byte, since kaspi's own writer refuses to write most of these errors.
"""

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from xml.sax.saxutils import quoteattr

import pytest

from stores.models import Store
from stores.services import catalogue
from stores.services.prices.price_list import checker, unlike
from tests.cast import ALMATY, ASTANA

pytestmark = pytest.mark.django_db

PRODUCTS = 40
MERCHANT = "30125007"
SHYMKENT = "511010000"
# Every eighth product has no corridor: only the price itself may be in the list.
WITHOUT_CORRIDOR = range(3, PRODUCTS, 8)
# Of 57 kinds.
LISTS_OF_A_KIND = 18
SOUND_LISTS = 1_000


@dataclass
class Offer:
    """An offer as it will be written: texts, so that a price can be anything."""

    sku: str
    number: int
    prices: list[tuple[str, str]]
    points: list[tuple[str, str]]
    single_price: str | None = None


@dataclass
class PriceList:
    offers: list[Offer]
    merchant_id: str = MERCHANT


def meant(number: int) -> int:
    """The price of a product as the table has it; neighbours are a third apart, so none fits the other's corridor."""
    return int(2_000 * 1.33**number)


def floor_of(number: int) -> int:
    return meant(number) * 7 // 10


def ceiling_of(number: int) -> int:
    return meant(number) * 13 // 10


def whole_list() -> PriceList:
    """What is live: the whole range at the prices of the table."""
    return PriceList(
        [
            Offer(
                f"SKU-{number}",
                number,
                [(ALMATY, str(meant(number))), (ASTANA, str(meant(number)))],
                [("PP1", "yes"), ("PP2", "yes")],
            )
            for number in range(PRODUCTS)
        ]
    )


def write(price_list: PriceList) -> bytes:
    offers = "\n".join(_offer(offer) for offer in price_list.offers)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<kaspi_catalog date="2026-03-01T12:00:00"\n'
        '    xmlns="kaspiShopping"\n'
        '    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\n'
        '    xsi:schemaLocation="kaspiShopping http://kaspi.kz/kaspishopping.xsd">\n'
        f"<company>Күнбағыс</company>\n<merchantid>{price_list.merchant_id}</merchantid>\n"
        f"<offers>\n{offers}\n</offers>\n</kaspi_catalog>\n"
    ).encode()


def _offer(offer: Offer) -> str:
    points = "".join(f'<availability available="{is_there}" storeId="{code}"/>' for code, is_there in offer.points)
    cities = "".join(f'<cityprice cityId="{city}">{text}</cityprice>' for city, text in offer.prices)
    prices = (
        f"<cityprices>{cities}</cityprices>" if offer.single_price is None else f"<price>{offer.single_price}</price>"
    )
    there = f"<availabilities>{points}</availabilities>" if points else ""
    return f"<offer sku={quoteattr(offer.sku)}><model>Чайник {offer.number}</model>{there}{prices}</offer>"


@pytest.fixture
def shop(store: Store) -> Store:
    """A store with the whole range, in two cities."""
    catalogue.bring_in(store, [], [_facts(number) for number in range(PRODUCTS)])
    return store


def _facts(number: int) -> catalogue.ProductFacts:
    limits = (None, None) if number in WITHOUT_CORRIDOR else (floor_of(number), ceiling_of(number))
    price = catalogue.PriceFacts(meant(number), *limits)
    there = catalogue.AvailabilityFacts(is_available=True)
    return catalogue.ProductFacts(
        sku=f"SKU-{number}",
        card_id=str(100_000_000 + number),
        model="Чайник",
        prices={ALMATY: price, ASTANA: price},
        availability={"PP1": there, "PP2": there},
    )


# What may happen to a list between two pulls


def draw_sound(chance: Random) -> PriceList:
    """Some prices moved a little, a few moved far, a product went, another is off sale."""
    price_list = whole_list()
    movable = [offer for offer in price_list.offers if offer.number not in WITHOUT_CORRIDOR]
    moving = chance.sample(movable, chance.randrange(len(movable)))
    for offer in moving:
        offer.prices = [(city, _moved(int(text), 20, chance)) for city, text in offer.prices]
    for offer in moving[: chance.randrange(unlike.ALWAYS_ALLOWED_MOVED + 1)]:
        offer.prices[0] = (ALMATY, _moved(meant(offer.number), 30, chance))
    # One product more or less is 2 of the 80 prices, and a twentieth of them may go.
    for _ in range(chance.randrange(3)):
        price_list.offers.remove(chance.choice(price_list.offers))
    for offer in chance.sample(price_list.offers, chance.randrange(3)):
        offer.points = [(code, "no") for code, _ in offer.points]
    return price_list


def _moved(price: int, per_cent: int, chance: Random) -> str:
    most = price * per_cent // 100
    return str(price + chance.randint(-most, most))


# What must not


def one_with_limits(price_list: PriceList, chance: Random) -> Offer:
    return chance.choice([offer for offer in price_list.offers if offer.number not in WITHOUT_CORRIDOR])


def one_without(price_list: PriceList, chance: Random) -> Offer:
    return chance.choice([offer for offer in price_list.offers if offer.number in WITHOUT_CORRIDOR])


def set_price(offer: Offer, text: object, chance: Random) -> None:
    place = chance.randrange(len(offer.prices))
    offer.prices[place] = (offer.prices[place][0], str(text))


Plant = Callable[[PriceList, Random], None]
Damage = Callable[[bytes, Random], bytes]


def priced(price_of: Callable[[int], object], pick: Callable[[PriceList, Random], Offer] = one_with_limits) -> Plant:
    """One price is another: `price_of` makes its text from the product's number."""

    def plant(price_list: PriceList, chance: Random) -> None:
        offer = pick(price_list, chance)
        set_price(offer, price_of(offer.number), chance)

    return plant


def spelt(*spellings: str) -> Plant:
    """One price is spelt in a way that two readers could read differently, or nobody could."""

    def plant(price_list: PriceList, chance: Random) -> None:
        set_price(chance.choice(price_list.offers), chance.choice(spellings), chance)

    return plant


def under_another_name(rename: Callable[[str], str]) -> Plant:
    def plant(price_list: PriceList, chance: Random) -> None:
        offer = chance.choice(price_list.offers)
        offer.sku = rename(offer.sku)

    return plant


def of_another_merchant(price_list: PriceList, chance: Random) -> None:
    price_list.merchant_id = f"3{chance.randrange(10**7):07}".replace(MERCHANT, "30999999")


def all_in_hundredths(price_list: PriceList, chance: Random) -> None:
    price_list.offers = whole_list().offers
    for offer in price_list.offers:
        offer.prices = [(city, f"{text}00") for city, text in offer.prices]


def all_a_row_down(price_list: PriceList, chance: Random) -> None:
    """A spreadsheet of which one column was sorted."""
    price_list.offers = whole_list().offers
    for offer, following in pairwise(price_list.offers):
        offer.prices = following.prices


def two_prices_swapped(price_list: PriceList, chance: Random) -> None:
    limited = [offer for offer in whole_list().offers if offer.number not in WITHOUT_CORRIDOR]
    one, other = chance.choice(list(pairwise(limited)))
    one.prices, other.prices = other.prices, one.prices
    price_list.offers = limited


def out_of_order(price_list: PriceList, chance: Random) -> None:
    first, second = sorted(chance.sample(range(len(price_list.offers)), 2))
    offers = price_list.offers
    offers[first], offers[second] = offers[second], offers[first]


def the_same_twice(price_list: PriceList, chance: Random) -> None:
    offer = chance.choice(price_list.offers)
    price_list.offers.insert(chance.randrange(len(price_list.offers)), dataclasses.replace(offer))


def in_a_city_where_it_is_not_sold(price_list: PriceList, chance: Random) -> None:
    offer = chance.choice(price_list.offers)
    offer.prices.append((SHYMKENT, offer.prices[0][1]))


def a_city_twice(price_list: PriceList, chance: Random) -> None:
    offer = chance.choice(price_list.offers)
    offer.prices.append(chance.choice(offer.prices))


def a_price_for_every_city(price_list: PriceList, chance: Random) -> None:
    offer = chance.choice(price_list.offers)
    offer.single_price = offer.prices[0][1]


def no_price_at_all(price_list: PriceList, chance: Random) -> None:
    chance.choice(price_list.offers).prices.clear()


def products_gone(price_list: PriceList, chance: Random) -> None:
    for offer in chance.sample(price_list.offers, chance.randint(4, len(price_list.offers) - 1)):
        price_list.offers.remove(offer)


def a_city_gone(price_list: PriceList, chance: Random) -> None:
    gone = chance.choice([ALMATY, ASTANA])
    for offer in price_list.offers:
        offer.prices = [(city, text) for city, text in offer.prices if city != gone]


def a_city_gone_with_its_point(price_list: PriceList, chance: Random) -> None:
    """What is told of the rest is sound; it is too much."""
    for offer in price_list.offers:
        offer.prices, offer.points = offer.prices[:1], [("PP1", "yes"), ("PP2", "no")]


def a_point_closed(price_list: PriceList, chance: Random) -> None:
    closed = chance.choice(["PP1", "PP2"])
    for offer in price_list.offers:
        offer.points = [(code, "no" if code == closed else is_there) for code, is_there in offer.points]


def no_availabilities(price_list: PriceList, chance: Random) -> None:
    for offer in chance.sample(price_list.offers, chance.randint(5, len(price_list.offers))):
        offer.points = []


def six_moved_far(price_list: PriceList, chance: Random) -> None:
    """Within their corridors, but nobody decided that."""
    movable = [offer for offer in price_list.offers if offer.number not in WITHOUT_CORRIDOR]
    for offer in chance.sample(movable, chance.randint(6, len(movable))):
        offer.prices[0] = (ALMATY, str(chance.choice([floor_of(offer.number), ceiling_of(offer.number)])))


def a_point_twice(price_list: PriceList, chance: Random) -> None:
    offer = chance.choice(price_list.offers)
    offer.points.append(chance.choice(offer.points))


def spelt_true(price_list: PriceList, chance: Random) -> None:
    offer = chance.choice(price_list.offers)
    offer.points[0] = ("PP1", chance.choice(["true", "YES", "1", "", "да"]))


def cut(body: bytes, chance: Random) -> bytes:
    return body[: chance.randrange(len(body.rstrip()))]


def without_a_bracket(body: bytes, chance: Random) -> bytes:
    bracket = chance.choice([found.start() for found in re.finditer(rb"[<>]", body)])
    return body[:bracket] + body[bracket + 1 :]


def with_a_dtd(body: bytes, chance: Random) -> bytes:
    dtd = chance.choice([b"<!DOCTYPE kaspi_catalog>", b'<!DOCTYPE k [<!ENTITY e SYSTEM "file:///etc/passwd">]>'])
    return body.replace(b"<kaspi_catalog", dtd + b"<kaspi_catalog", 1)


def with_an_entity(body: bytes, chance: Random) -> bytes:
    return body.replace("Күнбағыс".encode(), b"&" + chance.choice([b"e", b"nbsp", b"laquo"]) + b";", 1)


def of_another_namespace(body: bytes, chance: Random) -> bytes:
    name = chance.choice([b"", b' xmlns="kaspishopping"', b' xmlns="http://kaspi.kz/kaspishopping.xsd"'])
    return body.replace(b' xmlns="kaspiShopping"', name, 1)


def with_a_byte_of_another_encoding(body: bytes, chance: Random) -> bytes:
    place = chance.choice([found.end() for found in re.finditer(b"<model>", body)])
    return body[:place] + chance.choice([b"\xff", b"\xcf\xf0", b"\x00", b"\x07"]) + body[place:]


def with_text_between(body: bytes, chance: Random) -> bytes:
    place = chance.choice([found.start() for found in re.finditer(b"<offer |<availabilities|<cityprice ", body)])
    return body[:place] + b"12000" + body[place:]


def misspelt(body: bytes, chance: Random) -> bytes:
    name = chance.choice(
        [b"cityprices", b"availabilities", b"model", b"offers", b"merchantid", b"cityId", b"storeId", b"sku"]
    )
    return body.replace(name, name.swapcase())


def twice_in_a_row(body: bytes, chance: Random) -> bytes:
    return body + chance.choice([body, body.partition(b"?>\n")[2]])


def no_offers(body: bytes, chance: Random) -> bytes:
    return re.sub(
        rb"<offers>.*</offers>", chance.choice([b"<offers></offers>", b"<offers/>", b""]), body, flags=re.DOTALL
    )


def not_a_list(body: bytes, chance: Random) -> bytes:
    page = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
    return chance.choice([b"", b"\n", page, b'{"offers": []}', body[::-1], b"PK\x03\x04", b"SKU;PRICE\nSKU-1;2660\n"])


PLANTED: dict[str, tuple[Plant, str]] = {
    "a tenge under the floor": (priced(lambda number: floor_of(number) - 1), "under_floor"),
    "a tenge over the ceiling": (priced(lambda number: ceiling_of(number) + 1), "over_ceiling"),
    "one tenge": (priced(lambda _: 1), "under_floor"),
    "99 tenge, and no floor": (priced(lambda _: 99, one_without), "under_floor"),
    "tenfold": (priced(lambda number: meant(number) * 10), "over_ceiling"),
    "a tenth": (priced(lambda number: meant(number) // 10), "under_floor"),
    "in hundredths": (priced(lambda number: meant(number) * 100), "over_ceiling"),
    "a thousandth": (priced(lambda number: meant(number) // 1_000), "under_floor"),
    "18 digits": (priced(lambda _: 10**18 - 1), "over_ceiling"),
    "a digit doubled": (priced(lambda number: f"{meant(number)}{meant(number) % 10}"), "over_ceiling"),
    "another price without a corridor": (priced(lambda number: meant(number) + 1, one_without), "not_the_price"),
    "tenfold without a corridor": (priced(lambda number: meant(number) * 10, one_without), "not_the_price"),
    "two prices swapped": (two_prices_swapped, "over_ceiling"),
    "all prices a row down": (all_a_row_down, "over_ceiling"),
    "all in hundredths": (all_in_hundredths, "over_ceiling"),
    "a fraction": (spelt("12.5", "12,5", "12000.00", "12000,00", ".5"), "malformed"),
    "spaces between thousands": (spelt("12 000", "12\u00a0000", "12\u202f000", "12'000"), "malformed"),
    "dots between thousands": (spelt("12.000", "12,000", "1.234.567"), "malformed"),
    "spaces around": (spelt(" 12000", "12000 ", "\n12000\n"), "malformed"),
    "nothing": (spelt("", " ", "-", "null", "None", "#ДЕЛ/0!"), "malformed"),
    "a sign": (spelt("-12000", "+12000", "\u221212000", "0", "-0"), "malformed"),
    "not a number": (spelt("NaN", "Infinity", "-inf", "1e4", "0x2EE0", "12k", "True"), "malformed"),
    "leading noughts": (spelt("012000", "00", "0012000"), "malformed"),
    "digits of another script": (spelt("١٢٠٠٠", "\uff11\uff12000", "१२०००", "²", "②⑤"), "malformed"),
    "a currency": (spelt("12000₸", "12000 тг", "KZT 12000"), "malformed"),
    "19 digits and more": (spelt("1" + "0" * 18, "9" * 400), "malformed"),
    "markup": (spelt("<b>12000</b>", "12000<!-- --><b/>", "12000</cityprice><cityprice>"), "malformed"),
    "no price at all": (no_price_at_all, "malformed"),
    "a price for every city": (a_price_for_every_city, "price_without_city"),
    "a city twice": (a_city_twice, "malformed"),
    "a city where it is not sold": (in_a_city_where_it_is_not_sold, "unknown_offer"),
    "an article nobody knows": (under_another_name(lambda sku: f"{sku}0000"), "unknown_offer"),
    "an article in small letters": (under_another_name(str.lower), "unknown_offer"),
    "an article with a blank": (under_another_name(lambda sku: f"{sku} "), "unknown_offer"),
    "an article in Cyrillic": (under_another_name(lambda sku: sku.replace("K", "К")), "unknown_offer"),
    "a blank article": (under_another_name(lambda _: " "), "malformed"),
    "an article twice": (the_same_twice, "out_of_place"),
    "two articles in each other's place": (out_of_order, "out_of_place"),
    "another merchant": (of_another_merchant, "other_merchant"),
    "products gone": (products_gone, "shrunk"),
    "a city gone": (a_city_gone, "sold_without_price"),
    "a city gone with its point": (a_city_gone_with_its_point, "shrunk"),
    "a point closed": (a_point_closed, "off_sale"),
    "no availabilities": (no_availabilities, "off_sale"),
    "six prices moved far": (six_moved_far, "many_moved"),
    "a point twice": (a_point_twice, "malformed"),
    "available: true": (spelt_true, "malformed"),
}

DAMAGED: dict[str, Damage] = {
    "cut off": cut,
    "a bracket lost": without_a_bracket,
    "a document type": with_a_dtd,
    "an entity": with_an_entity,
    "another namespace": of_another_namespace,
    "another encoding": with_a_byte_of_another_encoding,
    "text between elements": with_text_between,
    "a misspelt name": misspelt,
    "two lists in one file": twice_in_a_row,
    "no offers": no_offers,
    "not a list": not_a_list,
}


@pytest.mark.parametrize("kind", [*PLANTED, *DAMAGED])
def test_a_planted_error_is_refused(kind: str, shop: Store, tmp_path: Path) -> None:
    plant, expected = PLANTED.get(kind, (None, "malformed"))
    damage = DAMAGED.get(kind)
    chance = Random(kind)
    codes = []
    for _ in range(LISTS_OF_A_KIND):
        price_list = draw_sound(chance)
        if plant:
            plant(price_list, chance)
        body = write(price_list)
        codes.append(check(damage(body, chance) if damage else body, shop, tmp_path))
    assert codes == [expected] * LISTS_OF_A_KIND


@pytest.mark.parametrize("seed", range(10))
def test_a_sound_list_is_not_refused(seed: int, shop: Store, tmp_path: Path) -> None:
    chance = Random(seed)
    codes = [check(write(draw_sound(chance)), shop, tmp_path) for _ in range(SOUND_LISTS // 10)]
    assert codes == [None] * (SOUND_LISTS // 10)


def test_a_thousand_errors_are_planted() -> None:
    assert len(PLANTED | DAMAGED) * LISTS_OF_A_KIND >= 1_000


def check(body: bytes, shop: Store, folder: Path) -> str | None:
    """What the checker says of a file with these bytes, while the whole range is live."""
    new, live = folder / "new.xml", folder / "live.xml"
    new.write_bytes(body)
    live.write_bytes(write(whole_list()))
    # Built before all rows were changed for the last time: what counts are the limits.
    refusal = checker.Check(new, live, shop, as_of=0).why_refused()
    return None if refusal is None else refusal.code
