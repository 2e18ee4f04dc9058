"""
A proposal that nobody answered in time is withdrawn.

It was decided from a picture of the market that is hours old; a yes to it now would be a yes to something else. If it
is still right, the next look proposes it again.
"""

from collections import defaultdict

from django.conf import settings
from django.utils import timezone

from stores.models import ProductPriceUpdate, Store
from stores.services.announcements import announce_prices
from stores.services.transactions import in_transaction

State = ProductPriceUpdate.State


def is_expired(update: ProductPriceUpdate) -> bool:
    """Whether the proposal was withdrawn, or is to be by the next sweep."""
    is_late = update.created_at < timezone.now() - settings.PROPOSAL_LIFETIME
    return update.state == State.EXPIRED or (update.state == State.PROPOSED and is_late)


def expire_proposals() -> int:
    """Withdraw the proposals that waited too long; returns how many."""
    oldest = timezone.now() - settings.PROPOSAL_LIFETIME
    late = ProductPriceUpdate.everything.filter(state=State.PROPOSED, created_at__lt=oldest)
    by_store: defaultdict[int, list[int]] = defaultdict(list)
    for store_id, update_id in late.values_list("store_id", "pk"):
        by_store[store_id].append(update_id)
    return sum(_expire(store_id, update_ids) for store_id, update_ids in by_store.items())


@in_transaction
def _expire(store_id: int, update_ids: list[int]) -> int:
    # The store first, as the gateway locks: an answer that is just being given is not overtaken.
    Store.everything.select_for_update().get(pk=store_id)
    waiting = ProductPriceUpdate.everything.filter(pk__in=update_ids, state=State.PROPOSED)
    announce_prices(store_id, list(waiting.values_list("product_id", flat=True)))
    return waiting.update(state=State.EXPIRED)
