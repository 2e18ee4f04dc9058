"""What a store sells, read from its rows as offers of a price list."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db.models import F

import kaspi
from stores.models import Availability, CityPrice, Product, SalesPoint, Store

# How many products are read together: memory is bounded by it, on MariaDB too, whose client holds whole answers.
PORTION = 1_000
IDS = 10_000


def read_offers(store: Store, product_ids: Sequence[int]) -> dict[int, kaspi.PriceListOffer]:
    """
    The offers of these products (at most PORTION) by product: of those that lie at a point and have a price, each with
    all its points and cities. A point is never invented: a product without one is not in the list.
    """
    prices, availabilities = _prices(product_ids), _availabilities(store, product_ids)
    products = Product.everything.filter(store=store, pk__in=product_ids).values_list("pk", "sku", "model", "brand")
    return {
        pk: kaspi.PriceListOffer(
            sku=sku,
            model=model,
            brand=brand or None,
            availabilities=tuple(availabilities[pk]),
            city_prices=tuple(prices[pk]),
        )
        for pk, sku, model, brand in products
        if pk in prices and pk in availabilities
    }


def product_ids(store: Store) -> Iterator[list[int]]:
    """The ids of all its products, rising, in portions."""
    last = 0
    rows = Product.everything.filter(store=store).order_by("pk").values_list("pk", flat=True)
    while portion := list(rows.filter(pk__gt=last)[:IDS]):
        yield portion
        last = portion[-1]


def _prices(product_ids: Sequence[int]) -> dict[int, list[kaspi.CityPrice]]:
    prices = defaultdict(list)
    rows = CityPrice.everything.filter(product__in=product_ids).order_by("product_id", "city_id")
    for product_id, city_id, price in rows.values_list("product_id", "city_id", "price"):
        prices[product_id].append(kaspi.CityPrice(city_id, price))
    return prices


def _availabilities(store: Store, product_ids: Sequence[int]) -> dict[int, list[kaspi.Availability]]:
    availabilities = defaultdict(list)
    columns = ("product_id", "sales_point_id", "is_available", "stock_count", "preorder_days")
    there = Availability.everything.filter(product__in=product_ids).order_by("product_id", "sales_point__code")
    rows = list(there.values_list(*columns))
    # After the rows: each of their points is among them.
    of_store = SalesPoint.everything.filter(store=store)
    points = {point.pk: point for point in of_store.annotate(hides_gone=F("store__stock_rules__hides_gone"))}
    for product_id, point_id, is_available, stock_count, preorder_days in rows:
        point = points[point_id]
        is_gone = stock_count == 0 and preorder_days is None
        is_on_sale = is_available and point.is_open and not (is_gone and point.hides_gone)
        availabilities[product_id].append(kaspi.Availability(point.code, is_on_sale, stock_count, preorder_days))
    return availabilities
