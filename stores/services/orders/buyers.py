"""
Buyers' names, phones and addresses: used for their order, masked again after it, and then forgotten.

Lists never show them whole. The order itself does to those who handle orders, until 30 days after it ended; 180 days
after, nothing of the buyer is left.
"""

from collections.abc import Collection
from datetime import timedelta

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils import timezone

from stores.models import Client, Notification, Order, OrderAction
from stores.models.roles import Action
from stores.services.transactions import in_transaction

MASKED_AFTER = timedelta(days=30)
FORGOTTEN_AFTER = timedelta(days=180)
# No order is under way for longer: whose end was never seen has ended by then.
LONGEST_ORDER = timedelta(days=60)

# Orders, and buyers, that one transaction forgets; and transactions of one sweep.
AT_ONCE = 200
BATCHES = 50


def shows_buyer(order: Order, may: Collection[Action]) -> bool:
    """Whether the order itself shows its buyer whole to somebody who may do this in the store."""
    if Action.HANDLE_ORDERS not in may:
        return False
    ended_at = order.ended_at or order.placed_at + LONGEST_ORDER
    return timezone.now() - ended_at < MASKED_AFTER


def address_of(order: Order) -> str:
    """Where the seller himself delivers to; empty where somebody else does, or nobody told."""
    if order.is_kaspi_delivery:
        return ""
    address = order.raw.get("attributes", {}).get("deliveryAddress") or {}
    return address.get("formattedAddress") or ""


def forget_old_buyers() -> int:
    """
    Forget the buyers of orders that ended long ago; returns how many orders that were. Twice is once.

    What is left of such an order is what was sold: the goods, the sums, the days.
    """
    count = 0
    for _ in range(BATCHES):
        forgotten = _forget_orders()
        count += forgotten
        if not forgotten and not _delete_buyers_without_orders():
            break
    _forget_names_in_admin_log()
    return count


@in_transaction
def _forget_orders() -> int:
    before = timezone.now() - FORGOTTEN_AFTER
    is_old = Q(ended_at__lt=before) | Q(ended_at=None, placed_at__lt=before - LONGEST_ORDER)
    old = Order.everything.select_for_update().filter(is_old, buyer_forgotten_at=None)
    ids = list(old.order_by("ended_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    actions = OrderAction.everything.filter(order__in=ids)
    # A refusal in the marketplace's words may name the buyer, and so may the word to him.
    events = [f"order_action:{pk}" for pk in actions.values_list("pk", flat=True)]
    Notification.everything.filter(store__orders__in=ids, event__in=events).delete()
    actions.update(arguments={}, refusal="")
    Order.everything.filter(pk__in=ids).update(client=None, raw={}, waybill_url="", buyer_forgotten_at=timezone.now())
    return len(ids)


@in_transaction
def _delete_buyers_without_orders() -> int:
    """Buyers whose last order was forgotten, or who came with an answer about one that had been."""
    ids = list(Client.everything.filter(orders=None).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    Client.everything.filter(pk__in=ids, orders=None).delete()
    return len(ids)


def _forget_names_in_admin_log() -> None:
    """The log of the admin keeps what a row was called."""
    of_clients = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Client))
    of_clients.filter(action_time__lt=timezone.now() - FORGOTTEN_AFTER).exclude(object_repr="").update(object_repr="")
