"""
What the rows say of products, for the second look at a price list; nothing of it comes from what wrote the list.

The database gathers the rows of each product into one, as JSON: to hand over ten rows for each of a hundred thousand
products takes longer than all else.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from django.db.models import Aggregate, Exists, F, OuterRef, TextField
from django.db.models.functions import JSONArray
from msgspec import Struct
from msgspec.json import Decoder

import kaspi
from stores.models import Availability, CityPrice, Product, ProductPriceUpdate, SalesPoint, StockRules, Store
from stores.services.prices.margins import floor_of
from stores.services.rows import among, read_values


class MeantPrice(Struct, frozen=True, array_like=True, gc=False):
    """A price and its limits in one city, tenge. The fields are in the order of COLUMNS_OF_PRICE."""

    price: int
    floor: int | None
    ceiling: int | None
    confirmed: int


class Meant(Struct, frozen=True, gc=False):
    """
    What the rows say of one product. `points`: as they should stand beside all these prices, by code; `prices`, by
    city; `derived_floors`: city → the floor that follows from the wanted margin, where one binds. `cities`: in which
    city each of the store's points is, by code.
    """

    product_id: int
    sku: str
    model: str
    brand: str
    offer_version: int
    prices: Mapping[str, MeantPrice]
    points: Mapping[str, kaspi.Availability]
    derived_floors: Mapping[str, int]
    cities: Mapping[str, str]


# Point id, whether it is on sale there, stock, days of pre-order.
Lying = tuple[int, int, int | None, int | None]

NONE: Mapping[str, Any] = MappingProxyType({})
COLUMNS_OF_PRICE = ("price", "floor", "ceiling", "confirmed_price")
_PRICES = Decoder(dict[str, MeantPrice])
_LYING = Decoder(list[Lying])


class _ByKey(Aggregate):
    """A JSON object of the rows: key → value."""

    function = "JSON_GROUP_OBJECT"
    arity = 2
    output_field = TextField()

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """The aggregate as MariaDB names it."""
        return self.as_sql(compiler, connection, function="JSON_OBJECTAGG", **context)


class _Listed(Aggregate):
    """A JSON array of the rows."""

    function = "JSON_GROUP_ARRAY"
    arity = 1
    output_field = TextField()

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """The aggregate as MariaDB names it."""
        return self.as_sql(compiler, connection, function="JSON_ARRAYAGG", **context)


def read_meant(store: Store, skus: Sequence[str]) -> dict[str, Meant]:
    """
    The rows of these SKUs. Products are asked for twice: their marks are read last, so that a row which is not marked
    by then was not changed before.
    """
    products = Product.everything.order_by()
    named = read_values(products.filter(store=store, sku__in=among(skus)).values_list("pk", "least_margin"))
    ids = [pk for pk, _ in named]
    prices = _read_prices(ids)
    derived = _derived_floors([pk for pk, margin in named if margin is not None])
    lying = _read_lying(ids)
    # After the rows: each of their points is among them.
    points = _read_points(store)
    cities = {point.code: point.city_id for point in points.values()}
    as_listed = _lister(points)
    columns = ("pk", "sku", "model", "brand", "offer_version")
    rows = read_values(products.filter(pk__in=among(ids)).values_list(*columns))

    def meant(pk: int, sku: str, model: str, brand: str, version: int) -> Meant:
        priced = prices.get(pk, NONE)
        there = as_listed(lying[pk], tuple(priced)) if pk in lying else NONE
        return Meant(pk, sku, model, brand, version, priced, there, derived.get(pk, NONE), cities)

    return {row[1]: meant(*row) for row in rows}


def _read_prices(product_ids: Collection[int]) -> dict[int, Mapping[str, MeantPrice]]:
    rows = CityPrice.everything.filter(product__in=among(product_ids)).order_by().values("product_id")
    by_product = rows.annotate(by_city=_ByKey("city_id", JSONArray(*COLUMNS_OF_PRICE)))
    gathered = read_values(by_product.values_list("product_id", "by_city"))
    return {product_id: _PRICES.decode(by_city) for product_id, by_city in gathered}


def _derived_floors(product_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """
    Product → city → the floor that follows from the margin that is wanted, beside a typed one the higher of both; a
    price the seller confirmed himself has none, nor one that was approved under the floor of its day.

    They bind what came into the rows past the gateway, never what is live or about to be: when the fees rise overnight,
    each price that was sound yesterday is under its floor today. To refuse the file for that would stop the whole shop,
    and with it the very price list that carries the higher prices.
    """
    if not product_ids:
        return {}
    rows = CityPrice.everything.filter(product__in=product_ids, product__least_margin__isnull=False).order_by()
    unconfirmed = rows.exclude(price=F("confirmed_price")).exclude(_was_approved()).select_related("product__store")
    floors: dict[int, dict[str, int]] = {}
    for row in unconfirmed:
        if floor := floor_of(row):
            floors.setdefault(row.product_id, {})[row.city_id] = floor
    return floors


def _was_approved() -> Exists:
    """Whether the price of the row is one that the gateway let go, above the floor and with the margin of that day."""
    left = ProductPriceUpdate.everything.filter(city_price=OuterRef("pk"), state__in=ProductPriceUpdate.LEAVING)
    return Exists(left.filter(floor__lte=F("new_price"), why__gate__earns_margin=True, new_price=OuterRef("price")))


def _read_lying(product_ids: Collection[int]) -> dict[int, str]:
    """Product → where it lies: an array of `Lying` as JSON."""
    rows = Availability.everything.filter(product__in=among(product_ids)).order_by().values("product_id")
    listed = _Listed(JSONArray("sales_point_id", "is_available", "stock_count", "preorder_days"))
    gathered = read_values(rows.annotate(lying=listed).values_list("product_id", "lying"))
    return {product_id: lying for product_id, lying in gathered}  # noqa: C416 -- mypy knows no pairs in rows


def _read_points(store: Store) -> dict[int, Any]:
    """The store's points, each with whether the store `hides_gone`."""
    hides_gone = Exists(StockRules.everything.filter(store=store, hides_gone=True))
    return {point.pk: point for point in SalesPoint.everything.filter(store=store).annotate(hides_gone=hides_gone)}


def _lister(points: Mapping[int, Any]) -> Callable[[str, tuple[str, ...]], Mapping[str, kaspi.Availability]]:
    """What should stand in the list, by point, of a product that lies so and has prices in these cities."""

    @cache
    def at_point(lying: Lying, cities: tuple[str, ...]) -> tuple[str, kaspi.Availability]:
        point_id, is_available, stock, preorder_days = lying
        point = points[point_id]
        is_gone = (stock, preorder_days) == (0, None)
        is_sold = is_available == 1 and point.is_open and point.city_id in cities
        is_shown = is_sold and not (point.hides_gone and is_gone)
        return point.code, kaspi.Availability(point.code, is_shown, stock, preorder_days)

    # Many products lie alike.
    return cache(lambda lying, cities: dict(at_point(each, cities) for each in _LYING.decode(lying)))
