"""How many pieces were sold, as the orders tell. A store without orders of that time tells nothing, not "none"."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet, Sum
from django.utils import timezone

from stores.models import CityPrice, Order, OrderItem

WEEK = timedelta(days=7)
# These did not become a sale.
LOST = Order.CANCELLED_STATUSES + Order.RETURNED_STATUSES


@dataclass(frozen=True, slots=True)
class Sale:
    """Pieces sold together at one price each (tenge)."""

    price: int
    quantity: int
    placed_at: datetime


def sold_per_week(rows: Sequence[CityPrice]) -> dict[int, int]:
    """
    Price row → pieces of the last seven days; absent where nothing is known.

    A sale whose point is unknown counts in each city: rather too many than a cut for nothing.
    """
    if not rows:
        return {}
    since = timezone.now() - WEEK
    sums = _items(rows, since).values_list("product_id", "order__sales_point__city_id").annotate(sold=Sum("quantity"))
    sold = {(product_id, city_id): quantity for product_id, city_id, quantity in sums.order_by()}
    known = _selling_stores(rows, since)
    return {
        row.pk: sold.get((row.product_id, row.city_id), 0) + sold.get((row.product_id, None), 0)
        for row in rows
        if row.product.store_id in known
    }


def sales_since(rows: Sequence[CityPrice], since: datetime) -> Mapping[int, Sequence[Sale]]:
    """Price row → its sales, oldest first; absent where nothing is known."""
    if not rows:
        return {}
    sales: defaultdict[tuple[int, str | None], list[Sale]] = defaultdict(list)
    columns = ("product_id", "order__sales_point__city_id", "base_price", "quantity", "order__placed_at")
    for product_id, city_id, *sale in _items(rows, since).order_by("order__placed_at").values_list(*columns):
        sales[product_id, city_id].append(Sale(*sale))
    known = _selling_stores(rows, since)
    return {
        row.pk: [*sales[row.product_id, row.city_id], *sales[row.product_id, None]]
        for row in rows
        if row.product.store_id in known
    }


def _items(rows: Sequence[CityPrice], since: datetime) -> "QuerySet[OrderItem]":
    placed = OrderItem.everything.filter(product__in={row.product_id for row in rows}, order__placed_at__gte=since)
    return placed.exclude(order__status__in=LOST)


def _selling_stores(rows: Sequence[CityPrice], since: datetime) -> set[int]:
    stores = {row.product.store_id for row in rows}
    orders = Order.everything.filter(store__in=stores, placed_at__gte=since)
    return set(orders.order_by().values_list("store_id", flat=True).distinct())
