"""What a store's orders brought, as its pages show it: figures, a chart of days, orders with their profit, returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stores.models import Fate, Indicator, Order, OrderAccount, OrderAccountLine, OrderReturn, Store
from stores.services.cities import city_name
from stores.services.ledger.period import Period
from stores.services.ledger.quality import Budget, budgets_of
from stores.services.ledger.quality_levels import Level
from stores.services.ledger.returns import KEPT_FOR, awaited
from stores.services.ledger.statistics import By, Statistics

MOST_RETURNS = 100
# The chart, in units of its own picture.
CHART_WIDTH, CHART_HEIGHT = 720, 160
# What is not known to say a profit, in words.
MISSING: Mapping[str, str | Promise] = {
    "purchase_cost": gettext_lazy("purchase cost"),
    "weight": gettext_lazy("weight"),
    "category": gettext_lazy("commission of the category"),
    "tax_regime": gettext_lazy("tax regime of the store"),
    "zone": gettext_lazy("where the parcel goes"),
    "lines": gettext_lazy("lines of the order"),
    "commission": gettext_lazy("commission of that day"),
    "delivery": gettext_lazy("delivery fee of that day"),
    "vat": gettext_lazy("VAT of that day"),
    "turnover_tax": gettext_lazy("tax of that day"),
    "returned": gettext_lazy("share of returns of that day"),
    "bonus": gettext_lazy("bonus of that day"),
    "overlapping_rates": gettext_lazy("the fee tables contradict themselves"),
    "bad_rate": gettext_lazy("the fee tables contradict themselves"),
}
# A line of an account → its title.
LINES: Mapping[str, str | Promise] = {
    "purchase": gettext_lazy("Purchase"),
    "packaging": gettext_lazy("Packaging"),
    "commission": gettext_lazy("Commission"),
    "delivery": gettext_lazy("Delivery"),
    "tax": gettext_lazy("Tax"),
    "bonus": gettext_lazy("Bonus"),
    "returns_reserve": gettext_lazy("Reserve for returns"),
}


@dataclass(frozen=True)
class Bar:
    """A day of the chart: where its bar of revenue stands and how high it is, and the same of its profit."""

    day: date
    x: float
    width: float
    y: float
    height: float
    profit_y: float
    profit_height: float
    is_loss: bool
    revenue: int
    profit: int


@dataclass(frozen=True)
class Chart:
    """Days side by side; `zero` is where nothing stands, for a day may cost more than it brings."""

    bars: list[Bar]
    width: int
    height: int
    zero: float


@dataclass(frozen=True)
class ProfitRow:
    """An order with what it earned, or why that is not known."""

    account: OrderAccount
    code: str
    city: str
    missing: str


@dataclass(frozen=True)
class ReturnRow:
    """Goods that are awaited: so many days, and the day on which the drop-off place disposes of them."""

    row: OrderReturn
    days: int
    disposed_on: datetime
    is_at_drop_off: bool


@dataclass(frozen=True)
class OrderProfit:
    """An order's account as its page shows it: titles with tenge (None: not known), and the sum."""

    account: OrderAccount
    lines: list[tuple[str, int | None]]
    missing: str
    expected_missing: str


@dataclass(frozen=True)
class Gauge:
    """An indicator with its budget: how much of it is spent, 0 to 100; None where that cannot be said."""

    budget: Budget
    title: str
    level: str
    is_rating: bool
    percent: int | None
    note: str


def chart_of(told: Statistics) -> Chart | None:
    """Revenue and profit day by day; None where nothing was sold."""
    figures = [(date.fromisoformat(row.key), row.figures) for row in told.rows]
    highest = max((each.revenue for _day, each in figures), default=0)
    lowest = min((each.known_profit for _day, each in figures), default=0)
    top = max(highest, *(each.known_profit for _day, each in figures), 0) if figures else 0
    if not top and not lowest:
        return None
    scale = CHART_HEIGHT / (top - min(lowest, 0))
    zero, step = top * scale, CHART_WIDTH / len(figures)
    bars = [
        Bar(
            day=day,
            x=round(place * step + step * 0.1, 2),
            width=round(step * 0.8, 2),
            y=round(zero - each.revenue * scale, 2),
            height=round(each.revenue * scale, 2),
            profit_y=round(zero - max(each.known_profit, 0) * scale, 2),
            profit_height=round(abs(each.known_profit) * scale, 2),
            is_loss=each.known_profit < 0,
            revenue=each.revenue,
            profit=each.known_profit,
        )
        for place, (day, each) in enumerate(figures)
    ]
    return Chart(bars, CHART_WIDTH, CHART_HEIGHT, round(zero, 2))


def rows_of(told: Statistics, by: By) -> list[tuple[str, Any]]:
    """Names and figures; of days those with orders, the newest first."""
    if by is By.DAY:
        days = [(date.fromisoformat(row.key), row.figures) for row in reversed(told.rows) if row.figures.orders]
        return [(date_format(day, "d.m.Y"), figures) for day, figures in days]
    return [(row.name or _("not told"), row.figures) for row in told.rows]


def accounts_of(store: Store, period: Period, show: str) -> "QuerySet[OrderAccount]":
    """The period's orders, for pages by key; `show` narrows them: a fate, `loss` or `unknown`."""
    accounts: QuerySet[OrderAccount] = OrderAccount.objects.for_store(store)
    accounts = accounts.filter(day__range=(period.since, period.until)).select_related("order").defer("order__raw")
    if show in Fate.values:
        return accounts.filter(fate=show)
    return {"loss": accounts.filter(profit__lt=0), "unknown": accounts.filter(profit=None)}.get(show, accounts)


def profit_row(account: OrderAccount) -> ProfitRow:
    """An account in words."""
    city = city_name(account.city_id) if account.city_id else ""
    return ProfitRow(account, account.order.code, city, missing_in_words(account.missing))


def missing_in_words(code: str) -> str:
    """What is not known, as a person says it; empty for nothing."""
    return str(MISSING.get(code, code)) if code else ""


def profit_of_order(order: Order) -> OrderProfit | None:
    """What an order earned, line by line, for its own page (`_order_profit.html`); None before it was reckoned."""
    account = OrderAccount.objects.for_store(order.store_id).filter(order=order).first()
    if account is None:
        return None
    lines = list(OrderAccountLine.objects.for_store(order.store_id).filter(account=account))
    return OrderProfit(
        account=account,
        lines=[(str(title), _sum(lines, name)) for name, title in LINES.items()],
        missing=missing_in_words(account.missing),
        expected_missing=missing_in_words(account.expected_missing),
    )


def returns_of(store: Store) -> list[ReturnRow]:
    """The goods that are awaited longest."""
    rows = awaited(store).select_related("order").defer("order__raw")[:MOST_RETURNS]
    now = timezone.now()
    return [
        ReturnRow(row, (now - row.since).days, row.since + KEPT_FOR, row.order.is_back_at_warehouse) for row in rows
    ]


def closed_returns_of(store: Store) -> "QuerySet[OrderReturn]":
    """The last that somebody closed."""
    closed: QuerySet[OrderReturn] = OrderReturn.objects.for_store(store).exclude(order__return_outcome=None)
    closed = closed.select_related("order__return_outcome__said_by").defer("order__raw")
    return closed.order_by("-order__return_outcome__said_at", "-pk")[:MOST_RETURNS]


def gauges_of(store: Store) -> list[Gauge]:
    """The shop's indicators in words."""
    return [_gauge(budget) for budget in budgets_of(store)]


def _gauge(budget: Budget) -> Gauge:
    is_rating = budget.indicator == Indicator.RATING
    measure, limit = budget.measure, budget.limit
    percent = None
    if limit is not None and measure.value is not None and not is_rating:
        percent = min(round(measure.value / limit.limit * 100), 100)
    return Gauge(
        budget=budget,
        title=str(Indicator(budget.indicator).label),
        level=str(Level(budget.level).label),
        is_rating=is_rating,
        percent=percent,
        note=_note(budget.indicator),
    )


def _note(indicator: str) -> str:
    notes: Mapping[str, str] = {
        Indicator.CANCELS: _("Out of stock, or not accepted in time. What buyers cancel themselves does not count."),
        Indicator.LATE_HANDOVERS: _("Parcels of Kaspi Delivery that were handed over after the planned day."),
        Indicator.RETURNS: _(
            "All returns. The marketplace counts only those for quality, and does not say which they are."
        ),
        Indicator.RATING: _("As the storefront shows it beside your offers."),
    }
    return notes[indicator]


def _sum(lines: Sequence[OrderAccountLine], name: str) -> int | None:
    amounts = [getattr(line, name) for line in lines]
    return None if None in amounts else sum(amounts)
