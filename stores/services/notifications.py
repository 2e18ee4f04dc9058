"""Messages for people: written with the fact they tell of, told after the commit, each once."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from stores.models import Notification, PathStep, Store
from stores.services import access, health
from stores.services.announcements import announce_notifications
from stores.services.prices.gate import Hold
from stores.services.prices.kept_back import look_again
from stores.services.transactions import database_time, in_transaction

Delivery = Notification.Delivery
Severity = Notification.Severity
LEASE = timedelta(minutes=1)

SEVERITY = {
    Notification.Kind.PRICE_CHANGED: Severity.INFO,
    Notification.Kind.PRICE_PROPOSED: Severity.WARNING,
    Notification.Kind.PRICE_HELD: Severity.WARNING,
    Notification.Kind.PRICE_LIST_REFUSED: Severity.URGENT,
    Notification.Kind.NOT_WRITTEN: Severity.URGENT,
    Notification.Kind.NOT_PUBLISHED: Severity.URGENT,
    Notification.Kind.NOT_PULLED: Severity.URGENT,
    Notification.Kind.NOT_SEEN: Severity.URGENT,
    Notification.Kind.PRICES_RESTORED: Severity.WARNING,
    Notification.Kind.PRICES_FORGOTTEN: Severity.WARNING,
    Notification.Kind.BLIND: Severity.URGENT,
    Notification.Kind.CHANGED_BY_HAND: Severity.WARNING,
    Notification.Kind.PRODUCT_PAUSED: Severity.URGENT,
    Notification.Kind.STORE_PAUSED: Severity.URGENT,
    Notification.Kind.EVERYTHING_STOPPED: Severity.URGENT,
    Notification.Kind.NEW_RIVAL: Severity.INFO,
    Notification.Kind.STUCK_ON: Severity.URGENT,
    Notification.Kind.CARD_UNKNOWN: Severity.WARNING,
    # Not urgent: an urgent message that nobody reads holds prices, and these need no token.
    Notification.Kind.TOKEN_REFUSED: Severity.WARNING,
    Notification.Kind.CARDS_JUDGED: Severity.INFO,
    Notification.Kind.CARDS_REFUSED: Severity.WARNING,
    Notification.Kind.CARDS_UNSURE: Severity.WARNING,
    Notification.Kind.ORDERS_SILENT: Severity.WARNING,
    Notification.Kind.ORDER_UNREAD: Severity.WARNING,
    Notification.Kind.ORDER_NOT_MOVED: Severity.WARNING,
    Notification.Kind.RETURNS_OVERDUE: Severity.WARNING,
    # Not urgent: an urgent message that nobody reads holds prices.
    Notification.Kind.QUALITY_NEAR: Severity.WARNING,
    Notification.Kind.QUALITY_OVER: Severity.WARNING,
    Notification.Kind.ORDER_HALF_TIME: Severity.WARNING,
    Notification.Kind.ORDER_ENDING: Severity.WARNING,
    Notification.Kind.STOCK_DOUBTED: Severity.WARNING,
    Notification.Kind.STOCKS_OLD: Severity.WARNING,
    Notification.Kind.SUBSCRIPTION_ENDED: Severity.WARNING,
}


@dataclass(frozen=True)
class Event:
    """What a store is told of: its own name for it, under which it is told once, and the facts of the message."""

    store_id: int
    name: str
    facts: dict[str, Any]


def notify(
    store_id: int,
    kind: Notification.Kind,
    *,
    event: str,
    facts: dict[str, Any],
    product_id: int | None = None,
) -> None:
    """Write a message in the caller's transaction. The same `event` of a store is told once, however often met."""
    message = Notification(
        store_id=store_id, product_id=product_id, kind=kind, severity=SEVERITY[kind], facts=facts, event=event
    )
    Notification.everything.bulk_create([message], ignore_conflicts=True)


def notify_all(kind: Notification.Kind, events: Iterable[Event]) -> None:
    """Like `notify`, for many events of one kind, also of many stores."""
    messages = [
        Notification(store_id=each.store_id, kind=kind, severity=SEVERITY[kind], facts=each.facts, event=each.name)
        for each in events
    ]
    Notification.everything.bulk_create(messages, ignore_conflicts=True, batch_size=500)


def notify_everybody(kind: Notification.Kind, *, event: str, facts: dict[str, Any]) -> None:
    """Like `notify`, for every store."""
    stores = Store.everything.values_list("pk", flat=True)
    notify_all(kind, [Event(store_id, event, facts) for store_id in stores])


def tell_waiting(limit: int = 500) -> int:
    """
    Tell the messages that wait; returns how many. The claim is written before telling, so two workers never tell one
    message; one whose worker died while telling is told again after the lease.
    """
    token = secrets.token_hex(16)
    is_waiting = Q(delivery=Delivery.WAITING) | Q(delivery=Delivery.SENDING, leased_until__lt=Now())
    seen = list(Notification.everything.filter(is_waiting).order_by("pk").values_list("pk", flat=True)[:limit])
    Notification.everything.filter(is_waiting, pk__in=seen).update(
        delivery=Delivery.SENDING, claim=token, leased_until=database_time(LEASE)
    )
    claimed = Notification.everything.filter(claim=token, delivery=Delivery.SENDING)
    store_ids = set(claimed.values_list("store_id", flat=True))
    for store_id in store_ids:
        announce_notifications(store_id)
    told = claimed.update(delivery=Delivery.TOLD, told_at=timezone.now())
    if told:
        health.finished(PathStep.Name.TOLD)
    return told


@in_transaction
def mark_read(notification: Notification, actor: Any) -> Notification:
    """
    A person has read it; the first time counts.

    An unread alarm holds prices, and reading it lets them go on: what it kept back is decided anew. Raises Forbidden to
    those who may not change prices.
    """
    if notification.severity == Severity.URGENT:
        access.require(actor, notification.store, access.Action.CHANGE_PRICES)
    unread = Notification.everything.filter(pk=notification.pk, read_at=None)
    if unread.update(read_at=timezone.now()) and notification.severity == Severity.URGENT:
        look_again(Hold.ALARM_UNREAD, store=notification.store)
    return Notification.everything.get(pk=notification.pk)


@in_transaction
def mark_alarms_read(store: Store, newest_id: int, actor: Any) -> int:
    """
    A person has read the store's urgent messages, the newest of them this one; returns how many were unread.

    One that came after he looked stays unread. What they kept back is decided anew. Raises Forbidden to those who may
    not change prices.
    """
    access.require(actor, store, access.Action.CHANGE_PRICES)
    seen = Notification.everything.filter(store=store, severity=Severity.URGENT, pk__lte=newest_id, read_at=None)
    count = seen.update(read_at=timezone.now())
    if count:
        look_again(Hold.ALARM_UNREAD, store=store)
    return count


def mark_all_read(store: Store, newest: int, actor: Any) -> None:
    """
    All that the person sees of the store up to the message `newest` (an id) is read, but the urgent ones: they hold
    prices.
    """
    seen = Notification.objects.for_user(actor).filter(store=store, pk__lte=newest, read_at=None)
    waiting = Notification.everything.filter(pk__in=list(seen.values_list("pk", flat=True)))
    waiting.exclude(severity=Severity.URGENT).update(read_at=timezone.now())
