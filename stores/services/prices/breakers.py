"""
Breakers: when too much happens at once, a product, a store or everything pauses until a person has looked.

The gate judges one price; breakers judge many, and ask what no single price can tell: is this still the market, or a
bug, a broken picture, a war without buyers? They only ever pause. What happened before a pause is spent, and what a
store did before its mode was last changed: whoever is resumed, by the same switches that people use, is judged by what
comes after.
"""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from stores.models import (
    BreakerTrip,
    CardMarket,
    Membership,
    Notification,
    Order,
    OrderItem,
    PriceStop,
    Product,
    ProductPriceUpdate,
    Store,
)
from stores.services.announcements import announce_prices
from stores.services.notifications import notify, notify_everybody
from stores.services.prices.automated import automated_prices
from stores.services.prices.gate import Hold
from stores.services.prices.switches import pause_product, set_mode
from stores.services.transactions import in_transaction

log = logging.getLogger(__name__)

Code = BreakerTrip.Code
Kind = Notification.Kind
State = ProductPriceUpdate.State
# Where rules move prices, or ask to.
ACTING = (Store.Mode.AUTOMATIC, Store.Mode.ASK)

# The engine keeps inside the corridor by itself: a price that the gate must block for one of these is a bug or a
# picture that is not true. The other codes are everyday life: the engine is not told the gate's bounds on moves and
# drift, and a market that falls for days meets them honestly.
SUSPICIOUS = (Hold.NOT_WHOLE_TENGE, Hold.UNDER_FLOOR, Hold.OVER_CEILING, Hold.SHOWN_UNEXPECTED)
BLOCKED_WITHIN = timedelta(minutes=30)
# A few odd cards are no reason, however small the store; a tenth of a range is no accident.
FEWEST_BLOCKED = 5
SHARE_BLOCKED = 0.1

MOVED_WITHIN = timedelta(minutes=10)
# Rivals differ from card to card. A third of a range that goes the same way by more than a tenth within minutes follows
# something else: one robot against all, or our own mistake.
FAR = 0.1
FEWEST_MOVED = 10
SHARE_MOVED = 1 / 3

FALLS_WITHIN = timedelta(hours=24)
# Where no order of that time is known, nobody can say that nothing was sold; so many times as many falls are too many
# all the same.
FALLS_UNKNOWN_SALES = 4
# A price is judged soon after it fell; guards that slept longer catch it at its next fall.
FELL_LATELY = timedelta(minutes=5)

# One owner's trouble is his own, in however many stores; three at once share a cause, and that is with us or with the
# marketplace. Among thousands of stores it takes more: some three always have a bad half hour.
STORES_WITHIN = timedelta(minutes=30)
FEWEST_OWNERS = 3
SHARE_OF_STORES = 0.05

UNITS_WITHIN = timedelta(minutes=15)
# Hundredths, thousands: what currencies and formats differ by. No market moves so on a fifth of all cards.
FACTORS = (10, 100, 1000, 1 / 10, 1 / 100, 1 / 1000)
NEAR_FACTOR = 0.2
FEWEST_MARKETS = 5
SHARE_OF_MARKETS = 0.2


@dataclass(frozen=True)
class Verdict:
    """Why to pause, and what was counted."""

    code: BreakerTrip.Code
    facts: dict[str, Any]


def judge() -> None:
    """One round of all breakers. Twice, or two at the same time, pause nothing twice."""
    for store_id in _stores_in_question():
        judge_store(store_id)
    for store_id, product_id in _products_in_question():
        judge_product(store_id, product_id)
    judge_everything()


@in_transaction
def judge_store(store_id: int) -> None:
    """Pause the store when too many of its prices were blocked, or moved together."""
    store = Store.everything.select_for_update().get(pk=store_id)
    verdict = (_too_many_blocked(store) or _too_many_moved(store)) if store.mode in ACTING else None
    if verdict is None:
        return
    log.error("store %s pauses: %s", store.pk, verdict)
    set_mode(store, Store.Mode.PAUSED)
    trip = BreakerTrip.everything.create(code=verdict.code, store=store, facts=verdict.facts)
    facts = {"code": verdict.code, **verdict.facts}
    notify(store.pk, Kind.STORE_PAUSED, event=f"tripped:{trip.pk}", facts=facts)


@in_transaction
def judge_product(store_id: int, product_id: int) -> None:
    """Pause the product when one of its prices fell again and again, and nobody bought it."""
    Store.everything.select_for_update().get(pk=store_id)
    product = Product.everything.get(pk=product_id)
    verdict = None if product.is_paused else _too_many_falls(product)
    if verdict is None:
        return
    log.error("product %s pauses: %s", product.pk, verdict)
    pause_product(product.pk)
    trip = BreakerTrip.everything.create(code=verdict.code, store_id=store_id, product=product, facts=verdict.facts)
    facts = {"code": verdict.code, "sku": product.sku, **verdict.facts}
    notify(store_id, Kind.PRODUCT_PAUSED, event=f"tripped:{trip.pk}", product_id=product.pk, facts=facts)
    announce_prices(store_id, [product.pk])


def judge_everything() -> None:
    """Stop all prices when stores pause one after the other, or the marketplace answers in other units."""
    verdict = _too_many_stores() or _too_many_in_other_units()
    if verdict is not None:
        stop_everything(verdict)


@in_transaction
def stop_everything(verdict: Verdict) -> None:
    """No price leaves until a person deletes the stop; every store is told once, and nothing of the others'."""
    if PriceStop.objects.filter(code=verdict.code).exists():
        return
    log.critical("all prices stop: %s", verdict)
    # Another guard may be at it: one row for each code, and one message for each row.
    PriceStop.objects.bulk_create([PriceStop(code=verdict.code)], ignore_conflicts=True)
    stop = PriceStop.objects.get(code=verdict.code)
    BreakerTrip.everything.create(code=verdict.code, facts=verdict.facts)
    notify_everybody(Kind.EVERYTHING_STOPPED, event=f"stopped:{stop.pk}", facts={"code": verdict.code})


def _since(span: timedelta, trips: "QuerySet[BreakerTrip]") -> datetime:
    """The start of the time to look at: what happened before the last of these trips is spent."""
    last = trips.aggregate(at=Max("tripped_at"))["at"]
    start = timezone.now() - span
    return start if last is None else max(start, last)


def _since_change_of(store: Store, span: timedelta) -> datetime:
    """Like `_since`, for a store: what happened before its last trip, or in the mode before, is spent."""
    since = _since(span, BreakerTrip.everything.filter(store=store, product=None))
    return max(since, store.mode_changed_at or since)


def _blocked(since: datetime) -> "QuerySet[ProductPriceUpdate]":
    """What the gate kept from rules; a person's own price is his to correct."""
    return ProductPriceUpdate.everything.filter(
        state=State.HELD, hold_code__in=SUSPICIOUS, actor=None, created_at__gt=since
    )


def _moved(since: datetime) -> "QuerySet[ProductPriceUpdate]":
    """What rules moved by themselves."""
    return ProductPriceUpdate.everything.filter(
        origin=ProductPriceUpdate.Origin.RULE, actor=None, approved_at__gt=since
    )


def _moved_again(since: datetime) -> "QuerySet[ProductPriceUpdate]":
    """
    Moves of prices that rules had moved before.

    The first one takes a price from where a person left it to where the market is, however far that may be: a store
    that is switched on is no accident.
    """
    before = ProductPriceUpdate.everything.filter(
        city_price=OuterRef("city_price"),
        pk__lt=OuterRef("pk"),
        origin=ProductPriceUpdate.Origin.RULE,
        approved_at__isnull=False,
    )
    return _moved(since).filter(Exists(before))


def _fell(since: datetime) -> "QuerySet[ProductPriceUpdate]":
    return _moved(since).filter(new_price__lt=F("old_price"))


def _stores_in_question() -> set[int]:
    """Stores with enough of either kind to look closer."""
    now = timezone.now()
    return {
        *_with_products(_blocked(now - BLOCKED_WITHIN), FEWEST_BLOCKED),
        *_with_products(_moved(now - MOVED_WITHIN), FEWEST_MOVED),
    }


def _with_products(updates: "QuerySet[ProductPriceUpdate]", fewest: int) -> Iterable[int]:
    counted = updates.order_by("store_id").values("store_id").annotate(products=Count("product", distinct=True))
    return counted.filter(products__gte=fewest).values_list("store_id", flat=True)


def _products_in_question() -> set[tuple[int, int]]:
    """(store, product) of prices that fell a moment ago, and often enough today to look closer."""
    now = timezone.now()
    lately = _fell(now - FELL_LATELY).values("city_price")
    falls = _fell(now - FALLS_WITHIN).filter(city_price__in=lately).order_by("city_price")
    counted = falls.values("city_price").annotate(falls=Count("pk")).filter(falls__gte=settings.FALLS_WITHOUT_SALE)
    return set(counted.values_list("store_id", "product_id"))


def _too_many_blocked(store: Store) -> Verdict | None:
    blocked = _blocked(_since_change_of(store, BLOCKED_WITHIN)).filter(store=store)
    products = blocked.order_by().values("product").distinct().count()
    if products < max(FEWEST_BLOCKED, _automated(store) * SHARE_BLOCKED):
        return None
    return Verdict(Code.BLOCKED, {"products": products})


def _too_many_moved(store: Store) -> Verdict | None:
    rose, fell = _moved_far(_moved_again(_since_change_of(store, MOVED_WITHIN)).filter(store=store))
    products = max(len(rose), len(fell))
    if products < max(FEWEST_MOVED, _automated(store) * SHARE_MOVED):
        return None
    return Verdict(Code.MOVED_TOGETHER, {"products": products})


def _moved_far(updates: "QuerySet[ProductPriceUpdate]") -> tuple[set[int], set[int]]:
    """The products of which a price stands far above, and far under, where these updates found it."""
    ends: dict[int, tuple[int, int, int]] = {}
    columns = ("city_price_id", "product_id", "old_price", "new_price")
    for city_price_id, product_id, old, new in updates.order_by("pk").values_list(*columns):
        _, first, _ = ends.get(city_price_id, (product_id, old, new))
        ends[city_price_id] = (product_id, first, new)
    rose = {product_id for product_id, first, last in ends.values() if last > first * (1 + FAR)}
    fell = {product_id for product_id, first, last in ends.values() if last < first * (1 - FAR)}
    return rose, fell


def _automated(store: Store) -> int:
    """How many of the store's products rules may move, in any city."""
    return automated_prices().filter(product__store=store).order_by().values("product").distinct().count()


def _too_many_falls(product: Product) -> Verdict | None:
    since = _since(FALLS_WITHIN, BreakerTrip.everything.filter(product=product))
    counted = _fell(since).filter(product=product).order_by().values("city_price").annotate(falls=Count("pk"))
    falls = counted.aggregate(most=Max("falls"))["most"] or 0
    if falls < _falls_too_many(product.store_id) or _was_sold(product, since):
        return None
    return Verdict(Code.FALLS_WITHOUT_SALE, {"falls": falls})


def _falls_too_many(store_id: int) -> int:
    """A store without a single order of the day sells nothing, or we do not read its orders: that is not known."""
    has_orders = Order.everything.filter(store=store_id, placed_at__gt=timezone.now() - FALLS_WITHIN).exists()
    return settings.FALLS_WITHOUT_SALE * (1 if has_orders else FALLS_UNKNOWN_SALES)


def _was_sold(product: Product, since: datetime) -> bool:
    return OrderItem.everything.filter(product=product, order__placed_at__gt=since).exists()


def _too_many_stores() -> Verdict | None:
    trips = BreakerTrip.everything.filter(store__isnull=False, product=None, tripped_at__gt=_since_stop(STORES_WITHIN))
    tripped = set(trips.order_by().values_list("store", flat=True))
    acting = Store.everything.filter(Q(mode__in=ACTING) | Q(pk__in=tripped)).count()
    owners = _owners(tripped)
    if owners < FEWEST_OWNERS or len(tripped) < acting * SHARE_OF_STORES:
        return None
    return Verdict(Code.STORES_PAUSED, {"stores": len(tripped), "owners": owners})


def _owners(store_ids: Collection[int]) -> int:
    """How many people own these stores; one with several owners counts for the first of them."""
    owners = Membership.everything.filter(store__in=store_ids, role=Membership.Role.OWNER).order_by()
    return len(set(owners.values("store").annotate(first=Min("user")).values_list("first", flat=True)))


def _too_many_in_other_units() -> Verdict | None:
    """A refused answer counts as well as a recorded one: the watch refuses most of them before they are recorded."""
    answers = CardMarket.objects.filter(recent_median__isnull=False).annotate(
        answered=Coalesce("refused_median", "median"), answered_at=Coalesce("refused_at", "looked_at")
    )
    counted = answers.filter(answered_at__gt=_since_stop(UNITS_WITHIN)).aggregate(
        looked=Count("pk"), jumped=Count("pk", filter=_is_near_a_factor())
    )
    if counted["jumped"] < max(FEWEST_MARKETS, counted["looked"] * SHARE_OF_MARKETS):
        return None
    return Verdict(Code.OTHER_UNITS, counted)


def _since_stop(span: timedelta) -> datetime:
    return _since(span, BreakerTrip.everything.filter(store=None))


def _is_near_a_factor() -> Q:
    condition = Q()
    for factor in FACTORS:
        low, high = F("recent_median") * factor * (1 - NEAR_FACTOR), F("recent_median") * factor * (1 + NEAR_FACTOR)
        condition |= Q(answered__gte=low, answered__lte=high)
    return condition
