"""
Wishes of many products by column, as a file brings them, and which of its rows need no judgement of their own.

Of a large file most rows are either as the store has it, or products that the store does not have and nothing is
strange about. Those are recognised here, many at once; every other row is for `plan_changes`, which alone refuses.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain, repeat
from typing import Any

from django.db.models import QuerySet
from msgspec import Struct, field
from msgspec.structs import replace

import kaspi
from stores.models import Availability, CityPrice, Product, SalesPoint, Store
from stores.services.catalogue.changes import EMPTY, CityChange, PointChange, ProductChange
from stores.services.catalogue.checks import check_sku, check_value
from stores.services.catalogue.range import OF_CITY, OF_POINT
from stores.services.errors import Refusal
from stores.services.prices.confirm import is_far_off
from stores.services.rows import among, read_values
from stores.services.stock.orders_since import NOTHING, OrdersSince, Place, moved_since
from stores.services.stock.repeated import may_end, stale_counts

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

    def addition(self, at: int) -> ProductChange:
        """The wish of one row, for a product that the store does not have."""
        return replace(self.change(at), version=0)

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
    """What each of so many rows says in these columns, by their names; rows that say the same share it."""
    if not columns:
        return repeat({}, count)
    names = tuple(columns)
    rows = list(zip(*columns.values(), strict=True))
    # The same prices and stocks stand in many rows.
    told = {
        row: {name: value for name, value in zip(names, row, strict=True) if value is not None} for row in set(rows)
    }
    return map(told.__getitem__, rows)


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
    that are to be judged one by one. `same_prices`: how many prices of cities the rows of `same` tell.

    Where stocks are told of a moment, `stale` are those of the products that gain by being told again, their doubts by
    the id of the availability; `repeated`: those of them that rows of `same` tell again, with their pieces.
    """

    additions: Table
    new: list[int] = field(default_factory=list)
    same: list[int] = field(default_factory=list)
    rest: list[int] = field(default_factory=list)
    stale: dict[int, str] = field(default_factory=dict)
    repeated: dict[int, int] = field(default_factory=dict)
    same_prices: int = 0


def sort_out(
    store: Store, points: Mapping[str, SalesPoint], table: Table, counted_at: datetime | None = None
) -> Sorted:
    """
    Which rows need no judgement of their own; nothing is written. `counted_at`: the moment that stocks are told of.

    Three queries, one where the store has none of the products, and two more where there is such a moment.
    """
    stored = _Stored(store, table, counted_at)
    unknown = [at for at, product_id in enumerate(stored.ids) if product_id is None]
    candidates = table.take(unknown)
    are_plain = _are_plain(candidates, points)
    new = [at for at, is_plain in zip(unknown, are_plain, strict=True) if is_plain]
    told = candidates.take([at for at, is_plain in enumerate(are_plain) if is_plain])
    differing = stored.find_differing(points) | {None}
    same = [at for at, product_id in enumerate(stored.ids) if product_id not in differing]
    judged = {*new, *same}
    rest = [at for at in range(len(table)) if at not in judged]
    repeated = dict(stored.find_repeated(points, same))
    same_prices = stored.count_prices(same)
    return Sorted(_with_cities(told, points), new, same, rest, stored.stale, repeated, same_prices)


# --- Products that the store has --------------------------------------------------------------------------------------


class _Stored:
    """
    The products of a table that the store has, as they stand; their stocks as they stood at the moment that it tells
    of. `ids`: of each row's product, None where there is none. `stale`: as of Sorted.

    What rows say and what is stored are compared as sets, of many products at once.
    """

    def __init__(self, store: Store, table: Table, counted_at: datetime | None) -> None:
        self._table = table
        products = Product.everything.filter(store=store, sku__in=among(table.skus)).order_by()
        self._products = read_values(products.values_list("sku", "pk", *table.facts))
        by_sku = {row[0]: row[1] for row in self._products}
        self.ids: list[int | None] = list(map(by_sku.get, table.skus))
        ids = among(by_sku.values()) if by_sku else []
        prices = CityPrice.everything.filter(product__in=ids).order_by()
        self._of_city = _by_place(prices.values_list("city_id", "product", *OF_CITY))
        there = Availability.everything.filter(product__in=ids).order_by()
        self._of_point = _by_place(there.values_list("sales_point", "product", *OF_POINT))
        self.stale: dict[int, str] = {}
        self._stale_at: dict[Place, int] = {}
        if counted_at is not None and self._products:
            moved = moved_since(store.pk, counted_at)
            self._go_back(moved)
            self._find_stale(stale_counts(there, counted_at), moved)

    def _go_back(self, moved: Mapping[Place, OrdersSince]) -> None:
        """To the stocks before orders moved them."""
        for point_id in {point_id for _product_id, point_id in moved}:
            rows = self._of_point[point_id]
            self._of_point[point_id] = [_before(row, moved.get((row[0], point_id))) for row in rows]

    def _find_stale(self, stocks: "QuerySet[Availability]", moved: Mapping[Place, OrdersSince]) -> None:
        for pk, doubt, *place in stocks.values_list("pk", "doubt", "product", "sales_point"):
            product_id, point_id = place
            if may_end(doubt, moved.get((product_id, point_id), NOTHING)):
                self.stale[pk] = doubt
                self._stale_at[product_id, point_id] = pk

    def find_differing(self, points: Mapping[str, SalesPoint]) -> set[int | None]:
        """The products that a row would change, or of which something that it says might be refused."""
        if not self._products:
            return set()
        return set(
            chain(self._facts(), self._prices(), self._prices_everywhere(), self._points(points), self._preorders())
        )

    def count_prices(self, places: Iterable[int]) -> int:
        """How many prices of cities the rows at these places tell."""
        standing = {self.ids[at] for at in places}
        everywhere = self._that_tell_price(EVERYWHERE)
        return sum(
            len(standing & (everywhere | self._that_tell_price(city_id)) & set(_ids(rows)))
            for city_id, rows in self._of_city.items()
        )

    def _that_tell_price(self, city_id: str) -> set[int | None]:
        columns = self._table.cities.get(city_id, {})
        return set(_ids(self._said(columns["price"]))) if "price" in columns else set()

    def find_repeated(self, points: Mapping[str, SalesPoint], same: Iterable[int]) -> Iterator[tuple[int, int]]:
        """The stale stocks that these rows tell again: (id of the availability, pieces)."""
        for code, columns in self._table.points.items():
            if self.stale and code in points:
                yield from self._repeated_at(points[code].pk, columns, same)

    def _repeated_at(
        self, point_id: int, columns: Mapping[str, Column], same: Iterable[int]
    ) -> Iterator[tuple[int, int]]:
        for at in same:
            product_id = self.ids[at]
            pk = None if product_id is None else self._stale_at.get((product_id, point_id))
            if pk is not None and columns["is_available"][at] is not None and columns["stock_count"][at] is not None:
                yield pk, columns["stock_count"][at]

    def _facts(self) -> Iterator[int | None]:
        for at, column in enumerate(self._table.facts.values(), start=2):
            yield from _ids(self._said(column) - {(row[1], row[at]) for row in self._products})

    def _prices(self) -> Iterator[int | None]:
        for city_id, columns in self._table.cities.items():
            for name, column in columns.items() if city_id != EVERYWHERE else ():
                yield from _ids(self._said(column) - _pairs(self._of_city[city_id], name))

    def _prices_everywhere(self) -> Iterator[int | None]:
        for name, column in self._table.cities.get(EVERYWHERE, {}).items():
            said = self._said(column)
            named = set(_ids(said))
            stored = _pairs(chain.from_iterable(self._of_city.values()), name)
            yield from _ids(said - stored)
            yield from _ids(pair for pair in stored - said if pair[0] in named)

    def _points(self, points: Mapping[str, SalesPoint]) -> Iterator[int | None]:
        for code, columns in self._table.points.items():
            said = self._said_of_point(columns)
            point = points.get(code)
            if point is None:
                yield from _ids(said)
                continue
            yield from set(_ids(said)) - {row[0] for row in self._of_city[point.city_id]}
            stored = {row[0]: row[1:] for row in self._of_point[point.pk]}
            exactly = {(pk, is_available, stock, days or 0) for pk, (is_available, stock, days) in stored.items()}
            in_silence = {(*row[:-1], None) for row in exactly}
            for product_id, *state in said - exactly - in_silence:
                if product_id not in stored or not _is_as_said(state, stored[product_id]):
                    yield product_id

    def _preorders(self) -> Iterator[int | None]:
        """Products with different pre-orders: they may be refused of a city."""
        preorders = {(row[0], row[-1]) for row in chain.from_iterable(self._of_point.values())}
        if any(days is not None for _product_id, days in preorders):
            yield from (product_id for product_id, times in Counter(_ids(preorders)).items() if times > 1)

    def _said(self, column: Column) -> set[tuple[int | None, Any]]:
        """(product, value) of the rows that say something there."""
        return {pair for pair in zip(self.ids, column, strict=True) if pair[1] is not None and pair[0] is not None}

    def _said_of_point(self, columns: Mapping[str, Column]) -> set[tuple[Any, ...]]:
        """(product, on sale, stock, pre-order) of the rows that say something of it."""
        rows = zip(self.ids, *(columns[name] for name in OF_POINT), strict=True)
        return {row for row in rows if row[1] is not None and row[0] is not None}


def _by_place(rows: Any) -> defaultdict[Any, list[tuple[Any, ...]]]:
    """City or point → product and its values there."""
    found: defaultdict[Any, list[tuple[Any, ...]]] = defaultdict(list)
    for row in read_values(rows):
        found[row[0]].append(tuple(row[1:]))
    return found


def _before(row: tuple[Any, ...], since: OrdersSince | None) -> tuple[Any, ...]:
    """A product and its values at a point as they stood before orders moved its stock."""
    product_id, is_available, stock, preorder_days = row
    if since is None or stock is None:
        return row
    return product_id, is_available, stock - since.change, preorder_days


def _pairs(rows: Iterable[Sequence[Any]], name: str) -> set[tuple[int | None, Any]]:
    at = OF_CITY.index(name) + 1
    return {(row[0], row[at]) for row in rows}


def _ids(rows: Iterable[Sequence[Any]]) -> Iterator[int | None]:
    return (row[0] for row in rows)


def _is_as_said(said: Sequence[Any], stored: Sequence[Any]) -> bool:
    """The stock where it is not on sale, and the pre-order, are meant only where something is said of them."""
    is_available, stock, preorder = said
    if is_available != stored[0] or (stock != stored[1] and (is_available or stock is not None)):
        return False
    return not is_available or preorder is None or (preorder or None) == stored[2]


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
        yield from _where_unfit(name, column)
    for city_id, columns in table.cities.items():
        is_city = city_id == EVERYWHERE or city_id in kaspi.CITIES
        for name, column in columns.items():
            yield from _where_unfit(name, column) if is_city and name == "price" else _where_told(column)
    for code, columns in table.points.items():
        available = columns["is_available"]
        yield from _where_unfit("is_available", available) if code in points else _where_told(available)
        yield from _where_unfit("stock_count", columns["stock_count"])
        yield from _where_not(_is_preorder, columns["preorder_days"])


def _where_unfit(name: str, column: Column) -> Iterator[int]:
    """Rows whose value may not stand in the field. Of whole numbers it is enough to look at the least and the most."""
    different = set(column) - {None}
    is_of_numbers = set(map(type, different)) == {int}
    ends = {min(different), max(different)} if is_of_numbers else different
    if all(_may_stand(name, value) for value in ends):
        return iter(())
    return _where_not(partial(_may_stand, name), column)


def _where_not(is_good: Callable[[Any], bool], column: Column) -> Iterator[int]:
    """Each value is looked at once, however often it stands there."""
    bad = {value for value in set(column) if value is not None and not is_good(value)}
    return (at for at, value in enumerate(column) if value in bad) if bad else iter(())


def _where_told(column: Column) -> Iterator[int]:
    return (at for at, value in enumerate(column) if value is not None)


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
