"""
A proposal is withdrawn when nobody answered in time, or when what it was decided from is no more.

It was decided from a picture of the market and from the seller's wishes of then; a yes to it later would be a yes to
something else. If it is still right, the next look proposes it again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.conf import settings
from django.utils import timezone

from stores.models import CityPrice, ProductPriceUpdate, Store
from stores.services.announcements import announce_prices
from stores.services.transactions import in_transaction

State = ProductPriceUpdate.State


def is_expired(update: ProductPriceUpdate) -> bool:
    """Whether the proposal was withdrawn for its age, or is to be by the next sweep."""
    is_late = update.created_at < timezone.now() - settings.PROPOSAL_LIFETIME
    return update.state == State.EXPIRED or (update.state == State.PROPOSED and is_late)


def expire_proposals() -> int:
    """Withdraw the proposals that waited too long; returns how many."""
    oldest = timezone.now() - settings.PROPOSAL_LIFETIME
    late = ProductPriceUpdate.everything.filter(state=State.PROPOSED, created_at__lt=oldest)
    return _end(late.values_list("store_id", "pk"), State.EXPIRED)


def withdraw_unwanted(rows: Iterable[CityPrice]) -> int:
    """Withdraw what was proposed for these prices: rules want it no more. Returns how many; one query where none is."""
    ids = [row.pk for row in rows]
    waiting = ProductPriceUpdate.everything.filter(state=State.PROPOSED, city_price__in=ids)
    return _end(waiting.values_list("store_id", "pk"), State.SUPERSEDED)


def withdraw_of_products(product_ids: Collection[int]) -> None:
    """Withdraw what was proposed before a person's edit of these products. The caller holds the lock of their store."""
    waiting = ProductPriceUpdate.everything.filter(state=State.PROPOSED, product__in=product_ids)
    waiting.update(state=State.SUPERSEDED)


def withdraw_of_rules(store_id: int) -> None:
    """
    Withdraw what the rules of the store proposed: one of them has changed, and with it who follows which.

    The caller holds the lock of the store.
    """
    waiting = ProductPriceUpdate.everything.filter(state=State.PROPOSED, store=store_id, rule__isnull=False)
    announce_prices(store_id, list(waiting.values_list("product_id", flat=True)))
    waiting.update(state=State.SUPERSEDED)


def _end(waiting: Iterable[tuple[int, int]], state: State) -> int:
    """End these (store, update) pairs, store by store."""
    by_store: defaultdict[int, list[int]] = defaultdict(list)
    for store_id, update_id in waiting:
        by_store[store_id].append(update_id)
    return sum(_end_in_store(store_id, update_ids, state) for store_id, update_ids in sorted(by_store.items()))


@in_transaction
def _end_in_store(store_id: int, update_ids: list[int], state: State) -> int:
    # The store first, as the gateway locks: an answer that is just being given is not overtaken.
    Store.everything.select_for_update().get(pk=store_id)
    waiting = ProductPriceUpdate.everything.filter(pk__in=update_ids, state=State.PROPOSED)
    announce_prices(store_id, list(waiting.values_list("product_id", flat=True)))
    return waiting.update(state=state)
