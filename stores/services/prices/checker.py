"""
The second program: reads the finished price list back and compares it with the limits, before it goes live.

It trusts nothing that the writer had in its hands: it reads the file's own bytes and asks the database by itself. One
bad row, a list that shrank, or too many large moves at once refuse the whole file; the last good one stays.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db.models import F

import kaspi
from stores.models import CityPrice, Store
from stores.services.prices.margins import floor_of

log = logging.getLogger(__name__)

LOWEST_PRICE = 100
LARGEST_MISSING_SHARE = 0.05
LARGE_MOVE = 0.20
LARGEST_MOVED_SHARE = 0.02
# A small store is not refused over one product that was taken out, or a handful that moved.
ALWAYS_ALLOWED_MISSING = 1
ALWAYS_ALLOWED_MOVED = 5

# What a person may accept after a look at it: the list is sound, only unlike the one before.
ACCEPTABLE = frozenset({"shrunk", "off_sale", "many_moved"})

Key = tuple[str, str]


@dataclass(frozen=True)
class Refusal:
    """Why a list must not go live: a code, and what was read."""

    code: str
    sku: str = ""
    city_id: str = ""
    read: int | str | None = None


@dataclass(frozen=True)
class Contents:
    """What a file says: (SKU, city) → price in tenge, and the (SKU, point) pairs that are on sale."""

    merchant_id: str = ""
    prices: dict[Key, int] = field(default_factory=dict)
    on_sale: frozenset[Key] = frozenset()
    fault: Refusal | None = None


def read_contents(path: Path) -> Contents:
    """Read a finished file; `fault` is set where it cannot be trusted whole."""
    try:
        with path.open("rb") as file:
            return _contents(kaspi.read_price_list(file))
    except (kaspi.PriceListError, OSError) as error:
        return Contents(fault=Refusal("malformed", read=str(error)))


def read_previous(path: Path | None) -> Contents:
    """The list that is live now. One that cannot be read is compared with nothing: it must not outlive its damage."""
    if path is None:
        return Contents()
    contents = read_contents(path)
    if contents.fault is not None:
        log.error("the live price list %s cannot be read: %s", path, contents.fault)
        return Contents()
    return contents


def why_refused(
    new: Contents, previous: Contents, store: Store, accepted: frozenset[str] = frozenset()
) -> Refusal | None:
    """The first reason to refuse the file, or None when it may go live. `accepted`: codes a person has said yes to."""
    if new.fault is not None:
        return new.fault
    if new.merchant_id != store.merchant_id:
        return Refusal("other_merchant", read=new.merchant_id)
    if not new.prices:
        return Refusal("empty")
    reasons = (*_wrong_prices(new, previous, store), *_shrunk(new, previous), *_many_moved(new, previous, store))
    return next((reason for reason in reasons if reason.code not in accepted & ACCEPTABLE), None)


def _contents(price_list: kaspi.PriceList) -> Contents:
    prices: dict[Key, int] = {}
    on_sale: set[Key] = set()
    skus: set[str] = set()
    for offer in price_list.offers:
        if offer.sku in skus:
            return Contents(fault=Refusal("sku_twice", offer.sku))
        if offer.price is not None:
            return Contents(fault=Refusal("price_without_city", offer.sku, read=offer.price))
        skus.add(offer.sku)
        prices.update({(offer.sku, city_price.city_id): city_price.price for city_price in offer.city_prices})
        on_sale.update((offer.sku, point.store_id) for point in offer.availabilities if point.available)
    return Contents(price_list.header.merchant_id, prices, frozenset(on_sale))


def _wrong_prices(new: Contents, previous: Contents, store: Store) -> Iterator[Refusal]:
    rows = CityPrice.everything.filter(product__store=store)
    columns = ("product__sku", "city_id", "price", "floor", "ceiling")
    known = {(sku, city_id): rest for sku, city_id, *rest in rows.values_list(*columns)}
    derived = _derived_floors(store)
    for (sku, city_id), price in new.prices.items():
        if (sku, city_id) not in known:
            yield Refusal("unknown_offer", sku, city_id, price)
            continue
        meant, floor, ceiling = known[sku, city_id]
        if price < LOWEST_PRICE or (floor is not None and price < floor):
            yield Refusal("under_floor", sku, city_id, price)
        elif ceiling is not None and price > ceiling:
            yield Refusal("over_ceiling", sku, city_id, price)
        elif None in (floor, ceiling) and price not in (meant, previous.prices.get((sku, city_id))):
            # Without a corridor only the price itself can tell.
            yield Refusal("not_the_price", sku, city_id, price)
        elif price < derived.get((sku, city_id), 0) and price != previous.prices.get((sku, city_id)):
            yield Refusal("under_floor", sku, city_id, price)


def _derived_floors(store: Store) -> dict[Key, int]:
    """
    The floors that follow from a wanted margin, beside a typed one the higher of both; a price the seller confirmed
    himself has none.

    They bind what is new in the file, never what is live: when the fees rise overnight, each price that was sound
    yesterday is under its floor today. To refuse the file for that would stop the whole shop, and with it the very
    price list that carries the higher prices.
    """
    rows = CityPrice.everything.filter(product__store=store, product__least_margin__isnull=False)
    unconfirmed = rows.exclude(price=F("confirmed_price")).select_related("product__store")
    floors = {(row.product.sku, row.city_id): floor_of(row) for row in unconfirmed}
    return {key: floor for key, floor in floors.items() if floor is not None}


def _shrunk(new: Contents, previous: Contents) -> Iterator[Refusal]:
    if missing := _too_many(previous.prices.keys() - new.prices.keys(), len(previous.prices)):
        yield Refusal("shrunk", read=missing)
    still_there = {sku for sku, _ in new.prices}
    went_off = {(sku, point) for sku, point in previous.on_sale - new.on_sale if sku in still_there}
    if gone := _too_many(went_off, len(previous.on_sale)):
        yield Refusal("off_sale", read=gone)


def _too_many(missing: set[Key] | frozenset[Key], before: int) -> int:
    """How many are missing where that is too many, else 0. One product counts once, in however many cities it was."""
    products = {sku for sku, _ in missing}
    is_few = len(products) <= ALWAYS_ALLOWED_MISSING or len(missing) <= before * LARGEST_MISSING_SHARE
    return 0 if is_few else len(missing)


def _many_moved(new: Contents, previous: Contents, store: Store) -> Iterator[Refusal]:
    """Moves are measured from the live list or from what a person confirmed, whichever is nearer."""
    rows = CityPrice.everything.filter(product__store=store)
    confirmed = {
        (sku, city_id): price for sku, city_id, price in rows.values_list("product__sku", "city_id", "confirmed_price")
    }
    moved = [
        key
        for key, price in new.prices.items()
        if key in previous.prices and _is_far(price, previous.prices[key]) and _is_far(price, confirmed.get(key, 0))
    ]
    if len(moved) > max(ALWAYS_ALLOWED_MOVED, len(previous.prices) * LARGEST_MOVED_SHARE):
        yield Refusal("many_moved", read=len(moved))


def _is_far(price: int, before: int) -> bool:
    return abs(price - before) > before * LARGE_MOVE
