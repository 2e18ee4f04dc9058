"""
Orders that wait for the rules' next look: what their decision depends on has changed, so they are not to wait for it.

What belongs to the store as a whole needs no bell: `AcceptanceDecision.standing` is compared in each round.
"""

from collections.abc import Collection

from django.db.models import QuerySet

from stores.models import AcceptanceDecision, Order
from stores.services.rows import among


def wake_orders(orders: "QuerySet[Order]") -> None:
    """They are decided in the next round."""
    AcceptanceDecision.everything.filter(order__in=orders, is_accepted=False).update(ask_at=None)


def wake_orders_of(store_id: int, product_ids: Collection[int]) -> None:
    """New orders of these products are decided in the next round: a stock, a cost or a weight has changed."""
    new = Order.everything.filter(store=store_id, state=Order.State.NEW, status=Order.Status.APPROVED_BY_BANK)
    wake_orders(new.filter(items__product__in=among(product_ids)))
