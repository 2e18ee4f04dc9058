"""Which offers of a store's price list have to be written anew."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F

from stores.models import Product, Store
from stores.services.rows import among, batched

PORTION = 5_000


def next_version(store_id: int) -> int:
    """
    The version of the store's catalogue from now on: products that are added are marked with it as they are written.

    Raises TransactionManagementError outside of a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("the facts and their mark belong in one transaction")
    store = Store.everything.filter(pk=store_id)
    store.update(catalogue_version=F("catalogue_version") + 1)
    return store.values_list("catalogue_version", flat=True).get()


def mark_stale(store_id: int, product_ids: Iterable[int] = ()) -> None:
    """
    Say that the price list shows something else of these products from now on, and that the store's list is due.

    Whoever changes a product's SKU, name or brand, one of its prices, or where it lies calls this in the same
    transaction, once for all that he changed; the price list copies the offers of all others from the version before.
    Without products only the list is due: its head, or the store's points, have changed. It locks the store, so the
    versions are in the order of the commits: whoever reads version N then reads all that was marked with N or less.

    Raises TransactionManagementError outside of a transaction.
    """
    version = next_version(store_id)
    for portion in batched(product_ids, PORTION):
        Product.everything.filter(store=store_id, pk__in=among(portion)).update(offer_version=version)
