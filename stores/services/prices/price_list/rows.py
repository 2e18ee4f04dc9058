"""
What a store sells, read from its rows as lines of a price list.

The database gathers the rows of each product into one: to hand over ten rows for each of a hundred thousand products
takes longer than all else. Products that lie at the same points and have prices in the same cities share a pattern.
"""

from collections.abc import Callable, Collection, Iterator
from functools import cache, partial
from typing import Any

from django.db.models import Aggregate, BooleanField, Expression, ExpressionWrapper, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce

import kaspi
from stores.models import Availability, CityPrice, Product, SalesPoint, Store
from stores.services.prices.price_list.kept import KeptPrices
from stores.services.stock.rules import on_sale_in

# How many products are read together: memory is bounded by it, on MariaDB too, whose client holds whole answers.
PORTION = 5_000
# A product and its line, which is empty where it has no place in the list.
Written = tuple[int, bytes]
# The rows of each product, column by column: the cells of a column as one text, with commas between.
Columns = dict[int, tuple[str, ...]]
PatternOf = Callable[..., kaspi.OfferPattern]
EachPortion = Callable[[], None]


class Gathered(Aggregate):
    """
    The cells of one column as a text, but for empty ones, with commas between; in the order of their places.

    SQLite goes through a product's rows in that order, along the index that has each place once. MariaDB would choose
    an order anew for each column, and is told.
    """

    function = "GROUP_CONCAT"
    output_field = TextField()

    def __init__(self, column: str | Expression, place: str) -> None:
        super().__init__(column)
        self._place = place

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """The aggregate as MariaDB spells it."""
        in_order = f"%(function)s(%(expressions)s ORDER BY {connection.ops.quote_name(self._place)})"
        return self.as_sql(compiler, connection, template=in_order, **context)


def read_lines(
    store: Store,
    products: "QuerySet[Product]",
    each_portion: EachPortion = lambda: None,
    kept: KeptPrices | None = None,
) -> Iterator[Written]:
    """
    These products of the store, by rising id, with their lines: of those that lie at a point and have a price, each
    with all its points and cities. A point is never invented: a product without one is not in the list. With
    `kept` the prices are those, in their cities. At a point in a city without a price the product is not on sale.

    `each_portion` is called after each portion of them. Raises kaspi.InvalidOffer for what must not be published.
    """
    last = 0
    in_order = products.order_by("pk").values_list("pk", "sku", "model", "brand")
    while portion := list(in_order.filter(pk__gt=last)[:PORTION]):
        first, last = last, portion[-1][0]
        queue_of = _line_writer(store, products.filter(pk__gt=first, pk__lte=last), kept)
        for pk, sku, model, brand in portion:
            yield pk, queue_of(pk, sku, model, brand or None)
        each_portion()


def _line_writer(
    store: Store, products: "QuerySet[Product]", kept: KeptPrices | None
) -> Callable[[int, str, str, str | None], bytes]:
    prices = _gather(CityPrice.everything.filter(product__in=products.values("pk")), "city_id", "price")
    lying = Availability.everything.filter(product__in=products.values("pk"))
    is_counted = ExpressionWrapper(Q(stock_count__isnull=False), BooleanField())
    preorder_days = Coalesce("preorder_days", Value(0))
    is_on_sale = ExpressionWrapper(on_sale_in(store.pk), BooleanField())
    points = _gather(lying, "sales_point_id", is_on_sale, is_counted, preorder_days, "stock_count")
    # After the rows: each of their points is among them.
    pattern_of = _patterns(store)

    def line(pk: int, sku: str, model: str, brand: str | None) -> bytes:
        if pk not in prices or pk not in points:
            return b""
        cities, in_cities = prices[pk] if kept is None else kept.of(pk, sku, prices[pk][0])
        if not cities:
            return b""
        *places, counts = points[pk]
        try:
            return pattern_of(cities, *places).fill(sku, model, brand, _cells(counts), _cells(in_cities))
        except kaspi.InvalidPriceList as invalid:
            raise kaspi.InvalidOffer(sku, invalid.field, invalid.read, invalid.expected) from None

    return line


def _gather(rows: "QuerySet[Any]", place: str, *columns: str | Expression) -> Columns:
    """The places first, then these columns of theirs."""
    gathered = {f"column_{number}": Gathered(column, place) for number, column in enumerate((place, *columns))}
    by_product = rows.order_by("product_id").values_list("product_id").annotate(**gathered)
    return {product_id: tuple(texts) for product_id, *texts in by_product}


def _patterns(store: Store) -> PatternOf:
    """Finds the pattern of an offer by its cities and its places, each column of them a text."""
    points = {str(point.pk): point for point in SalesPoint.everything.filter(store=store)}

    def place(
        cities: Collection[str], point_id: str, is_on_sale: str, is_counted: str, preorder_days: str
    ) -> kaspi.Place:
        point = points[point_id]
        # Without a price in its city nobody knows what it would be sold for there.
        is_shown = is_on_sale == "1" and point.is_open and point.city_id in cities
        return kaspi.Place(point.code, is_shown, is_counted == "1", int(preorder_days) or None)

    @cache
    def pattern(cities: str, *places: str) -> kaspi.OfferPattern:
        priced = _cells(cities)
        return kaspi.OfferPattern(list(map(partial(place, priced), *map(_cells, places))), priced)

    return pattern


def _cells(column: str | None) -> list[str]:
    """The cells of a column; None where all are empty."""
    return column.split(",") if column else []
