"""
Stocks that are told again as they stand.

Whoever types other things on a product's page sends its stock along: what was old is not old then, but a doubt that
orders gave rise to stays. A file that a person has seen and applied is a count: it ends each doubt that it can know of.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from msgspec import Struct

from stores.models import Availability
from stores.services.rows import among
from stores.services.stock.moved import tell_believed
from stores.services.stock.orders_since import NOTHING, OrdersSince, Place, carry_forward, moved_since
from stores.services.stock.promised import renew_counts

Doubt = Availability.Doubt
# A file that repeats a stock every hour need not write it every hour.
REPEATED_AFTER = timedelta(days=1)
OF_ORDERS = frozenset({Doubt.EXCEEDED, Doubt.NO_GOODS})


class Recount(Struct, frozen=True, array_like=True, tag=True):
    """Stocks that a file tells again, as they stood at `counted_at`: their doubt → id of the availability → pieces."""

    counted_at: datetime
    stocks: dict[str, dict[int, int]]


def repeat_counts(availability_ids: Collection[int]) -> None:
    """These were told again along with other facts: they are not old. The caller holds the lock of the store."""
    if not availability_ids:
        return
    now = timezone.now()
    told = stale_counts(Availability.everything.filter(pk__in=availability_ids), now)
    renew_counts(list(told.exclude(doubt__in=OF_ORDERS).values_list("pk", flat=True)), now)


def stale_counts(stocks: "QuerySet[Availability]", counted_at: datetime) -> "QuerySet[Availability]":
    """Those of the stocks that gain by being told again as of that moment: doubtful ones, or counted days before."""
    is_stale = ~Q(doubt="") | Q(counted_at=None) | Q(counted_at__lt=counted_at - REPEATED_AFTER)
    is_older = Q(counted_at=None) | Q(counted_at__lt=counted_at)
    return stocks.filter(is_stale, is_older, stock_count__isnull=False)


def may_end(doubt: str, since: OrdersSince) -> bool:
    """Whether a count may end the doubt: not where orders moved the stock since, and gave rise to it."""
    return doubt not in OF_ORDERS or not since.has_moved


def recount(store_id: int, told: Recount) -> int:
    """
    Make the counts fresh that still stand as they were told; returns how many. Done twice, nothing more happens.

    The caller holds the lock of the store.
    """
    moved = moved_since(store_id, told.counted_at)
    fresh = 0
    for doubt in told.stocks:
        standing = _standing(store_id, told, doubt, moved)
        rows = Availability.everything.filter(pk__in=among(standing))
        fresh += rows.update(counted_stock=F("stock_count"), counted_at=told.counted_at, doubt="")
        for pk, place in standing.items():
            if place in moved:
                Availability.everything.filter(pk=pk).update(counted_stock=told.stocks[doubt][pk])
                carry_forward(moved[place].whole().movements, told.counted_at)
        if doubt:
            tell_believed(store_id, {product_id for product_id, _point_id in standing.values()})
    return fresh


def take_back(store_id: int, told: Recount) -> None:
    """The file was not meant: the doubts that it alone has ended are back. The caller holds the lock of the store."""
    believed = Availability.everything.filter(product__store=store_id, counted_at=told.counted_at, doubt="")
    for doubt, stocks in told.stocks.items():
        believed.filter(pk__in=among(stocks)).update(doubt=doubt)


def _standing(store_id: int, told: Recount, doubt: str, moved: Mapping[Place, OrdersSince]) -> dict[int, Place]:
    """Those of this doubt that are as the file tells them and orders have left them, with their places."""
    stocks = told.stocks[doubt]
    there = Availability.everything.filter(product__store=store_id, pk__in=among(stocks), doubt=doubt).order_by()
    columns = stale_counts(there, told.counted_at).values_list("pk", "product", "sales_point", "stock_count")
    return {
        pk: (product_id, point_id)
        for pk, product_id, point_id, stock in columns
        if stock == stocks[pk] + moved.get((product_id, point_id), NOTHING).change
        and may_end(doubt, moved.get((product_id, point_id), NOTHING))
    }
