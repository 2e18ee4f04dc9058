"""A store's whole range as the marketplace wants it."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, BinaryIO

from django.db.models import QuerySet
from django.utils import timezone

import kaspi
from stores.models import Availability, CityPrice, Product, Store


def write_price_list(target: BinaryIO, store: Store) -> int:
    """Write the store's price list; returns the number of offers. Streams: memory does not grow with the range."""
    header = kaspi.PriceListHeader(
        company=store.name, merchant_id=store.merchant_id, date=timezone.now().isoformat(timespec="seconds")
    )
    return kaspi.write_price_list(target, header, read_offers(store))


def read_offers(store: Store) -> Iterator[kaspi.PriceListOffer]:
    """
    Every product that lies at a point and has a price, with all its points and cities.

    Three queries sorted by product are merged as they stream in. A point is never invented: a product without one is
    not in the list.
    """
    prices = _grouped(
        CityPrice.everything.filter(product__store=store).order_by("product_id", "city_id"),
        "product_id",
        "city_id",
        "price",
    )
    points = _grouped(
        Availability.everything.filter(product__store=store).order_by("product_id", "sales_point__code"),
        *(
            "product_id",
            "sales_point__code",
            "is_available",
            "sales_point__is_open",
            "stock_count",
            "preorder_days",
        ),
    )
    products = Product.everything.filter(store=store).order_by("pk").values_list("pk", "sku", "model", "brand")
    for pk, sku, model, brand in products.iterator():
        city_prices = tuple(kaspi.CityPrice(city_id, price) for _, city_id, price in prices.take(pk))
        availabilities = tuple(_availability(row) for row in points.take(pk))
        if city_prices and availabilities:
            yield kaspi.PriceListOffer(
                sku=sku,
                model=model,
                brand=brand or None,
                availabilities=availabilities,
                price=None,
                city_prices=city_prices,
            )


class _Groups:
    """Rows sorted by product, handed out product by product."""

    def __init__(self, rows: Iterator[tuple[Any, ...]]) -> None:
        self._groups = groupby(rows, key=itemgetter(0))
        self._next = next(self._groups, None)

    def take(self, product_id: int) -> list[tuple[Any, ...]]:
        while self._next is not None and self._next[0] < product_id:
            self._next = next(self._groups, None)
        if self._next is None or self._next[0] != product_id:
            return []
        rows = list(self._next[1])
        self._next = next(self._groups, None)
        return rows


def _grouped(rows: QuerySet[Any], *columns: str) -> _Groups:
    return _Groups(rows.values_list(*columns).iterator())


def _availability(row: tuple[Any, ...]) -> kaspi.Availability:
    _, code, is_available, is_open, stock_count, preorder_days = row
    return kaspi.Availability(
        store_id=code,
        available=is_available and is_open,
        stock_count=stock_count,
        preorder_days=preorder_days,
    )
