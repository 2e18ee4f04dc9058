"""What rules would have done to the orders of the last weeks."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Prefetch
from django.utils import timezone

from stores.models import AcceptanceRules, Order, OrderItem, StockMovement, Store
from stores.services.orders.acceptance.judge import margin_reasons, order_reasons
from stores.services.orders.acceptance.reasons import Code, Reason

BACK = timedelta(days=30)
# More orders than these are judged by the newest of them: a person waits for the answer.
MOST_ORDERS = 2_000
SAMPLES = 50


@dataclass
class Judged:
    """An order of the past, and why it would not have been accepted. `is_stock_known`: its pieces were followed."""

    order: Order
    reasons: list[Reason]
    is_stock_known: bool


@dataclass
class Preview:
    """
    Of `orders` the rules would have accepted `accepted`; of these, `unknown_stock` on the word of no count: the stock
    of that day is not known. `reasons` counts the others by code. `samples`: the newest. `is_cut`: there were more.
    """

    orders: int = 0
    accepted: int = 0
    unknown_stock: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    samples: list[Judged] = field(default_factory=list)
    is_cut: bool = False


def preview(store: Store, rules: AcceptanceRules) -> Preview:
    """
    What these rules would have done to the orders placed within BACK, by their own moments, by today's costs and fees,
    and by what each order took of the stock when that was followed. Nothing is written.
    """
    placed = Order.everything.filter(store=store, placed_at__gte=timezone.now() - BACK)
    items = OrderItem.everything.select_related("product__store").prefetch_related(
        Prefetch("stock_movements", StockMovement.everything.filter(kind=StockMovement.Kind.RESERVED).order_by("pk"))
    )
    newest = placed.defer("raw").order_by("-placed_at", "-pk").prefetch_related(Prefetch("items", items))
    orders = list(newest[: MOST_ORDERS + 1])
    told = Preview(is_cut=len(orders) > MOST_ORDERS)
    for order in orders[:MOST_ORDERS]:
        _count(told, _judge(order, rules))
    return told


def _judge(order: Order, rules: AcceptanceRules) -> Judged:
    items = list(order.items.all())
    moment = order.approved_at or order.placed_at
    reasons = [
        *order_reasons(order, rules, moment),
        *(reason for item in items for reason in _past_stock_reasons(item)),
        *(reason for item in items for reason in margin_reasons(order, item, rules)),
    ]
    return Judged(order, reasons, is_stock_known=all(_taken(item) for item in items))


def _past_stock_reasons(item: OrderItem) -> Iterable[Reason]:
    """By what the line took last. A line may have shrunk since, so what was short stays short only if it still is."""
    if item.product_id is None:
        yield Reason(Code.UNKNOWN_PRODUCT, {"sku": item.sku})
    for movement in _taken(item)[-1:]:
        if -movement.change < item.quantity:
            yield Reason(Code.STOCK_SHORT, {"sku": item.sku})


def _taken(item: OrderItem) -> list[StockMovement]:
    return list(item.stock_movements.all())


def _count(told: Preview, judged: Judged) -> None:
    told.orders += 1
    if judged.reasons:
        told.reasons.update({str(reason.code) for reason in judged.reasons})
    else:
        told.accepted += 1
        told.unknown_stock += not judged.is_stock_known
    if len(told.samples) < SAMPLES:
        told.samples.append(judged)
