"""
Stock goes down when an order is first seen, and comes back by the rules; each line of an order does each of it once.

What waits is written with the order (`Order.stock_due_at`), so whoever dies half-way leaves it to the next. What a line
ought to hold is compared with what its movements say it holds: states that come late, twice, out of order or not at all
lead to the same stock.

- A line takes its pieces when the order is new, or was placed after the count. Of an older order that is on its way the
  goods were not on the shelf any more when it was counted.
- A new order takes its pieces from each count anew (`promised`): they still lie on the shelf that is counted.
- Cancelled before the goods left, whole or in part, they come back; later, by a person's word only (`bring_back`).
- Cancelled for want of goods they do not come back: they were not there, and the stock is doubtful.
- After a count the movements before it are history: an accepted order that took its pieces before gives nothing back
  when it is cancelled, for nobody knows where they lay. Goods that had left and came back are there, whatever was
  counted meanwhile.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

import kaspi
from stores.models import Availability, Order, OrderAction, OrderItem, StockMovement, Store
from stores.services.orders.acceptance.waking import wake_orders
from stores.services.orders.lifecycle import NOT_ACCEPTED, Stage, Verb, stage_of
from stores.services.stock.counts import doubt_stock
from stores.services.stock.moved import tell_moved
from stores.services.stock.promised import held
from stores.services.stock.rules import rules_of
from stores.services.transactions import in_transaction

Doubt = Availability.Doubt
Kind = StockMovement.Kind

# Orders of one store in one transaction, whose lock the store's prices wait for.
AT_ONCE = 100
TAKING = frozenset({Kind.RESERVED, Kind.REVIVED})


def follow_orders() -> int:
    """Let the stocks follow the orders that were read; returns how many orders there were."""
    due = Order.everything.filter(stock_due_at__isnull=False).order_by()
    return sum(_follow_store(store_id) for store_id in due.values_list("store_id", flat=True).distinct())


@in_transaction
def bring_back(order: Order, actor: Any) -> int:
    """
    A person (`actor`) has said that the goods of this order are in his hands and fit for sale; returns how many pieces
    came back. Said twice, nothing more comes back.
    """
    store = Store.everything.select_for_update().get(pk=order.store_id)
    order = Order.everything.select_for_update().get(pk=order.pk)
    lines = _read_lines(store, [order])
    for line in lines:
        if line.has(Kind.RESERVED) and not line.has(Kind.RETURNED):
            line.move(Kind.RETURNED, line.gone() if order.has_left else line.held(), actor=actor)
    _after_change(store, lines)
    return sum(max(line.moved, 0) for line in lines)


def _follow_store(store_id: int) -> int:
    followed = 0
    while portion := _follow_some(store_id):
        followed += portion
    return followed


@in_transaction
def _follow_some(store_id: int) -> int:
    store = Store.everything.select_for_update().get(pk=store_id)
    due = Order.everything.select_for_update().filter(store=store, stock_due_at__isnull=False)
    orders = list(due.order_by("placed_at", "pk")[:AT_ONCE])
    if rules_of(store_id).follows_orders:
        lines = _read_lines(store, orders)
        for line in lines:
            _follow(line)
        _after_change(store, lines)
    followed = Order.everything.filter(pk__in=[order.pk for order in orders])
    followed.update(stock_due_at=None)
    wake_orders(followed)
    return len(orders)


@dataclass
class _Line:
    """A line of an order, where its goods lie, and what it did to the stock there so far."""

    order: Order
    item: OrderItem
    availability: Availability | None
    movements: list[StockMovement]
    moved: int = 0

    def has(self, kind: Kind) -> bool:
        """Whether it did this before, to whichever count."""
        return any(movement.kind == kind for movement in self.movements)

    @property
    def counted_at(self) -> datetime | None:
        """When the goods were counted last."""
        return None if self.availability is None else self.availability.counted_at

    def has_taken(self) -> bool:
        """Whether it has had its turn since the count."""
        return any(each.kind == Kind.RESERVED and each.counted_at == self.counted_at for each in self.movements)

    def held(self) -> int:
        """The pieces it has taken since the count, and neither given back nor lost."""
        return held(self.movements, self.counted_at)

    def gone(self) -> int:
        """Like `held`, of the count that it took from last: goods that left the shelf. None where nobody counts now."""
        taken_from = [movement.counted_at for movement in self.movements if movement.kind in TAKING]
        is_counted = self.availability is not None and self.availability.stock_count is not None
        return held(self.movements, taken_from[-1]) if is_counted and taken_from else 0

    def move(self, kind: Kind, change: int, *, lost: int = 0, remaining: int = 0, actor: Any = None) -> None:
        """Write it down, and change the stock; a line whose goods nobody counts changes none."""
        if self.availability is None:
            return
        if change:
            self.availability.stock_count = (self.availability.stock_count or 0) + change
            Availability.everything.filter(pk=self.availability.pk).update(stock_count=self.availability.stock_count)
        movement = StockMovement.everything.create(
            store_id=self.order.store_id,
            availability=self.availability,
            order_item=self.item,
            kind=kind,
            remaining=remaining,
            change=change,
            lost=lost,
            stock_after=self.availability.stock_count or 0,
            counted_at=self.availability.counted_at,
            actor=actor,
        )
        self.movements.append(movement)
        self.moved += change

    def doubt(self, why: Doubt) -> None:
        """Its seller is asked to count."""
        if self.availability is not None:
            doubt_stock(self.availability, why, self.order.code)


def _follow(line: _Line) -> None:
    """Bring what the line holds to what it ought to hold."""
    is_cancelled = stage_of(line.order) is Stage.CANCELLED
    if is_cancelled:
        if line.has(Kind.RESERVED):
            _release(line)
    elif line.has(Kind.RELEASED) and not line.has(Kind.REVIVED):
        _take(line, Kind.REVIVED)
    elif _is_to_be_taken(line):
        _take(line, Kind.RESERVED)
    elif not line.has(Kind.RELEASED):
        _reduce(line)


def _is_to_be_taken(line: _Line) -> bool:
    is_counted = line.availability is not None and line.availability.stock_count is not None
    if not is_counted or line.has_taken() or line.held() >= line.item.quantity:
        return False
    if stage_of(line.order) in NOT_ACCEPTED:
        return True
    return not line.has(Kind.RESERVED) and line.counted_at is not None and line.order.placed_at > line.counted_at


def _take(line: _Line, kind: Kind) -> None:
    """
    As many as there are. Where these are fewer than were ordered, the stock is not what it seemed; but for orders that
    were there when it was counted: then there are too few, and the count is right.
    """
    stock = 0 if line.availability is None else line.availability.stock_count or 0
    wanted = line.item.quantity - line.held()
    line.move(kind, -min(wanted, stock))
    was_there = line.counted_at is not None and line.order.placed_at <= line.counted_at
    if stock < wanted and not was_there:
        line.doubt(Doubt.EXCEEDED)


def _release(line: _Line) -> None:
    if line.order.has_left or line.has(Kind.RELEASED):
        return
    is_for_want = line.order.cancellation_reason == kaspi.CancelReason.MERCHANT_OUT_OF_STOCK
    _give_back(line, Kind.RELEASED, line.held(), is_for_want=is_for_want)


def _reduce(line: _Line) -> None:
    """A line that shrank gives back what it has too many; for want of goods there is nothing to give."""
    surplus = line.held() - line.item.quantity
    is_known = any(
        movement.kind == Kind.REDUCED and movement.remaining == line.item.quantity for movement in line.movements
    )
    if surplus <= 0 or is_known or line.order.has_left:
        return
    is_for_want = _was_reduced_for_want(line.order)
    _give_back(line, Kind.REDUCED, surplus, remaining=line.item.quantity, is_for_want=is_for_want)


def _give_back(line: _Line, kind: Kind, pieces: int, *, remaining: int = 0, is_for_want: bool) -> None:
    if is_for_want:
        line.move(kind, 0, lost=pieces, remaining=remaining)
        line.doubt(Doubt.NO_GOODS)
    else:
        line.move(kind, pieces, remaining=remaining)


def _was_reduced_for_want(order: Order) -> bool:
    reason = kaspi.CancelReason.MERCHANT_OUT_OF_STOCK
    done = OrderAction.everything.filter(order=order, kind=Verb.REDUCE, arguments__reason=reason)
    return done.exclude(state=OrderAction.State.REFUSED).exists()


def _read_lines(store: Store, orders: Sequence[Order]) -> list[_Line]:
    """The lines of these orders, each with what it did; lines of the same goods share the row of their stock."""
    by_id = {order.pk: order for order in orders}
    items = list(OrderItem.everything.filter(order__in=by_id).order_by("order__placed_at", "order", "entry_number"))
    movements: defaultdict[int, list[StockMovement]] = defaultdict(list)
    for movement in StockMovement.everything.filter(order_item__in=items).order_by("pk"):
        movements[movement.order_item_id].append(movement)
    stocks = _read_stocks(store, items, movements.values())
    by_place = {(stock.product_id, stock.sales_point_id): stock for stock in stocks.values()}
    lines = []
    for item in items:
        order, done = by_id[item.order_id], movements[item.pk]
        # It stays with the stock that it took from, wherever the order goes.
        where = (item.product_id or 0, order.sales_point_id or 0)
        place = stocks.get(done[0].availability_id) if done else by_place.get(where)
        lines.append(_Line(order, item, place, done))
    return lines


def _read_stocks(
    store: Store, items: Iterable[OrderItem], movements: Iterable[Sequence[StockMovement]]
) -> dict[int, Availability]:
    """All stocks that these lines take from or took from, by id."""
    products = {item.product_id for item in items if item.product_id is not None}
    moved = {movement.availability_id for of_line in movements for movement in of_line}
    wanted = Q(product__in=products) | Q(pk__in=moved)
    ids = Availability.everything.filter(wanted, product__store=store).values_list("pk", flat=True)
    rows = Availability.everything.select_for_update().filter(pk__in=list(ids)).order_by("pk")
    return {row.pk: row for row in rows}


def _after_change(store: Store, lines: Iterable[_Line]) -> None:
    moved = {line.availability.product_id for line in lines if line.moved and line.availability is not None}
    tell_moved(store.pk, moved)
