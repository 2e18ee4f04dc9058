"""What the rules of acceptance would have done, as the page shows it."""

from dataclasses import dataclass
from datetime import datetime

from stores.services.orders.acceptance.preview import Judged, Preview
from stores.services.orders.acceptance.reasons import sentence_of


@dataclass(frozen=True)
class JudgedPicture:
    """An order of the past; no `reasons`: it would have been accepted."""

    code: str
    placed_at: datetime
    total: int
    reasons: list[str]
    is_stock_known: bool


@dataclass(frozen=True)
class PreviewPicture:
    """How many of the orders would have been accepted, and the newest of them one by one."""

    told: Preview
    samples: list[JudgedPicture]


def picture_of(told: Preview) -> PreviewPicture:
    """In the reader's language."""
    return PreviewPicture(told, [_picture(each) for each in told.samples])


def _picture(judged: Judged) -> JudgedPicture:
    order = judged.order
    return JudgedPicture(
        code=order.code,
        placed_at=order.placed_at,
        total=order.total_price,
        reasons=[sentence_of(reason.to_stored()) for reason in judged.reasons],
        is_stock_known=judged.is_stock_known,
    )
