"""What a wish would do to each product: nothing is written here."""

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from django.utils.translation import gettext as _
from msgspec.structs import asdict, replace

import kaspi
from stores.models import Availability, CityPrice, Product, SalesPoint, Store
from stores.services.catalogue.changes import CityChange, PointChange, ProductChange
from stores.services.catalogue.checks import check_sku, check_value
from stores.services.cities import city_name
from stores.services.errors import Refusal
from stores.services.prices.confirm import doubts_of
from stores.services.prices.corridor import LIMITS, check_corridor, nearest, outside
from stores.services.prices.plans import check_own_plan

T = TypeVar("T")

# How many products are read and judged together: memory is bounded by it, and the length of a statement.
PORTION = 500

OF_PRODUCT = (
    *("card_id", "model", "brand", "category_code", "weight_g", "purchase_cost", "packaging_cost", "least_margin"),
    *("strategy", "plan", "step", "is_paused", "is_exclusive"),
)
OF_CITY = ("price", *LIMITS)
OF_POINT = ("is_available", "stock_count", "preorder_days")


class Where(NamedTuple):
    """The city or the point that a value belongs to; neither: the product itself."""

    city_id: str = ""
    point_code: str = ""


OF_ALL = Where()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field from `old` to `new`, in a city or at a point where it has a value of its own there."""

    field: str
    old: Any
    new: Any
    city_id: str = ""
    point_code: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a wish is not done: a stable code, and the sentence in the active language. No `field`: all of it."""

    field: str
    code: str
    message: str
    city_id: str = ""
    point_code: str = ""


@dataclass(slots=True)
class ProductPlan:
    """
    What becomes of one product. Where anything of it is refused, nothing of it is changed.

    `product` and `availabilities` (by point code) are rows as they are to be. `prices` (by city id): new ones as they
    are to be; those that are there as they are, and `limits` and `moves` say which limits and price they are to have.
    """

    sku: str
    product: Product
    is_new: bool
    changes: list[FieldChange] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    prices: dict[str, CityPrice] = field(default_factory=dict)
    moves: dict[str, int] = field(default_factory=dict)
    limits: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)
    availabilities: dict[str, Availability] = field(default_factory=dict)

    @property
    def is_changed(self) -> bool:
        """Whether applying it writes anything."""
        return not self.refused and (self.is_new or bool(self.changes))

    def drop(self, city_id: str) -> None:
        """Leave the price of a city, and the limits that need it to move, as they are."""
        del self.prices[city_id], self.moves[city_id], self.limits[city_id]
        self.changes = [each for each in self.changes if each.city_id != city_id]


@dataclass(frozen=True, slots=True)
class Terms:
    """
    How wishes are read. `move_prices`: a price that new limits leave outside goes to the nearest; without it such
    limits are refused. `is_confirmed`: a person has seen the numbers that look like a slip, and means them.
    """

    move_prices: bool = False
    is_confirmed: bool = False


AS_TOLD = Terms()


@dataclass(slots=True)
class Range:
    """Products of a store as they are: prices by (product, city), availabilities by (product, point code)."""

    store: Store
    points: Mapping[str, SalesPoint]
    products: dict[str, Product]
    prices: dict[int, dict[str, CityPrice]]
    availabilities: dict[int, dict[str, Availability]]


def plan_changes(store: Store, changes: Iterable[ProductChange], terms: Terms = AS_TOLD) -> Iterator[ProductPlan]:
    """
    What each change would do, in their order; four queries for each PORTION of them, and nothing is written.

    Streams: a range of any size is judged in the memory of one portion. Whether a price may leave is the gate's to say,
    when it is sent.
    """
    seen: set[str] = set()
    points = {point.code: point for point in SalesPoint.everything.filter(store=store)}
    for portion in portions(changes):
        there = read_range(store, points, [change.sku for change in portion])
        for change in portion:
            yield _plan(there, change, terms, is_repeated=change.sku in seen)
            seen.add(change.sku)


def portions(many: Iterable[T]) -> Iterator[list[T]]:
    """In lots of PORTION."""
    rest = iter(many)
    while portion := list(islice(rest, PORTION)):
        yield portion


def read_range(store: Store, points: Mapping[str, SalesPoint], skus: Sequence[str]) -> Range:
    """The products of the store with these SKUs; three queries."""
    products = {product.sku: product for product in Product.everything.filter(store=store, sku__in=skus)}
    there = Range(store, points, products, {}, {})
    by_id = {product.pk: product for product in products.values()}
    for product in products.values():
        product.store = store
        there.prices[product.pk], there.availabilities[product.pk] = {}, {}
    for row in CityPrice.everything.filter(product__in=by_id):
        row.product = by_id[row.product_id]
        there.prices[row.product_id][row.city_id] = row
    for at_point in Availability.everything.filter(product__in=by_id).select_related("sales_point"):
        there.availabilities[at_point.product_id][at_point.sales_point.code] = at_point
    return there


# --- One product ------------------------------------------------------------------------------------------------------


def _plan(there: Range, change: ProductChange, terms: Terms, *, is_repeated: bool) -> ProductPlan:
    known = there.products.get(change.sku)
    product = Product(store=there.store, sku=change.sku) if known is None else copy.copy(known)
    plan = ProductPlan(change.sku, product, is_new=known is None)
    try:
        _check_whole(change, known, is_repeated=is_repeated)
        _plan_product(plan, change)
    except Refusal as refusal:
        plan.refused.append(_refused("", refusal))
    else:
        prices = there.prices.get(product.pk, {})
        availabilities = there.availabilities.get(product.pk, {})
        _plan_points(plan, change, there.points, availabilities)
        _plan_cities(plan, _cities_of(change, prices, there.points), prices, terms)
        _check_on_sale(plan, prices, availabilities)
    return plan


def _refused(name: str, refusal: Refusal, where: Where = OF_ALL) -> Refused:
    return Refused(name, refusal.code, str(refusal.message), *where)


def _check_whole(change: ProductChange, known: Product | None, *, is_repeated: bool) -> None:
    check_sku(change.sku)
    if is_repeated:
        raise Refusal("sku_twice", _("This SKU is given twice; which one is meant?"))
    if change.version is not None and known is not None and change.version != known.version:
        text = _("Somebody has changed this product since you read it. Read it again, then edit.")
        raise Refusal("stale", text)
    if known is None and change.model is None:
        raise Refusal("no_such_product", _("The store has no such SKU. To add it, give at least its name."))


def _plan_product(plan: ProductPlan, change: ProductChange) -> None:
    for name in OF_PRODUCT:
        _set(plan, plan.product, name, getattr(change, name))
    if change.strategy is not None or change.plan is not None:
        check_own_plan(plan.product.strategy, plan.product.plan)


def _set(plan: ProductPlan, row: Any, name: str, wanted: Any, where: Where = OF_ALL) -> None:
    """Set one field of a row, and note it; a value that cannot stand there is refused."""
    if wanted is None:
        return
    try:
        new = check_value(name, wanted)
    except Refusal as refusal:
        plan.refused.append(_refused(name, refusal, where))
        return
    old = getattr(row, name)
    if new != old or row.pk is None:
        setattr(row, name, new)
        plan.changes.append(FieldChange(name, None if row.pk is None else old, new, *where))


# --- Its points -------------------------------------------------------------------------------------------------------


def _plan_points(
    plan: ProductPlan,
    change: ProductChange,
    points: Mapping[str, SalesPoint],
    availabilities: Mapping[str, Availability],
) -> None:
    for code, wanted in change.points.items():
        if code in points:
            _plan_point(plan, points[code], wanted, availabilities.get(code))
        else:
            text = _("The store has no sales point %(code)s. Add it first; none is ever invented.")
            refusal = Refusal("unknown_point", text % {"code": code[:64]})
            plan.refused.append(_refused("", refusal, Where(point_code=code)))
    if any(wanted.preorder_days is not None or wanted.is_available for wanted in change.points.values()):
        _check_preorder(plan, availabilities)


def _plan_point(plan: ProductPlan, point: SalesPoint, wanted: PointChange, known: Availability | None) -> None:
    # What a point was never told about lies there only if somebody says so.
    row = (
        Availability(product=plan.product, sales_point=point, is_available=False) if known is None else copy.copy(known)
    )
    before = len(plan.changes)
    for name in OF_POINT:
        _set(plan, row, name, getattr(wanted, name), Where(point_code=point.code))
    if len(plan.changes) > before:
        plan.availabilities[point.code] = row


def _check_preorder(plan: ProductPlan, availabilities: Mapping[str, Availability]) -> None:
    """The marketplace takes one pre-order in a city: its points must agree where the product is on sale."""
    by_city: dict[str, set[int | None]] = {}
    for row in ({**availabilities} | plan.availabilities).values():
        if row.is_available and row.sales_point.is_open:
            by_city.setdefault(row.sales_point.city_id, set()).add(row.preorder_days)
    for city_id, days in by_city.items():
        if len(days) > 1:
            text = _("The points of %(city)s must have the same pre-order: the marketplace takes one a city.")
            refusal = Refusal("preorder_differs", text % {"city": city_name(city_id)})
            plan.refused.append(_refused("preorder_days", refusal, Where(city_id)))


def _check_on_sale(
    plan: ProductPlan, prices: Mapping[str, CityPrice], availabilities: Mapping[str, Availability]
) -> None:
    """A product is on sale only where it has a price."""
    for code, row in plan.availabilities.items():
        city_id = row.sales_point.city_id
        if row.is_available and city_id not in prices and city_id not in plan.prices:
            text = _("There is no price in %(city)s, the city of %(code)s. Give one.")
            refusal = Refusal("no_price", text % {"city": city_name(city_id), "code": code})
            plan.refused.append(_refused("price", refusal, Where(city_id, code)))


# --- Its prices -------------------------------------------------------------------------------------------------------


def _cities_of(
    change: ProductChange, prices: Mapping[str, CityPrice], points: Mapping[str, SalesPoint]
) -> dict[str, CityChange]:
    """City → what is wanted there: what is said of the city itself, else what is said of all of them."""
    wanted = dict(change.cities)
    if change.everywhere is not None:
        of_points = {points[code].city_id for code in change.points if code in points}
        for city_id in sorted(prices.keys() | of_points):
            wanted[city_id] = _merged(change.everywhere, change.cities.get(city_id))
    return wanted


def _merged(general: CityChange, special: CityChange | None) -> CityChange:
    if special is None:
        return general
    told = {name: value for name, value in asdict(special).items() if value is not None}
    return replace(general, **told)


def _plan_cities(
    plan: ProductPlan, wanted: Mapping[str, CityChange], prices: Mapping[str, CityPrice], terms: Terms
) -> None:
    for city_id, change in wanted.items():
        try:
            _plan_city(plan, city_id, change, prices.get(city_id), terms)
        except Refusal as refusal:
            plan.refused.append(_refused("price", refusal, Where(city_id)))


def _plan_city(plan: ProductPlan, city_id: str, wanted: CityChange, known: CityPrice | None, terms: Terms) -> None:
    if known is None:
        _plan_new_city(plan, city_id, wanted, terms)
        return
    row = copy.copy(known)
    row.product = plan.product
    changes, refused = len(plan.changes), len(plan.refused)
    for name in OF_CITY:
        _set(plan, row, name, getattr(wanted, name), Where(city_id))
    if len(plan.changes) == changes or len(plan.refused) > refused:
        return
    price = _price_within(row, known.price, is_told=wanted.price is not None, terms=terms)
    if price != row.price:
        plan.changes.append(FieldChange("price", known.price, price, city_id))
    _check_meant(plan, known, {name: getattr(row, name) for name in LIMITS} | {"price": wanted.price}, terms)
    if price != known.price:
        plan.moves[city_id] = price
    plan.limits[city_id] = (row.floor, row.ceiling)
    plan.prices[city_id] = known


def _plan_new_city(plan: ProductPlan, city_id: str, wanted: CityChange, terms: Terms) -> None:
    if city_id not in kaspi.CITIES:
        text = _("The marketplace knows no city %(city)s.")
        raise Refusal("unknown_city", text % {"city": city_id[:20]})
    if wanted.price is None:
        text = _("This product has no price in city %(city)s.")
        raise Refusal("no_price", text % {"city": city_name(city_id)})
    row, refused = CityPrice(product=plan.product, city_id=city_id), len(plan.refused)
    for name in OF_CITY:
        _set(plan, row, name, getattr(wanted, name), Where(city_id))
    if len(plan.refused) > refused:
        return
    _price_within(row, row.price, is_told=True, terms=terms)
    blank = CityPrice(product=plan.product, city_id=city_id, price=row.price)
    _check_meant(plan, blank, {name: getattr(row, name) for name in LIMITS}, terms)
    row.confirmed_price = row.price
    plan.prices[city_id] = row


def _price_within(row: CityPrice, present: int, *, is_told: bool, terms: Terms) -> int:
    """The price that fits the row's limits: the one that was told, else the present one or the nearest to it."""
    check_corridor(row.floor, row.ceiling)
    wanted = row.price if is_told else present
    price = nearest(wanted, row.floor, row.ceiling)
    if price != wanted and (is_told or not terms.move_prices):
        raise outside(row.city_id, wanted, row.floor, row.ceiling)
    return price


def _check_meant(plan: ProductPlan, known: CityPrice, values: Mapping[str, Any], terms: Terms) -> None:
    """Numbers that look like a slip are refused until a person has confirmed them."""
    if terms.is_confirmed:
        return
    for name, doubt in doubts_of(plan.product, known, values):
        plan.refused.append(Refused(name, "confirm_needed", doubt, known.city_id))
