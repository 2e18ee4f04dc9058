"""The messages of a store: what a person should know or decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from stores.models import Notification, Store
from stores.services.messages import text_of


@dataclass(frozen=True)
class Message:
    """A message in words; `order_code` where it is about an order."""

    notification: Notification
    text: str
    is_urgent: bool
    order_code: str


def unread(store: Store) -> QuerySet[Notification]:
    """What nobody has read yet, newest first."""
    return Notification.objects.for_store(store).filter(read_at=None).order_by("-pk")


def unread_by(person: Any, store: Store) -> QuerySet[Notification]:
    """Those of them that the person's role shows."""
    return unread(store).filter(pk__in=Notification.objects.for_user(person).filter(store=store).values("pk"))


def urgent(store: Store) -> QuerySet[Notification]:
    """Those of them that hold prices, or may soon."""
    return unread(store).filter(severity=Notification.Severity.URGENT)


def tell(notifications: Iterable[Notification]) -> list[Message]:
    """The messages in the active language."""
    return [_message(each) for each in notifications]


def _message(notification: Notification) -> Message:
    is_urgent = notification.severity == Notification.Severity.URGENT
    is_about_order = notification.kind in Notification.ABOUT_ORDERS
    order_code = notification.facts.get("code", "") if is_about_order else ""
    return Message(notification, text_of(notification), is_urgent, order_code)
