"""
What orders have done to stocks since the moment that a file tells them of.

A file is read, looked at and applied some time after it was received; its counts are of that moment. Orders that moved
the stock meanwhile moved what the file has counted, so their movements go on as movements of its count.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from django.utils import timezone

from stores.models import Order, OrderItem, StockMovement

# The ids of a product and of a sales point.
Place: TypeAlias = tuple[int, int]


@dataclass
class Since:
    """Pieces that orders have added to a count since its moment, less than 0 for taken, and by which movements."""

    change: int = 0
    movements: list[int] = field(default_factory=list)


NOTHING = Since()


def moved_since(store_id: int, moment: datetime) -> dict[Place, Since]:
    """
    What orders did to the stocks that any of them touched after that moment (UTC).

    What a line took before the count was not on the shelf that was counted: given back later, it adds nothing to it.
    """
    done = StockMovement.everything.filter(store=store_id, created_at__gt=moment).order_by("pk")
    since: defaultdict[Place, Since] = defaultdict(Since)
    taking: set[int] = set()
    columns = ("availability__product", "availability__sales_point", "order_item", "pk", "change")
    for product_id, point_id, item_id, pk, change in done.values_list(*columns):
        there = since[product_id, point_id]
        if change < 0:
            taking.add(item_id)
        if item_id in taking:
            there.change += change
            there.movements.append(pk)
    return dict(since)


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
