"""Tell live pages after the commit that something is worth another look."""

from collections import defaultdict
from collections.abc import Iterable
from functools import partial

from django.db import transaction

from stores.signals import notifications_arrived, orders_moved, prices_moved, uploads_moved


def announce_prices(store_id: int, product_ids: Iterable[int]) -> None:
    """One frame for all of these products, after the commit."""
    ids = sorted(set(product_ids))
    if ids:
        transaction.on_commit(partial(prices_moved.send_robust, sender=None, store_id=store_id, product_ids=ids))


def announce_prices_of_stores(pairs: Iterable[tuple[int, int]]) -> None:
    """Like `announce_prices`, for (store id, product id) pairs of many stores: one frame a store."""
    by_store: defaultdict[int, set[int]] = defaultdict(set)
    for store_id, product_id in pairs:
        by_store[store_id].add(product_id)
    for store_id, product_ids in by_store.items():
        announce_prices(store_id, product_ids)


def announce_notifications(store_id: int) -> None:
    """One frame, after the commit."""
    transaction.on_commit(partial(notifications_arrived.send_robust, sender=None, store_id=store_id))


def announce_upload(store_id: int, upload_id: int) -> None:
    """One frame, after the commit."""
    transaction.on_commit(partial(uploads_moved.send_robust, sender=None, store_id=store_id, upload_id=upload_id))


def announce_orders(store_id: int) -> None:
    """One frame, after the commit."""
    transaction.on_commit(partial(orders_moved.send_robust, sender=None, store_id=store_id))
