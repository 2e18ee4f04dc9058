"""Read single orders by number: those that left a tray unseen, that are doubted, or that something was done to."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from redis.exceptions import RedisError

import kaspi
from stores.models import Order, Store
from stores.services.market.pace import NoTurn
from stores.services.merchant.asking import CANNOT_ASK, NoToken, ask, has_usable_token
from stores.services.orders.actions import settle
from stores.services.orders.take_in import take_in
from stores.services.transactions import database_time

log = logging.getLogger(__name__)

# Orders of one store that one call takes; and how long they are left to whoever took them.
AT_ONCE = 20
LEASE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=1)

# What keeps the answers to all others from us, too.
STOPS = (kaspi.Throttled, kaspi.Blocked, kaspi.TokenRejected, NoTurn, RedisError)
# After so many failures in a row it is not the orders that cannot be read.
MOST_FAILURES = 3
NEXT_TURN = timedelta(seconds=10)

Answer = tuple[str, kaspi.MerchantOrder | None, datetime]


@dataclass
class Batch:
    """What was told of single orders, None where that could not be read, and what ended it before its end."""

    answers: list[Answer] = field(default_factory=list)
    stopped_by: Exception | None = None


def look_up_due_orders() -> int:
    """Look up the orders that are due, some of every store; returns how many were read."""
    due = Order.everything.filter(has_usable_token("store"), check_at__lte=Now())
    stores = Store.everything.filter(pk__in=due.values("store")).order_by("pk")
    return sum(look_up_orders(store, claim_due_orders(store)) for store in stores)


def claim_due_orders(store: Store) -> list[Order]:
    """Take some orders that wait to be read. Whoever dies with them leaves them to the next after the lease."""
    due = Order.everything.filter(store=store, check_at__lte=Now()).order_by("check_at", "pk")[:AT_ONCE]
    return [
        order
        for order in due
        if Order.everything.filter(pk=order.pk, check_at=order.check_at).update(
            check_at=database_time(LEASE), checks=F("checks") + 1
        )
    ]


def look_up_orders(store: Store, orders: Sequence[Order]) -> int:
    """Ask for these orders one by one and take in what is told; returns how many answers came."""
    if not orders:
        return 0
    codes = [order.code for order in orders]
    try:
        batch = ask(store, lambda api: _read(api, codes))
    except (*CANNOT_ASK, NoToken) as error:
        batch = Batch(stopped_by=error)
    for code, told, read_at in batch.answers:
        if told is None:
            _put_off(store, code)
        else:
            take_in(store, [told], read_at, is_direct=True)
            settle(Order.everything.get(store=store, code=code), read_at)
    if batch.stopped_by is not None:
        log.info("single orders of store %s: %s", store.pk, batch.stopped_by)
        _give_back(store, set(codes) - {code for code, _told, _read_at in batch.answers}, batch.stopped_by)
    return len(batch.answers)


async def _read(api: kaspi.MerchantApi, codes: Sequence[str]) -> Batch:
    """One by one: what cannot be read keeps no other from being read. What came before an end is kept."""
    orders = kaspi.OrdersApi(api)
    batch = Batch()
    failures = 0
    for code in codes:
        read_at = datetime.now(UTC)
        told = None
        try:
            told = await _read_one(orders, code, read_at)
            failures = 0
        except STOPS as error:
            if not batch.answers:
                raise
            batch.stopped_by = error
            break
        except kaspi.KaspiError as error:
            log.warning("order %s cannot be read: %s", code, error)
            failures += isinstance(error, kaspi.Unavailable)
            batch.stopped_by = error if failures == MOST_FAILURES else None
        batch.answers.append((code, told, read_at))
        if batch.stopped_by is not None:
            break
    return batch


async def _read_one(orders: kaspi.OrdersApi, code: str, read_at: datetime) -> kaspi.MerchantOrder | None:
    """With its lines, also where the list by number leaves them out."""
    told = await orders.by_code(code, read_at=read_at)
    if told is None or told.entries is not None:
        return told
    return msgspec.structs.replace(told, entries=await orders.entries(told.order_id))


def _give_back(store: Store, codes: Collection[str], stopped_by: Exception) -> None:
    """These were claimed and not asked for: soon, where the marketplace did not ask for patience."""
    match stopped_by:
        case kaspi.Throttled(retry_after=int(seconds)):
            pause = timedelta(seconds=seconds)
        case NoTurn():
            pause = NEXT_TURN
        case _:
            pause = LEASE
    at = timezone.now() + pause
    waiting = Order.everything.filter(store=store, code__in=codes, check_at__gt=at, checks__gt=0)
    waiting.update(check_at=at, checks=F("checks") - 1)


def _put_off(store: Store, code: str) -> None:
    """
    The marketplace knows no such order, does not give it, or tells it in a shape that we do not know: later, and ever
    more seldom.
    """
    row = Order.everything.filter(store=store, code=code).first()
    if row is not None:
        pause = min(timedelta(minutes=1) * 2 ** min(row.checks, 10), LONGEST_PAUSE)
        Order.everything.filter(pk=row.pk).update(check_at=timezone.now() + pause)
