"""What a wish would do to each product: nothing is written here."""

import copy
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.utils.translation import gettext as _
from msgspec import Struct
from msgspec.structs import asdict, replace

import kaspi
from stores.models import CatalogueChange, SalesPoint, Store
from stores.services.catalogue.changes import EMPTY, CityChange, Number, PointChange, ProductChange
from stores.services.catalogue.checks import check_sku, check_value
from stores.services.catalogue.decided import Decided, read_decided
from stores.services.catalogue.range import (
    OF_CITY,
    OF_POINT,
    OF_PRODUCT,
    CityState,
    PointState,
    ProductState,
    read_points,
    read_range,
)
from stores.services.cities import city_name
from stores.services.errors import Refusal
from stores.services.prices.confirm import doubt_of_size, doubts_of_cost, doubts_of_floor, doubts_of_margin_floor
from stores.services.prices.corridor import LIMITS, check_corridor, narrowed, nearest, outside
from stores.services.prices.margins import margins_of
from stores.services.prices.plans import check_own_plan
from stores.services.rows import batched
from stores.services.stock.orders_since import NOTHING, HeldPieces, OrdersSince, Place, moved_since
from stores.services.stock.repeated import may_end

# How many products are read and judged together: memory is bounded by it, and the length of a statement.
PORTION = 500


class Where(NamedTuple):
    """The city or the point that a value belongs to; neither: the product itself."""

    city_id: str = ""
    point_code: str = ""


OF_ALL = Where()


class FieldChange(Struct, frozen=True):
    """One field from `old` to `new`, in a city or at a point where it has a value of its own there."""

    field: str
    old: Any
    new: Any
    city_id: str = ""
    point_code: str = ""


class Refused(Struct, frozen=True):
    """Why a wish is not done: a stable code, and the sentence in the active language. No `field`: all of it."""

    field: str
    code: str
    message: str
    city_id: str = ""
    point_code: str = ""


def changed_since(change: CatalogueChange) -> Refused:
    """Why this change is not taken back."""
    text = _("Somebody has changed this since.")
    return Refused(change.field, "changed_since", text, change.city_id, change.point_code)


class CityPlan(Struct):
    """The price of a city as it is and as it is to be."""

    before: CityState
    after: CityState

    @property
    def is_new(self) -> bool:
        """Whether the product has no price there yet."""
        return not self.before.id

    @property
    def is_move(self) -> bool:
        """Whether a price that is there is to become another: the gateway decides on it."""
        return not self.is_new and self.before.price != self.after.price


class ProductPlan(Struct):
    """
    What becomes of one product. Where anything of it is refused, nothing of it is changed.

    `after`: the product as it is to be; `cities` and `points`: those of them that change; `repeated`: the stocks that
    were told again as they stand, pieces by the id of the availability.
    """

    sku: str
    after: ProductState
    is_new: bool
    changes: list[FieldChange] = []
    refused: list[Refused] = []
    cities: dict[str, CityPlan] = {}
    points: dict[str, PointState] = {}
    repeated: dict[int, int] = {}

    @property
    def is_changed(self) -> bool:
        """Whether applying it writes anything."""
        return not self.refused and (self.is_new or bool(self.changes))

    @property
    def goes_off_sale(self) -> bool:
        """Whether it is on sale at an open point now, and would be at none."""
        before = self.after.points
        return _is_on_sale(before) and not _is_on_sale(before | self.points)

    def drop(self, city_id: str) -> None:
        """Leave the price of a city, and the limits that need it to move, as they are."""
        del self.cities[city_id]
        self.changes = [each for each in self.changes if each.city_id != city_id]

    def postpone(self, city_id: str) -> None:
        """The price of a city is to leave later; until then its limits are drawn in as far as the present one fits."""
        planned = self.cities[city_id]
        self.drop(city_id)
        before, after = planned.before, copy.copy(planned.before)
        after.floor, after.ceiling = narrowed(planned.after.limits, before.limits, before.price)
        if after != before:
            self.cities[city_id] = CityPlan(before, after)
            pairs = [(name, getattr(before, name), getattr(after, name)) for name in LIMITS]
            self.changes.extend(FieldChange(name, old, new, city_id) for name, old, new in pairs if old != new)


def _is_on_sale(points: Mapping[str, PointState]) -> bool:
    return any(state.is_available and state.point.is_open for state in points.values())


class Digest:
    """What becomes of many products, in so few letters that it can be carried along and compared."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, plan: ProductPlan) -> None:
        """One product more."""
        refused = [(each.field, each.code, each.city_id, each.point_code) for each in plan.refused]
        self._hash.update(msgspec.json.encode((plan.sku, plan.changes, refused)))

    def told(self) -> str:
        """What was added, as text; equal for equal plans in equal order."""
        return self._hash.hexdigest()


@dataclass(frozen=True, slots=True)
class Terms:
    """
    How wishes are read. `move_prices`: a price that new limits leave outside goes to the nearest; without it such
    limits are refused. `is_confirmed`: a person has seen the numbers that look like a slip, and means them.
    `counted_at`: the moment that stocks are told of (UTC), None for now; what orders did since is reckoned with.
    `seen_at`: the moment at which people saw what the wishes would change (UTC), None for now.
    """

    move_prices: bool = False
    is_confirmed: bool = False
    counted_at: datetime | None = None
    seen_at: datetime | None = None


AS_TOLD = Terms()
NOT_THERE = CityState()


@dataclass(slots=True)
class Judge:
    """
    What all products of a store are judged by. `moved`: what orders did since the moment that stocks are told of;
    `decided`: what people did since they saw what the wishes would change; `seen`: the SKUs that had their turn;
    `break_even`: of the one whose turn it is, once that was asked.
    """

    store: Store
    terms: Terms
    points: Mapping[str, SalesPoint]
    moved: Mapping[Place, OrdersSince]
    decided: Decided
    seen: set[str] = field(default_factory=set)
    break_even: tuple[str, int | None] | None = None


def plan_changes(store: Store, changes: Iterable[ProductChange], terms: Terms = AS_TOLD) -> Iterator[ProductPlan]:
    """
    What each change would do, in their order; three queries for each PORTION of them, and nothing is written.

    Streams: a range of any size is judged in the memory of one portion. Whether a price may leave is the gate's to say,
    when it is sent.
    """
    moved = {} if terms.counted_at is None else moved_since(store.pk, terms.counted_at)
    decided = Decided() if terms.seen_at is None else read_decided(store, terms.seen_at)
    judge = Judge(store, terms, read_points(store), moved, decided)
    for portion in batched(changes, PORTION):
        there = read_range(store, judge.points, [change.sku for change in portion])
        for change in portion:
            yield _plan(judge, change, there.get(change.sku))
            judge.seen.add(change.sku)


# --- One product ------------------------------------------------------------------------------------------------------


def _plan(judge: Judge, change: ProductChange, known: ProductState | None) -> ProductPlan:
    after = ProductState(change.sku) if known is None else copy.copy(known)
    plan = ProductPlan(change.sku, after, is_new=known is None)
    try:
        _check_whole(judge, change, known)
        _plan_product(plan, change)
    except Refusal as refusal:
        plan.refused.append(_refused("", refusal))
        return plan
    if change.points:
        _plan_points(judge, plan, change)
    if change.cities or change.everywhere is not None:
        _plan_cities(judge, plan, change)
    if plan.points:
        _check_on_sale(plan)
    if not judge.terms.is_confirmed:
        _check_cost_meant(judge, plan, known or ProductState(change.sku))
    return plan


def _refused(name: str, refusal: Refusal, where: Where = OF_ALL) -> Refused:
    return Refused(name, refusal.code, str(refusal.message), *where)


def _check_whole(judge: Judge, change: ProductChange, known: ProductState | None) -> None:
    if change.sku in judge.seen:
        raise Refusal("sku_twice", _("This SKU is given twice; which one is meant?"))
    if known is None:
        check_sku(change.sku)
        if change.model is None:
            raise Refusal("no_such_product", _("The store has no such SKU. To add it, give at least its name."))
    elif change.version is not None and change.version != known.version:
        text = _("Somebody has changed this product since you read it. Read it again, then edit.")
        raise Refusal("stale", text)


def _plan_product(plan: ProductPlan, change: ProductChange) -> None:
    for name in OF_PRODUCT:
        wanted = getattr(change, name)
        if wanted is not None:
            _set(plan, plan.after, name, wanted)
    if change.strategy is not None or change.plan is not None:
        check_own_plan(plan.after.strategy, plan.after.plan)


def _set(plan: ProductPlan, state: Any, name: str, wanted: Any, where: Where = OF_ALL) -> None:
    """Set one field of a state, and note it; a value that cannot stand there is refused."""
    old = getattr(state, name)
    if wanted == old and type(wanted) is type(old):
        return
    try:
        new = check_value(name, wanted)
    except Refusal as refusal:
        plan.refused.append(_refused(name, refusal, where))
        return
    if new != old:
        setattr(state, name, new)
        plan.changes.append(FieldChange(name, old if state.id else None, new, *where))


# --- Its points -------------------------------------------------------------------------------------------------------


def _plan_points(judge: Judge, plan: ProductPlan, change: ProductChange) -> None:
    for code, wanted in change.points.items():
        point = judge.points.get(code)
        if point is None:
            text = _("The store has no sales point %(code)s. Add it first; none is ever invented.")
            refusal = Refusal("unknown_point", text % {"code": code[:64]})
            plan.refused.append(_refused("", refusal, Where(point_code=code)))
        else:
            _plan_point(judge, plan, point, wanted)
    if any(wanted.preorder_days is not None or wanted.is_available for wanted in change.points.values()):
        _check_preorder(plan)


def _plan_point(judge: Judge, plan: ProductPlan, point: SalesPoint, wanted: PointChange) -> None:
    known = plan.after.points.get(point.code)
    # Where a product was never said to lie, it is not on sale until somebody says so.
    state = PointState(point) if known is None else copy.copy(known)
    before = len(plan.changes)
    for name in OF_POINT:
        value = getattr(wanted, name)
        if name == "stock_count":
            _plan_stock(judge, plan, state, value)
        elif value is not None:
            _set(plan, state, name, value, Where(point_code=point.code))
    if known is None or len(plan.changes) > before:
        plan.points[point.code] = state


def _plan_stock(judge: Judge, plan: ProductPlan, state: PointState, told: Number) -> None:
    """The pieces that were told, less what orders have of them by now."""
    if told is None or (told is EMPTY and state.stock_count is None):
        return
    place, where = (plan.after.id, state.point.pk), Where(point_code=state.point.code)
    since = judge.moved.get(place, NOTHING)
    if type(told) is int and told + since.change == state.stock_count:
        plan.repeated[state.id] = told
        return
    try:
        _check_count(judge, state, told, since)
    except Refusal as refusal:
        plan.refused.append(_refused("stock_count", refusal, where))
        return
    if type(told) is int:
        _plan_count(plan, state, told, since.share_of(told), where)
    else:
        _set(plan, state, "stock_count", told, where)
    if may_end(state.doubt, since):
        state.doubt = ""


def _plan_count(plan: ProductPlan, state: PointState, told: int, share: HeldPieces, where: Where) -> None:
    """So many pieces were counted. It is a count also where the stock stays what it was: new orders take from it."""
    old, by_now = state.stock_count, told + share.change
    _set(plan, state, "stock_count", by_now, where)
    if by_now == old:
        plan.changes.append(FieldChange("stock_count", old, by_now, *where))
    state.counted_stock, state.carried = told, share.movements


def _check_count(judge: Judge, state: PointState, told: Number, since: OrdersSince) -> None:
    """A count is neither older than the one that is there, nor less than what was ordered since."""
    moment = judge.terms.counted_at
    if moment is not None and state.counted_at is not None and state.counted_at > moment:
        text = _("At %(code)s it was counted after this number was told. Tell the number of now.")
        raise Refusal("counted_since", text % {"code": state.point.code})
    if type(told) is int and told + since.settled.change < 0 <= told:
        text = _("At %(code)s more was ordered since than this number tells. Count again, and tell the number of now.")
        raise Refusal("ordered_since", text % {"code": state.point.code})


def _check_preorder(plan: ProductPlan) -> None:
    """The marketplace takes one pre-order in a city: its points must agree where the product is on sale."""
    by_city: dict[str, set[int | None]] = {}
    for state in (plan.after.points | plan.points).values():
        if state.is_available and state.point.is_open:
            by_city.setdefault(state.point.city_id, set()).add(state.preorder_days)
    for city_id, days in by_city.items():
        if len(days) > 1:
            text = _("The points of %(city)s must have the same pre-order: the marketplace takes one a city.")
            refusal = Refusal("preorder_differs", text % {"city": city_name(city_id)})
            plan.refused.append(_refused("preorder_days", refusal, Where(city_id)))


def _check_on_sale(plan: ProductPlan) -> None:
    """A product is on sale only where it has a price. Where one is refused, that is said already."""
    priced = {*plan.after.cities, *plan.cities, *(each.city_id for each in plan.refused if each.field in OF_CITY)}
    for code, state in plan.points.items():
        city_id = state.point.city_id
        if state.is_available and city_id not in priced:
            text = _("There is no price in %(city)s, the city of %(code)s. Give one.")
            refusal = Refusal("no_price", text % {"city": city_name(city_id), "code": code})
            plan.refused.append(_refused("price", refusal, Where(city_id, code)))


# --- Its prices -------------------------------------------------------------------------------------------------------


def _plan_cities(judge: Judge, plan: ProductPlan, change: ProductChange) -> None:
    for city_id, wanted in _wanted_by_city(judge, plan, change).items():
        try:
            _plan_city(judge, plan, city_id, wanted)
        except Refusal as refusal:
            plan.refused.append(_refused("price", refusal, Where(city_id)))


def _wanted_by_city(judge: Judge, plan: ProductPlan, change: ProductChange) -> Mapping[str, CityChange]:
    """City → what is wanted there: what is said of the city itself, else what is said of all of them."""
    if change.everywhere is None:
        return change.cities
    of_points = {judge.points[code].city_id for code in change.points if code in judge.points}
    wanted = dict(change.cities)
    for city_id in sorted(plan.after.cities.keys() | of_points):
        wanted[city_id] = _merged(change.everywhere, change.cities.get(city_id))
    return wanted


def _merged(general: CityChange, special: CityChange | None) -> CityChange:
    if special is None:
        return general
    told = {name: value for name, value in asdict(special).items() if value is not None}
    return replace(general, **told)


def _plan_city(judge: Judge, plan: ProductPlan, city_id: str, wanted: CityChange) -> None:
    before = plan.after.cities.get(city_id, NOT_THERE)
    _check_seen(judge, plan, city_id, wanted)
    if not before.id:
        _check_new_city(city_id, wanted)
    after = copy.copy(before)
    changes, refused = len(plan.changes), len(plan.refused)
    for name in OF_CITY:
        value = getattr(wanted, name)
        if value is not None:
            _set(plan, after, name, value, Where(city_id))
    if len(plan.changes) == changes or len(plan.refused) > refused:
        return
    _fit_price(judge, plan, city_id, after, is_told=wanted.price is not None)
    plan.cities[city_id] = CityPlan(before, after)
    if not judge.terms.is_confirmed:
        _check_meant(judge, plan, plan.cities[city_id], city_id)


def _check_seen(judge: Judge, plan: ProductPlan, city_id: str, wanted: CityChange) -> None:
    """A newer word of a person is not undone by a wish that was made before it; a rule's move since is."""
    if wanted.seen is None:
        return
    place, known = (plan.after.id, city_id), plan.after.cities.get(city_id)
    differs = any(getattr(known, name, None) != old for name, old in wanted.seen.items())
    if place in judge.decided.waiting or (differs and place in judge.decided.taken):
        text = _("Somebody has changed this price or its limits since. Look at it again.")
        raise Refusal("changed_since", text)


def _check_new_city(city_id: str, wanted: CityChange) -> None:
    if city_id not in kaspi.CITIES:
        text = _("The marketplace knows no city %(city)s.")
        raise Refusal("unknown_city", text % {"city": city_id[:20]})
    if wanted.price is None:
        text = _("This product has no price in city %(city)s.")
        raise Refusal("no_price", text % {"city": city_name(city_id)})


def _fit_price(judge: Judge, plan: ProductPlan, city_id: str, after: CityState, *, is_told: bool) -> None:
    """The price is within the new limits, or goes to the nearest of them where that was asked for."""
    price = after.price
    check_corridor(*after.limits)
    after.price = nearest(price, *after.limits)
    if after.price != price:
        if is_told or not judge.terms.move_prices:
            raise outside(city_id, price, *after.limits)
        plan.changes.append(FieldChange("price", price, after.price, city_id))


def _check_meant(judge: Judge, plan: ProductPlan, planned: CityPlan, city_id: str) -> None:
    """Refuse numbers that look like a slip until a person has confirmed them."""
    before, after = planned.before, planned.after
    for name in OF_CITY:
        new = getattr(after, name)
        if new is None or new == getattr(before, name):
            continue
        doubts = doubt_of_size(before.price or after.price, new)
        if name == "floor":
            break_even = _break_even(judge, plan)
            doubts.extend(doubts_of_floor(before.floor, new, plan.after.purchase_cost, break_even))
        plan.refused.extend(Refused(name, "confirm_needed", doubt, city_id) for doubt in doubts)


def _check_cost_meant(judge: Judge, plan: ProductPlan, before: ProductState) -> None:
    """Refuse a purchase cost that looks like a slip until it is confirmed: the margin's floor follows from it."""
    cost = plan.after.purchase_cost
    if cost is None or cost == before.purchase_cost:
        return
    prices = {city_id: state.price for city_id, state in plan.after.cities.items()}
    prices |= {city_id: planned.after.price for city_id, planned in plan.cities.items()}
    doubts = doubts_of_cost(before.purchase_cost, cost, prices.values())
    if plan.after.least_margin is not None:
        floor, new_floor = (margins_of(state.to_product(judge.store)).floor for state in (before, plan.after))
        doubts.extend(doubts_of_margin_floor(floor, new_floor))
    plan.refused.extend(Refused("purchase_cost", "confirm_needed", doubt) for doubt in doubts)


def _break_even(judge: Judge, plan: ProductPlan) -> int | None:
    """The lowest price at which the product loses nothing; None where that cannot be known. Asked once a product."""
    if plan.after.purchase_cost is None:
        return None
    if judge.break_even is None or judge.break_even[0] != plan.sku:
        product = plan.after.to_product(judge.store)
        judge.break_even = (plan.sku, margins_of(product).break_even)
    return judge.break_even[1]
