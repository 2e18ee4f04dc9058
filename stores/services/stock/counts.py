"""
Stocks that were told or counted, and those that are not to be believed.

A doubtful stock is still shown to buyers, but rules do not lower the price for it: who sells cheap what he does not
have cancels the order, and each such cancelling counts against the shop. A count ends the doubt.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from stores.models import Availability, CatalogueBatch, Notification, StockRules, Store
from stores.services import access
from stores.services.catalogue.apply import apply_changes
from stores.services.catalogue.changes import PointChange, ProductChange
from stores.services.errors import Refusal
from stores.services.notifications import notify
from stores.services.stock.moved import tell_believed
from stores.services.stock.promised import renew_counts, take_anew
from stores.services.transactions import in_transaction

Doubt = Availability.Doubt

# Stocks of one store that one sweep doubts, so that its transaction stays short; the rest is the next one's.
AT_ONCE = 5_000


@dataclass(frozen=True)
class Seen:
    """A stock as it was shown to the person who says that it is right; `counted_at` in UTC."""

    id: int
    stock_count: int
    counted_at: datetime | None
    doubt: str


@dataclass(frozen=True)
class Confirmed:
    """How many stocks are believed again, and those that are not as they were seen: these stay as they are."""

    count: int
    moved: list[Availability]


@in_transaction
def confirm_stocks(store: Store, seen: Iterable[Seen], actor: Any) -> Confirmed:
    """
    A person has found that so many can be sold of these as he was shown. What has moved since, nobody has counted.
    Those that are not counted at all, and those of other stores, are passed over.

    Raises Forbidden.
    """
    store = Store.everything.select_for_update().get(pk=store.pk)
    access.require(actor, store, access.Action.CHANGE_PRICES)
    shown = {each.id: each for each in seen}
    counted = Availability.everything.filter(product__store=store, pk__in=shown, stock_count__isnull=False)
    rows = list(counted.select_related("product", "sales_point").order_by("pk"))
    moved = [row for row in rows if not _is_as_seen(row, shown[row.pk])]
    right = [row for row in rows if row not in moved]
    count = renew_counts([row.pk for row in right], timezone.now())
    tell_believed(store.pk, {row.product_id for row in right})
    return Confirmed(count, moved)


def _is_as_seen(stock: Availability, seen: Seen) -> bool:
    """A number that is believed by now is right all the same: somebody may have said so twice."""
    is_same_doubt = (stock.doubt, stock.counted_at) == (seen.doubt, seen.counted_at)
    return stock.stock_count == seen.stock_count and (not stock.doubt or is_same_doubt)


@in_transaction
def count_stock(availability: Availability, stock: int, actor: Any) -> None:
    """
    A person has counted so many pieces on the shelf, those of new orders among them. Raises Forbidden, and Refusal:
    what the catalogue refuses of a stock.
    """
    store = Store.everything.select_for_update().get(pk=availability.product.store_id)
    there = Availability.everything.select_related("product", "sales_point").get(pk=availability.pk)
    if there.stock_count == stock:
        access.require(actor, store, access.Action.CHANGE_PRICES)
        _begin_count(there)
        return
    wanted = ProductChange(there.product.sku, points={there.sales_point.code: PointChange(stock_count=stock)})
    applied = apply_changes(store, [wanted], actor, CatalogueBatch.Source.PERSON)
    if refused := applied.refused.get(there.product.sku):
        raise Refusal(refused[0].code, refused[0].message, {"stock": [refused[0].message]})


def _begin_count(there: Availability) -> None:
    """As many were counted as could be sold: new orders take theirs from these."""
    counted = Availability.everything.filter(pk=there.pk)
    counted.update(counted_stock=F("stock_count"), counted_at=timezone.now(), doubt="")
    store_id, product_ids = there.product.store_id, [there.product_id]
    take_anew(store_id, product_ids)
    tell_believed(store_id, product_ids)


def doubt_stock(availability: Availability, why: Doubt, order_code: str) -> None:
    """
    The stock is not to be believed; its seller is asked to count, once a count. The caller holds the lock of the store.
    """
    if availability.doubt not in ("", Doubt.OLD):
        return
    availability.doubt = why
    Availability.everything.filter(pk=availability.pk).update(doubt=why)
    facts = {
        "sku": availability.product.sku,
        "point": availability.sales_point.code,
        "why": why,
        "order": order_code,
        "stock": availability.stock_count,
    }
    notify(
        availability.product.store_id,
        Notification.Kind.STOCK_DOUBTED,
        event=f"stock_doubted:{availability.pk}:{_of_count(availability.counted_at)}",
        facts=facts,
        product_id=availability.product_id,
    )


def doubt_old_counts() -> int:
    """Doubt what was counted too long ago for its store; returns how many. One message a store and day."""
    own = dict(StockRules.everything.values_list("store_id", "doubted_after_days"))
    default = StockRules().doubted_after_days
    shortest = min(days for days in (default, *own.values()) if days is not None)
    old = _countable(shortest).values_list("product__store_id", flat=True).distinct()
    days_of = {store_id: own.get(store_id, default) for store_id in old}
    return sum(_doubt_old(store_id, days) for store_id, days in days_of.items() if days is not None)


@in_transaction
def _doubt_old(store_id: int, days: int) -> int:
    store = Store.everything.select_for_update().get(pk=store_id)
    old = _countable(days).filter(product__store=store)
    ids = list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    doubted = Availability.everything.filter(pk__in=ids).update(doubt=Doubt.OLD)
    if doubted:
        event = f"stocks_old:{timezone.localdate().isoformat()}"
        notify(store_id, Notification.Kind.STOCKS_OLD, event=event, facts={"count": doubted, "days": days})
    return doubted


def _countable(days: int) -> Any:
    """Stocks that are on sale, counted, believed, and were counted so long ago."""
    since = timezone.now() - timedelta(days=days)
    return Availability.everything.filter(doubt="", counted_at__lt=since, is_available=True, stock_count__gt=0)


def _of_count(counted_at: datetime | None) -> str:
    return "" if counted_at is None else counted_at.isoformat(timespec="seconds")
