"""Read single orders by number: those that left a tray unseen, that are doubted, or that something was done to."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

import kaspi
import vault
from stores.models import Order, Store
from stores.services.merchant.asking import CANNOT_ASK, NoToken, ask, has_usable_token
from stores.services.orders.actions import settle
from stores.services.orders.take_in import take_in
from stores.services.transactions import database_time

log = logging.getLogger(__name__)

# Orders of one store that one call takes; and how long they are left to whoever took them.
AT_ONCE = 20
LEASE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=1)

Answer = tuple[str, kaspi.MerchantOrder | None, datetime]


def check_due_orders() -> int:
    """Read the orders that are due, some of every store; returns how many were read."""
    due = Order.everything.filter(has_usable_token("store"), check_at__lte=Now())
    stores = Store.everything.filter(pk__in=due.values("store")).order_by("pk")
    return sum(check_orders(store, claim_due_orders(store)) for store in stores)


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


def check_orders(store: Store, orders: Sequence[Order]) -> int:
    """Ask for these orders one by one and take in what is told; returns how many answers came."""
    if not orders:
        return 0
    codes = [order.code for order in orders]
    try:
        answers = ask(store, lambda api: _read(api, codes))
    except (*CANNOT_ASK, NoToken, vault.VaultError) as error:
        log.info("single orders of store %s: %s", store.pk, error)
        return 0
    for code, told, read_at in answers:
        if told is None:
            _put_off(store, code)
        else:
            take_in(store, [told], read_at, is_direct=True)
            settle(Order.everything.get(store=store, code=code), read_at)
    return len(answers)


async def _read(api: kaspi.MerchantApi, codes: Sequence[str]) -> list[Answer]:
    """What came before an error is kept."""
    orders = kaspi.OrdersApi(api)
    answers: list[Answer] = []
    for code in codes:
        read_at = datetime.now(UTC)
        try:
            answers.append((code, await _read_one(orders, code, read_at), read_at))
        except kaspi.MalformedAnswer as error:
            log.warning("order %s cannot be understood: %s", code, error)
            answers.append((code, None, read_at))
        except CANNOT_ASK:
            if not answers:
                raise
            break
    return answers


async def _read_one(orders: kaspi.OrdersApi, code: str, read_at: datetime) -> kaspi.MerchantOrder | None:
    """With its lines, also where the list by number leaves them out."""
    told = await orders.by_code(code, read_at=read_at)
    if told is None or told.entries is not None:
        return told
    return msgspec.structs.replace(told, entries=await orders.entries(told.order_id))


def _put_off(store: Store, code: str) -> None:
    """The marketplace knows no such order, or tells it in a shape that we do not know: later, and ever more seldom."""
    row = Order.everything.filter(store=store, code=code).first()
    if row is not None:
        pause = min(timedelta(minutes=1) * 2 ** min(row.checks, 10), LONGEST_PAUSE)
        Order.everything.filter(pk=row.pk).update(check_at=timezone.now() + pause)
