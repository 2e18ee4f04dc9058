"""Products that come with a table, written by column: a range of any size in a few statements each thousand."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain, repeat
from typing import Any

from django.db import transaction

from stores.models import Availability, CatalogueBatch, CatalogueChange, CityPrice, Product, SalesPoint, Store
from stores.models.catalogue import found_by
from stores.services.announcements import announce_prices
from stores.services.catalogue.range import OF_POINT, ProductState
from stores.services.catalogue.tables import Column, Table, row_by_row
from stores.services.market.watch import find_markets, look_within, read_listings
from stores.services.rows import Values, among, insert_rows

FOUND_BY = ("search", "sort_name")
_DEFAULTS = ProductState("")


def add_products(
    batch: CatalogueBatch,
    points: Mapping[str, SalesPoint],
    additions: Table,
    offer_version: int,
    counted_at: datetime,
) -> list[int]:
    """
    Add what `sort_out` found that may be added, and keep its history; returns the products' ids.

    `offer_version`: of the store's price list that shows them first; `counted_at`: when their stocks were told (UTC).
    The caller holds the lock of the store.
    """
    ids = _insert_products(batch.store, additions, offer_version)
    _insert_prices(batch.store, ids, additions)
    _insert_availabilities(ids, points, additions, counted_at)
    like = CatalogueChange(store=batch.store, batch=batch, field=CatalogueChange.ADDED)
    insert_rows(like, ("product_id", "sku", "new"), zip(ids, additions.skus, told_of(additions), strict=True))
    announce_prices(batch.store_id, ids)
    return ids


def _insert_products(store: Store, additions: Table, offer_version: int) -> list[int]:
    facts = {name: _filled(column, getattr(_DEFAULTS, name)) for name, column in additions.facts.items()}
    brands = facts.get("brand", repeat(_DEFAULTS.brand))
    found = map(_found_by, additions.skus, facts["model"], brands)
    rows = ((sku, *values, *words) for sku, words, *values in zip(additions.skus, found, *facts.values(), strict=False))
    insert_rows(Product(store=store, offer_version=offer_version), ("sku", *facts, *FOUND_BY), rows)
    ids = dict(
        Product.everything.filter(store=store, sku__in=among(additions.skus)).order_by().values_list("sku", "pk")
    )
    return [ids[sku] for sku in additions.skus]


def _filled(column: Column, default: Any) -> Column:
    return [default if value is None else value for value in column] if None in column else column


def _found_by(sku: str, model: str, brand: str) -> Sequence[str]:
    return tuple(found_by(sku, model, brand).values())


def _insert_prices(store: Store, ids: Sequence[int], additions: Table) -> None:
    cards = additions.facts.get("card_id") or [None] * len(ids)
    markets = _watched(store, additions, cards)
    of_cities = (
        [
            (product_id, city_id, markets.get((card_id, city_id)), price, price)
            for product_id, card_id, price in zip(ids, cards, columns["price"], strict=True)
        ]
        for city_id, columns in additions.cities.items()
    )
    rows = (row for row in _by_product(of_cities) if row[-1] is not None)
    insert_rows(CityPrice(), ("product_id", "city_id", "market_id", "price", "confirmed_price"), rows)


def _watched(store: Store, additions: Table, cards: Column) -> dict[tuple[str, str], int]:
    """(card, city) → the market that is watched there from now on."""
    pairs = {
        (card_id, city_id)
        for city_id, columns in additions.cities.items()
        for card_id, price in zip(cards, columns["price"], strict=True)
        if card_id and price is not None
    }
    if not pairs:
        return {}
    read_listings({(store.pk, city_id) for _card_id, city_id in pairs})
    markets = find_markets(pairs)
    ours = {pair: market_id for pair, market_id in markets.items() if pair in pairs}
    transaction.on_commit(partial(look_within, list(ours.values())))
    return ours


def _insert_availabilities(
    ids: Sequence[int], points: Mapping[str, SalesPoint], additions: Table, counted_at: datetime
) -> None:
    like = Availability(counted_at=counted_at)
    of_points = (
        zip(
            ids,
            repeat(points[code].pk),
            columns["is_available"],
            columns["stock_count"],
            _preorders(columns),
            columns["stock_count"],
            strict=False,
        )
        for code, columns in additions.points.items()
    )
    rows = (row for row in _by_product(of_points) if row[2] is not None)
    insert_rows(like, ("product_id", "sales_point_id", *OF_POINT, "counted_stock"), rows)


def _by_product(of_places: Iterable[Iterable[Values]]) -> Iterator[Values]:
    """Rows of one product together, as they lie in the indexes of their tables."""
    return chain.from_iterable(zip(*of_places, strict=True))


def told_of(additions: Table) -> Iterator[dict[str, Any]]:
    """What each product begins with, as its history keeps it: `{"model": …, "price": {city: …}}`; no defaults."""
    facts = {name: _unless(column, getattr(_DEFAULTS, name)) for name, column in additions.facts.items()}
    points = additions.points
    available = {code: [each or None for each in columns["is_available"]] for code, columns in points.items()}
    stock = {code: columns["stock_count"] for code, columns in points.items()}
    preorders = {code: _preorders(columns) for code, columns in points.items()}
    names = (*OF_POINT, "price")
    at_points = (row_by_row(columns, len(additions)) for columns in (available, stock, preorders))
    placed = zip(*at_points, additions.prices(), strict=True)
    for whole, values in zip(row_by_row(facts, len(additions)), placed, strict=True):
        yield whole | {name: by_place for name, by_place in zip(names, values, strict=True) if by_place}


def _unless(column: Column, default: Any) -> Column:
    """The values but this one."""
    return [None if value == default else value for value in column]


def _preorders(columns: Mapping[str, Column]) -> Column:
    """Days, where the product is on sale."""
    pairs = zip(columns["is_available"], columns["preorder_days"], strict=True)
    return [(days or None) if is_available else None for is_available, days in pairs]
