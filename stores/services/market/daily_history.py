"""
What is kept of the market's past: every change for some weeks, then one row for each day of an offer.

A day is rolled up market by market, each in one transaction with the deletion of its changes: what died half-way is
done again, what was done is not there to be done twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import itemgetter

from django.conf import settings
from django.utils import timezone

from stores.models import CompetitorProductDay, CompetitorProductMonitoring
from stores.services.rows import batched
from stores.services.transactions import in_transaction

# Changes that one round folds at most, about; and the markets of one transaction.
ROUND = 50_000
MARKETS_AT_ONCE = 100

COLUMNS = ("market_id", "competitor_store_id", "price_before", "price_after")


@dataclass(frozen=True)
class Change:
    """One change of an offer's price in tenge; None: it was not there."""

    before: int | None
    after: int | None


def roll_up(now: datetime | None = None) -> int:
    """Fold the oldest changes that are past their time into days; returns how many changes, 0 when none is left."""
    last_kept = timezone.localdate(now) - settings.KEEP_CHANGES
    folded = 0
    while folded < ROUND:
        day = _oldest_day()
        if day is None or day >= last_kept:
            break
        folded += _fold_day(day)
    return folded


def _oldest_day() -> date | None:
    """The Almaty day of the oldest change. Changes are only ever added, so the first row is among the oldest."""
    first = CompetitorProductMonitoring.objects.order_by("pk").values_list("seen_at", flat=True).first()
    return None if first is None else timezone.localdate(first)


def _fold_day(day: date) -> int:
    """Fold what is left of the day, as far as one round goes."""
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    oldest = CompetitorProductMonitoring.objects.order_by("pk").values_list("market_id", "seen_at")[:ROUND]
    markets = sorted({market_id for market_id, seen_at in oldest if seen_at < end})
    return sum(_fold_markets(some, day, end) for some in batched(markets, MARKETS_AT_ONCE))


@in_transaction
def _fold_markets(market_ids: list[int], day: date, end: datetime) -> int:
    rows = CompetitorProductMonitoring.objects.filter(market__in=market_ids, seen_at__lt=end)
    changes = list(rows.select_for_update().order_by("market_id", "competitor_store_id", "pk").values_list(*COLUMNS))
    CompetitorProductDay.objects.bulk_create(
        [
            fold(market_id, merchant_id, day, [Change(before, after) for *_, before, after in of_offer])
            for (market_id, merchant_id), of_offer in groupby(changes, key=itemgetter(0, 1))
        ],
        batch_size=1000,
    )
    rows.delete()
    return len(changes)


def fold(market_id: int, merchant_id: int, day: date, changes: list[Change]) -> CompetitorProductDay:
    """One day of an offer out of its changes in order; there is at least one, and it names a price."""
    prices = list(_prices(changes))
    return CompetitorProductDay(
        market_id=market_id,
        competitor_store_id=merchant_id,
        day=day,
        open=prices[0],
        low=min(prices),
        high=max(prices),
        close=changes[-1].after,
        changes=len(changes),
    )


def _prices(changes: Iterable[Change]) -> Iterable[int]:
    for change in changes:
        yield from (price for price in (change.before, change.after) if price is not None)
