"""
The shop's quality as the marketplace judges it, as running budgets, and a warning before each is spent.

Counted from the orders as they were read: own cancellations by their reason, late hand-overs by the planned day. The
orders do not say why goods were returned, so all returns are counted where the marketplace counts those for quality.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

import kaspi
from stores.models import CompetitorStore, Indicator, Notification, Order, QualityLimit, QualityState, Store
from stores.services.ledger.quality_levels import Level, Measure, is_worse, left_of, level_of
from stores.services.notifications import notify
from stores.services.rows import batched
from stores.services.transactions import in_transaction

# Reasons that count against the shop. An order that nobody accepted in time is cancelled as out of stock.
OWN_FAULT = (kaspi.CancelReason.MERCHANT_OUT_OF_STOCK.value, "TIMEOUT_MERCHANT_DELIVERY")
# An order is handed over within so many days of being placed, a pre-order too.
LONGEST_PREPARATION = timedelta(days=40)
# Stores without an order for so long have nothing that could become worse.
WATCHED_FOR = timedelta(days=120)
STORES_AT_ONCE = 500
KINDS: Mapping[str, Notification.Kind] = {
    Level.NEAR: Notification.Kind.QUALITY_NEAR,
    Level.OVER: Notification.Kind.QUALITY_OVER,
}

# Store → what was measured there.
Measures: TypeAlias = dict[int, Measure]


@dataclass(frozen=True)
class Budget:
    """
    An indicator of a store: what was measured, the limit of today (None where nobody knows it), how near it is, and how
    many orders may still turn bad before it is reached (None where that cannot be said).
    """

    indicator: str
    measure: Measure
    limit: QualityLimit | None
    level: str
    left: int | None


def budgets_of(store: Store) -> list[Budget]:
    """All indicators of the store as they are now; seven queries."""
    limits, states = limits_on(timezone.localdate()), _states([store.pk])
    return [_budget(store.pk, indicator, limits, states) for indicator in Indicator.values]


def limits_on(day: date) -> dict[str, QualityLimit]:
    """The limits that hold on the day; one that nobody has entered is absent."""
    rows = QualityLimit.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)
    return {row.indicator: row for row in rows.order_by("valid_from")}


def watch_quality() -> None:
    """Tell each store of what has become worse; each crossing once."""
    limits = limits_on(timezone.localdate())
    recent = Order.everything.filter(store=OuterRef("pk"), placed_at__gte=timezone.now() - WATCHED_FOR)
    store_ids = list(Store.everything.filter(Exists(recent)).order_by("pk").values_list("pk", flat=True))
    for some in batched(store_ids, STORES_AT_ONCE):
        _watch(some, limits)


def _watch(store_ids: Sequence[int], limits: Mapping[str, QualityLimit]) -> None:
    states = _states(store_ids)
    for indicator, limit in limits.items():
        for store_id, measure in _measure(indicator, store_ids, limit.days).items():
            before = states.get((store_id, indicator), Level.FINE)
            level = level_of(indicator, measure, limit.limit, before)
            if level != before:
                _cross(store_id, before, level, _facts(limit, measure))


@in_transaction
def _cross(store_id: int, before: str, level: str, facts: dict[str, Any]) -> None:
    """Another level is written by compare-and-set; whoever writes a worse one tells of it."""
    indicator = facts["indicator"]
    state, _is_new = QualityState.everything.get_or_create(store_id=store_id, indicator=indicator)
    has_worsened = is_worse(level, before)
    moved = QualityState.everything.filter(pk=state.pk, level=before).update(
        level=level, changed_at=timezone.now(), crossings=F("crossings") + int(has_worsened)
    )
    if moved and has_worsened:
        event = f"quality:{indicator}:{state.crossings + 1}"
        notify(store_id, KINDS[level], event=event, facts=facts)


def _facts(limit: QualityLimit, measure: Measure) -> dict[str, Any]:
    return {
        "indicator": limit.indicator,
        "value": str(round(measure.value or Decimal(0), 4)),
        "bad": measure.bad,
        "of": measure.of,
        "limit": str(limit.limit),
        "days": limit.days,
        "left": left_of(limit.indicator, measure, limit.limit),
    }


def _budget(
    store_id: int, indicator: str, limits: Mapping[str, QualityLimit], states: Mapping[tuple[int, str], str]
) -> Budget:
    limit = limits.get(indicator)
    if limit is None:
        return Budget(indicator, Measure(None), None, Level.FINE, None)
    measure = _measure(indicator, [store_id], limit.days).get(store_id, Measure(None))
    level = level_of(indicator, measure, limit.limit, states.get((store_id, indicator), Level.FINE))
    return Budget(indicator, measure, limit, level, left_of(indicator, measure, limit.limit))


def _states(store_ids: Sequence[int]) -> dict[tuple[int, str], str]:
    rows = QualityState.everything.filter(store__in=store_ids)
    return {(row.store_id, row.indicator): row.level for row in rows}


def _measure(indicator: str, store_ids: Sequence[int], days: int) -> Measures:
    return MEASURES[indicator](store_ids, timezone.now() - timedelta(days=days))


def _cancels(store_ids: Sequence[int], since: datetime) -> Measures:
    """Of all orders that were placed."""
    own_fault = Q(status__in=Order.CANCELLED_STATUSES, cancellation_reason__in=OWN_FAULT)
    return _shares(Order.everything.filter(store__in=store_ids, placed_at__gte=since), own_fault)


def _late_handovers(store_ids: Sequence[int], since: datetime) -> Measures:
    """Of the marketplace's parcels that were to be handed over by now; late is later than the planned day in Almaty."""
    now = timezone.now()
    planned = Order.everything.filter(
        store__in=store_ids,
        placed_at__gte=since - LONGEST_PREPARATION,
        is_kaspi_delivery=True,
        handover_planned_at__gte=since,
        handover_planned_at__lt=now,
    ).exclude(status__in=Order.CANCELLED_STATUSES, handed_over_at=None)
    planned = planned.annotate(
        planned_day=TruncDate("handover_planned_at"), handed_over_day=TruncDate("handed_over_at")
    )
    today = timezone.localdate()
    is_waiting = Q(handed_over_at=None, status=Order.Status.ACCEPTED_BY_MERCHANT, planned_day__lt=today)
    return _shares(planned, Q(handed_over_day__gt=F("planned_day")) | is_waiting)


def _returns(store_ids: Sequence[int], since: datetime) -> Measures:
    """Of the orders that reached their buyer."""
    reached = Order.everything.filter(
        store__in=store_ids, placed_at__gte=since, status__in=[Order.Status.COMPLETED, *Order.RETURNED_STATUSES]
    )
    return _shares(reached, Q(status__in=Order.RETURNED_STATUSES))


def _rating(store_ids: Sequence[int], since: datetime) -> Measures:
    """As the storefront shows the shop among the offers of its cards; `since` is the marketplace's own."""
    merchants = dict(Store.everything.filter(pk__in=store_ids).values_list("merchant_id", "pk"))
    rated = CompetitorStore.objects.filter(merchant_id__in=merchants).exclude(rating=None)
    return {
        merchants[merchant_id]: Measure(Decimal(str(rating)))
        for merchant_id, rating in rated.values_list("merchant_id", "rating")
    }


def _shares(orders: "QuerySet[Order]", is_bad: Q) -> Measures:
    rows = orders.order_by().values_list("store_id").annotate(of=Count("pk"), bad=Count("pk", filter=is_bad))
    return {store_id: Measure.share(bad, of) for store_id, of, bad in rows}


MEASURES: Mapping[str, Callable[[Sequence[int], datetime], Measures]] = {
    Indicator.CANCELS: _cancels,
    Indicator.LATE_HANDOVERS: _late_handovers,
    Indicator.RETURNS: _returns,
    Indicator.RATING: _rating,
}
