"""
What is on record about a store's markets: who stood there when the period began, and everything that changed in it.

The beginning is told by the present, taken back: an offer without a change since then stood as it stands now; one with
changes stood as the first of them found it. So old history may be gone, and nothing is guessed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import merge
from itertools import pairwise
from operator import attrgetter
from typing import Any, TypeVar

from django.db.models import F, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

import pricing
from pricing.replay import Change, Meant, Merchant, Price
from stores.models import (
    CityPrice,
    CompetitorProduct,
    CompetitorProductMonitoring,
    CompetitorStore,
    PriceListPull,
    Product,
    ProductPriceUpdate,
    Store,
)
from stores.services.prices.decide import not_rivals_of
from stores.services.prices.margins import is_margin_unknown
from stores.services.prices.plans import Policy, has_sound_plan, policy_of, read_rules
from stores.services.prices.price_list.pulls import CARRIED
from stores.services.prices.situation import describe, read_batch_facts
from stores.services.rows import batched

T = TypeVar("T")

# So much of the record is in memory at a time.
WINDOW = timedelta(hours=3)
CHUNK = 500
# Without a pull for so long the store's own are not known, and one every hour is assumed.
LONGEST_WITHOUT_PULL = timedelta(hours=2)
ASSUMED_PULL = timedelta(hours=1)


@dataclass(frozen=True)
class Question:
    """
    What is asked: which strategy with which plan and step (tenge), over which period, for which of the store's prices.

    Without a strategy each product follows its own plan; without a step, its own step. `product_ids` and
    `category_code` narrow the prices; empty means all.
    """

    store: Store
    begins_at: datetime
    ends_at: datetime
    strategy: str = ""
    plan: Mapping[str, Any] = field(default_factory=dict)
    step: int | None = None
    product_ids: tuple[int, ...] = ()
    category_code: str = ""

    @property
    def seconds(self) -> float:
        return self.seconds_of(self.ends_at)

    def seconds_of(self, moment: datetime) -> float:
        """Seconds from the beginning."""
        return (moment - self.begins_at).total_seconds()

    def moment_of(self, seconds: float) -> datetime:
        return self.begins_at + timedelta(seconds=seconds)

    def windows(self) -> list[tuple[datetime, datetime]]:
        """The period in portions that fit into memory."""
        count = -(-(self.ends_at - self.begins_at) // WINDOW)
        return list(pairwise([*(self.begins_at + WINDOW * number for number in range(count)), self.ends_at]))


@dataclass(frozen=True, slots=True)
class Standing:
    """A merchant beside our price: his price when the period began (0: not there), his days as they are now."""

    market_id: int
    merchant: Merchant
    price: int
    days: tuple[int | None, int | None]


class Merchants:
    """Merchants by their row, with the rating and reviews of today; each is read once."""

    def __init__(self) -> None:
        self._known: dict[int, Merchant] = {}

    def know(self, ids: Iterable[int]) -> Mapping[int, Merchant]:
        """All known merchants, these among them."""
        for chunk in batched(sorted({pk for pk in ids if pk not in self._known}), CHUNK):
            rows = CompetitorStore.objects.filter(pk__in=chunk)
            for row in rows:
                self._known[row.pk] = Merchant(row.merchant_id, row.rating, row.reviews)
        return self._known


def city_prices(question: Question) -> QuerySet[CityPrice]:
    """The prices that the question is about, those without a record among them."""
    rows = CityPrice.everything.filter(product__store=question.store)
    if question.product_ids:
        rows = rows.filter(product__in=question.product_ids)
    if question.category_code:
        rows = rows.filter(product__category_code=question.category_code)
    return rows


def recorded_prices(question: Question) -> QuerySet[CityPrice]:
    """Those whose market has a change on record in the period; `then` is what we meant when it began."""
    seen = CompetitorProductMonitoring.objects.filter(seen_at__range=(question.begins_at, question.ends_at))
    later = ProductPriceUpdate.everything.filter(city_price=OuterRef("pk"), approved_at__gte=question.begins_at)
    first = later.order_by("approved_at", "pk").values("old_price")[:1]
    rows = city_prices(question).filter(market__in=seen.filter(market__in=_markets_of(question)).values("market"))
    return rows.annotate(then=Coalesce(Subquery(first), F("price"))).select_related("product__store", "market")


def read_prices(question: Question) -> tuple[list[Price], int]:
    """The recorded prices with the limits and facts of today; and how many have no plan that can be followed."""
    not_rivals = not_rivals_of([question.store.pk])[question.store.pk]
    prices: list[Price] = []
    unfit = 0
    for chunk in batched(recorded_prices(question).order_by("pk").iterator(chunk_size=CHUNK), CHUNK):
        policies = policies_of(question, chunk)
        rows = [row for row in chunk if _can_be_decided(row, policies[row.pk])]
        unfit += len(chunk) - len(rows)
        facts = read_batch_facts(rows, policies)
        for row in rows:
            told = describe(row, (), not_rivals, facts)
            prices.append(_price(row, replace(told, age_seconds=0.0, history=(), recent_median=None)))
    return prices, unfit


def policies_of(question: Question, rows: Sequence[CityPrice]) -> dict[int, Policy]:
    """Price row → what is asked about, or else what decides it today."""
    rules = read_rules(rows)
    own = {row.pk: policy_of(row, rules) for row in rows}
    return {pk: _asked(question, policy) for pk, policy in own.items()}


def standings(question: Question, market_ids: Iterable[int], merchants: Merchants) -> Iterator[Standing]:
    """Everybody who stood in these markets when the period began, or stands there now."""
    for chunk in batched(sorted(set(market_ids)), CHUNK):
        prices, days = _now(chunk)
        prices |= _before_first_change(chunk, question.begins_at)
        known = merchants.know(merchant for _, merchant in prices)
        for (market, merchant), price in prices.items():
            yield Standing(market, known[merchant], price or 0, days.get((market, merchant), (None, None)))


def changes(question: Question, begin: datetime, end: datetime, merchants: Merchants) -> list[Change | Meant]:
    """What happened from `begin` up to, not including, `end`, to offers and to what we meant; in order of time."""
    moves = CompetitorProductMonitoring.objects.filter(
        market__in=_markets_of(question), seen_at__gte=begin, seen_at__lt=end
    )
    columns = ("seen_at", "market_id", "competitor_store_id", "price_after")
    seen = list(moves.order_by("seen_at", "pk").values_list(*columns))
    known = merchants.know(merchant for _, _, merchant, _ in seen)
    ours = ProductPriceUpdate.everything.filter(store=question.store, approved_at__gte=begin, approved_at__lt=end)
    meant = ours.order_by("approved_at", "pk").values_list("approved_at", "city_price_id", "new_price")
    return list(
        merge(
            (Change(question.seconds_of(at), market, known[who], price) for at, market, who, price in seen),
            (Meant(question.seconds_of(at), key, price) for at, key, price in meant if at is not None),
            key=attrgetter("at"),
        )
    )


def pulls(question: Question) -> tuple[list[float], bool]:
    """When our prices were fetched, in seconds from the beginning; and whether some of that is assumed."""
    recorded = PriceListPull.everything.filter(
        store=question.store, status__in=CARRIED, pulled_at__range=(question.begins_at, question.ends_at)
    )
    known = list(recorded.order_by("pulled_at").values_list("pulled_at", flat=True))
    edges = [question.begins_at, *known, question.ends_at]
    assumed = [moment for start, end in pairwise(edges) for moment in _assumed_between(start, end)]
    return sorted(map(question.seconds_of, [*known, *assumed])), bool(assumed)


def _assumed_between(start: datetime, end: datetime) -> list[datetime]:
    if end - start <= LONGEST_WITHOUT_PULL:
        return []
    return [start + ASSUMED_PULL * number for number in range(1, -(-(end - start) // ASSUMED_PULL))]


def _markets_of(question: Question) -> QuerySet[CityPrice, Any]:
    return city_prices(question).filter(market__isnull=False).values("market")


def _can_be_decided(row: CityPrice, policy: Policy) -> bool:
    has_plan = policy.strategy != Product.Strategy.BY_RULE and has_sound_plan(row, policy)
    return has_plan and not is_margin_unknown(row.product)


def _asked(question: Question, own: Policy) -> Policy:
    step = own.step if question.step is None else question.step
    return Policy(question.strategy, question.plan, step) if question.strategy else replace(own, step=step)


def _price(row: CityPrice, facts: pricing.Situation) -> Price:
    then = int(getattr(row, "then"))  # noqa: B009 -- an annotation, which the type of a row does not know
    return Price(row.pk, row.market_id or 0, facts, then, row.confirmed_price)


def _now(market_ids: Iterable[int]) -> tuple[dict[tuple[int, int], int | None], dict[tuple[int, int], Any]]:
    """(market, merchant) → the price now; and → days of delivery and of pre-order."""
    now = timezone.now()
    rows = CompetitorProduct.objects.filter(market__in=market_ids)
    columns = ("market_id", "competitor_store_id", "price", "delivers_at", "preorder_days")
    prices: dict[tuple[int, int], int | None] = {}
    days: dict[tuple[int, int], Any] = {}
    for market, merchant, price, delivers_at, preorder_days in rows.order_by("place", "pk").values_list(*columns):
        prices[market, merchant] = price
        days[market, merchant] = (None if delivers_at is None else max((delivers_at - now).days, 0), preorder_days)
    return prices, days


def _before_first_change(market_ids: Iterable[int], begin: datetime) -> dict[tuple[int, int], int | None]:
    """(market, merchant) → the price before the first change since then; None: not there."""
    since = CompetitorProductMonitoring.objects.filter(market__in=market_ids, seen_at__gte=begin)
    firsts = since.order_by().values("market", "competitor_store").annotate(first=Min("pk")).values("first")
    rows = CompetitorProductMonitoring.objects.filter(pk__in=firsts)
    columns = ("market_id", "competitor_store_id", "price_before")
    return {(market, who): price for market, who, price in rows.order_by("pk").values_list(*columns)}
