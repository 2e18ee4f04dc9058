"""
One offer of a price list beside its row: what of it nobody may let go.

`faults_of`, the careful look from city to city, names what is wrong. Before it comes a quick one, `is_sound`, which
passes nothing that the careful one would not: what fails it is merely looked at carefully.
"""

from collections.abc import Iterator

from msgspec.structs import replace

import kaspi
from stores.services.prices.price_list.faults import Fault
from stores.services.prices.price_list.meant import Meant

LOWEST_PRICE = 100

Line = kaspi.PriceListLine


def is_sound(line: Line, live: Line | None, meant: Meant | None, *, keeps_prices: bool) -> bool:
    """
    Whether the offer is its row to the letter, each price within the limits that the row gives it, and of a list that
    `keeps_prices` the live one: `faults_of` finds nothing in it then, whenever the row was marked.
    """
    if meant is None or meant.derived_floors or line.price is not None or len(line.city_prices) != len(meant.prices):
        return False
    if keeps_prices and (live is None or line.city_prices != live.city_prices):
        return False
    for city_id, row in meant.prices.items():
        price, floor, ceiling = row.price, row.floor, row.ceiling
        if price < LOWEST_PRICE or line.city_prices.get(city_id) != price:
            return False
        if (floor is not None and price < floor) or (ceiling is not None and price > ceiling):
            return False
    return _has_its_texts(line, meant) and line.points == meant.points


def faults_of(line: Line, live: Line | None, meant: Meant | None, as_of: int, *, keeps_prices: bool) -> Iterator[Fault]:
    """
    What is wrong with the offer, the gravest first. What has not been marked since the version `as_of` stands in the
    list to the letter; the prices of one that `keeps_prices` are those that are live.
    """
    if keeps_prices:
        yield from _prices_not_kept(line, live, meant)
    else:
        yield from wrong_prices(line, live, meant)
    yield from _sold_without_price(line, meant)
    if meant is not None and meant.offer_version <= as_of:
        if not keeps_prices:
            yield from _prices_not_as_meant(line, meant)
        yield from _not_as_meant(line, meant)


def wrong_prices(line: Line, live: Line | None, meant: Meant | None) -> Iterator[Fault]:
    """Prices that must not be asked, whatever the rows said when the list was written."""
    if line.price is not None:
        yield Fault("price_without_city", line.sku, read=line.price)
    live_prices = live.city_prices if live else {}
    for city_id, price in line.city_prices.items():
        code = _why_wrong(price, meant, city_id, live_prices.get(city_id))
        if code:
            yield Fault(code, line.sku, city_id, price)


def _why_wrong(price: int, meant: Meant | None, city_id: str, live: int | None) -> str:
    row = meant.prices.get(city_id) if meant else None
    if meant is None or row is None:
        return "unknown_offer"
    if price < LOWEST_PRICE or (row.floor is not None and price < row.floor):
        return "under_floor"
    if row.ceiling is not None and price > row.ceiling:
        return "over_ceiling"
    if None in (row.floor, row.ceiling) and price not in (row.price, live):
        # Without a corridor only the price itself can tell.
        return "not_the_price"
    return "under_floor" if price < meant.derived_floors.get(city_id, 0) and price != live else ""


def _prices_not_kept(line: Line, live: Line | None, meant: Meant | None) -> Iterator[Fault]:
    """Whatever the limits say by now: a price that is live is not made worse by being told once more."""
    live_prices, wanted = live.city_prices if live else {}, meant.prices if meant else {}
    if line.price is not None:
        yield Fault("price_without_city", line.sku, read=line.price)
    for city_id, price in line.city_prices.items():
        if city_id not in wanted:
            yield Fault("unknown_offer", line.sku, city_id, price)
        elif price != live_prices.get(city_id):
            yield Fault("not_the_price", line.sku, city_id, price)
    if len(line.city_prices) < len(live_prices.keys() & wanted.keys()):
        yield Fault("not_the_offer", line.sku)


def _sold_without_price(line: Line, meant: Meant | None) -> Iterator[Fault]:
    """On sale at a point in a city for which the offer tells no price, whatever the rows said."""
    for code, point in line.points.items():
        if point.available and meant is not None and not _has_price_at(code, line, meant):
            yield Fault("sold_without_price", line.sku, meant.cities.get(code, ""), code)


def _has_price_at(code: str, line: Line, meant: Meant) -> bool:
    return meant.cities.get(code) in line.city_prices


def _prices_not_as_meant(line: Line, meant: Meant) -> Iterator[Fault]:
    for city_id, price in line.city_prices.items():
        if city_id in meant.prices and price != meant.prices[city_id].price:
            yield Fault("not_the_price", line.sku, city_id, price)
    if len(line.city_prices) < len(meant.prices):
        yield Fault("not_the_offer", line.sku)


def _not_as_meant(line: Line, meant: Meant) -> Iterator[Fault]:
    """What was not changed since stands in the list to the letter."""
    if not _has_its_texts(line, meant) or line.points != _points_beside(line, meant):
        yield Fault("not_the_offer", line.sku)


def _has_its_texts(line: Line, meant: Meant) -> bool:
    return (line.model, line.brand or "") == (meant.model, meant.brand)


def _points_beside(line: Line, meant: Meant) -> dict[str, kaspi.Availability]:
    """The points as they should stand beside the prices of the offer, which are not all while prices are stopped."""
    return {
        code: replace(point, available=point.available and _has_price_at(code, line, meant))
        for code, point in meant.points.items()
    }
