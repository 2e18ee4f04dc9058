"""The tables that can be taken away: their columns, and their rows as a stream."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stores.models import Availability, CityPrice, Product, ProductPriceUpdate, Store
from stores.services.cities import city_name

PORTION = 2_000

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """`columns`: their titles. `rows_of`: a store's rows, cell by cell: texts, whole tenge, local times or None."""

    columns: tuple[str | Promise, ...]
    rows_of: Callable[[Store], Iterator[Row]]


def in_portions(rows: QuerySet[Any], *columns: str) -> Iterator[Row]:
    """The rows by rising key, without it; memory does not grow with them, on MariaDB either."""
    for portion in _portions(rows, *columns):
        yield from (row[1:] for row in portion)


def _portions(rows: QuerySet[Any], *columns: str) -> Iterator[list[Row]]:
    """The rows by rising key, which stands before their columns, so many at a time."""
    last = 0
    while portion := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", *columns)[:PORTION]):
        yield portion
        last = portion[-1][0]


def _products(store: Store) -> Iterator[Row]:
    columns = ("sku", "card_id", "model", "brand", "category_code", "weight_g", "purchase_cost", "packaging_cost")
    return in_portions(Product.objects.for_store(store), *columns, "strategy", "step", "is_paused")


def _prices(store: Store) -> Iterator[Row]:
    """By product: a price knows its store through it only, and to sort all of them anew for each portion is dear."""
    for portion in _portions(Product.objects.for_store(store), "sku", "model"):
        products = {pk: (sku, model) for pk, sku, model in portion}
        prices = CityPrice.everything.filter(product__in=products).order_by("product_id", "city_id")
        columns = ("product_id", "city_id", "price", "floor", "ceiling", "lowest_rival", "place")
        for product_id, city_id, *rest in prices.values_list(*columns):
            yield (*products[product_id], city_id, city_name(city_id), *rest)


def _stock(store: Store) -> Iterator[Row]:
    """By product, as `_prices`."""
    for portion in _portions(Product.objects.for_store(store), "sku", "model"):
        products = {pk: (sku, model) for pk, sku, model in portion}
        lying = Availability.everything.filter(product__in=products).order_by("product_id", "sales_point_id")
        columns = ("product_id", "sales_point__code", "is_available", "stock_count", "preorder_days")
        for product_id, *rest in lying.values_list(*columns):
            yield (*products[product_id], *rest)


def _price_updates(store: Store) -> Iterator[Row]:
    columns = ("created_at", "product__sku", "city_id", "old_price", "new_price", "state", "hold_code", "origin")
    rows = in_portions(ProductPriceUpdate.objects.for_store(store), *columns, "price_list_number")
    for created_at, sku, city_id, *rest in rows:
        moment = timezone.localtime(created_at).replace(tzinfo=None, microsecond=0)
        yield (moment, sku, city_id, city_name(city_id), *rest)


TABLES = {
    "products": Table(
        (
            _("SKU"),
            _("card"),
            _("name"),
            _("brand"),
            _("category"),
            _("weight, g"),
            _("purchase cost, ₸"),
            _("packaging cost, ₸"),
            _("strategy"),
            _("step, ₸"),
            _("paused"),
        ),
        _products,
    ),
    "prices": Table(
        (
            _("SKU"),
            _("name"),
            _("city code"),
            _("city"),
            _("price, ₸"),
            _("floor, ₸"),
            _("ceiling, ₸"),
            _("lowest rival, ₸"),
            _("place"),
        ),
        _prices,
    ),
    "stock": Table(
        (_("SKU"), _("name"), _("sales point"), _("on sale"), _("stock"), _("pre-order, days")),
        _stock,
    ),
    "price-updates": Table(
        (
            _("decided"),
            _("SKU"),
            _("city code"),
            _("city"),
            _("from, ₸"),
            _("to, ₸"),
            _("state"),
            _("held because"),
            _("decided by"),
            _("price list"),
        ),
        _price_updates,
    ),
}
