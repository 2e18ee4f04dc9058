"""Which fees run out, or have run out, of those that somebody's products need."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone

from pricing.economics import (
    DeliveryRow,
    FeeTable,
    MissingRate,
    OverlappingRates,
    RateName,
    ShareRow,
    Zone,
)
from stores.models import FeeCategory, Product, Store
from stores.services.prices.fee_rows import read_delivery_rows, read_share_rows

log = logging.getLogger(__name__)

WARNED_BEFORE = timedelta(days=30)
ONCE_A_DAY = 24 * 60 * 60
CATEGORY = "category"
WITHOUT_KEY = (RateName.VAT, RateName.RETURNED, RateName.BONUS)


@dataclass(frozen=True, order=True, slots=True)
class Gap:
    """
    From this day on nobody knows this fee; a day that has come means that profits and margins cannot be said now.

    `table`: a rate, or `category` for a category whose commission is not in the tables. `key`: which of them.
    """

    table: str
    key: str
    since: date


@dataclass(frozen=True, slots=True)
class Needs:
    """The fees that somebody's products need today: keys of commissions and regimes, grams that are sent."""

    shares: frozenset[tuple[RateName, str]]
    weights: frozenset[int]


def find_gaps() -> list[Gap]:
    """Every fee in use that is not there today, or ends within 30 days with nothing after it."""
    today = timezone.localdate()
    shares, delivery = read_share_rows(), read_delivery_rows()
    gaps: dict[tuple[str, str], Gap] = {}
    needs = _needs(delivery)
    for day in _days_of_change([*shares, *delivery], today):
        for table, key in _missing_on(day, needs, shares, delivery):
            gaps.setdefault((table, key), Gap(table, key, day))
    return sorted([*gaps.values(), *(Gap(CATEGORY, code, today) for code in _unknown_categories())])


def log_gaps_daily() -> None:
    """Each gap once a day in the log, whichever worker comes first."""
    if not cache.add(f"fee-gaps:{timezone.localdate()}", 1, ONCE_A_DAY):
        return
    for gap in find_gaps():
        log.warning("no fee for %s %s from %s on", gap.table, gap.key, gap.since)


def delivery_is_whole(rows: Iterable[DeliveryRow]) -> bool:
    """Whether the bands, cheapest orders first, know a fee for every price."""
    following: int | None = 1
    for row in rows:
        if row.price_from != following:
            return False
        following = None if row.price_to is None else row.price_to + 1
    return following is None


def _needs(delivery: Iterable[DeliveryRow]) -> Needs:
    products = Product.everything.order_by()
    if not products.exists():
        return Needs(frozenset(), frozenset())
    categories = FeeCategory.objects.filter(category_code__in=products.values("category_code"))
    commissions = categories.order_by().values_list("commission_key", flat=True).distinct()
    regimes = Store.everything.filter(products__isnull=False).exclude(tax_regime="")
    taxes = regimes.order_by().values_list("tax_regime", flat=True).distinct()
    shares = {
        *((RateName.COMMISSION, key) for key in commissions),
        *((RateName.TURNOVER_TAX, key) for key in taxes),
        *((rate, "") for rate in WITHOUT_KEY),
    }
    return Needs(frozenset(shares), _weight_classes(products, delivery))


def _weight_classes(products: "QuerySet[Product]", delivery: Iterable[DeliveryRow]) -> frozenset[int]:
    """The lightest parcel of each class of the tables that some product falls into."""
    starts = {1, *(row.weight_from_g for row in delivery)}
    weights = products.filter(weight_g__gte=1).values_list("weight_g", flat=True).distinct()
    return frozenset(max(start for start in starts if start <= (weight or 1)) for weight in weights)


def _days_of_change(rows: Iterable[ShareRow | DeliveryRow], today: date) -> list[date]:
    """Today, and each of the next days on which one of the rows no longer holds."""
    after_ends = {date.fromordinal(int(row.valid_to) + 1) for row in rows if row.valid_to is not None}
    return sorted({today, *(day for day in after_ends if today < day <= today + WARNED_BEFORE)})


def _missing_on(
    day: date, needs: Needs, shares: Iterable[ShareRow], delivery: Iterable[DeliveryRow]
) -> Iterator[tuple[str, str]]:
    try:
        table = FeeTable.on(day.isoformat(), shares, delivery)
    except OverlappingRates as error:
        yield "overlapping_rates", ", ".join(error.codes)
        return
    for rate, key in sorted(needs.shares):
        try:
            table.share(rate, key)
        except MissingRate:
            yield rate.value, key
    for weight in sorted(needs.weights):
        if not _is_delivery_known(table, weight):
            yield RateName.DELIVERY.value, f"{Zone.CITY.value}, {weight} g"


def _is_delivery_known(table: FeeTable, weight_g: int) -> bool:
    try:
        return delivery_is_whole(table.delivery_rows(weight_g, Zone.CITY))
    except MissingRate:
        return False


def _unknown_categories() -> list[str]:
    known = FeeCategory.objects.values("category_code")
    unknown = Product.everything.exclude(category_code="").exclude(category_code__in=known)
    return sorted(unknown.order_by().values_list("category_code", flat=True).distinct())
