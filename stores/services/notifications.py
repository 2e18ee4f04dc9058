"""Messages for people: written with the fact they tell of, told after the commit, each once."""

import secrets
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from stores.models import Notification, PathStep, Store
from stores.services import access, health
from stores.services.announcements import announce_notifications
from stores.services.transactions import database_time

Delivery = Notification.Delivery
Severity = Notification.Severity
LEASE = timedelta(minutes=1)

SEVERITY = {
    Notification.Kind.PRICE_CHANGED: Severity.INFO,
    Notification.Kind.PRICE_PROPOSED: Severity.WARNING,
    Notification.Kind.PRICE_HELD: Severity.WARNING,
    Notification.Kind.PRICE_LIST_REFUSED: Severity.URGENT,
    Notification.Kind.NOT_PULLED: Severity.URGENT,
    Notification.Kind.NOT_SEEN: Severity.URGENT,
    Notification.Kind.PRICES_RESTORED: Severity.WARNING,
    Notification.Kind.BLIND: Severity.URGENT,
    Notification.Kind.CHANGED_BY_HAND: Severity.WARNING,
    Notification.Kind.PRODUCT_PAUSED: Severity.URGENT,
    Notification.Kind.STORE_PAUSED: Severity.URGENT,
    Notification.Kind.EVERYTHING_STOPPED: Severity.URGENT,
    Notification.Kind.NEW_RIVAL: Severity.INFO,
    Notification.Kind.STUCK_ON: Severity.URGENT,
}


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


def notify_everybody(kind: Notification.Kind, *, event: str, facts: dict[str, Any]) -> None:
    """The same to every store."""
    messages = [
        Notification(store_id=store_id, kind=kind, severity=SEVERITY[kind], facts=facts, event=event)
        for store_id in Store.everything.values_list("pk", flat=True)
    ]
    Notification.everything.bulk_create(messages, ignore_conflicts=True, batch_size=500)


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


def mark_read(notification: Notification, actor: Any) -> Notification:
    """
    A person has read it; the first time counts.

    An unread alarm holds prices, and reading it lets them go on. Raises Forbidden to those who may not change prices.
    """
    if notification.severity == Severity.URGENT:
        access.require(actor, notification.store, access.Action.CHANGE_PRICES)
    Notification.everything.filter(pk=notification.pk, read_at=None).update(read_at=timezone.now())
    return Notification.everything.get(pk=notification.pk)
