"""A store's products as they stand, read in portions: values only, for instances of a model would take the time."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct, field
from msgspec.structs import asdict

from stores.models import Availability, CityPrice, Product, SalesPoint, Store
from stores.services.prices.corridor import LIMITS
from stores.services.product_history import OF_PRODUCT
from stores.services.rows import among

OF_CITY = ("price", *LIMITS)
OF_POINT = ("is_available", "stock_count", "preorder_days")


class CityState(Struct):
    """A price and its corridor in one city. The id 0, here and below, and the price 0: it is not there yet."""

    id: int = 0
    version: int = 1
    price: int = 0
    floor: int | None = None
    ceiling: int | None = None

    @property
    def limits(self) -> tuple[int | None, int | None]:
        return self.floor, self.ceiling


class PointState(Struct):
    """
    A product at one sales point. `counted_stock`: the pieces that are told of it, and `carried`: the movements since
    that are carried over to this count; both are of a stock that is to change.
    """

    point: SalesPoint
    id: int = 0
    is_available: bool = False
    stock_count: int | None = None
    preorder_days: int | None = None
    counted_at: datetime | None = None
    doubt: str = ""
    counted_stock: int | None = None
    carried: Sequence[int] = ()


class ProductState(Struct):
    """A product with its prices by city and its points by code."""

    sku: str
    id: int = 0
    version: int = 1
    card_id: str = ""
    model: str = ""
    brand: str = ""
    category_code: str = ""
    weight_g: int | None = None
    purchase_cost: int | None = None
    packaging_cost: int = 0
    least_margin: Decimal | None = None
    strategy: str = Product.Strategy.MANUAL
    plan: Mapping[str, Any] = field(default_factory=dict)
    step: int = 1
    is_paused: bool = False
    is_exclusive: bool = False
    cities: dict[str, CityState] = field(default_factory=dict)
    points: dict[str, PointState] = field(default_factory=dict)

    def to_product(self, store: Store) -> Product:
        """The product as services for one product know it; it is not to be saved."""
        values = asdict(self)
        return Product(store=store, sku=self.sku, pk=self.id or None, **{name: values[name] for name in OF_PRODUCT})


def read_points(store: Store) -> dict[str, SalesPoint]:
    """The store's sales points, open and closed, by code."""
    return {point.code: point for point in SalesPoint.everything.filter(store=store)}


def read_range(store: Store, points: Mapping[str, SalesPoint], skus: Collection[str]) -> dict[str, ProductState]:
    """The products of the store with these SKUs, those that are there, by SKU; three queries."""
    # Without an order: for one by the id SQLite would walk through the whole range.
    products = Product.everything.filter(store=store, sku__in=among(skus)).order_by()
    columns = products.values_list("sku", "pk", "version", *OF_PRODUCT)
    by_sku = {sku: ProductState(sku, *values) for sku, *values in columns}
    by_id = {state.id: state for state in by_sku.values()}
    ids = among(by_id)
    cities = CityPrice.everything.filter(product__in=ids).order_by()
    for product_id, city_id, *values in cities.values_list("product", "city_id", "pk", "version", *OF_CITY):
        by_id[product_id].cities[city_id] = CityState(*values)
    point_by_id = {point.pk: point for point in points.values()}
    there = Availability.everything.filter(product__in=ids).order_by()
    for product_id, point_id, *values in there.values_list(
        "product", "sales_point", "pk", *OF_POINT, "counted_at", "doubt"
    ):
        point = point_by_id[point_id]
        by_id[product_id].points[point.code] = PointState(point, *values)
    return by_sku
