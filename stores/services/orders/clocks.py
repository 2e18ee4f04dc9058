"""
The orders' clocks as rows: kept true when orders change, swept for what else moved them, and told before they end.

`deadlines.py` says what the clocks are. Every function may run twice, at the same time, or die half-way.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from stores.models import Notification, Order
from stores.models.orders import NEVER
from stores.services.notifications import notify
from stores.services.orders.deadlines import Deadline, deadline_of, duty_of
from stores.services.orders.lifecycle import OVER, stage_of
from stores.services.transactions import in_transaction

Kind = Notification.Kind

SWEPT_AT_ONCE = 500
TOLD_AT_ONCE = 200


def deadline_of_row(order: Order) -> Deadline:
    """The clock of an order as it was read; its `sales_point` should be at hand."""
    since = order.duty_since if order.duty_since is not None and order.duty == duty_of(order) else order.read_at
    return deadline_of(order, since, order.sales_point.hours if order.sales_point else None)


def keep_clocks(orders: Iterable[Order]) -> None:
    """Make the clocks of these rows what they should be. What did not move is not written."""
    for order in orders:
        if changes := _changes(order, deadline_of_row(order)):
            seen = Order.everything.filter(pk=order.pk, read_at=order.read_at, duty=order.duty)
            seen.update(**changes)


def sweep_clocks() -> None:
    """Keep the clocks of all open orders: the hours of a point may have been changed, or the rules of the clocks."""
    last = 0
    while orders := list(_open_orders().filter(pk__gt=last).order_by("pk")[:SWEPT_AT_ONCE]):
        keep_clocks(orders)
        last = orders[-1].pk


def sound_alarms() -> int:
    """
    Remind of orders at half of their time and shortly before its end; returns how many messages that made.

    An order to which something is being done is left until that is over.
    """
    due = Order.everything.filter(alarm_at__lte=Now(), open_action=None).select_related("sales_point").defer("raw")
    return sum(_sound(order) for order in due.order_by("alarm_at", "pk")[:TOLD_AT_ONCE])


@in_transaction
def _sound(order: Order) -> int:
    """The claim and the message are one transaction: each reminder is written once, or again by the next sweep."""
    deadline = deadline_of_row(order)
    is_ending = deadline.soon is None or timezone.now() >= deadline.soon
    claimed = Order.everything.filter(
        pk=order.pk, alarm_at=order.alarm_at, duty=order.duty, next_deadline_at=order.next_deadline_at
    ).update(alarm_at=None if is_ending else deadline.soon)
    if not claimed or deadline.duty is None or deadline.ends is None:
        return 0
    kind = Kind.ORDER_ENDING if is_ending else Kind.ORDER_HALF_TIME
    facts = {
        "code": order.code,
        "duty": deadline.duty,
        "ends": deadline.ends.isoformat(timespec="seconds"),
        "is_express": order.is_express,
    }
    notify(order.store_id, kind, event=f"{kind}:{order.code}:{deadline.ends:%Y%m%d%H%M%S}", facts=facts)
    return 1


def _changes(order: Order, deadline: Deadline) -> dict[str, object]:
    """The columns that are to be written."""
    ended_at = _end_of_order(order)
    ended: dict[str, object] = {} if ended_at == order.ended_at else {"ended_at": ended_at}
    return ended | _clock_changes(order, deadline)


def _clock_changes(order: Order, deadline: Deadline) -> dict[str, object]:
    """
    A clock that stays keeps its alarm: the next one, or none after the last.

    One that has run out before anybody could be told sounds no more.
    """
    ends = deadline.ends or NEVER
    duty = deadline.duty or ""
    if (order.duty, order.next_deadline_at) == (duty, ends):
        return {}
    return {
        "duty": duty,
        "duty_since": deadline.starts,
        "next_deadline_at": ends,
        "alarm_at": deadline.halfway if _is_ahead(deadline.ends) else None,
    }


def _end_of_order(order: Order) -> datetime | None:
    """
    When the order ended; None while it has not. The marketplace tells it of received ones only: of others it is when we
    saw it, or, where it was over before we knew it, when it was placed. Buyers are rather forgotten too soon.
    """
    if stage_of(order) not in OVER:
        return None
    return order.completed_at or order.ended_at or (order.read_at if order.duty else order.placed_at)


def _is_ahead(moment: datetime | None) -> bool:
    return moment is not None and moment > timezone.now()


def _open_orders() -> QuerySet[Order]:
    """Those that have not ended, and those of which nobody has looked whether they have."""
    return Order.everything.filter(buyer_forgotten_at=None, ended_at=None).select_related("sales_point").defer("raw")
