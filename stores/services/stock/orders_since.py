"""
What orders have of a count that a file tells: of the pieces that lay on the shelf at the moment of the file.

A file is read, looked at and applied some time after it was received; its counts are of that moment. Pieces of orders
that were new then lay on the shelf and were counted, those of later orders were taken from it: both go on as movements
of its count. What belonged to orders that were accepted before was set aside and not counted.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from django.db.models import F, QuerySet
from django.utils import timezone

from stores.models import Order, OrderItem, StockMovement
from stores.services.stock.promised import not_accepted

# The ids of a product and of a sales point.
Place: TypeAlias = tuple[int, int]
# The id of a line of an order, and where its goods lie.
Line: TypeAlias = tuple[int, Place]


@dataclass
class HeldPieces:
    """Pieces that orders have added to a count, less than 0 for taken, and by which movements."""

    change: int = 0
    movements: list[int] = field(default_factory=list)

    def add(self, done: Sequence[StockMovement]) -> None:
        """Add these movements to the share."""
        self.change += sum(movement.change for movement in done)
        self.movements += [movement.pk for movement in done]


@dataclass
class OrdersSince:
    """
    The shares of a count that belong to new orders, and to those that were new then or came later and are new no more.
    `is_short`: a new order has fewer pieces than it wants. `has_moved`: orders did something after that moment.
    """

    new: HeldPieces = field(default_factory=HeldPieces)
    settled: HeldPieces = field(default_factory=HeldPieces)
    is_short: bool = False
    has_moved: bool = False

    @property
    def change(self) -> int:
        """Of both shares."""
        return self.new.change + self.settled.change

    def share_of(self, told: int) -> HeldPieces:
        """
        What goes on as part of a count of so many pieces. Where new orders do not find theirs in it, or lack some that
        it has, none of them keeps what it has: they take theirs from it anew, in the order that they were placed in.
        """
        left = told + self.change
        return self.settled if left < 0 or (left > 0 and self.is_short) else self.whole()

    def whole(self) -> HeldPieces:
        """Both shares."""
        return HeldPieces(self.change, [*self.settled.movements, *self.new.movements])


NOTHING = OrdersSince()


def moved_since(store_id: int, moment: datetime) -> dict[Place, OrdersSince]:
    """For each stock, what orders that were placed or accepted since `moment` (UTC) hold of it; four queries."""
    done = StockMovement.everything.filter(store=store_id)
    later = _by_line(done.filter(created_at__gt=moment))
    of_count = done.filter(order_item__order__store=store_id, counted_at=F("availability__counted_at"))
    new = _by_line(of_count.filter(not_accepted("order_item__order__")))
    accepted = of_count.filter(order_item__order__accepted_at__gt=moment)
    settled = _by_line(accepted.exclude(order_item__order__status=Order.Status.CANCELLED))
    since: defaultdict[Place, OrdersSince] = defaultdict(OrdersSince)
    for line, movements in later.items():
        since[line[1]].has_moved = True
        if line not in new and line not in settled:
            since[line[1]].settled.add(_from_taking(movements))
    for (_item_id, place), movements in settled.items():
        since[place].settled.add(movements)
    for (_item_id, place), movements in new.items():
        since[place].new.add(movements)
        since[place].is_short |= _lacks(movements)
    return dict(since)


def _by_line(done: "QuerySet[StockMovement]") -> dict[Line, list[StockMovement]]:
    by_line: defaultdict[Line, list[StockMovement]] = defaultdict(list)
    columns = ("change", "lost", "availability__product", "availability__sales_point", "order_item__quantity")
    for movement in done.select_related("availability", "order_item").only(*columns).order_by("pk"):
        there = movement.availability
        by_line[movement.order_item_id, (there.product_id, there.sales_point_id)].append(movement)
    return dict(by_line)


def _from_taking(movements: Sequence[StockMovement]) -> Sequence[StockMovement]:
    """
    The movements of a line from its first taking on.

    Pieces that it took before the count were not counted, so returning them adds nothing.
    """
    first = next((at for at, movement in enumerate(movements) if movement.change < 0), len(movements))
    return movements[first:]


def _lacks(movements: Sequence[StockMovement]) -> bool:
    """Whether a line has fewer pieces than it wants, or some of its pieces were not there."""
    taken = -sum(movement.change for movement in movements)
    return taken < movements[0].order_item.quantity or any(movement.lost for movement in movements)


def carry_forward(movement_ids: Collection[int], counted_at: datetime) -> None:
    """These movements belong to the count of that moment from now on. The caller holds the lock of the store."""
    if movement_ids:
        StockMovement.everything.filter(pk__in=movement_ids).update(counted_at=counted_at)


def follow_again(store_id: int, counted_at: datetime) -> None:
    """Orders placed since take from goods that nobody had counted when they came, and that are counted as of then."""
    untaken = OrderItem.everything.filter(order__store=store_id, order__placed_at__gt=counted_at, stock_movements=None)
    counted = untaken.filter(product__availabilities__counted_at=counted_at)
    order_ids = list(counted.values_list("order", flat=True).distinct())
    Order.everything.filter(pk__in=order_ids).update(stock_due_at=timezone.now())
