"""The messages of a store: what a person should know or decide."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from stores.models import Notification, Store
from stores.services.messages import text_of


@dataclass(frozen=True)
class Message:
    """A message in words."""

    notification: Notification
    text: str
    is_urgent: bool


def unread(store: Store) -> QuerySet[Notification]:
    """What nobody has read yet, newest first."""
    return Notification.objects.for_store(store).filter(read_at=None).order_by("-pk")


def urgent(store: Store) -> QuerySet[Notification]:
    """Those of them that hold prices, or may soon."""
    return unread(store).filter(severity=Notification.Severity.URGENT)


def tell(notifications: Iterable[Notification]) -> list[Message]:
    """The messages in the active language."""
    return [_message(each) for each in notifications]


def _message(notification: Notification) -> Message:
    is_urgent = notification.severity == Notification.Severity.URGENT
    return Message(notification, text_of(notification), is_urgent)
