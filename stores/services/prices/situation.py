"""From rows to what the engine is told about one price."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

import pricing
from stores.models import (
    Availability,
    CardMarket,
    CityPrice,
    CompetitorProduct,
    CompetitorProductMonitoring,
)
from stores.services.prices.margins import Margins, margins_of
from stores.services.prices.plans import Policy, plan_of
from stores.services.prices.profit import profit_of
from stores.services.prices.sales import Sale, sales_since, sold_per_week

MINUTES_OF_DAY = 24 * 60


@dataclass(frozen=True)
class BatchFacts:
    """What decides each price of a batch, and what plans may ask for, read once: by price row, or by market."""

    policies: Mapping[int, Policy]
    stock: Mapping[int, int | None] = field(default_factory=dict)
    doubtful: Collection[int] = ()
    changed_at: Mapping[int, datetime] = field(default_factory=dict)
    moves: Mapping[int, Sequence[tuple[str, int, datetime]]] = field(default_factory=dict)
    sold_per_week: Mapping[int, int] = field(default_factory=dict)
    sales: Mapping[int, Sequence[Sale]] = field(default_factory=dict)


def read_batch_facts(rows: Sequence[CityPrice], policies: Mapping[int, Policy]) -> BatchFacts:
    """A fixed number of queries, and only for rows whose plans need the answer. `policies` by price row."""
    plans = {row.pk: plan_of(policies[row.pk]) for row in rows}
    restrained = [row for row in rows if plans[row.pk].cool_down_seconds]
    slow = [row for row in rows if plans[row.pk].slow_sales]
    warlike = [row for row in rows if plans[row.pk].truce]
    longest = max((plan.truce.window_seconds for plan in plans.values() if plan.truce), default=0.0)
    window = timedelta(seconds=longest)
    stock, doubtful = _stocks(rows)
    return BatchFacts(
        policies=policies,
        stock=stock,
        doubtful=doubtful,
        changed_at=_changed_at(restrained),
        moves=_moves({row.market_id for row in warlike}, window),
        sold_per_week=sold_per_week(slow),
        sales=sales_since(warlike, timezone.now() - window),
    )


def describe(
    row: CityPrice, offers: Iterable[CompetitorProduct], not_rivals: frozenset[str], facts: BatchFacts
) -> pricing.Situation:
    """
    What the engine is told about one price. Of `not_rivals` only those are told that were met on the card: a situation
    is kept and shown, and which other shops an owner has is nobody's business.
    """
    now = timezone.now()
    market = market_of(row)
    policy = facts.policies[row.pk]
    margins = margins_of(row.product)
    changed_at = facts.changed_at.get(row.pk)
    on_card = tuple(_offer(offer, now) for offer in offers)
    history = tuple(_history(row, facts, now))
    met = {offer.merchant_id for offer in on_card} | {move.merchant_id for move in history}
    return pricing.Situation(
        price=row.price,
        limits=pricing.Limits(_floor(row, margins), row.ceiling, policy.step),
        merchant_id=row.product.store.merchant_id,
        offers=on_card,
        not_rivals=not_rivals & met,
        age_seconds=(now - market.looked_at).total_seconds() if market.looked_at else math.inf,
        plan=plan_of(policy),
        minute_of_week=minute_of_week(now),
        recent_median=None if market.recent_median is None else round(market.recent_median),
        seconds_since_change=None if changed_at is None else (now - changed_at).total_seconds(),
        cost_floor=margins.floor,
        dead_zones=margins.zones,
        stock=facts.stock.get(row.pk),
        is_stock_doubtful=row.pk in facts.doubtful,
        sold_per_week=facts.sold_per_week.get(row.pk),
        history=history,
    )


def market_of(row: CityPrice) -> CardMarket:
    """The market through which the row was read. Raises ValueError for a row without one."""
    if row.market is None:
        raise ValueError(f"city price {row.pk} has no market")
    return row.market


def shown_price(row: CityPrice, offers: Iterable[CompetitorProduct]) -> int | None:
    """Our price on the storefront, of the offers on the row's card; None where we do not stand there."""
    ours = row.product.store.merchant_id
    return next((offer.price for offer in offers if offer.competitor_store.merchant_id == ours), None)


def minute_of_week(moment: datetime) -> int:
    """Minutes since Monday 00:00 in Almaty."""
    local = timezone.localtime(moment)
    return local.weekday() * MINUTES_OF_DAY + local.hour * 60 + local.minute


def _floor(row: CityPrice, margins: Margins) -> int | None:
    """A derived floor stands in for a typed one. Where there are both, the engine takes the higher by itself."""
    return margins.floor if row.floor is None else row.floor


def _history(row: CityPrice, facts: BatchFacts, now: datetime) -> Iterator[pricing.Move]:
    """The moves on the card; of our own also what a piece earned at that price, and how many were sold at it."""
    moves = facts.moves.get(market_of(row).pk, ())
    ours = row.product.store.merchant_id
    ends = [moment for merchant_id, _price, moment in moves if merchant_id == ours][1:]
    following = iter([*ends, now])
    for merchant_id, price, moment in moves:
        seconds_ago = (now - moment).total_seconds()
        if merchant_id != ours:
            yield pricing.Move(merchant_id, price, seconds_ago)
            continue
        units_sold = _sold_at(price, moment, next(following), facts.sales.get(row.pk))
        yield pricing.Move(merchant_id, price, seconds_ago, profit_of(row.product, price).tenge, units_sold)


def _sold_at(price: int, start: datetime, end: datetime, sales: Sequence[Sale] | None) -> int | None:
    if sales is None:
        return None
    return sum(sale.quantity for sale in sales if sale.price == price and start <= sale.placed_at < end)


def _offer(offer: CompetitorProduct, now: datetime) -> pricing.Offer:
    merchant = offer.competitor_store
    delivery_days = None if offer.delivers_at is None else max((offer.delivers_at - now).days, 0)
    return pricing.Offer(
        merchant.merchant_id, offer.price, merchant.rating, merchant.reviews, delivery_days, offer.preorder_days
    )


def _stocks(rows: Iterable[CityPrice]) -> tuple[dict[int, int | None], set[int]]:
    """
    Pieces at the open points of a price's city where it is on sale, None where nobody counts them at one of these, or
    none are left and it can be ordered ahead; and the prices for which the stock at one of these is doubtful.
    """
    city_prices = {(row.product_id, row.city_id): row.pk for row in rows}
    there = Availability.everything.filter(
        product__in={product_id for product_id, _ in city_prices}, sales_point__is_open=True, is_available=True
    )
    pieces: dict[int, int | None] = {}
    doubtful: set[int] = set()
    columns = ("product_id", "sales_point__city_id", "stock_count", "preorder_days", "doubt")
    for product_id, city_id, counted, preorder_days, doubt in there.values_list(*columns):
        pk = city_prices.get((product_id, city_id))
        if pk is None:
            continue
        known = pieces.get(pk, 0)
        stock = None if counted == 0 and preorder_days is not None else counted
        pieces[pk] = None if stock is None or known is None else known + stock
        if doubt:
            doubtful.add(pk)
    return pieces, doubtful


def _changed_at(rows: Sequence[CityPrice]) -> dict[int, datetime]:
    """When we last changed each of these prices."""
    if not rows:
        return {}
    ids = [row.pk for row in rows]
    last = CityPrice.everything.filter(pk__in=ids).annotate(changed_at=Max("updates__approved_at"))
    return {pk: moment for pk, moment in last.values_list("pk", "changed_at") if moment is not None}


def _moves(market_ids: Collection[int | None], window: timedelta) -> dict[int, list[tuple[str, int, datetime]]]:
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
