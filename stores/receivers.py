"""
Who listens to the announcements: the live pages; the stores, to the subscriptions of their owners; the service desk, to
what fails in the background.
"""

from typing import Any

from asgiref.sync import async_to_sync
from celery.signals import task_failure
from channels.layers import get_channel_layer
from django.dispatch import receiver

from stores.consumers import group_name
from stores.services import failures
from stores.services.subscription.settling import settle
from stores.signals import notifications_arrived, orders_moved, prices_moved, uploads_moved
from users.models import User
from users.signals import subscription_moved


@receiver(prices_moved)
def show_moved_prices(store_id: int, product_ids: list[int], **_: Any) -> None:
    _send(store_id, {"type": "prices.moved", "product_ids": product_ids})


@receiver(notifications_arrived)
def show_notifications(store_id: int, **_: Any) -> None:
    _send(store_id, {"type": "notifications.arrived"})


@receiver(uploads_moved)
def show_upload(store_id: int, upload_id: int, **_: Any) -> None:
    _send(store_id, {"type": "uploads.moved", "upload_id": upload_id})


@receiver(orders_moved)
def show_orders(store_id: int, **_: Any) -> None:
    _send(store_id, {"type": "orders.moved"})


@receiver(subscription_moved)
def settle_stores(user: User, **_: Any) -> None:
    settle(user)


@task_failure.connect
def note_failed_task(sender: Any, exception: BaseException, **_: Any) -> None:
    failures.note_failed_task(sender.name, exception)


def _send(store_id: int, message: dict[str, Any]) -> None:
    async_to_sync(get_channel_layer().group_send)(group_name(store_id), message)
