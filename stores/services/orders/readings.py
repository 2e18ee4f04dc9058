"""
Read the stores' orders: tray by tray, in periods of at most 14 days that overlap, the watermark moved with the commit.

An order cannot be followed by its date of change, for lists know the date of placing only. So the trays of open orders
are read whole each time, as far back as an order can be open; whoever has left a tray unseen is read by its number.
The archive is read from its watermark on, and once a day far back, for what is returned late.
"""

import logging
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db.models import Case, Exists, Min, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Now
from django.utils import timezone

import kaspi
from stores.models import Notification, Order, OrderReading, Store
from stores.services.market.pace import NoTurn
from stores.services.merchant.asking import CANNOT_ASK, NoToken, ask, has_usable_token
from stores.services.notifications import notify
from stores.services.orders.take_in import take_in
from stores.services.transactions import database_time, in_transaction

log = logging.getLogger(__name__)

Tray = kaspi.Tray

INTERVALS = {
    Tray.NEW: timedelta(minutes=1),
    Tray.SIGN_REQUIRED: timedelta(minutes=5),
    Tray.PICKUP: timedelta(minutes=5),
    Tray.DELIVERY: timedelta(minutes=5),
    Tray.KASPI_DELIVERY: timedelta(minutes=5),
    Tray.ARCHIVE: timedelta(minutes=10),
}
# How far before its watermark a tray is read again. A new order ends by itself within hours; a parcel may be a
# pre-order of 30 days, or come back two weeks after it was received.
OVERLAPS = dict.fromkeys(Tray, timedelta(days=42)) | {
    Tray.NEW: timedelta(days=13),
    Tray.ARCHIVE: timedelta(days=1),
}
SWEEP_EVERY = timedelta(days=1)
SWEEP_BACK = timedelta(days=60)
FIRST_READING = timedelta(days=90)

# A task reads no new period after so long, and leaves the rest to the next one.
READS_FOR_SECONDS = 60.0
# Longer than one period takes, and than a task may run.
LEASE = timedelta(minutes=6)
SILENT_AFTER = timedelta(minutes=10)
# Pages shift while orders leave a tray: a period is read so often until its pages agree.
ATTEMPTS = 3
PAGE_SIZE = 100
MOST_PAGES = 1_000
LONGEST_PAUSE = timedelta(minutes=15)
NEW_ORDERS_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True)
class Progress:
    """How far a store's orders are read for the first time, 0 to 1; when new ones were last looked for. None: never."""

    progress: float | None
    new_orders_read_at: datetime | None


@dataclass
class Period:
    """What came of reading one tray from `since` to `until`: its pages, and what stood in the way, if anything did."""

    since: datetime
    until: datetime
    pages: list[kaspi.OrderPage] = field(default_factory=list)
    error: Exception | None = None

    @property
    def codes(self) -> set[str]:
        return {order.code for page in self.pages for order in page.orders}

    @property
    def unread(self) -> list[kaspi.UnreadOrder]:
        return [unread for page in self.pages for unread in page.unread]

    @property
    def is_whole(self) -> bool:
        """Whether every page came, all agree how many orders there are, and so many different ones were read."""
        totals = {page.total_count for page in self.pages}
        return self.error is None and totals == {len(self.codes) + len(self.unread)}


def read_due_orders() -> int:
    """Read the trays that are due until the time of a task is up; returns how many."""
    begin_readings()
    deadline = time.monotonic() + READS_FOR_SECONDS
    count = 0
    while time.monotonic() < deadline and (reading := claim_due_reading()) is not None:
        read_tray(reading, deadline)
        count += 1
    return count


def begin_readings() -> None:
    """A reading of each tray for every store that has got a token."""
    now = timezone.now()
    without = Store.everything.filter(has_usable_token("pk")).exclude(
        Exists(OrderReading.everything.filter(store=OuterRef("pk")))
    )
    rows = [
        OrderReading(
            store=store, tray=tray, reads_from=now - FIRST_READING, read_until=now - FIRST_READING, next_read_at=now
        )
        for store in without
        for tray in Tray
    ]
    OrderReading.everything.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def claim_due_reading() -> OrderReading | None:
    """Take the tray that waits longest and that nobody holds, new orders before all others."""
    is_due = Q(next_read_at__lte=Now()) & (Q(leased_until__isnull=True) | Q(leased_until__lt=Now()))
    urgency = Case(When(tray=Tray.NEW, then=Value(0)), default=Value(1))
    due = OrderReading.everything.filter(is_due, has_usable_token("store"))
    for pk in due.order_by(urgency, "next_read_at", "pk").values_list("pk", flat=True)[:10]:
        token = secrets.token_hex(16)
        if due.filter(pk=pk).update(claim=token, leased_until=database_time(LEASE)):
            return OrderReading.everything.select_related("store").get(pk=pk)
    return None


def read_tray(reading: OrderReading, deadline: float) -> None:
    """Read a claimed tray, period by period; what is left at the deadline (`time.monotonic`) is read next."""
    now = timezone.now()
    unread = 0
    for since, until in _periods(_begin(reading, now), now):
        period = _read_period(reading, since, until)
        unread += len(period.unread)
        _tell_unread(reading, period)
        if period.error is not None or not period.is_whole:
            _put_off(reading, period.error)
            return
        if not _keep(reading, period):
            return
        if until < now and time.monotonic() > deadline:
            _put_back(reading, next_read_at=now)
            return
    interval = INTERVALS[Tray(reading.tray)]
    _put_back(reading, next_read_at=now + interval, finished_at=now, resume_at=None, failures=0, unread=unread)


def progress_of(store: Store) -> Progress:
    """How far the first reading of the archive is: it goes back farthest."""
    readings = {reading.tray: reading for reading in OrderReading.objects.for_store(store)}
    if not readings:
        return Progress(None, None)
    archive = readings[Tray.ARCHIVE]
    span = timezone.now() - archive.reads_from
    share = 1.0 if archive.finished_at else (archive.read_until - archive.reads_from) / span
    return Progress(share, readings[Tray.NEW].finished_at)


def alarm_silent() -> None:
    """One message a store when its new orders could not be read for too long. Each of them has a clock."""
    since = timezone.now() - SILENT_AFTER
    silent = OrderReading.everything.filter(has_usable_token("store"), tray=Tray.NEW).filter(
        Q(finished_at__lt=since) | Q(finished_at=None, reads_from__lt=since - FIRST_READING)
    )
    for reading in silent:
        last = "" if reading.finished_at is None else reading.finished_at.isoformat(timespec="seconds")
        notify(reading.store_id, Notification.Kind.ORDERS_SILENT, event=f"orders_silent:{last}", facts={"since": last})


def _begin(reading: OrderReading, now: datetime) -> datetime:
    """Where this reading starts: where the last one was interrupted, or the watermark less its overlap."""
    if reading.resume_at is not None:
        return reading.resume_at
    since = reading.read_until - OVERLAPS[Tray(reading.tray)]
    is_sweep = reading.swept_at is None or reading.swept_at < now - SWEEP_EVERY
    if is_sweep:
        since = min(since, now - SWEEP_BACK)
    oldest = _open_orders(reading).aggregate(oldest=Min("placed_at"))["oldest"]
    if oldest is not None and reading.tray != Tray.ARCHIVE:
        since = min(since, oldest)
    since = max(since, reading.reads_from)
    begun = {"swept_at": now} if is_sweep else {}
    OrderReading.everything.filter(pk=reading.pk, claim=reading.claim).update(resume_at=since, **begun)
    return since


def _periods(since: datetime, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Until now, oldest first. They share their ends, so nothing falls between."""
    while since < now:
        until = min(since + kaspi.LONGEST_PERIOD, now)
        yield since, until
        since = until


def _open_orders(reading: OrderReading) -> QuerySet[Order]:
    return Order.everything.filter(store=reading.store_id, state=reading.tray)


def _read_period(reading: OrderReading, since: datetime, until: datetime) -> Period:
    """Read the period until its pages agree, a few times. What was read is written down in any case."""
    period = Period(since, until)
    for _ in range(ATTEMPTS):
        try:
            period = ask(reading.store, lambda api: _read_pages(api, Tray(reading.tray), since, until))
        except (*CANNOT_ASK, NoToken) as error:
            return Period(since, until, error=error)
        for page in period.pages:
            take_in(reading.store, page.orders, page.read_at)
        if period.is_whole or period.error is not None:
            break
    return period


async def _read_pages(api: kaspi.MerchantApi, tray: kaspi.Tray, since: datetime, until: datetime) -> Period:
    """All pages; what came before an error is kept, for each order is a fact by itself."""
    period = Period(since, until)
    orders = kaspi.OrdersApi(api)
    for number in range(MOST_PAGES):
        try:
            page = await orders.page(tray, since, until, number, read_at=datetime.now(UTC), size=PAGE_SIZE)
        except CANNOT_ASK as error:
            if not period.pages:
                raise
            period.error = error
            return period
        period.pages.append(page)
        if number + 1 >= page.page_count:
            return period
    period.error = kaspi.PartialAnswer(f"more than {MOST_PAGES} pages", "$.meta.pageCount")
    return period


@in_transaction
def _keep(reading: OrderReading, period: Period) -> bool:
    """
    The period was read whole: move the watermark, and have those looked up that ought to be in it and are not. False
    when somebody else has the reading now.
    """
    mine = OrderReading.everything.select_for_update().filter(pk=reading.pk, claim=reading.claim)
    if not mine.exists():
        return False
    reading.read_until = max(period.until, reading.read_until)
    mine.update(read_until=reading.read_until, resume_at=period.until, leased_until=database_time(LEASE))
    if reading.tray != Tray.ARCHIVE:
        _look_up_missing(reading, period)
    return True


def _tell_unread(reading: OrderReading, period: Period) -> None:
    """
    Orders that we do not understand, each told once: somebody has to handle it in the marketplace's cabinet. What lies
    in the archive has no clock, and is the service desk's.
    """
    for unread in period.unread:
        where = (reading.store_id, reading.tray)
        log.warning("order %s of store %s in %s: %s at %s", unread.code or "?", *where, unread.what, unread.path)
        if reading.tray != Tray.ARCHIVE:
            event = f"order_unread:{unread.code or unread.path}"[:100]
            facts = {"code": unread.code, "path": unread.path}
            notify(reading.store_id, Notification.Kind.ORDER_UNREAD, event=event, facts=facts)


def _look_up_missing(reading: OrderReading, period: Period) -> None:
    """Orders of ours that should have come and did not have left the tray: each is read by its number."""
    started_at = min(page.read_at for page in period.pages)
    missing = _open_orders(reading).filter(
        placed_at__gte=period.since, placed_at__lte=period.until, read_at__lt=started_at
    )
    missing.exclude(code__in=period.codes).filter(check_at=None).update(check_at=Now())


def _put_back(reading: OrderReading, **values: object) -> None:
    OrderReading.everything.filter(pk=reading.pk, claim=reading.claim).update(claim="", leased_until=None, **values)


def _put_off(reading: OrderReading, error: Exception | None) -> None:
    """Try again later: when the marketplace says, or after a pause that grows."""
    log.info("orders of store %s in %s: %s", reading.store_id, reading.tray, error or "pages do not agree")
    failures = min(reading.failures + 1, 100)
    _put_back(reading, next_read_at=timezone.now() + _pause(reading.tray, failures, error), failures=failures)


def _pause(tray: str, failures: int, error: Exception | None) -> timedelta:
    """New orders have clocks: but for a wish of the marketplace, they are asked for at least every other minute."""
    match error:
        case kaspi.Throttled(retry_after=int(seconds)):
            return timedelta(seconds=seconds)
        case NoTurn() | None:
            return timedelta(seconds=10)
    pause = INTERVALS[Tray(tray)] * min(2 ** (failures - 1), 60)
    return min(pause, NEW_ORDERS_WITHIN if tray == Tray.NEW else LONGEST_PAUSE)
