"""What the rules of acceptance said of an order, and would have done to those of the past, as pages show it."""

from dataclasses import dataclass
from datetime import datetime

from stores.models import AcceptanceDecision, Order
from stores.services.orders.acceptance.preview import Judged, Preview
from stores.services.orders.acceptance.reasons import sentence_of


@dataclass(frozen=True)
class ShownOrder:
    """An order of the past; no `reasons`: it would have been accepted."""

    code: str
    placed_at: datetime
    total: int
    reasons: list[str]
    is_stock_known: bool


@dataclass(frozen=True)
class ShownDecision:
    """What the rules last said of an order."""

    is_accepted: bool
    reasons: list[str]
    decided_at: datetime


@dataclass(frozen=True)
class ShownPreview:
    """How many of the orders would have been accepted, and the newest of them one by one."""

    told: Preview
    samples: list[ShownOrder]


def decision_of(order: Order) -> ShownDecision | None:
    """One query; None: the rules said nothing."""
    told = AcceptanceDecision.objects.for_store(order.store_id).filter(order=order).first()
    if told is None:
        return None
    return ShownDecision(told.is_accepted, [sentence_of(reason) for reason in told.reasons], told.decided_at)


def show_preview(told: Preview) -> ShownPreview:
    """In the reader's language."""
    return ShownPreview(told, [_shown(each) for each in told.samples])


def _shown(judged: Judged) -> ShownOrder:
    order = judged.order
    return ShownOrder(
        code=order.code,
        placed_at=order.placed_at,
        total=order.total_price,
        reasons=[sentence_of(reason.to_stored()) for reason in judged.reasons],
        is_stock_known=judged.is_stock_known,
    )
