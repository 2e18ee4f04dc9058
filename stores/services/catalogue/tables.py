"""
Wishes of many products by column, as a file brings them, and which of its rows need no judgement of their own.

Of a large file most rows are either as the store has it, or products that the store does not have and nothing is
strange about. Those are recognised here, many at once; every other row is for `plan_changes`, which alone refuses.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

from django.db.models import QuerySet
from msgspec import Struct, field

import kaspi
from stores.models import Availability, CityPrice, Product, SalesPoint, Store
from stores.services.catalogue.changes import EMPTY, CityChange, PointChange, ProductChange
from stores.services.catalogue.checks import check_sku, check_value
from stores.services.catalogue.range import OF_CITY, OF_POINT
from stores.services.errors import Refusal
from stores.services.prices.confirm import is_far_off
from stores.services.rows import among
from stores.services.stock.repeated import may_end, stale_counts
from stores.services.stock.since import NOTHING, Place, Since, moved_since

# The place of a price that is meant for each city.
EVERYWHERE = ""

Column = list[Any]


class Table(Struct, array_like=True, tag=True):
    """
    What is wanted of products, a value for each of `skus` in every column; None says nothing.

    `facts`: field of a product → column. `cities`: city id, or EVERYWHERE → field of a city → column. `points`: code →
    each field of a point → column, where `is_available` None says nothing of the point at all; of one that is on sale
    `stock_count` None means that it is not counted, and `preorder_days` 0 that there is none.
    """

    skus: list[str]
    facts: dict[str, Column] = {}
    cities: dict[str, dict[str, Column]] = {}
    points: dict[str, dict[str, Column]] = {}

    def __len__(self) -> int:
        return len(self.skus)

    def take(self, places: Sequence[int]) -> "Table":
        """The rows at these places, counted from 0."""
        if len(places) == len(self):
            return self

        def of(columns: Mapping[str, Column]) -> dict[str, Column]:
            return {name: [column[at] for at in places] for name, column in columns.items()}

        return Table(
            [self.skus[at] for at in places],
            of(self.facts),
            {city_id: of(columns) for city_id, columns in self.cities.items()},
            {code: of(columns) for code, columns in self.points.items()},
        )

    def prices(self) -> Iterator[dict[str, int]]:
        """Of each row its prices by city."""
        of_cities = {city_id: columns["price"] for city_id, columns in self.cities.items() if "price" in columns}
        return row_by_row(of_cities, len(self))

    def change(self, at: int) -> ProductChange:
        """The wish of one row."""
        facts = {name: column[at] for name, column in self.facts.items()}
        cities = {city_id: CityChange(**_row(columns, at)) for city_id, columns in self.cities.items()}
        everywhere = cities.pop(EVERYWHERE, None)
        return ProductChange(
            self.skus[at],
            **facts,
            everywhere=everywhere if everywhere != CityChange() else None,
            cities={city_id: wanted for city_id, wanted in cities.items() if wanted != CityChange()},
            points={
                code: _point_change(**_row(columns, at))
                for code, columns in self.points.items()
                if columns["is_available"][at] is not None
            },
        )


def row_by_row(columns: Mapping[str, Column], count: int) -> Iterator[dict[str, Any]]:
    """What each of so many rows says in these columns, by their names."""
    if not columns:
        return ({} for _ in range(count))
    names = tuple(columns)
    rows = zip(*columns.values(), strict=True)
    return ({name: value for name, value in zip(names, row, strict=True) if value is not None} for row in rows)


def _row(columns: Mapping[str, Column], at: int) -> dict[str, Any]:
    return {name: column[at] for name, column in columns.items()}


def _point_change(is_available: bool, stock_count: int | None, preorder_days: int | None) -> PointChange:  # noqa: FBT001
    if not is_available:
        return PointChange(is_available=False, stock_count=stock_count)
    days = None if preorder_days is None else preorder_days or EMPTY
    return PointChange(is_available=True, stock_count=EMPTY if stock_count is None else stock_count, preorder_days=days)


class Sorted(Struct):
    """
    The rows of a table, by their places in it. `new`: products that the store does not have and that may be added as
    they are, which `additions` names with the cities of their prices; `same`: those that change nothing; `rest`: those
    that are to be judged one by one.

    Where stocks are told of a moment, `stale` are those of the products that gain by being told again, their doubts by
    the id of the availability; `repeated`: those of them that rows of `same` tell again, with their pieces.
    """

    additions: Table
    new: list[int] = field(default_factory=list)
    same: list[int] = field(default_factory=list)
    rest: list[int] = field(default_factory=list)
    stale: dict[int, str] = field(default_factory=dict)
    repeated: dict[int, int] = field(default_factory=dict)


def sort_out(
    store: Store, points: Mapping[str, SalesPoint], table: Table, counted_at: datetime | None = None
) -> Sorted:
    """
    Which rows need no judgement of their own; nothing is written. `counted_at`: the moment that stocks are told of.

    Three queries, one where the store has none of the products, and two more where there is such a moment.
    """
    known = _Known(store, points, table, counted_at)
    unknown = [at for at, sku in enumerate(table.skus) if sku not in known]
    candidates = table.take(unknown)
    are_plain = _are_plain(candidates, points)
    new = [at for at, is_plain in zip(unknown, are_plain, strict=True) if is_plain]
    told = candidates.take([at for at, is_plain in enumerate(are_plain) if is_plain])
    same = [at for at, sku in enumerate(table.skus) if sku in known and known.is_same(at)]
    judged = {*new, *same}
    rest = [at for at in range(len(table)) if at not in judged]
    repeated = {pk: stock for at in same for pk, stock in known.repeated(at)} if known.stale else {}
    return Sorted(_with_cities(told, points), new, same, rest, known.stale, repeated)


# --- Products that the store has --------------------------------------------------------------------------------------


class _Known:
    """
    The products of a table that the store has, as they stand, for comparison with what the table says; their stocks as
    they stood at the moment that it tells of. `stale`: as of Sorted.
    """

    def __init__(
        self, store: Store, points: Mapping[str, SalesPoint], table: Table, counted_at: datetime | None
    ) -> None:
        self._table = table
        self._facts = list(table.facts.values())
        self._everywhere = table.cities.get(EVERYWHERE, {})
        self._prices = [
            (city_id, OF_CITY.index(name), column)
            for city_id, columns in table.cities.items()
            if city_id != EVERYWHERE
            for name, column in columns.items()
        ]
        self._points: list[tuple[SalesPoint | None, Column, Column, Column]] = [
            (points.get(code), columns["is_available"], columns["stock_count"], columns["preorder_days"])
            for code, columns in table.points.items()
        ]
        products = Product.everything.filter(store=store, sku__in=among(table.skus)).order_by()
        # Tuples, for a list of each row would keep the garbage collector busy.
        self._stored = {row[0]: row[1:] for row in products.values_list("sku", "pk", *table.facts)}
        ids = among([values[0] for values in self._stored.values()])
        prices = CityPrice.everything.filter(product__in=ids)
        self._of_city = _by_product(prices, "city_id", OF_CITY) if self._stored else {}
        at_points = Availability.everything.filter(product__in=ids)
        self._of_point = _by_product(at_points, "sales_point", OF_POINT) if self._stored else {}
        self.stale: dict[int, str] = {}
        self._stale_at: dict[Place, int] = {}
        if counted_at is not None and self._stored:
            moved = moved_since(store.pk, counted_at)
            self._go_back(moved)
            self._find_stale(stale_counts(at_points, counted_at), moved)

    def _go_back(self, moved: Mapping[Place, Since]) -> None:
        """To the stocks before orders moved them."""
        for (product_id, point_id), since in moved.items():
            there = self._of_point.get(product_id, {})
            if point_id in there and there[point_id][1] is not None:
                is_available, stock, preorder_days = there[point_id]
                there[point_id] = (is_available, stock - since.change, preorder_days)

    def _find_stale(self, stocks: "QuerySet[Availability]", moved: Mapping[Place, Since]) -> None:
        for pk, doubt, *place in stocks.order_by().values_list("pk", "doubt", "product", "sales_point"):
            product_id, point_id = place
            if may_end(doubt, moved.get((product_id, point_id), NOTHING)):
                self.stale[pk] = doubt
                self._stale_at[product_id, point_id] = pk

    def __contains__(self, sku: str) -> bool:
        return sku in self._stored

    def is_same(self, at: int) -> bool:
        """Whether nothing that the row says would change its product, or be refused of it."""
        product_id, *facts = self._stored[self._table.skus[at]]
        for column, stored in zip(self._facts, facts, strict=True):
            if column[at] is not None and column[at] != stored:
                return False
        cities = self._of_city.get(product_id, {})
        return self._are_prices_same(at, cities) and self._are_points_same(
            at, cities, self._of_point.get(product_id, {})
        )

    def repeated(self, at: int) -> Iterator[tuple[int, int]]:
        """The stale stocks that a row tells again which is the same: (id of the availability, pieces)."""
        product_id = self._stored[self._table.skus[at]][0]
        for point, available, stock, _preorder in self._points:
            pk = None if point is None else self._stale_at.get((product_id, point.pk))
            if pk is not None and available[at] is not None and stock[at] is not None:
                yield pk, stock[at]

    def _are_prices_same(self, at: int, cities: Mapping[str, Sequence[Any]]) -> bool:
        for city_id, field_at, column in self._prices:
            wanted = column[at]
            if wanted is not None and (city_id not in cities or cities[city_id][field_at] != wanted):
                return False
        for name, column in self._everywhere.items():
            wanted, field_at = column[at], OF_CITY.index(name)
            if wanted is not None and any(stored[field_at] != wanted for stored in cities.values()):
                return False
        return True

    def _are_points_same(
        self, at: int, cities: Mapping[str, Sequence[Any]], there: Mapping[int, Sequence[Any]]
    ) -> bool:
        for point, available, stock, preorder in self._points:
            is_available = available[at]
            if is_available is None:
                continue
            if point is None or point.city_id not in cities or point.pk not in there:
                return False
            stored = there[point.pk]
            if is_available != stored[0] or (stock[at] != stored[1] and (is_available or stock[at] is not None)):
                return False
            if is_available and preorder[at] is not None and (preorder[at] or None) != stored[2]:
                return False
        # Pre-orders that differ may be refused of a city.
        return len({stored[2] for stored in there.values()}) < 2


def _by_product(rows: Any, place: str, names: Sequence[str]) -> dict[int, dict[Any, Sequence[Any]]]:
    """Product → city or point → the values of these fields."""
    found: defaultdict[int, dict[Any, Sequence[Any]]] = defaultdict(dict)
    for row in rows.order_by().values_list("product", place, *names):
        found[row[0]][row[1]] = row[2:]
    return found


# --- Products that it does not have -----------------------------------------------------------------------------------


def _are_plain(table: Table, points: Mapping[str, SalesPoint]) -> list[bool]:
    """
    Of each row, whether it may be added as it is: with a name, prices without limits, and no value that is out of
    bounds or looks like a slip.
    """
    without_price, with_odd_cost = _without_price(table, points), _with_odd_cost(table)
    doubtful = set(chain(_bad_rows(table, points), without_price, with_odd_cost, _with_preorders_apart(table)))
    return [at not in doubtful for at in range(len(table))]


def _bad_rows(table: Table, points: Mapping[str, SalesPoint]) -> Iterator[int]:
    """Rows with a value that may not stand in its column, as `plan_changes` would say of each of them."""
    yield from _where_not(_is_sku, table.skus)
    yield from _where_missing(table.facts.get("model") or [None] * len(table))
    for name, column in table.facts.items():
        yield from _where_not(partial(_may_stand, name), column)
    for city_id, columns in table.cities.items():
        is_city = city_id == EVERYWHERE or city_id in kaspi.CITIES
        for name, column in columns.items():
            is_plain = partial(_may_stand, name) if is_city and name == "price" else _never
            yield from _where_not(is_plain, column)
    for code, columns in table.points.items():
        yield from _where_not(
            partial(_may_stand, "is_available") if code in points else _never, columns["is_available"]
        )
        yield from _where_not(partial(_may_stand, "stock_count"), columns["stock_count"])
        yield from _where_not(_is_preorder, columns["preorder_days"])


def _where_not(is_good: Callable[[Any], bool], column: Column) -> Iterator[int]:
    """Each value is looked at once, however often it stands there."""
    bad = {value for value in set(column) if value is not None and not is_good(value)}
    return (at for at, value in enumerate(column) if value in bad) if bad else iter(())


def _where_missing(column: Column) -> Iterator[int]:
    return (at for at, value in enumerate(column) if value is None) if None in column else iter(())


def _may_stand(name: str, value: Any) -> bool:
    try:
        return bool(check_value(name, value) == value)
    except Refusal:
        return False


def _is_sku(value: str) -> bool:
    try:
        check_sku(value)
    except Refusal:
        return False
    return True


def _is_preorder(value: int) -> bool:
    return value == 0 or _may_stand("preorder_days", value)


def _never(value: Any) -> bool:
    return False


def _without_price(table: Table, points: Mapping[str, SalesPoint]) -> Iterator[int]:
    """Rows that are on sale where they have no price."""
    nothing: Column = [None] * len(table)
    everywhere = table.cities.get(EVERYWHERE, {}).get("price", nothing)
    for code, columns in table.points.items():
        of_city = table.cities.get(points[code].city_id, {}).get("price", nothing) if code in points else nothing
        for at, is_available in enumerate(columns["is_available"]):
            if is_available and everywhere[at] is None and of_city[at] is None:
                yield at


def _with_odd_cost(table: Table) -> Iterator[int]:
    """Rows whose purchase cost is very far from one of their prices."""
    costs = table.facts.get("purchase_cost", [])
    for columns in table.cities.values():
        for at, (cost, price) in enumerate(zip(costs, columns.get("price", []), strict=False)):
            if cost is not None and price is not None and is_far_off(price, cost):
                yield at


def _with_preorders_apart(table: Table) -> Iterator[int]:
    """Rows whose points on sale have not all the same pre-order."""
    columns = [(each["is_available"], each["preorder_days"]) for each in table.points.values()]
    if not any(any(preorder) for _available, preorder in columns):
        return
    for at in range(len(table)):
        if len({preorder[at] or 0 for available, preorder in columns if available[at]}) > 1:
            yield at


def _with_cities(table: Table, points: Mapping[str, SalesPoint]) -> Table:
    """
    The price that is meant everywhere becomes one of each city where a point is named; points that the store does not
    have are of no row here.
    """
    prices = {city_id: columns["price"] for city_id, columns in table.cities.items() if "price" in columns}
    everywhere = prices.pop(EVERYWHERE, None)
    if everywhere is not None:
        for code, columns in table.points.items():
            if code in points:
                city_id = points[code].city_id
                of_city = prices.get(city_id, [None] * len(table))
                triples: Iterable[tuple[Any, Any, Any]] = zip(of_city, columns["is_available"], everywhere, strict=True)
                prices[city_id] = [
                    general if special is None and is_named is not None else special
                    for special, is_named, general in triples
                ]
    cities = {city_id: {"price": column} for city_id, column in prices.items()}
    there = {code: columns for code, columns in table.points.items() if code in points}
    return Table(table.skus, table.facts, cities, there)
