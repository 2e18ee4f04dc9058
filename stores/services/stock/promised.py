"""
Pieces of new orders when their stock is counted.

A count is of the shelf. What belongs to orders that nobody has accepted yet still lies there, among what is counted, so
these orders take their pieces from each count anew; what is left is what can be sold. The pieces of accepted orders are
set aside and not counted.

A number that is told again as it stands, by a button or a file, is what can be sold: of it nothing is taken again.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import F, Q
from django.utils import timezone

from stores.models import Availability, Order, StockMovement
from stores.services.rows import among

State, Status = Order.State, Order.Status


def held(movements: Iterable[StockMovement], counted_at: datetime | None) -> int:
    """The pieces that a line has taken since that count, and neither given back nor lost."""
    return -sum(movement.change + movement.lost for movement in movements if movement.counted_at == counted_at)


def take_anew(store_id: int, product_ids: Collection[int]) -> None:
    """Stocks of these products were counted: new orders take from them next. The caller holds the lock of the store."""
    if not product_ids:
        return
    waiting = Order.everything.filter(not_accepted(), store=store_id, items__product__in=among(product_ids))
    Order.everything.filter(pk__in=list(waiting.values_list("pk", flat=True))).update(stock_due_at=timezone.now())


def renew_counts(availability_ids: Collection[int], counted_at: datetime) -> int:
    """
    Confirm these stocks as they stand; returns how many there were. What new orders took from the last count is carried
    over to the new one. The caller holds the lock of their store.
    """
    taken = _take_along(availability_ids, counted_at)
    stocks = Availability.everything.filter(pk__in=among(availability_ids), stock_count__isnull=False)
    renewed = stocks.update(counted_stock=F("stock_count"), counted_at=counted_at, doubt="")
    for pk, pieces in taken.items():
        stocks.filter(pk=pk).update(counted_stock=F("counted_stock") + pieces)
    return renewed


def _take_along(availability_ids: Collection[int], counted_at: datetime) -> Counter[int]:
    """Make what new orders did since the last count part of this one; returns the pieces they took, by stock."""
    done = StockMovement.everything.filter(
        not_accepted("order_item__order__"),
        availability__in=among(availability_ids),
        counted_at=F("availability__counted_at"),
    )
    taken = Counter[int]()
    ids = []
    for pk, availability_id, change in done.values_list("pk", "availability", "change"):
        ids.append(pk)
        taken[availability_id] -= change
    StockMovement.everything.filter(pk__in=among(ids)).update(counted_at=counted_at)
    return taken


def not_accepted(path: str = "") -> Q:
    """Orders in the stages NEW and SIGNING; `path` leads to them."""
    signing = {f"{path}state": State.SIGN_REQUIRED}
    accepted_or_not = {f"{path}status__in": (Status.APPROVED_BY_BANK, Status.ACCEPTED_BY_MERCHANT)}
    return Q(**{f"{path}state": State.NEW, f"{path}status": Status.APPROVED_BY_BANK}) | Q(**signing, **accepted_or_not)
