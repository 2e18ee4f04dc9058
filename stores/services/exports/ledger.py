"""The tables of a period that can be taken away: what orders earned, and statistics. No buyer stands in any of them."""

from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stores.models import OrderAccount, OrderReturn, Store
from stores.services.cities import city_name
from stores.services.exports.tables import PORTION, Row, in_portions
from stores.services.ledger.period import Period
from stores.services.ledger.statistics import By, Figures, product_figures, product_names, statistics


@dataclass(frozen=True)
class PeriodTable:
    """`columns`: their titles. `rows_of`: a store's rows of a period, cell by cell: texts, whole tenge, times, None."""

    columns: tuple[str | Promise, ...]
    rows_of: Callable[[Store, Period], Iterator[Row]]


def _accounts(store: Store, period: Period) -> Iterator[Row]:
    accounts = OrderAccount.objects.for_store(store).filter(day__range=(period.since, period.until))
    columns = ("placed_at", "order__code", "city_id", "fate", "units", "amount", "delivery_expected")
    more = ("delivery_charged", "overcharge", "profit", "missing")
    for placed_at, code, city_id, *rest in in_portions(accounts, *columns, *more):
        yield (_local(placed_at), code, _city(city_id), *rest)


def _products(store: Store, period: Period) -> Iterator[Row]:
    """All products: their figures are read as a stream, their names in portions."""
    portion: list[tuple[str, Figures]] = []
    for row in product_figures(store, period).iterator(PORTION):
        portion.append((row.pop("sku"), Figures(**row)))
        if len(portion) == PORTION:
            yield from _named(store, portion)
            portion = []
    yield from _named(store, portion)


def _named(store: Store, portion: list[tuple[str, Figures]]) -> Iterator[Row]:
    names = product_names(store, [sku for sku, _figures in portion])
    for sku, figures in portion:
        yield (sku, names.get(sku, ""), *astuple(figures))


def _days(store: Store, period: Period) -> Iterator[Row]:
    for row in statistics(store, period, By.DAY).rows:
        yield (row.key, *astuple(row.figures))


def _cities(store: Store, period: Period) -> Iterator[Row]:
    for row in statistics(store, period, By.CITY).rows:
        yield (row.key, row.name, *astuple(row.figures))


def _returns(store: Store, period: Period) -> Iterator[Row]:
    """Goods of orders of the period; those that were closed too."""
    rows = OrderReturn.objects.for_store(store).filter(order__account__day__range=(period.since, period.until))
    columns = ("since", "order__code", "fate", "amount", "at_stake", "order__return_outcome__outcome")
    for since, *rest in in_portions(rows, *columns):
        yield (_local(since), *rest)


def _local(moment: datetime) -> datetime:
    """As a spreadsheet shows it: in Almaty, without its zone."""
    return timezone.localtime(moment).replace(tzinfo=None, microsecond=0)


def _city(city_id: str) -> str:
    return city_name(city_id) if city_id else ""


FIGURES = (
    _("orders"),
    _("pieces"),
    _("revenue, ₸"),
    _("known profit, ₸"),
    _("profit not known"),
    _("cancelled"),
    _("returned"),
)
LEDGER_TABLES = {
    "order-profits": PeriodTable(
        (
            _("placed"),
            _("order"),
            _("city"),
            _("what became of it"),
            _("pieces"),
            _("total, ₸"),
            _("delivery by the tables, ₸"),
            _("delivery as charged, ₸"),
            _("charged more than expected, ₸"),
            _("profit, ₸"),
            _("not known"),
        ),
        _accounts,
    ),
    "profit-by-product": PeriodTable((_("SKU"), _("name"), *FIGURES), _products),
    "profit-by-day": PeriodTable((_("day"), *FIGURES), _days),
    "profit-by-city": PeriodTable((_("city code"), _("city"), *FIGURES), _cities),
    "returns": PeriodTable(
        (
            _("awaited since"),
            _("order"),
            _("what became of it"),
            _("sold for, ₸"),
            _("at stake, ₸"),
            _("outcome"),
        ),
        _returns,
    ),
}
