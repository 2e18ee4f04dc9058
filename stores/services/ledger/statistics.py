"""
What a store's orders brought, by day, city and product: counted by the database over the accounts, never row by row.

An order counts on the day it was placed. Pieces and revenue are those of orders that were not cancelled and not
returned; a cancelled or returned one keeps its costs in the profit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from stores.models import Fate, OrderAccount, OrderAccountLine, Product, Store
from stores.services.cities import city_name
from stores.services.ledger.period import Period

MOST_PRODUCTS = 200

EARNING = Q(fate__in=[Fate.OPEN, Fate.SOLD])
COUNTS: Mapping[str, Any] = {
    "revenue": Coalesce(Sum("amount", filter=EARNING), 0),
    "known_profit": Coalesce(Sum("profit"), 0),
    "unknown": Count("pk", filter=Q(profit=None)),
    "cancelled": Count("pk", filter=Q(fate__in=[Fate.CANCELLED, Fate.REFUSED])),
    "returned": Count("pk", filter=Q(fate=Fate.RETURNED)),
}
OF_ORDERS: Mapping[str, Any] = {
    "orders": Count("pk"),
    "pieces": Coalesce(Sum("units", filter=EARNING), 0),
    **COUNTS,
}
# A product's figures are of lines: an order with two of them counts twice.
OF_LINES: Mapping[str, Any] = {
    "orders": Count("pk"),
    "pieces": Coalesce(Sum("quantity", filter=EARNING), 0),
    **COUNTS,
}


class By(StrEnum):
    """What statistics are told by."""

    DAY = "day"
    CITY = "city"
    PRODUCT = "product"


@dataclass(frozen=True)
class Figures:
    """
    Orders (or lines of them), pieces, tenge. `known_profit` is the sum of the profits that are known; those of
    `unknown` orders are not.
    """

    orders: int = 0
    pieces: int = 0
    revenue: int = 0
    known_profit: int = 0
    unknown: int = 0
    cancelled: int = 0
    returned: int = 0


@dataclass(frozen=True)
class Row:
    """Figures of a day (ISO), a city or a product: what it is known by, and its name."""

    key: str
    name: str
    figures: Figures


@dataclass(frozen=True)
class Statistics:
    """The rows and the figures of the whole period; of products the first by revenue; `left_out` are not among them."""

    rows: list[Row]
    total: Figures
    left_out: int = 0


def statistics(store: Store, period: Period, by: By) -> Statistics:
    """At most three queries; rows are bounded by the days of the period, the cities, or MOST_PRODUCTS."""
    total = total_of(store, period)
    match by:
        case By.DAY:
            return Statistics(_by_day(store, period), total)
        case By.CITY:
            return Statistics(_by_city(store, period), total)
        case By.PRODUCT:
            return _by_product(store, period, total)


def total_of(store: Store, period: Period) -> Figures:
    """The figures of all orders of the period; one query."""
    return Figures(**_accounts(store, period).aggregate(**OF_ORDERS))


def product_figures(store: Store, period: Period) -> "QuerySet[Any, dict[str, Any]]":
    """Every product's figures, by SKU, the highest revenue first."""
    lines = OrderAccountLine.objects.for_store(store).filter(day__range=(period.since, period.until))
    return lines.order_by().values("sku").annotate(**OF_LINES).order_by("-revenue", "sku")


def _by_day(store: Store, period: Period) -> list[Row]:
    """Each day of the period, also one without an order."""
    found: dict[date, Figures] = _grouped(store, period, "day")
    return [Row(day.isoformat(), day.isoformat(), found.get(day, Figures())) for day in period.days]


def _by_city(store: Store, period: Period) -> list[Row]:
    found: dict[str, Figures] = _grouped(store, period, "city_id")
    rows = [Row(city_id, city_name(city_id) if city_id else "", figures) for city_id, figures in found.items()]
    return sorted(rows, key=lambda row: (-row.figures.revenue, row.name))


def _by_product(store: Store, period: Period, total: Figures) -> Statistics:
    figures = product_figures(store, period)
    rows = [(row.pop("sku"), Figures(**row)) for row in figures[:MOST_PRODUCTS]]
    names = product_names(store, [sku for sku, _figures in rows])
    left_out = 0 if len(rows) < MOST_PRODUCTS else figures.count() - len(rows)
    return Statistics([Row(sku, names.get(sku, sku), each) for sku, each in rows], total, left_out)


def product_names(store: Store, skus: list[str]) -> dict[str, str]:
    """What the store calls these articles; those that it no longer has are absent."""
    return dict(Product.objects.for_store(store).filter(sku__in=skus).values_list("sku", "model"))


def _grouped(store: Store, period: Period, column: str) -> dict[Any, Figures]:
    rows = _accounts(store, period).order_by().values(column).annotate(**OF_ORDERS)
    return {row.pop(column): Figures(**row) for row in rows}


def _accounts(store: Store, period: Period) -> "QuerySet[OrderAccount]":
    accounts: QuerySet[OrderAccount] = OrderAccount.objects.for_store(store)
    return accounts.filter(day__range=(period.since, period.until))
