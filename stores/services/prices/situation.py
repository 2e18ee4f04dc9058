"""From rows to what the engine is told about one price."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max, Sum
from django.utils import timezone

import pricing
from stores.models import (
    Availability,
    CardMarket,
    CityPrice,
    CompetitorProduct,
    CompetitorProductMonitoring,
)
from stores.services.prices.plans import Policy, plan_of

MINUTES_OF_DAY = 24 * 60


@dataclass(frozen=True)
class Facts:
    """What decides each price of a batch, and what plans may ask for, read once: by price row, or by market."""

    policies: Mapping[int, Policy]
    stock: Mapping[int, int | None] = field(default_factory=dict)
    changed_at: Mapping[int, datetime] = field(default_factory=dict)
    moves: Mapping[int, Sequence[tuple[str, int, datetime]]] = field(default_factory=dict)


def read_facts(rows: Sequence[CityPrice], policies: Mapping[int, Policy]) -> Facts:
    """Three queries at most, and only for rows whose plans need the answer. `policies` by price row."""
    plans = {row.pk: plan_of(policies[row.pk]) for row in rows}
    restrained = [row for row in rows if plans[row.pk].cool_down_seconds]
    truces = {row.market_id: plans[row.pk].truce for row in rows if plans[row.pk].truce}
    longest = max((truce.window_seconds for truce in truces.values() if truce), default=0.0)
    return Facts(policies, _stock(rows), _changed_at(restrained), _moves(list(truces), timedelta(seconds=longest)))


def describe(
    row: CityPrice, offers: Iterable[CompetitorProduct], not_rivals: frozenset[str], facts: Facts
) -> pricing.Situation:
    """What the engine is told about one price."""
    now = timezone.now()
    market = market_of(row)
    policy = facts.policies[row.pk]
    changed_at = facts.changed_at.get(row.pk)
    return pricing.Situation(
        price=row.price,
        limits=pricing.Limits(row.floor, row.ceiling, policy.step),
        merchant_id=row.product.store.merchant_id,
        offers=tuple(_offer(offer, now) for offer in offers),
        not_rivals=not_rivals,
        age_seconds=(now - market.looked_at).total_seconds() if market.looked_at else math.inf,
        plan=plan_of(policy),
        minute_of_week=minute_of_week(now),
        recent_median=None if market.recent_median is None else round(market.recent_median),
        seconds_since_change=None if changed_at is None else (now - changed_at).total_seconds(),
        stock=facts.stock.get(row.pk),
        history=tuple(
            pricing.Move(merchant_id, price, (now - moment).total_seconds())
            for merchant_id, price, moment in facts.moves.get(market.pk, ())
        ),
    )


def market_of(row: CityPrice) -> CardMarket:
    """The market through which the row was read. Raises ValueError for a row without one."""
    if row.market is None:
        raise ValueError(f"city price {row.pk} has no market")
    return row.market


def minute_of_week(moment: datetime) -> int:
    """Minutes since Monday 00:00 in Almaty."""
    local = timezone.localtime(moment)
    return local.weekday() * MINUTES_OF_DAY + local.hour * 60 + local.minute


def _offer(offer: CompetitorProduct, now: datetime) -> pricing.Offer:
    merchant = offer.competitor_store
    delivery_days = None if offer.delivers_at is None else max((offer.delivers_at - now).days, 0)
    return pricing.Offer(
        merchant.merchant_id, offer.price, merchant.rating, merchant.reviews, delivery_days, offer.preorder_days
    )


def _stock(rows: Iterable[CityPrice]) -> dict[int, int | None]:
    """Pieces at the open points of a price's city; absent where nobody counts them."""
    city_prices = {(row.product_id, row.city_id): row.pk for row in rows}
    counted = Availability.everything.filter(
        product__in={product_id for product_id, _ in city_prices},
        sales_point__is_open=True,
        is_available=True,
    )
    uncounted = set(counted.filter(stock_count=None).values_list("product_id", "sales_point__city_id"))
    sums = counted.values_list("product_id", "sales_point__city_id").annotate(stock=Sum("stock_count"))
    return {
        city_prices[product_id, city_id]: stock
        for product_id, city_id, stock in sums
        if (product_id, city_id) in city_prices and (product_id, city_id) not in uncounted
    }


def _changed_at(rows: Sequence[CityPrice]) -> dict[int, datetime]:
    """When we last changed each of these prices."""
    if not rows:
        return {}
    ids = [row.pk for row in rows]
    last = CityPrice.everything.filter(pk__in=ids).annotate(changed_at=Max("updates__approved_at"))
    return {pk: moment for pk, moment in last.values_list("pk", "changed_at") if moment is not None}


def _moves(market_ids: Sequence[int | None], window: timedelta) -> dict[int, list[tuple[str, int, datetime]]]:
    """The moves on these cards within the window: merchant, price after, when."""
    moves: defaultdict[int, list[tuple[str, int, datetime]]] = defaultdict(list)
    if not market_ids:
        return moves
    seen = CompetitorProductMonitoring.objects.filter(
        market__in=market_ids, seen_at__gte=timezone.now() - window, price_after__isnull=False
    )
    columns = ("market_id", "competitor_store__merchant_id", "price_after", "seen_at")
    for market_id, merchant_id, price, moment in seen.order_by("pk").values_list(*columns):
        moves[market_id].append((merchant_id, price, moment))
    return moves
