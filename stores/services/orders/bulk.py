"""One action for many orders: each is done by itself, so one that cannot be keeps no other from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stores.models import Order, OrderAction
from stores.services.errors import Refusal
from stores.services.orders.actions import plan


@dataclass(frozen=True)
class Planned:
    """What came of one order: its action, or why there is none."""

    order: Order
    action: OrderAction | None = None
    refusal: Refusal | None = None


def plan_many(orders: Sequence[Order], kind: str, arguments: dict[str, Any], actor: Any) -> list[Planned]:
    """Plan the same action for all of these orders, in their order."""
    return [_plan(order, kind, arguments, actor) for order in orders]


def _plan(order: Order, kind: str, arguments: dict[str, Any], actor: Any) -> Planned:
    try:
        return Planned(order, action=plan(order, kind, arguments, actor))
    except Refusal as refusal:
        return Planned(order, refusal=refusal)
