"""
The second program: reads the finished price list back and compares it with the limits, before it goes live.

It trusts nothing that the writer had in its hands: it reads the file's own bytes and asks the database by itself. One
bad row, a list that shrank, or too many large moves at once refuse the whole file; the last good one stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kaspi
from stores.models import CityPrice, ProductPriceUpdate, Store

LOWEST_PRICE = 100
LARGEST_MISSING_SHARE = 0.05
LARGE_MOVE = 0.20
LARGEST_MOVED_SHARE = 0.02
# A small store is not refused over one product that was taken out, or a handful that moved.
ALWAYS_ALLOWED_MISSING = 1
ALWAYS_ALLOWED_MOVED = 5

Prices = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Refusal:
    """Why a list must not go live: a code, and what was read."""

    code: str
    sku: str = ""
    city_id: str = ""
    read: int | str | None = None


def why_refused(path: Path, store: Store, previous: Path | None) -> Refusal | None:
    """The first reason to refuse the file, or None when it may go live."""
    try:
        prices = _read_prices(path, store.merchant_id)
        before = _read_prices(previous, store.merchant_id) if previous else {}
    except kaspi.PriceListError as error:
        return Refusal("malformed", read=str(error))
    if not prices:
        return Refusal("empty")
    reasons = (
        *_outside_limits(prices, store),
        *_shrunk(prices, before),
        *_many_moved(prices, before, store),
    )
    return next(iter(reasons), None)


def _read_prices(path: Path, merchant_id: str) -> Prices:
    with path.open("rb") as file:
        price_list = kaspi.read_price_list(file)
        if price_list.header.merchant_id != merchant_id:
            raise kaspi.MalformedPriceList(1, f"the list of merchant {price_list.header.merchant_id}")
        return {
            (offer.sku, city_price.city_id): city_price.price
            for offer in price_list.offers
            for city_price in offer.city_prices
        }


def _outside_limits(prices: Prices, store: Store) -> Iterator[Refusal]:
    rows = CityPrice.everything.filter(product__store=store)
    limits: dict[tuple[str, str], tuple[Any, Any]] = {
        (sku, city_id): (floor, ceiling)
        for sku, city_id, floor, ceiling in rows.values_list("product__sku", "city_id", "floor", "ceiling")
    }
    for (sku, city_id), price in prices.items():
        if (sku, city_id) not in limits:
            yield Refusal("unknown_offer", sku, city_id, price)
            continue
        floor, ceiling = limits[sku, city_id]
        if price < LOWEST_PRICE or (floor is not None and price < floor):
            yield Refusal("under_floor", sku, city_id, price)
        elif ceiling is not None and price > ceiling:
            yield Refusal("over_ceiling", sku, city_id, price)


def _shrunk(prices: Prices, before: Prices) -> Iterator[Refusal]:
    skus_before = {sku for sku, _ in before}
    missing = skus_before - {sku for sku, _ in prices}
    if len(missing) > max(ALWAYS_ALLOWED_MISSING, len(skus_before) * LARGEST_MISSING_SHARE):
        yield Refusal("shrunk", read=len(missing))


def _many_moved(prices: Prices, before: Prices, store: Store) -> Iterator[Refusal]:
    moved = {
        key for key, price in prices.items() if key in before and abs(price - before[key]) > before[key] * LARGE_MOVE
    }
    moved_by_rules = moved - _set_by_people(store)
    if len(moved_by_rules) > max(ALWAYS_ALLOWED_MOVED, len(before) * LARGEST_MOVED_SHARE):
        yield Refusal("many_moved", read=len(moved_by_rules))


def _set_by_people(store: Store) -> set[tuple[str, str]]:
    """Prices that a person decided and that are on their way out: he has seen how far they move."""
    updates = ProductPriceUpdate.everything.filter(
        store=store, actor__isnull=False, state=ProductPriceUpdate.State.APPROVED
    )
    return set(updates.values_list("product__sku", "city_id"))
