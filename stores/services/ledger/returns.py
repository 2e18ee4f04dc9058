"""
Goods that are to come back, and what came of them.

The marketplace closes a return on paper; whether the goods are there, only a person can say. He says it once, by
`close_return`: the row that this leaves is what the account and the stock go by.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from pricing.economics import SoldOrder
from pricing.economics.orders import COMING_BACK
from stores.models import Fate, Notification, Order, OrderReturn, ReturnOutcome, Store
from stores.services import access
from stores.services.errors import Refusal
from stores.services.notifications import notify
from stores.services.stock.following import bring_back
from stores.services.transactions import in_transaction

# So long goods may be on their way before the seller is told. They wait at the drop-off place for 30 days, and are then
# disposed of (partner guide, order handling).
OVERDUE_AFTER = timedelta(days=7)
KEPT_FOR = timedelta(days=30)
# Orders that one message names.
MOST_NAMED = 5
AT_ONCE = 1_000


@dataclass(frozen=True)
class AwaitedGoods:
    """
    All that a store waits for: returns, what their goods cost (tenge, as far as that is known) and how many of them
    have no known cost.
    """

    count: int
    at_stake: int
    unknown: int


def awaited(store: Store) -> "QuerySet[OrderReturn]":
    """The store's returns of which nobody has said what came of them, the oldest first."""
    return OrderReturn.objects.for_store(store).filter(order__return_outcome=None).order_by("since", "pk")


def awaited_goods(store: Store) -> AwaitedGoods:
    """What is at stake altogether; one query."""
    costs = list(awaited(store).values_list("at_stake", flat=True))
    return AwaitedGoods(len(costs), sum(cost or 0 for cost in costs), costs.count(None))


def close_return(order: Order, outcome: str, by: Any) -> ReturnOutcome:
    """
    Say what came of goods that were to come back; once, and for good. What can be sold is in stock again.

    Raises Forbidden to those who do not handle orders, Refusal: `unknown_outcome`, `no_return` for an order that is not
    coming back, `return_closed` where somebody has said it already.
    """
    access.require(by, order.store, access.Action.HANDLE_ORDERS)
    if outcome not in ReturnOutcome.Outcome.values:
        raise Refusal("unknown_outcome", _("Say whether the goods can be sold, are damaged, or never came back."))
    return _close(order, outcome, by)


def close_returns(orders: Iterable[Order], outcome: str, by: Any) -> int:
    """
    Say the same of many; those that somebody has closed already stay as they are. Returns how many were closed.

    Raises Forbidden and `unknown_outcome` as `close_return` does.
    """
    return sum(_is_closed_now(order, outcome, by) for order in orders)


def _is_closed_now(order: Order, outcome: str, by: Any) -> bool:
    try:
        close_return(order, outcome, by)
    except Refusal as refusal:
        if refusal.code not in ("return_closed", "no_return"):
            raise
        return False
    return True


@in_transaction
def _close(order: Order, outcome: str, by: Any) -> ReturnOutcome:
    """
    The store is locked first, for its stock may move; then the order, as everybody does who writes its account: two
    people cannot both be the first.
    """
    Store.everything.select_for_update().get(pk=order.store_id)
    Order.everything.select_for_update().get(pk=order.pk)
    if not OrderReturn.everything.filter(order=order).exists():
        raise Refusal("no_return", _("Order %(code)s is not coming back.") % {"code": order.code})
    said = ReturnOutcome.everything.filter(order=order).first()
    if said is not None:
        facts = {"code": order.code, "outcome": said.get_outcome_display()}
        raise Refusal("return_closed", _("Order %(code)s: somebody has said already: %(outcome)s.") % facts)
    Order.everything.filter(pk=order.pk).update(reckoned_at=None)
    if outcome == ReturnOutcome.Outcome.SELLABLE:
        bring_back(order, by)
    return ReturnOutcome.everything.create(order=order, store_id=order.store_id, outcome=outcome, said_by=by)


def follow_returns(sold: Mapping[int, SoldOrder], orders: Sequence[Order]) -> None:
    """
    Wait for the goods of those orders that are to come back, and no longer for those of the others; a return that was
    closed stays. Runs in the transaction that has the orders locked. `sold` by the orders' ids.
    """
    coming = [order for order in orders if sold[order.pk].fate in COMING_BACK]
    others = [order for order in orders if sold[order.pk].fate not in COMING_BACK]
    OrderReturn.everything.filter(order__in=others, order__return_outcome=None).delete()
    known = OrderReturn.everything.in_bulk([order.pk for order in coming])
    new = [_return(order, sold[order.pk]) for order in coming if order.pk not in known]
    OrderReturn.everything.bulk_create(new)
    for row in known.values():
        OrderReturn.everything.filter(pk=row.pk).exclude(fate=sold[row.pk].fate).update(fate=Fate(sold[row.pk].fate))


def tell_overdue() -> None:
    """One message a store about the goods that have become overdue; each return is told of once."""
    late = OrderReturn.everything.filter(
        told_at=None, since__lt=timezone.now() - OVERDUE_AFTER, order__return_outcome=None
    )
    rows = late.select_related("order").defer("order__raw").order_by("store", "since", "pk")[:AT_ONCE]
    for store_id, of_store in groupby(rows, lambda row: row.store_id):
        _notify(store_id, list(of_store))


@in_transaction
def _notify(store_id: int, rows: Sequence[OrderReturn]) -> None:
    """Claimed before it is told: of two workers one tells of a return."""
    now = timezone.now()
    mine = [row for row in rows if OrderReturn.everything.filter(pk=row.pk, told_at=None).update(told_at=now)]
    if not mine:
        return
    facts = {
        "count": len(mine),
        "orders": [row.order.code for row in mine[:MOST_NAMED]],
        "amount": sum(row.amount for row in mine),
        "days": OVERDUE_AFTER.days,
    }
    notify(store_id, Notification.Kind.RETURNS_OVERDUE, event=f"returns:{mine[0].pk}", facts=facts)


def _return(order: Order, sold: SoldOrder) -> OrderReturn:
    return OrderReturn(
        order=order,
        store_id=order.store_id,
        fate=Fate(sold.fate),
        since=order.updated_at,
        amount=sold.total,
        at_stake=_cost(None if line.purchase is None else line.purchase * line.quantity for line in sold.lines),
    )


def _cost(costs: Iterable[int | None]) -> int | None:
    known = list(costs)
    return None if None in known else sum(cost or 0 for cost in known)
