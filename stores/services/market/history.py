"""How the prices on a card went: a chart's worth of points, however many changes there were."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from stores.models import CardMarket, CompetitorProductDay, CompetitorProductMonitoring, CompetitorStore

MOST_MERCHANTS = 30
MOST_POINTS = 1000


@dataclass
class Bucket:
    """Prices of an offer within one step of the chart, in tenge. `close` None: it was gone at the end."""

    at: datetime
    open: int
    low: int
    high: int
    close: int | None

    def add(self, low: int, high: int, close: int | None) -> None:
        """What happened next within the step."""
        self.low, self.high, self.close = min(self.low, low), max(self.high, high), close


@dataclass
class Line:
    """
    A merchant's offer on the card. Steps without a change have no bucket: the last price goes on.

    `before`: his price when the first change was seen, tenge; None where he was not there, or that is not on record.
    """

    merchant_id: str
    name: str
    buckets: list[Bucket] = field(default_factory=list)
    before: int | None = None


@dataclass(frozen=True)
class History:
    """`step` apart, from `since` to `until`; the liveliest merchants first, `left_out` others not told."""

    since: datetime
    until: datetime
    step: timedelta
    lines: Sequence[Line]
    left_out: int


@dataclass(frozen=True)
class _Seen:
    """One change, or one day of changes, of a merchant's offer. `before`: as the line has it."""

    merchant: int
    before: int | None
    at: datetime
    open: int
    low: int
    high: int
    close: int | None


def price_history(market: CardMarket, since: datetime, until: datetime, points: int) -> History:
    """The prices on the card between two moments, with at most `points` steps for each of at most 30 merchants."""
    step = max((until - since) / min(max(points, 1), MOST_POINTS), timedelta(seconds=1))
    lines: dict[int, list[Bucket]] = {}
    before: dict[int, int | None] = {}
    for seen in (*_days(market, since, until), *_changes(market, since, until)):
        buckets = lines.setdefault(seen.merchant, [])
        before.setdefault(seen.merchant, seen.before)
        at = since + int((seen.at - since) / step) * step
        if buckets and buckets[-1].at >= at:
            buckets[-1].add(seen.low, seen.high, seen.close)
        else:
            buckets.append(Bucket(at, seen.open, seen.low, seen.high, seen.close))
    liveliest = sorted(lines, key=lambda merchant: (-len(lines[merchant]), merchant))[:MOST_MERCHANTS]
    merchants = CompetitorStore.objects.in_bulk(liveliest)
    told = [Line(merchants[pk].merchant_id, merchants[pk].name, lines[pk], before[pk]) for pk in liveliest]
    return History(since, until, step, told, left_out=len(lines) - len(told))


def _days(market: CardMarket, since: datetime, until: datetime) -> Iterable[_Seen]:
    rows = CompetitorProductDay.objects.filter(
        market=market, day__gte=timezone.localdate(since), day__lte=timezone.localdate(until)
    )
    columns = ("competitor_store_id", "day", "open", "low", "high", "close")
    for merchant, day, opened, low, high, close in rows.order_by("day").values_list(*columns):
        yield _Seen(merchant, None, max(_midnight(day), since), opened, low, high, close)


def _changes(market: CardMarket, since: datetime, until: datetime) -> Iterable[_Seen]:
    rows = CompetitorProductMonitoring.objects.filter(market=market, seen_at__gte=since, seen_at__lt=until)
    columns = ("competitor_store_id", "seen_at", "price_before", "price_after")
    for merchant, at, before, after in rows.order_by("seen_at", "pk").values_list(*columns).iterator(chunk_size=5000):
        prices = [price for price in (before, after) if price is not None]
        yield _Seen(merchant, before, at, prices[0], min(prices), max(prices), after)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
