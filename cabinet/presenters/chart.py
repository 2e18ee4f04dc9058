"""How the prices on a card went: ours, and those of the rivals who moved most."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from stores.models import CardMarket, CityPrice
from stores.services.market.history import History, Line, price_history

PERIOD = timedelta(days=7)
POINTS = 300
MOST_RIVALS = 5


@dataclass(frozen=True)
class ChartLine:
    """One offer: moment → tenge, each until the next (None: it was not there); and the ends of its prices, tenge."""

    name: str
    is_ours: bool
    points: list[tuple[datetime, int | None]]
    lowest: int
    highest: int

    @property
    def last(self) -> int | None:
        """What it asks now; None: it is gone."""
        return self.points[-1][1]


def chart_of(price: CityPrice) -> list[ChartLine]:
    """
    Our offer first, then the liveliest rivals of the last week, then those who stand there and did not move.

    Four queries; none without a market. `price` is read with its product, store and market.
    """
    if price.market is None:
        return []
    now = timezone.now()
    history = price_history(price.market, now - PERIOD, now, POINTS)
    own = price.product.store.merchant_id
    lines = [_moved(line, history, own) for line in history.lines]
    # Who moved and is left out of the history must not be drawn as if he had not.
    lines += [] if history.left_out else _still(price.market, history, own)
    rivals = [line for line in lines if not line.is_ours]
    return [*[line for line in lines if line.is_ours], *rivals[:MOST_RIVALS]]


def to_json(lines: Iterable[ChartLine]) -> Mapping[str, Any]:
    """The lines as the chart's script reads them: moments in milliseconds of UTC."""
    return {
        "lines": [
            {
                "name": line.name,
                "is_ours": line.is_ours,
                "points": [{"x": int(at.timestamp() * 1000), "y": price} for at, price in line.points],
            }
            for line in lines
        ]
    }


def _moved(line: Line, history: History, own: str) -> ChartLine:
    points: list[tuple[datetime, int | None]] = [] if line.before is None else [(history.since, line.before)]
    points += [(bucket.at, bucket.close) for bucket in line.buckets]
    points.append((history.until, points[-1][1]))
    lowest, highest = min(bucket.low for bucket in line.buckets), max(bucket.high for bucket in line.buckets)
    return ChartLine(line.name, line.merchant_id == own, points, lowest, highest)


def _still(market: CardMarket, history: History, own: str) -> list[ChartLine]:
    """The offers of the card without a change in the period, the best place first."""
    moved = {line.merchant_id for line in history.lines}
    offers = market.offers.select_related("competitor_store").order_by("place", "pk")
    return [
        ChartLine(
            merchant.name,
            merchant.merchant_id == own,
            [(history.since, offer.price), (history.until, offer.price)],
            lowest=offer.price,
            highest=offer.price,
        )
        for offer in offers
        if (merchant := offer.competitor_store).merchant_id not in moved
    ]
